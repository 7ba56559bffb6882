package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// waiting is what an admin has to look at: work that was given up.
func (p *portal) waiting(ctx context.Context, a account.Account) ([]app.DeskItem, error) {
	if !a.Admin() {
		return nil, nil
	}
	n, err := db.Get[int](ctx, p.DB, `SELECT count(*) FROM job WHERE failed_at IS NOT NULL`)
	if err != nil || n == 0 {
		return nil, err
	}
	return []app.DeskItem{{Path: "/staff/signin/jobs", Label: i18n.N(ctx, "signin.jobs.waiting", n), Count: n, Urgent: true}}, nil
}

// pageRows is how many rows a list shows at a time.
const pageRows = 50

// search is what somebody looks for in a list, and from where it goes on.
type search struct {
	Q, Role string
	After   string // name of the last row of the page before
	AfterID string
	Like    string
	Limit   int
}

func searchOf(c *web.Context) search {
	s := search{Q: strings.TrimSpace(c.Query("q")), Role: c.Query("role"), After: c.Query("after"), AfterID: c.Query("id"), Limit: pageRows + 1}
	s.Like = "%" + likely.Replace(s.Q) + "%"
	return s
}

// likely makes the signs that LIKE gives a meaning mean themselves.
var likely = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// next is the address of the page after one that ends with that row.
func (s search) next(path, name, id string) string {
	q := url.Values{"after": {name}, "id": {id}}
	if s.Q != "" {
		q.Set("q", s.Q)
	}
	if s.Role != "" {
		q.Set("role", s.Role)
	}
	return path + "?" + q.Encode()
}

type personRow struct {
	ID, Name, Email, Role string
	CompanyName           string     `db:"company_name"`
	DisabledAt            *time.Time `db:"disabled_at"`
	VerifiedAt            *time.Time `db:"verified_at"`
	ActiveAt              time.Time  `db:"active_at"`
	SortName              string     `db:"sort_name"`
}

type peoplePage struct {
	Search search
	People []personRow
	Older  string
}

// people lists everybody with an account, by name.
func (p *portal) people(c *web.Context) error {
	page := peoplePage{Search: searchOf(c)}
	var err error
	page.People, err = db.AllNamed[personRow](c, p.DB, `
		SELECT a.id, a.name, a.email, a.role, a.disabled_at, a.verified_at, a.active_at, a.sort_name, coalesce(c.name, '') AS company_name
		FROM (
			SELECT id, name, email, role, disabled_at, verified_at, active_at, company_id, lower(name) AS sort_name FROM account
			WHERE (lower(name), id) > (:after, :afterid)
			  AND (:role = '' OR role = :role)
			  AND (:q = '' OR lower(name) LIKE lower(:like) ESCAPE '\' OR email LIKE lower(:like) ESCAPE '\')
			ORDER BY lower(name), id LIMIT :limit) a
		LEFT JOIN company c ON c.id = a.company_id ORDER BY a.sort_name, a.id`, page.Search)
	if err != nil {
		return err
	}
	if len(page.People) > pageRows {
		page.People = page.People[:pageRows]
		last := page.People[pageRows-1]
		page.Older = page.Search.next("/staff/signin/people", last.SortName, last.ID)
	}
	return c.Render(http.StatusOK, peopleView(page))
}

type roleForm struct {
	Role        string   `form:"role" binding:"required,oneof=customer staff admin"`
	Permissions []string `form:"permissions"`
}

type personPage struct {
	Who        account.Account
	Form       web.Form[roleForm]
	Companies  []membership
	Identities []identity
	Labels     func(string) string
	Sessions   int
	Beside     []app.BesideItem
	Log        []auditRow
	Self       bool
	Admin      bool
}

// person shows one person to colleagues, and to an admin all that he can do
// about the account. Looking is noted, once an hour.
func (p *portal) person(c *web.Context) error {
	who, err := account.ByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	if err := p.looked(c, who.ID); err != nil {
		return err
	}
	form := web.NewForm[roleForm]("signin.person")
	form.V.Role = who.Role
	if who.Permissions != "" {
		form.V.Permissions = strings.Split(who.Permissions, ",")
	}
	return p.showPerson(c, http.StatusOK, who, form)
}

