package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// People with an account, as colleagues and admins see and change them.

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
		if err := account.Leave(c, tx, c.Param("id"), company, c.Now().In(p.Zone)); err != nil {
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
