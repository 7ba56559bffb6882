package signin

import (
	"errors"
	"net/http"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

type profileForm struct {
	Name  string `form:"name" binding:"required,max=120" autocomplete:"name"`
	Phone string `form:"phone" binding:"max=40" autocomplete:"tel"`
	Lang  string `form:"lang" binding:"required,oneof=nl en"`
	Theme string `form:"theme" binding:"required,oneof=auto light dark"`
	Keys  bool   `form:"keys"`
}

// linkedProvider is a provider on the profile: linked or not.
type linkedProvider struct {
	provider
	Linked bool
	As     string // the address that it knows the person by
}

type profilePage struct {
	Form      web.Form[profileForm]
	Email     string
	Password  bool
	Sessions  []account.Session
	Current   string
	Providers []linkedProvider
	Companies []membership
}

func (p *portal) profilePage(c *web.Context, form web.Form[profileForm]) (profilePage, error) {
	page := profilePage{Form: form, Email: c.Account.Email, Password: c.Account.Password != "", Current: c.SessionID()}
	var err error
	if page.Sessions, err = account.Sessions(c, p.DB, c.Account.ID, c.Now()); err != nil {
		return page, err
	}
	if page.Companies, err = memberships(c, p.DB, c.Account.ID); err != nil {
		return page, err
	}
	mine, err := identities(c, p.DB, c.Account.ID)
	if err != nil {
		return page, err
	}
	for _, at := range p.providers {
		l := linkedProvider{provider: at}
		for _, i := range mine {
			if i.Provider == at.Name {
				l.Linked, l.As = true, i.Email
			}
		}
		// The form that links posts here and goes on to the provider.
		c.Policy.Allow("form-action", at.Origin)
		page.Providers = append(page.Providers, l)
	}
	return page, nil
}

func (p *portal) profile(c *web.Context) error {
	form := web.NewForm[profileForm]("signin.profile")
	form.V = profileForm{Name: c.Account.Name, Phone: c.Account.Phone, Lang: c.Account.Lang, Theme: "auto", Keys: c.Account.Keys}
	if c.Account.Theme != "" {
		form.V.Theme = c.Account.Theme
	}
	return p.showProfile(c, http.StatusOK, form)
}

func (p *portal) showProfile(c *web.Context, status int, form web.Form[profileForm]) error {
	page, err := p.profilePage(c, form)
	if err != nil {
		return err
	}
	return c.Render(status, profileView(page))
}

func (p *portal) saveProfile(c *web.Context) error {
	form := web.NewForm[profileForm]("signin.profile")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.showProfile(c, http.StatusUnprocessableEntity, form)
	}
	theme := form.V.Theme
	if theme == "auto" {
		theme = ""
	}
	_, err := db.Exec(c, p.DB, `UPDATE account SET name = ?, phone = ?, lang = ?, theme = ?, keys = ? WHERE id = ?`,
		form.V.Name, form.V.Phone, form.V.Lang, theme, form.V.Keys, c.Account.ID)
	if err != nil {
		return err
	}
	c.ChooseLanguage(form.V.Lang)
	c.ChooseTheme(theme)
	return c.RedirectTo("/profile", "signin.profile.saved")
}

type emailForm struct {
	Email   string `form:"email" binding:"required,email,max=254"`
	Current string `form:"current" binding:"max=1000" clean:"no" autocomplete:"current-password"`
}

func (p *portal) blankEmail(c *web.Context) error {
	if c.Account.Password == "" && c.SessionAge() > recent {
		return p.again(c, "/profile/email")
	}
	return c.Render(http.StatusOK, emailView(web.NewForm[emailForm]("signin.email"), *c.Account))
}

// proven reports whether who asks is the owner of the account: he gives its
// password, or where it has none has signed in just now. wrong is the field's
// reason why not.
func (p *portal) proven(c *web.Context, current string) (wrong string, err error) {
	if c.Account.Password == "" {
		if c.SessionAge() > recent {
			return "", fault.SignIn
		}
		return "", nil
	}
	if current == "" {
		return "required", nil
	}
	_, knocked, err := p.prove(c, c.Account.Email, current)
	if errors.Is(err, errWrong) {
		return "wrong", nil
	}
	if err != nil {
		return "", err
	}
	return "", p.uncount(c, knocked)
}

// askEmail mails a link to the new address, and tells the old one.
func (p *portal) askEmail(c *web.Context) error {
	form := web.NewForm[emailForm]("signin.email")
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
	if ok && !c.Account.Staff() && p.ofVendor(form.V.Email) {
		form.Wrong(c, "Email", "own", p.Site.Vendor().Name)
		ok = false
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, emailView(form, *c.Account))
	}
	wanted := account.Address(form.V.Email)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		may, err := p.mailable(c, tx, linkEmail, wanted)
		if err != nil || !may || wanted == c.Account.Email {
			return err
		}
		if err := p.Mail.Send(c, tx, to(*c.Account), emailAsked(wanted, c.Link("/signin/forgot"))); err != nil {
			return err
		}
		if other, err := account.ByEmail(c, tx, wanted); err == nil {
			return p.Mail.Send(c, tx, to(other), linked("known", c.Link("/signin/forgot")))
		} else if !errors.Is(err, fault.NotFound) {
			return err
		}
		secret, err := links.Only(c, tx, links.Link{Purpose: linkEmail, AccountID: &c.Account.ID, Email: wanted}, c.Now(), verifyLasts)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, mailTo(*c.Account, wanted), linked("email", c.Link("/signin/email/"+secret)))
	})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, toldView("signin.check_email", wanted))
}

func (p *portal) showEmail(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, linkEmail, c.Param("token"), c.Now())
	if err != nil {
		return p.stale(c, err)
	}
	return c.Render(http.StatusOK, confirmView("signin.use_email", link.Email, ""))
}

// useEmail makes the confirmed address that of the account. Links to the old
// address end, and the old address is told.
func (p *portal) useEmail(c *web.Context) error {
	c.Private()
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		link, err := links.Use(c, tx, linkEmail, c.Param("token"), c.Now())
		if err != nil {
			return err
		}
		who, err := p.ofLink(c, tx, link)
		if err != nil {
			return err
		}
		if _, err := account.ByEmail(c, tx, link.Email); err == nil {
			return fault.Conflict
		}
		if err := p.Mail.Send(c, tx, to(who), emailChanged(link.Email)); err != nil {
			return err
		}
		if err := dropLinks(c, tx, who.ID); err != nil {
			return err
		}
		if _, err := db.Exec(c, tx, `UPDATE account SET email = ?, verified_at = ? WHERE id = ?`, link.Email, c.Now(), who.ID); err != nil {
			return err
		}
		return p.note(c, tx, who.ID, "email", "account", who.ID)
	})
	if errors.Is(err, fault.Conflict) {
		return c.Render(http.StatusConflict, toldView("signin.exists", ""))
	}
	if err != nil {
		return p.stale(c, err)
	}
	if c.Account == nil {
		return c.RedirectTo("/signin", "signin.email.done")
	}
	return c.RedirectTo("/profile", "signin.email.done")
}

// endSessions ends one other session, or all but this one.
func (p *portal) endSessions(c *web.Context) error {
	id := c.PostForm("session")
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if id == "all" {
			err = account.EndAll(c, tx, c.Account.ID, c.SessionID())
		} else {
			err = account.End(c, tx, c.Account.ID, id)
		}
		if err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "session.end", "own", c.Account.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/profile", "signin.sessions.ended")
}