func (p *portal) showPerson(c *web.Context, status int, who account.Account, form web.Form[roleForm]) error {
	page := personPage{Who: who, Form: form, Labels: p.label, Self: who.ID == c.Account.ID, Admin: c.Account.Admin()}
	var err error
	if page.Companies, err = memberships(c, p.DB, who.ID); err != nil {
		return err
	}
	if page.Beside, err = p.Beside(c.Request.Context(), *c.Account, who); err != nil {
		return err
	}
	if page.Admin {
		if page.Identities, err = identities(c, p.DB, who.ID); err != nil {
			return err
		}
		sessions, err := account.Sessions(c, p.DB, who.ID, c.Now())
		if err != nil {
			return err
		}
		page.Sessions = len(sessions)
		if page.Log, err = auditRows(c, p.DB, auditFilter{About: who.ID, Limit: 20}); err != nil {
			return err
		}
	}
	return c.Render(status, personView(page))
}

// looked notes that a colleague read about a person, unless he did within the hour.
func (p *portal) looked(c *web.Context, id string) error {
	if id == c.Account.ID {
		return nil
	}
	seen, err := db.Get[bool](c, p.DB, `SELECT EXISTS (SELECT 1 FROM audit WHERE about_id = ? AND at > ? AND actor_id = ? AND act = 'read' AND object = 'account')`,
		id, c.Now().Add(-time.Hour), c.Account.ID)
	if err != nil || seen {
		return err
	}
	return c.Aside(func(ctx context.Context) error {
		return p.DB.Tx(ctx, func(tx *db.Tx) error { return p.note(c, tx, c.Account.ID, "read", "account", id) })
	})
}

// other returns the person that an admin does something about: not himself, so
// that nobody locks himself out.
func (p *portal) other(c *web.Context) (account.Account, error) {
	who, err := account.ByID(c, p.DB, c.Param("id"))
	if err == nil && who.ID == c.Account.ID {
		err = fault.Forbidden
	}
	return who, err
}

// stillAdmin has admins who change admins wait for one another, and refuses who is
// none any more: of two who take each other's rights away one stays.
func stillAdmin(c *web.Context, tx *db.Tx) error {
	if _, err := db.Exec(c, tx, `UPDATE account SET keys = keys WHERE role = 'admin'`); err != nil {
		return err
	}
	me, err := account.ByID(c, tx, c.Account.ID)
	if err == nil && (!me.Admin() || me.DisabledAt != nil) {
		err = fault.Forbidden
	}
	return err
}

// setRole changes what somebody may do. His sessions end, so that no page open
// somewhere goes on under the old rights.
func (p *portal) setRole(c *web.Context) error {
	who, err := p.other(c)
	if err != nil {
		return err
	}
	form := web.NewForm[roleForm]("signin.person")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.showPerson(c, http.StatusUnprocessableEntity, who, form)
	}
	var permissions []string
	for _, known := range account.Permissions {
		if form.V.Role == account.StaffRole && slices.Contains(form.V.Permissions, known) {
			permissions = append(permissions, known)
		}
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := stillAdmin(c, tx); err != nil {
			return err
		}
		if _, err := db.Exec(c, tx, `UPDATE account SET role = ?, permissions = ? WHERE id = ?`, form.V.Role, strings.Join(permissions, ","), who.ID); err != nil {
			return err
		}
		if err := account.EndAll(c, tx, who.ID, ""); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "role", strings.TrimSpace(form.V.Role+" "+strings.Join(permissions, ",")), who.ID)
	})
	return p.personDone(c, err, who.ID, "signin.person.role.saved")
}

func (p *portal) personDone(c *web.Context, err error, id, key string) error {
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/signin/people/"+id, key)
}

