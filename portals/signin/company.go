package signin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

type companyPage struct {
	Me          account.Account
	Company     account.Company
	Colleagues  []account.Account
	Invitations []invitation
	All         []membership
}

// company shows who else works at the company that one acts for, and lets who
// belongs to several choose.
func (p *portal) company(c *web.Context) error {
	page := companyPage{Me: *c.Account}
	var err error
	if page.All, err = memberships(c, p.DB, c.Account.ID); err != nil {
		return err
	}
	if id := c.Account.Company(); id != "" && belongs(page.All, id) {
		if page.Company, err = account.CompanyByID(c, p.DB, id); err != nil {
			return err
		}
		if page.Colleagues, err = account.Colleagues(c, p.DB, id); err != nil {
			return err
		}
		if c.Account.Manager {
			if page.Invitations, err = invitations(c, p.DB, id); err != nil {
				return err
			}
		}
	}
	return c.Render(http.StatusOK, companyView(page))
}

func belongs(all []membership, company string) bool {
	return slices.ContainsFunc(all, func(m membership) bool { return m.CompanyID == company })
}

// actFor chooses the company that one acts for.
func (p *portal) actFor(c *web.Context) error {
	n, err := db.Exec(c, p.DB, `
		UPDATE account SET company_id = ? WHERE id = ? AND EXISTS (
			SELECT 1 FROM membership WHERE account_id = ? AND company_id = ? AND ended_at IS NULL)`,
		c.PostForm("company"), c.Account.ID, c.Account.ID, c.PostForm("company"))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound
	}
	return c.RedirectTo("/company", "signin.company.acting")
}

// manages returns the company that who asks manages, or fault.Forbidden.
func manages(c *web.Context) (string, error) {
	id := c.Account.Company()
	if id == "" || !c.Account.Manager {
		return "", fault.Forbidden
	}
	return id, nil
}

type inviteForm struct {
	Email   string `form:"email" binding:"required,email,max=254" autocomplete:"off"`
	Manager bool   `form:"manager"`
}

func (p *portal) blankInvite(c *web.Context) error {
	if _, err := manages(c); err != nil {
		return err
	}
	return c.Render(http.StatusOK, inviteView(web.NewForm[inviteForm]("signin.invite"), c.Account.CompanyName))
}

// invite mails somebody a link to join the company; a newer one voids the older.
func (p *portal) invite(c *web.Context) error {
	company, err := manages(c)
	if err != nil {
		return err
	}
	form := web.NewForm[inviteForm]("signin.invite")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && p.ours(form.V.Email) {
		form.Wrong(c, "Email", "ours")
		ok = false
	}
	if ok {
		colleagues, err := account.Colleagues(c, p.DB, company)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(colleagues, func(a account.Account) bool { return a.Email == account.Address(form.V.Email) }) {
			form.Wrong(c, "Email", "colleague")
			ok = false
		}
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, inviteView(form, c.Account.CompanyName))
	}
	if err := p.asks(c); err != nil {
		return err
	}
	address := account.Address(form.V.Email)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := mailsToAddress.Take(c, tx, p.mark("invitation "+company+" "+address), c.Now()); err != nil {
			return err
		}
		if _, err := uninvite(c, tx, company, address); err != nil {
			return err
		}
		secret, err := links.Make(c, tx, links.Link{Purpose: linkInvitation, Email: address, Subject: invitationSubject(company, form.V.Manager, c.Account.ID)}, c.Now(), invitationLasts)
		if err != nil {
			return err
		}
		receiver := stranger(address, "", i18n.Lang(c))
		if known, err := account.ByEmail(c, tx, address); err == nil {
			receiver = to(known)
		}
		if err := p.note(c, tx, c.Account.ID, "invite", "company:"+company, ""); err != nil {
			return err
		}
		return p.Mail.Send(c, tx, receiver, invited(c.Account.Name, c.Account.CompanyName, c.Link("/invitation/"+secret)))
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/company", "signin.invite.sent", address)
}

func (p *portal) uninvite(c *web.Context) error {
	company, err := manages(c)
	if err != nil {
		return err
	}
	var n int64
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		n, err = uninvite(c, tx, company, c.PostForm("email"))
		return err
	})
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/company", "signin.invite.withdrawn")
}

// member returns the membership of a colleague, or fault.NotFound.
func member(c *web.Context, on db.Querier, company, id string) (membership, error) {
	return db.Get[membership](c, on, `
		SELECT m.company_id, c.name, m.manager, m.started_at FROM membership m JOIN company c ON c.id = m.company_id
		WHERE m.company_id = ? AND m.account_id = ? AND m.ended_at IS NULL`, company, id)
}

var errLastManager = errors.New("the last manager")

