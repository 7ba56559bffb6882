package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// Companies and their agreements, as colleagues keep them. What a company does
// itself is in company.go.

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

// companyNamed returns the id of the company of that name, or fault.NotFound.
func companyNamed(ctx context.Context, on db.Querier, name string) (string, error) {
	return db.Get[string](ctx, on, `SELECT id FROM company WHERE lower(name) = lower(?) ORDER BY id LIMIT 1`, name)
}

func insertCompany(ctx context.Context, tx *db.Tx, c account.Company) error {
	return db.Insert(ctx, tx, "company", c)
}

func newCompany(name string, now time.Time) account.Company {
	return account.Company{ID: rand.Text(), Name: name, CreatedAt: now}
}