// setCompany makes somebody a member or manager of the company with that name.
func (p *portal) setCompany(c *web.Context) error {
	who, err := account.ByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	company, err := companyNamed(c, p.DB, strings.TrimSpace(c.PostForm("company")))
	if errors.Is(err, fault.NotFound) {
		return c.RedirectWith("/staff/signin/people/"+who.ID, web.Flash{Kind: "warn", Text: i18n.T(c, "signin.person.company.unknown")})
	}
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := account.Join(c, tx, who.ID, company, c.PostForm("manager") == "true", c.Now()); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "membership", "company:"+company, who.ID)
	})
	return p.personDone(c, err, who.ID, "signin.person.company.saved")
}

func (p *portal) endCompany(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		company := c.PostForm("company")
		m, err := member(c, tx, company, c.Param("id"))
		if err != nil {
			return err
		}
		if err := account.Leave(c, tx, c.Param("id"), company, c.Now()); err != nil {
			return err
		}
		if err := withdrawBy(c, tx, company, c.Param("id")); err != nil {
			return err
		}
		if err := p.tellParted(c, tx, c.Param("id"), m.Name); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "membership.end", "company:"+company, c.Param("id"))
	})
	return p.personDone(c, err, c.Param("id"), "signin.person.company.saved")
}

// block keeps somebody out from this moment on: sessions and links end.
func (p *portal) block(c *web.Context) error {
	who, err := p.other(c)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := stillAdmin(c, tx); err != nil {
			return err
		}
		if _, err := db.Exec(c, tx, `UPDATE account SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL`, c.Now(), who.ID); err != nil {
			return err
		}
		if err := account.EndAll(c, tx, who.ID, ""); err != nil {
			return err
		}
		if err := withdrawBy(c, tx, "", who.ID); err != nil {
			return err
		}
		if err := dropLinks(c, tx, who.ID); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "block", "account", who.ID)
	})
	if err != nil {
		return err
	}
	at := "/staff/signin/people/" + who.ID
	return c.RedirectWith(at, web.Flash{Text: i18n.T(c, "signin.person.blocked"), Undo: at + "/unblock"})
}

func (p *portal) unblock(c *web.Context) error {
	who, err := p.other(c)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if _, err := db.Exec(c, tx, `UPDATE account SET disabled_at = NULL WHERE id = ?`, who.ID); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "unblock", "account", who.ID)
	})
	return p.personDone(c, err, who.ID, "signin.person.unblocked")
}

func (p *portal) endPersonSessions(c *web.Context) error {
	who, err := p.other(c)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := account.EndAll(c, tx, who.ID, ""); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "session.end", "all", who.ID)
	})
	return p.personDone(c, err, who.ID, "signin.person.sessions.ended")
}

// resend mails the first link once more to who has not come yet.
func (p *portal) resend(c *web.Context) error {
	who, err := p.other(c)
	if err != nil {
		return err
	}
	if who.Verified() || who.DisabledAt != nil {
		return fault.Conflict
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.welcome(c, tx, who); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "invite", "account", who.ID)
	})
	return p.personDone(c, err, who.ID, "signin.person.resent")
}

// welcome mails somebody a link to set a first password with.
func (p *portal) welcome(c *web.Context, tx *db.Tx, who account.Account) error {
	secret, err := links.Only(c, tx, links.Link{Purpose: linkWelcome, AccountID: &who.ID, Email: who.Email}, c.Now(), invitationLasts)
	if err != nil {
		return err
	}
	return p.Mail.Send(c, tx, to(who), linked("welcome", c.Link("/signin/welcome/"+secret)))
}

type addForm struct {
	Name        string   `form:"name" binding:"required,max=120" autocomplete:"off"`
	Email       string   `form:"email" binding:"required,email,max=254" autocomplete:"off"`
	Lang        string   `form:"lang" binding:"required,oneof=nl en"`
	Role        string   `form:"role" binding:"required,oneof=customer staff admin"`
	Permissions []string `form:"permissions"`
	Company     string   `form:"company" binding:"max=120" autocomplete:"off"`
	Manager     bool     `form:"manager"`
}

func (p *portal) blankPerson(c *web.Context) error {
	form := web.NewForm[addForm]("signin.add")
	form.V.Lang, form.V.Role, form.V.Company = "nl", account.Customer, c.Query("company")
	return c.Render(http.StatusOK, addView(form))
}

