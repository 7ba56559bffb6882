package signin

import (
	"net/http"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// Passwords: a good one, a forgotten one, and a new one in its place.

// goodPassword reports whether a new password will do, and tells the form if not.
func goodPassword[V any](c *web.Context, p *portal, form *web.Form[V], password string, own ...string) (bool, error) {
	weak, err := p.weakness(c, password, own...)
	if err != nil || weak == "" {
		return err == nil, err
	}
	form.Errors["Password"] = i18n.T(c, "signin.weak."+weak)
	return false, nil
}

func (p *portal) blankForgot(c *web.Context) error {
	form := web.NewForm[addressForm]("signin.forgot")
	if c.Account != nil {
		form.V.Email = c.Account.Email
	}
	return c.Render(http.StatusOK, forgotView(form))
}

func (p *portal) forgot(c *web.Context) error {
	form := web.NewForm[addressForm]("signin.forgot")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return c.Render(http.StatusUnprocessableEntity, forgotView(form))
	}
	return p.mailIfKnown(c, form.V.Email, "signin.check_forgot", func(tx *db.Tx, who account.Account) error {
		secret, err := links.Only(c, tx, links.Link{Purpose: linkReset, AccountID: &who.ID, Email: who.Email}, c.Now(), resetLasts)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, to(who), linked("reset", c.Link("/signin/reset/"+secret)))
	})
}

type resetForm struct {
	Email    string `form:"-"`
	Password string `form:"password" binding:"required" clean:"no" autocomplete:"new-password"`
}

func (p *portal) showReset(purpose string) web.Handler {
	return func(c *web.Context) error {
		c.Private()
		link, err := links.Look(c, p.DB, purpose, c.Param("token"), c.Now())
		if err != nil {
			return p.stale(c, err)
		}
		return c.Render(http.StatusOK, resetView(purpose, web.NewForm[resetForm]("signin.reset"), link.Email))
	}
}

// useReset sets another password. Every session and every other link of the
// account ends, and its owner is told.
func (p *portal) useReset(purpose string) web.Handler {
	return func(c *web.Context) error {
		c.Private()
		link, err := links.Look(c, p.DB, purpose, c.Param("token"), c.Now())
		if err != nil {
			return p.stale(c, err)
		}
		who, err := p.ofLink(c, p.DB, link)
		if err != nil {
			return p.stale(c, err)
		}
		form := web.NewForm[resetForm]("signin.reset")
		ok, err := form.Bind(c)
		if err == nil && ok {
			ok, err = goodPassword(c, p, &form, form.V.Password, who.Name, who.Email, who.CompanyName)
		}
		if err != nil {
			return err
		}
		if !ok {
			return c.Render(http.StatusUnprocessableEntity, resetView(purpose, form, link.Email))
		}
		if err := p.asks(c); err != nil {
			return err
		}
		hash := p.Site.Passwords.Hash(form.V.Password)
		err = p.DB.Tx(c, func(tx *db.Tx) error {
			if _, err := links.Use(c, tx, purpose, c.Param("token"), c.Now()); err != nil {
				return err
			}
			if err := setPassword(c, tx, who.ID, hash, c.Now()); err != nil {
				return err
			}
			if err := p.note(c, tx, who.ID, "password", "reset", who.ID); err != nil {
				return err
			}
			if purpose == linkWelcome {
				return nil
			}
			return p.Mail.Send(c, tx, to(who), linked("password", c.Link("/signin/forgot")))
		})
		if err != nil {
			return p.stale(c, err)
		}
		return p.in(c, who, "reset", "")
	}
}

type changeForm struct {
	Current  string `form:"current" binding:"max=1000" clean:"no" autocomplete:"current-password"`
	Password string `form:"password" binding:"required" clean:"no" autocomplete:"new-password"`
}

func (p *portal) blankPassword(c *web.Context) error {
	if c.Account.Password == "" && c.SessionAge() > recent {
		return p.again(c, "/profile/password")
	}
	return c.Render(http.StatusOK, passwordView(web.NewForm[changeForm]("signin.password"), *c.Account))
}

// changePassword sets another password, for who knows the present one. All
// other sessions end, this one goes on under another id, and a mail tells so.
func (p *portal) changePassword(c *web.Context) error {
	form := web.NewForm[changeForm]("signin.password")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok {
		wrong, err := p.proven(c, form.V.Current)
		if err != nil {
			return err
		}
		if wrong != "" {
			form.Wrong(c, "Current", wrong)
			ok = false
		}
	}
	if ok {
		if ok, err = goodPassword(c, p, &form, form.V.Password, c.Account.Name, c.Account.Email, c.Account.CompanyName); err != nil {
			return err
		}
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, passwordView(form, *c.Account))
	}
	hash := p.Site.Passwords.Hash(form.V.Password)
	who := *c.Account
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := setPassword(c, tx, who.ID, hash, c.Now()); err != nil {
			return err
		}
		if err := p.note(c, tx, who.ID, "password", "change", who.ID); err != nil {
			return err
		}
		return p.Mail.Send(c, tx, to(who), linked("password", c.Link("/signin/forgot")))
	})
	if err != nil {
		return err
	}
	if err := c.SignIn(who); err != nil {
		return err
	}
	return c.RedirectTo("/profile", "signin.password.done")
}