// keepManager refuses to leave colleagues without anyone who manages them.
func keepManager(c *web.Context, tx *db.Tx, company, without string) error {
	others, err := otherManagers(c, tx, company, without)
	if err != nil || others > 0 {
		return err
	}
	left, err := db.Get[int](c, tx, `SELECT count(*) FROM membership WHERE company_id = ? AND ended_at IS NULL AND account_id <> ?`, company, without)
	if err == nil && left > 0 {
		err = errLastManager
	}
	return err
}

// setMember makes a colleague a manager or a member.
func (p *portal) setMember(c *web.Context) error {
	company, err := manages(c)
	if err != nil {
		return err
	}
	manager := c.PostForm("manager") == "true"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lockCompany(c, tx, company); err != nil {
			return err
		}
		m, err := member(c, tx, company, c.Param("id"))
		if err != nil {
			return err
		}
		if m.Manager && !manager {
			if err := keepManager(c, tx, company, c.Param("id")); err != nil {
				return err
			}
		}
		if _, err := db.Exec(c, tx, `UPDATE membership SET manager = ? WHERE company_id = ? AND account_id = ? AND ended_at IS NULL`, manager, company, c.Param("id")); err != nil {
			return err
		}
		act := "manager"
		if !manager {
			act = "member"
			if err := withdrawBy(c, tx, company, c.Param("id")); err != nil {
				return err
			}
		}
		return p.note(c, tx, c.Account.ID, "role", act+" of company:"+company, c.Param("id"))
	})
	return p.companyDone(c, err, "signin.company.saved")
}

func (p *portal) companyDone(c *web.Context, err error, key string) error {
	if errors.Is(err, errLastManager) {
		return c.RedirectWith("/company", web.Flash{Kind: "warn", Text: i18n.T(c, "signin.company.last")})
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/company", key)
}

// endMember ends somebody's belonging to the company.
func (p *portal) endMember(c *web.Context) error {
	company, err := manages(c)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.part(c, tx, company, c.Param("id")); err != nil {
			return err
		}
		return p.tellParted(c, tx, c.Param("id"), c.Account.CompanyName)
	})
	return p.companyEnded(c, err, "signin.company.ended", company, c.Param("id"))
}

// leaveCompany ends one's own.
func (p *portal) leaveCompany(c *web.Context) error {
	company := c.PostForm("company")
	err := p.DB.Tx(c, func(tx *db.Tx) error { return p.part(c, tx, company, c.Account.ID) })
	return p.companyEnded(c, err, "signin.company.left", company, c.Account.ID)
}

// companyEnded is companyDone for a membership that ended, which can be undone.
func (p *portal) companyEnded(c *web.Context, err error, key, company, id string) error {
	if err != nil {
		return p.companyDone(c, err, key)
	}
	return c.RedirectWith("/company", web.Flash{Text: i18n.T(c, key), Undo: "/company/back/" + company + "/" + id})
}

// undoLasts is for how long who ended a membership can take that back.
const undoLasts = 15 * time.Minute

// takeBack lets a membership go on for who has just ended it: his own, or that of
// a colleague in the company that he manages.
func (p *portal) takeBack(c *web.Context) error {
	company, id := c.Param("company"), c.Param("id")
	if id != c.Account.ID && (!c.Account.Manager || c.Account.Company() != company) {
		return fault.NotFound
	}
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lockCompany(c, tx, company); err != nil {
			return err
		}
		manager, err := db.Get[bool](c, tx, `
			SELECT m.manager FROM membership m
			WHERE m.company_id = ? AND m.account_id = ? AND m.ended_at > ?
			  AND NOT EXISTS (SELECT 1 FROM membership x WHERE x.company_id = m.company_id AND x.account_id = m.account_id AND x.ended_at > m.ended_at)
			  AND EXISTS (SELECT 1 FROM audit e WHERE e.about_id = m.account_id AND e.object = ? AND e.act = 'membership.end' AND e.actor_id = ? AND e.at >= m.ended_at)
			LIMIT 1`,
			company, id, c.Now().Add(-undoLasts), "company:"+company, c.Account.ID)
		if err != nil {
			return err
		}
		if err := account.Join(c, tx, id, company, manager, c.Now()); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "membership", "company:"+company, id)
	})
	return p.companyDone(c, err, "signin.company.back")
}

func (p *portal) part(c *web.Context, tx *db.Tx, company, id string) error {
	if err := lockCompany(c, tx, company); err != nil {
		return err
	}
	m, err := member(c, tx, company, id)
	if err != nil {
		return err
	}
	if m.Manager {
		if err := keepManager(c, tx, company, id); err != nil {
			return err
		}
	}
	if err := account.Leave(c, tx, id, company, c.Now().In(p.Zone)); err != nil {
		return err
	}
	if err := withdrawBy(c, tx, company, id); err != nil {
		return err
	}
	return p.note(c, tx, c.Account.ID, "membership.end", "company:"+company, id)
}