// addPerson adds somebody and mails him a link to set his password.
func (p *portal) addPerson(c *web.Context) error {
	form := web.NewForm[addForm]("signin.add")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	who := account.Account{Name: form.V.Name, Email: form.V.Email, Lang: form.V.Lang, Role: form.V.Role, CreatedAt: c.Now(), ID: rand.Text()}
	if ok && form.V.Company != "" {
		company, err := companyNamed(c, p.DB, form.V.Company)
		switch {
		case errors.Is(err, fault.NotFound):
			form.Wrong(c, "Company", "unknown")
			ok = false
		case err != nil:
			return err
		default:
			who.CompanyID = &company
		}
	}
	if ok {
		for _, known := range account.Permissions {
			if form.V.Role == account.StaffRole && slices.Contains(form.V.Permissions, known) {
				who.Permissions = strings.Trim(who.Permissions+","+known, ",")
			}
		}
		err = p.DB.Tx(c, func(tx *db.Tx) error {
			if err := c.Once(tx, form.Once, "/staff/signin/people/"+who.ID); err != nil {
				return err
			}
			if _, err := account.ByEmail(c, tx, who.Email); err == nil {
				return fault.Conflict
			}
			made, err := account.Create(c, tx, who, form.V.Manager)
			if err != nil {
				return err
			}
			if err := p.note(c, tx, c.Account.ID, "role", strings.TrimSpace(made.Role+" "+made.Permissions), made.ID); err != nil {
				return err
			}
			return p.welcome(c, tx, made)
		})
		if errors.Is(err, fault.Conflict) {
			form.Wrong(c, "Email", "taken")
			ok, err = false, nil
		}
		if err != nil {
			return err
		}
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, addView(form))
	}
	return c.RedirectTo("/staff/signin/people/"+who.ID, "signin.add.done", account.Address(who.Email))
}

type companyRow struct {
	ID, Name, Phone string
	SortName        string `db:"sort_name"`
	Members         int
	Agreements      int
}

type companiesPage struct {
	Search    search
	Companies []companyRow
	Older     string
	Today     string
}

// today is the date at the desk.
func (p *portal) today(c *web.Context) string { return c.Now().In(p.Zone).Format(time.DateOnly) }

// companies lists the companies, by name.
func (p *portal) companies(c *web.Context) error {
	type filter struct {
		search
		Today string
	}
	page := companiesPage{Search: searchOf(c), Today: p.today(c)}
	var err error
	page.Companies, err = db.AllNamed[companyRow](c, p.DB, `
		SELECT c.id, c.name, c.phone, c.sort_name,
			(SELECT count(*) FROM membership m WHERE m.company_id = c.id AND m.ended_at IS NULL) AS members,
			(SELECT count(*) FROM agreement g WHERE g.company_id = c.id AND (g.ended_on IS NULL OR g.ended_on >= :today)) AS agreements
		FROM (
			SELECT id, name, phone, lower(name) AS sort_name FROM company
			WHERE (lower(name), id) > (:after, :afterid) AND (:q = '' OR lower(name) LIKE lower(:like) ESCAPE '\')
			ORDER BY lower(name), id LIMIT :limit) c
		ORDER BY c.sort_name, c.id`, filter{page.Search, page.Today})
	if err != nil {
		return err
	}
	if len(page.Companies) > pageRows {
		page.Companies = page.Companies[:pageRows]
		last := page.Companies[pageRows-1]
		page.Older = page.Search.next("/staff/signin/companies", last.SortName, last.ID)
	}
	return c.Render(http.StatusOK, companiesView(page, c.Account.Admin()))
}

// agreement is a contract of a company with the vendor. Its dates are days at the desk.
type agreement struct {
	ID        string
	CompanyID string `db:"company_id"`
	Plan      string
	StartedOn string    `db:"started_on"`
	EndedOn   *string   `db:"ended_on"` // the last day; nil while no end is known
	CreatedAt time.Time `db:"created_at"`
}

// Current reports whether the agreement holds on a day.
func (a agreement) Current(day string) bool {
	return a.StartedOn <= day && (a.EndedOn == nil || *a.EndedOn >= day)
}

