package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// A new account: asked for, proven by mail, and the first one of all.

type signupForm struct {
	Name     string `form:"name" binding:"required,max=120" autocomplete:"name"`
	Email    string `form:"email" binding:"required,email,max=254" autocomplete:"username"`
	Password string `form:"password" binding:"required" clean:"no" autocomplete:"new-password"`
	Company  string `form:"company" binding:"max=120" autocomplete:"organization"`
	Next     string `form:"next" binding:"max=2000"`
}

func (p *portal) signupForm(c *web.Context) web.Form[signupForm] {
	form := web.NewForm[signupForm]("signin.signup")
	form.V.Next = c.Next("")
	return form
}

func (p *portal) blankSignup(c *web.Context) error {
	return c.Render(http.StatusOK, signupView(p.signupForm(c), p.providers))
}

// signup mails a link that makes the account. Who has one already is told so by
// mail; the page is the same.
func (p *portal) signup(c *web.Context) error {
	form := p.signupForm(c)
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok {
		if ok, err = goodPassword(c, p, &form, form.V.Password, form.V.Name, form.V.Email, form.V.Company); err != nil {
			return err
		}
		if p.ofVendor(form.V.Email) {
			form.Wrong(c, "Email", "own", p.Site.Vendor().Name)
			ok = false
		}
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, signupView(form, p.providers))
	}
	if err := p.asks(c); err != nil {
		return err
	}
	filled := signup{Name: form.V.Name, Company: form.V.Company, Lang: i18n.Lang(c), Next: web.Local(form.V.Next, "")}
	filled.Password = p.Site.Passwords.Hash(form.V.Password)
	other, before, err := p.pending(c, p.DB, form.V.Email)
	if err != nil {
		return err
	}
	same := p.Site.Passwords.Check(before.Password, form.V.Password)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		// Of two who sign up with one address nobody can tell whose it is: who shows
		// that it is his chooses the password then.
		if now, _, err := p.pending(c, tx, form.V.Email); err != nil {
			return err
		} else if now != "" && (now != other || !same) {
			filled.Password = ""
		}
		may, err := p.mailable(c, tx, linkVerify, form.V.Email)
		if err != nil || !may {
			return err
		}
		who, err := account.ByEmail(c, tx, form.V.Email)
		if err == nil {
			return p.Mail.Send(c, tx, to(who), linked("known", c.Link("/signin/forgot")))
		}
		if !errors.Is(err, fault.NotFound) {
			return err
		}
		secret, err := links.Only(c, tx, links.Link{Purpose: linkVerify, Email: form.V.Email, Subject: packed(filled)}, c.Now(), verifyLasts)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, stranger(form.V.Email, form.V.Name, filled.Lang), linked("verify", c.Link("/signin/verify/"+secret)))
	})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, toldView("signin.check_signup", account.Address(form.V.Email)))
}

// pending is the sign-up with an address that waits to be confirmed: the id of
// its link, empty for none, and what was filled in.
func (p *portal) pending(c *web.Context, on db.Querier, address string) (id string, filled signup, err error) {
	link, err := db.Get[links.Link](c, on, `
		SELECT * FROM link WHERE purpose = ? AND account_id IS NULL AND email = ? AND used_at IS NULL AND expires_at > ? ORDER BY created_at DESC LIMIT 1`,
		linkVerify, account.Address(address), c.Now())
	if errors.Is(err, fault.NotFound) {
		return "", filled, nil
	}
	if err != nil {
		return "", filled, err
	}
	return link.ID, filled, json.Unmarshal([]byte(link.Subject), &filled)
}

// asks counts something that costs a hash or a mail, before it does.
func (p *portal) asks(c *web.Context) error {
	return asksOfNetwork.Take(c, p.DB, p.mark(web.Network(c.ClientIP())), c.Now())
}

func (p *portal) showVerify(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, linkVerify, c.Param("token"), c.Now())
	if err != nil {
		return p.stale(c, err)
	}
	if needed, err := needsPassword(link); err != nil {
		return err
	} else if needed {
		return c.Render(http.StatusOK, resetView(linkVerify, web.NewForm[resetForm]("signin.reset"), link.Email))
	}
	return c.Render(http.StatusOK, confirmView("signin.use_verify", link.Email, ""))
}

// needsPassword reports whether who confirms a sign-up chooses its password anew.
func needsPassword(link links.Link) (bool, error) {
	var filled signup
	err := json.Unmarshal([]byte(link.Subject), &filled)
	return link.AccountID == nil && filled.Password == "", err
}

// chosenNow reads the password that who confirms a sign-up has to choose, and
// returns its hash, empty when there is nothing to choose. It is not ok when the
// form has been shown again.
func (p *portal) chosenNow(c *web.Context) (hash string, ok bool, err error) {
	link, err := links.Look(c, p.DB, linkVerify, c.Param("token"), c.Now())
	if err != nil {
		return "", false, p.stale(c, err)
	}
	if needed, err := needsPassword(link); err != nil || !needed {
		return "", err == nil, err
	}
	form := web.NewForm[resetForm]("signin.reset")
	ok, err = form.Bind(c)
	if err == nil && ok {
		ok, err = goodPassword(c, p, &form, form.V.Password, link.Email)
	}
	if err != nil {
		return "", false, err
	}
	if !ok {
		return "", false, c.Render(http.StatusUnprocessableEntity, resetView(linkVerify, form, link.Email))
	}
	if err := p.asks(c); err != nil {
		return "", false, err
	}
	return p.Site.Passwords.Hash(form.V.Password), true, nil
}