// tellParted tells somebody that another took him off a company.
func (p *portal) tellParted(c *web.Context, tx *db.Tx, id, company string) error {
	who, err := account.ByID(c, tx, id)
	if err != nil || id == c.Account.ID {
		return err
	}
	return p.Mail.Send(c, tx, to(who), parted(company, c.Link("/company")))
}

type acceptForm struct {
	Name     string `form:"name" binding:"required,max=120" autocomplete:"name"`
	Password string `form:"password" binding:"required" clean:"no" autocomplete:"new-password"`
}

type invitationPage struct {
	Form     web.Form[acceptForm]
	Link     invitation
	Company  string
	By       string
	Known    bool   // the invited has an account
	Mine     bool   // and it is who asks
	Other    string // somebody else is signed in here
	SignInAt string
}

func (p *portal) invitationPage(c *web.Context) (invitationPage, error) {
	c.Private()
	link, err := links.Look(c, p.DB, linkInvitation, c.Param("token"), c.Now())
	page := invitationPage{Form: web.NewForm[acceptForm]("signin.accept"), Link: invitationOf(link)}
	if err != nil {
		return page, err
	}
	company, err := account.CompanyByID(c, p.DB, page.Link.Company)
	if err != nil {
		return page, err
	}
	page.Company = company.Name
	if by, err := account.ByID(c, p.DB, page.Link.By); err == nil {
		page.By = by.Name
	} else if !errors.Is(err, fault.NotFound) {
		return page, err
	}
	if c.Account != nil {
		page.Mine = c.Account.Email == link.Email
		if !page.Mine {
			page.Other = c.Account.Email
		}
	}
	page.SignInAt = "/signin?again=1&next=" + url.QueryEscape(c.Request.URL.Path)
	known, err := account.ByEmail(c, p.DB, link.Email)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return page, err
	}
	page.Known = err == nil
	if page.Known && known.DisabledAt != nil {
		return page, fault.Gone
	}
	return page, nil
}

func (p *portal) showInvitation(c *web.Context) error {
	page, err := p.invitationPage(c)
	if err != nil {
		return p.stale(c, err)
	}
	return c.Render(http.StatusOK, invitationView(page))
}

// acceptInvitation joins who was invited: with the account that has the
// address, when its owner is signed in, or with a new one.
func (p *portal) acceptInvitation(c *web.Context) error {
	page, err := p.invitationPage(c)
	if err != nil {
		return p.stale(c, err)
	}
	if page.Known && !page.Mine {
		return c.See(page.SignInAt)
	}
	hash := ""
	if !page.Known {
		ok, err := page.Form.Bind(c)
		if err == nil && ok {
			ok, err = goodPassword(c, p, &page.Form, page.Form.V.Password, page.Form.V.Name, page.Link.Email, page.Company)
		}
		if err != nil {
			return err
		}
		if !ok {
			return c.Render(http.StatusUnprocessableEntity, invitationView(page))
		}
		if err := p.asks(c); err != nil {
			return err
		}
		hash = p.Site.Passwords.Hash(page.Form.V.Password)
	}
	var who account.Account
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		used, err := links.Use(c, tx, linkInvitation, c.Param("token"), c.Now())
		if err != nil {
			return err
		}
		// Who was a manager when he invited may be none now.
		if err := stillManages(c, tx, invitationOf(used)); err != nil {
			return err
		}
		if page.Known {
			who = *c.Account
		} else {
			who, err = p.create(c, tx, account.Account{Email: used.Email, Name: page.Form.V.Name, Lang: i18n.Lang(c), Password: hash}, "")
			if err != nil {
				return err
			}
		}
		if err := verify(c, tx, who.ID, c.Now()); err != nil {
			return err
		}
		if err := account.Join(c, tx, who.ID, page.Link.Company, page.Link.Manager, c.Now()); err != nil {
			return err
		}
		return p.note(c, tx, who.ID, "membership", "company:"+page.Link.Company, who.ID)
	})
	if errors.Is(err, fault.Conflict) {
		return c.See(page.SignInAt)
	}
	if err != nil {
		return p.stale(c, err)
	}
	if page.Known {
		return c.RedirectTo("/company", "signin.accept.done", page.Company)
	}
	if who, err = account.ByID(c, p.DB, who.ID); err != nil {
		return err
	}
	return p.in(c, who, "invitation", "/company")
}

// stillManages checks that an invitation was made by somebody who may still make it.
func stillManages(c *web.Context, on db.Querier, i invitation) error {
	by, err := account.ByID(c, on, i.By)
	if err != nil {
		return err
	}
	if by.DisabledAt != nil {
		return fault.Gone
	}
	if by.Admin() {
		return nil
	}
	m, err := member(c, on, i.Company, i.By)
	if err != nil {
		return err
	}
	if !m.Manager {
		return fault.Gone
	}
	return nil
}