func agreements(ctx context.Context, on db.Querier, company string) ([]agreement, error) {
	return db.All[agreement](ctx, on, `SELECT * FROM agreement WHERE company_id = ? ORDER BY started_on DESC, created_at DESC, id`, company)
}

type agreementForm struct {
	Plan      string `form:"plan" binding:"required,max=120" autocomplete:"off"`
	StartedOn string `form:"started_on" binding:"required,datetime=2006-01-02"`
	EndedOn   string `form:"ended_on" binding:"omitempty,datetime=2006-01-02"`
}

type cardPage struct {
	Company    account.Company
	People     []account.Account
	Agreements []agreement
	Form       web.Form[agreementForm]
	Wrong      wrongLine
	Today      string
	Admin      bool
}

// end is the day that the form of a contract shows.
func (page cardPage) end(a agreement) string {
	switch {
	case a.ID == page.Wrong.ID:
		return page.Wrong.Day
	case a.EndedOn != nil:
		return *a.EndedOn
	}
	return page.Today
}

func (p *portal) companyCard(c *web.Context) error {
	form := web.NewForm[agreementForm]("signin.agreement")
	form.V.StartedOn = p.today(c)
	return p.showCompany(c, http.StatusOK, form, wrongLine{})
}

func (p *portal) showCompany(c *web.Context, status int, form web.Form[agreementForm], wrong wrongLine) error {
	page := cardPage{Form: form, Wrong: wrong, Today: p.today(c), Admin: c.Account.Admin()}
	var err error
	if page.Company, err = account.CompanyByID(c, p.DB, c.Param("id")); err != nil {
		return err
	}
	if page.People, err = account.Colleagues(c, p.DB, page.Company.ID); err != nil {
		return err
	}
	if page.Agreements, err = agreements(c, p.DB, page.Company.ID); err != nil {
		return err
	}
	return c.Render(status, cardView(page))
}

type companyForm struct {
	Name    string `form:"name" binding:"required,max=120" autocomplete:"off"`
	Phone   string `form:"phone" binding:"max=40" autocomplete:"off"`
	Address string `form:"address" binding:"max=300" autocomplete:"off"`
	Size    string `form:"size" binding:"max=20" autocomplete:"off"`
}

func (p *portal) blankCompany(c *web.Context) error {
	return c.Render(http.StatusOK, companyFormView(web.NewForm[companyForm]("signin.companies"), ""))
}

func (p *portal) addCompany(c *web.Context) error {
	made := newCompany("", c.Now())
	return p.writeCompany(c, made.ID, func(tx *db.Tx, form web.Form[companyForm]) error {
		if err := c.Once(tx, form.Once, "/staff/signin/companies/"+made.ID); err != nil {
			return err
		}
		made.Name, made.Phone, made.Address, made.Size = form.V.Name, form.V.Phone, form.V.Address, form.V.Size
		return insertCompany(c, tx, made)
	})
}

func (p *portal) editCompany(c *web.Context) error {
	company, err := account.CompanyByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[companyForm]("signin.companies")
	form.V = companyForm{company.Name, company.Phone, company.Address, company.Size}
	return c.Render(http.StatusOK, companyFormView(form, company.ID))
}

func (p *portal) saveCompany(c *web.Context) error {
	return p.writeCompany(c, c.Param("id"), func(tx *db.Tx, form web.Form[companyForm]) error {
		n, err := db.Exec(c, tx, `UPDATE company SET name = ?, phone = ?, address = ?, size = ? WHERE id = ?`,
			form.V.Name, form.V.Phone, form.V.Address, form.V.Size, c.Param("id"))
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		return err
	})
}

// writeCompany checks the form of a company and writes it. Two companies with
// one name could not be told apart by who adds people to them.
func (p *portal) writeCompany(c *web.Context, id string, write func(*db.Tx, web.Form[companyForm]) error) error {
	form := web.NewForm[companyForm]("signin.companies")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok {
		twin, err := companyNamed(c, p.DB, form.V.Name)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && twin != id {
			form.Wrong(c, "Name", "taken")
			ok = false
		}
	}
	if !ok {
		if c.Param("id") == "" {
			id = ""
		}
		return c.Render(http.StatusUnprocessableEntity, companyFormView(form, id))
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := write(tx, form); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "company", "company:"+id, "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/signin/companies/"+id, "signin.companies.saved")
}