// useVerify makes the account that somebody signed up for, or confirms the
// address of one that is there.
func (p *portal) useVerify(c *web.Context) error {
	c.Private()
	chosen, ok, err := p.chosenNow(c)
	if err != nil || !ok {
		return err
	}
	var who account.Account
	var filled signup
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		link, err := links.Use(c, tx, linkVerify, c.Param("token"), c.Now())
		if err != nil {
			return err
		}
		filled = signup{}
		if err := json.Unmarshal([]byte(link.Subject), &filled); err != nil {
			return err
		}
		if chosen != "" {
			filled.Password = chosen
		}
		if link.AccountID != nil {
			if who, err = p.ofLink(c, tx, link); err != nil {
				return err
			}
			return verify(c, tx, who.ID, c.Now())
		}
		who, err = p.create(c, tx, account.Account{Email: link.Email, Name: filled.Name, Lang: filled.Lang, Password: filled.Password}, filled.Company)
		return err
	})
	if errors.Is(err, fault.Conflict) {
		return c.Render(http.StatusConflict, toldView("signin.exists", ""))
	}
	if err != nil {
		return p.stale(c, err)
	}
	return p.in(c, who, "verify", filled.Next)
}

// create makes a customer whose address has been shown to be his. A company
// that nobody is of yet becomes his; to one that is there he is not added: its
// managers are told.
func (p *portal) create(c *web.Context, tx *db.Tx, a account.Account, company string) (account.Account, error) {
	now := c.Now()
	a.VerifiedAt, a.CreatedAt, a.Role = &now, now, account.Customer
	if _, err := account.ByEmail(c, tx, a.Email); err == nil {
		return a, fault.Conflict
	}
	var managers []account.Account
	if company = strings.TrimSpace(company); company != "" {
		found, err := companyNamed(c, tx, company)
		switch {
		case errors.Is(err, fault.NotFound):
			made := newCompany(company, now)
			if err := insertCompany(c, tx, made); err != nil {
				return a, err
			}
			a.CompanyID = &made.ID
		case err != nil:
			return a, err
		default:
			if managers, err = account.Colleagues(c, tx, found); err != nil {
				return a, err
			}
		}
	}
	a, err := account.Create(c, tx, a, a.CompanyID != nil)
	if err != nil {
		return a, err
	}
	for _, m := range managers {
		if m.Manager && m.DisabledAt == nil {
			if err := p.Mail.Send(c, tx, to(m), asked(a.Name, a.Email, company, c.Link("/company/invite"))); err != nil {
				return a, err
			}
		}
	}
	return a, p.note(c, tx, a.ID, "signup", "account", a.ID)
}

type firstForm struct {
	Name     string `form:"name" binding:"required,max=120" autocomplete:"name"`
	Email    string `form:"email" binding:"required,email,max=254" autocomplete:"username"`
	Password string `form:"password" binding:"required" clean:"no" autocomplete:"new-password"`
}

// firstLink checks the link that makes the first admin: once there is an
// account it is not found any more, whatever it was.
func (p *portal) firstLink(c *web.Context) error {
	c.Private()
	some, err := anyone(c, p.DB)
	if err != nil {
		return err
	}
	if some {
		return fault.NotFound
	}
	if _, err = links.Look(c, p.DB, linkFirst, c.Param("token"), c.Now()); links.Expired(err) {
		return fault.NotFound
	}
	return err
}

func (p *portal) blankFirst(c *web.Context) error {
	if err := p.firstLink(c); err != nil {
		return err
	}
	return c.Render(http.StatusOK, firstView(web.NewForm[firstForm]("signin.first")))
}

func (p *portal) first(c *web.Context) error {
	if err := p.firstLink(c); err != nil {
		return err
	}
	form := web.NewForm[firstForm]("signin.first")
	ok, err := form.Bind(c)
	if err == nil && ok {
		ok, err = goodPassword(c, p, &form, form.V.Password, form.V.Name, form.V.Email)
	}
	if err != nil {
		return err
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, firstView(form))
	}
	now := c.Now()
	who := account.Account{
		Name: form.V.Name, Email: form.V.Email, Lang: i18n.Lang(c), Role: account.AdminRole, VerifiedAt: &now, CreatedAt: now,
		Password: p.Site.Passwords.Hash(form.V.Password),
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if _, err := links.Use(c, tx, linkFirst, c.Param("token"), now); err != nil {
			return err
		}
		if some, err := anyone(c, tx); err != nil || some {
			return errors.Join(err, fault.NotFound)
		}
		made, err := account.Create(c, tx, who, false)
		if err != nil {
			return err
		}
		who.ID, who.Email = made.ID, made.Email
		return p.note(c, tx, made.ID, "role", "admin", made.ID)
	})
	if links.Expired(err) {
		return fault.NotFound
	}
	if err != nil {
		return err
	}
	return p.in(c, who, "first", "/staff/")
}