// startAgreement adds a contract.
func (p *portal) startAgreement(c *web.Context) error {
	form := web.NewForm[agreementForm]("signin.agreement")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && wrongEnd(form.V.EndedOn, form.V.StartedOn) != "" {
		form.Wrong(c, "EndedOn", "early")
		ok = false
	}
	if !ok {
		return p.showCompany(c, http.StatusUnprocessableEntity, form, wrongLine{})
	}
	a := agreement{ID: rand.Text(), CompanyID: c.Param("id"), Plan: form.V.Plan, StartedOn: form.V.StartedOn, CreatedAt: c.Now()}
	if form.V.EndedOn != "" {
		a.EndedOn = &form.V.EndedOn
	}
	return p.changeAgreement(c, "start", func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/signin/companies/"+a.CompanyID); err != nil {
			return err
		}
		return db.Insert(c, tx, "agreement", a)
	})
}

func (p *portal) changeAgreement(c *web.Context, what string, change func(*db.Tx) error) error {
	company, err := account.CompanyByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "agreement", what+" company:"+company.ID, "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/signin/companies/"+company.ID, "signin.agreement.saved")
}

// endAgreement sets the last day of a contract, from which the data of the
// company's people is kept another year.
func (p *portal) endAgreement(c *web.Context) error {
	return p.setEnd(c, "end", cmp.Or(c.PostForm("ended_on"), p.today(c)))
}

// renewAgreement lets a contract go on: with no end, or until another day.
func (p *portal) renewAgreement(c *web.Context) error {
	return p.setEnd(c, "renew", c.PostForm("ended_on"))
}

// setEnd sets the last day of a contract; empty is none.
func (p *portal) setEnd(c *web.Context, what, day string) error {
	a, err := db.Get[agreement](c, p.DB, `SELECT * FROM agreement WHERE id = ? AND company_id = ?`, c.Param("agreement"), c.Param("id"))
	if err != nil {
		return err
	}
	if wrong := wrongEnd(day, a.StartedOn); wrong != "" {
		form := web.NewForm[agreementForm]("signin.agreement")
		form.V.StartedOn = p.today(c)
		return p.showCompany(c, http.StatusUnprocessableEntity, form, wrongLine{a.ID, day, i18n.T(c, wrong)})
	}
	return p.changeAgreement(c, what, func(tx *db.Tx) error {
		var until *string
		if day != "" {
			until = &day
		}
		_, err := db.Exec(c, tx, `UPDATE agreement SET ended_on = ? WHERE id = ? AND started_on <= ?`, until, a.ID, cmp.Or(day, a.StartedOn))
		return err
	})
}

// wrongEnd is the text about what is wrong with the last day of a contract, or empty.
func wrongEnd(day, started string) string {
	if day == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "site.field.datetime"
	}
	if day < started {
		return "signin.agreement.ended_on.early"
	}
	return ""
}

// wrongLine is a contract of which the day that was filled in will not do.
type wrongLine struct{ ID, Day, Error string }

// auditFilter is which lines of the log to show.
type auditFilter struct {
	Act, About, Actor string
	Who               string // an address: about him or by him
	From, To          string // days at the desk, inclusive
	Before            int64
	Limit             int
	WhoID             string
	Since, Until      time.Time
}

type auditRow struct {
	account.Entry
	Actor, About string
}

// auditRows returns lines of the log, the last first, with the names of people
// who still have an account.
func auditRows(ctx context.Context, on db.Querier, f auditFilter) ([]auditRow, error) {
	if f.Before == 0 {
		f.Before = 1 << 62
	}
	if f.Until.IsZero() {
		f.Until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return db.AllNamed[auditRow](ctx, on, `
		SELECT e.*, coalesce(x.name, '') AS actor, coalesce(y.name, '') AS about
		FROM (
			SELECT * FROM audit
			WHERE number < :before
			  AND (:act = '' OR act = :act)
			  AND (:about = '' OR about_id = :about)
			  AND (:whoid = '' OR about_id = :whoid OR actor_id = :whoid)
			  AND at >= :since AND at < :until
			ORDER BY number DESC LIMIT :limit) e
		LEFT JOIN account x ON x.id = e.actor_id
		LEFT JOIN account y ON y.id = e.about_id
		ORDER BY e.number DESC`, f)
}

// Acts that the log can be narrowed to.
var acts = []string{
	"signin", "signin.failed", "signin.refused", "signout", "signup", "password", "email", "link", "unlink", "session.end",
	"role", "block", "unblock", "invite", "membership", "membership.end", "company", "agreement", "read", "export", "erase", "refused", "retry",
	"setting", "promise", "import", "mail", "erase.asked", "consent.withdrawn", "request.entered", "hold", "hold.lifted", "processor",
	"disclosure", "cookie", "controller", "term", "statement.published", "privacy.run", "breach", "breach.changed", "invoice",
	"invoice.changed", "review.removed", "review.other", "ticket.merge", "ticket.unmerge", "ticket.taken_over", "training.saved",
	"training.session", "training.off", "training.attendance", "training.removed", "demo.planned", "demo.confirmed", "demo.customer",
	"contact.moved", "ideas.vote", "ideas.hide", "ideas.unhide",
}

type auditPage struct {
	Filter auditFilter
	Acts   []web.Option
	Rows   []auditRow
	Older  string

	Checked bool    // whether the lines were held against the chain
	Broken  []int64 // numbers of those that do not follow from the one before
}

// audit shows the log of who did what, which nobody can change.
func (p *portal) audit(c *web.Context) error {
	f := auditFilter{Act: c.Query("act"), Who: strings.TrimSpace(c.Query("who")), From: c.Query("from"), To: c.Query("to"), Limit: pageRows + 1}
	page := auditPage{Filter: f}
	for _, act := range acts {
		page.Acts = append(page.Acts, web.Option{Value: act, Label: i18n.T(c, "signin.act."+act), Chosen: act == f.Act})
	}
	if before := c.Query("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil {
			return fault.NotFound
		}
		f.Before = n
	}
	if f.Who != "" {
		who, err := account.ByEmail(c, p.DB, f.Who)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		f.WhoID = cmp.Or(who.ID, f.Who)
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.From, p.Zone); err == nil {
		f.Since = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.To, p.Zone); err == nil {
		f.Until = day.AddDate(0, 0, 1)
	}
	if c.Query("check") != "" {
		page.Checked = true
		var err error
		if page.Broken, err = account.AuditBroken(c, p.DB); err != nil {
			return err
		}
	}
	rows, err := auditRows(c, p.DB, f)
	if err != nil {
		return err
	}
	if page.Rows = rows; len(rows) > pageRows {
		page.Rows = rows[:pageRows]
		q := c.Request.URL.Query()
		q.Del("check")
		q.Set("before", strconv.FormatInt(page.Rows[pageRows-1].Number, 10))
		page.Older = "/staff/signin/audit?" + q.Encode()
	}
	return c.Render(http.StatusOK, auditView(page))
}

// jobs shows the work that was given up.
func (p *portal) jobs(c *web.Context) error {
	failed, err := p.Jobs.GivenUp(c)
	if err != nil {
		return err
	}
	chores, err := jobs.LastRuns(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, jobsView(failed, chores))
}

// choreName is what a chore does, in words; the host's own have theirs here.
func choreName(ctx context.Context, name string) string {
	portal, chore, ofPortal := strings.Cut(name, ".")
	if !ofPortal {
		portal, chore = "signin", name
	}
	if key := portal + ".chore." + chore; i18n.Has(ctx, key) {
		return i18n.T(ctx, key)
	}
	return name
}

func (p *portal) retry(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Jobs.Retry(c, tx, c.Param("id")); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "retry", "job:"+c.Param("id"), "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/signin/jobs", "signin.jobs.again")
}
