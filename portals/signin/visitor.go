package signin

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

type signInForm struct {
	Email    string `form:"email" binding:"required,email,max=254" autocomplete:"username"`
	Password string `form:"password" binding:"required,max=1000" clean:"no" autocomplete:"current-password"`
	Next     string `form:"next" binding:"max=2000"`
}

func (p *portal) doorForm(c *web.Context) web.Form[signInForm] {
	form := web.NewForm[signInForm]("signin.enter")
	form.V.Next = c.Next("")
	return form
}

func (p *portal) doorPage(c *web.Context, form web.Form[signInForm]) doorPage {
	return doorPage{Form: form, Providers: p.providers, Last: deviceOf(c).Last}
}

// door shows the sign-in page; who is in already is sent on, unless he comes to
// sign in again.
func (p *portal) door(c *web.Context) error {
	form := p.doorForm(c)
	if c.Account != nil {
		if c.Query("again") == "" {
			return c.See(p.home(*c.Account, form.V.Next))
		}
		form.V.Email = c.Account.Email
	}
	return c.Render(http.StatusOK, doorView(p.doorPage(c, form)))
}

// home is where somebody goes after coming in.
func (p *portal) home(a account.Account, next string) string {
	if a.Staff() {
		return web.Local(next, "/staff/")
	}
	return web.Local(next, "/")
}

// enter signs somebody in with his password. Whether the address is known makes
// no difference to the answer or to the work done for it.
func (p *portal) enter(c *web.Context) error {
	form := p.doorForm(c)
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, doorView(p.doorPage(c, form)))
	}
	who, knocked, err := p.prove(c, form.V.Email, form.V.Password)
	var wait web.Wait
	switch {
	case errors.As(err, &wait):
		return p.tooMany(c, form, wait)
	case errors.Is(err, errWrong):
		form.Wrong(c, "Password", "wrong")
		return c.Render(http.StatusUnprocessableEntity, doorView(p.doorPage(c, form)))
	case err != nil:
		return err
	}
	if err := p.forgive(c, knocked); err != nil {
		return err
	}
	if !who.Verified() {
		return p.askToVerify(c, who, form.V.Next)
	}
	return p.in(c, who, "password", form.V.Next)
}

// errWrong says that address and password do not belong together.
var errWrong = errors.New("wrong password")

// prove checks a password: a web.Wait when there were too many tries, errWrong
// when it is not the one, or when there is no such account or it is blocked.
func (p *portal) prove(c *web.Context, address, password string) (account.Account, try, error) {
	knocked, err := p.knock(c, address, deviceOf(c))
	if err != nil {
		return account.Account{}, knocked, err
	}
	who, err := account.ByEmail(c, p.DB, address)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return who, knocked, err
	}
	right := p.Site.Passwords.Check(who.Password, password)
	if right && who.DisabledAt == nil {
		return who, knocked, nil
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if right {
			return p.note(c, tx, who.ID, "signin.refused", "blocked", who.ID)
		}
		return p.note(c, tx, "", "signin.failed", "password", who.ID)
	})
	return who, knocked, errors.Join(errWrong, err)
}

func (p *portal) tooMany(c *web.Context, form web.Form[signInForm], wait web.Wait) error {
	seconds := wait.Seconds()
	c.Header("Retry-After", strconv.Itoa(seconds))
	form.Errors = map[string]string{"": i18n.N(c, "signin.enter.wait", seconds)}
	if seconds > 90 {
		form.Errors[""] = i18n.N(c, "signin.enter.wait_minutes", (seconds+59)/60)
	}
	return c.Render(http.StatusTooManyRequests, doorView(p.doorPage(c, form)))
}

// askToVerify mails who has the right password but has never confirmed his address.
func (p *portal) askToVerify(c *web.Context, who account.Account, next string) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if may, err := p.mailable(c, tx, linkVerify, who.Email); err != nil || !may {
			return err
		}
		secret, err := links.Only(c, tx, links.Link{Purpose: linkVerify, AccountID: &who.ID, Email: who.Email, Subject: packed(signup{Next: next})}, c.Now(), verifyLasts)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, to(who), linked("verify", c.Link("/signin/verify/"+secret)))
	})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, toldView("signin.check_verify", who.Email))
}

// in lets somebody in who has shown who he is: how is password, link or the
// name of a provider.
func (p *portal) in(c *web.Context, who account.Account, how, next string) error {
	if who.DisabledAt != nil {
		return p.refuse(c, who, how)
	}
	d, mark := deviceOf(c), p.mark("known "+who.Email)
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		before, err := signedInBefore(c, tx, who.ID)
		if err != nil {
			return err
		}
		if err := p.note(c, tx, who.ID, "signin", how, who.ID); err != nil {
			return err
		}
		_, err = db.Exec(c, tx, `UPDATE account SET active_at = ?, warned_at = NULL WHERE id = ?`, c.Now(), who.ID)
		if err != nil || !before || d.knows(mark) {
			return err
		}
		return p.Mail.Send(c, tx, to(who), newDevice(web.Device(c.Request.UserAgent()), c.Now(), c.Link("/profile")))
	})
	if err != nil {
		return err
	}
	if err := c.SignIn(who); err != nil {
		return err
	}
	last := ""
	if _, err := p.provider(how); err == nil {
		last = how
	}
	if err := c.Remember("known", d.with(mark, last), knownFor); err != nil {
		return err
	}
	if _, _, err := p.offered(c); err == nil && how != "confirm" {
		return c.See("/signin/offer?next=" + url.QueryEscape(p.home(who, next)))
	}
	return c.See(p.home(who, next))
}

// refuse tells somebody who has shown who he is that his account is blocked.
func (p *portal) refuse(c *web.Context, who account.Account, how string) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error { return p.note(c, tx, who.ID, "signin.refused", how, who.ID) })
	if err != nil {
		return err
	}
	return c.Render(http.StatusForbidden, toldView("signin.blocked", ""))
}

type addressForm struct {
	Email string `form:"email" binding:"required,email,max=254" autocomplete:"username"`
	Next  string `form:"next" binding:"max=2000"`
}

// mailLink mails a link that signs in, to who has an account.
func (p *portal) mailLink(c *web.Context) error {
	form := web.NewForm[addressForm]("signin.enter")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		door := p.doorForm(c)
		door.V.Email, door.Errors = form.V.Email, form.Errors
		return c.Render(http.StatusUnprocessableEntity, doorView(p.doorPage(c, door)))
	}
	return p.mailIfKnown(c, form.V.Email, "signin.check_link", func(tx *db.Tx, who account.Account) error {
		secret, err := links.Only(c, tx, links.Link{Purpose: linkSignIn, AccountID: &who.ID, Email: who.Email, Subject: web.Local(form.V.Next, "")}, c.Now(), signInLasts)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, to(who), linked("link", c.Link("/signin/link/"+secret)))
	})
}

// mailIfKnown mails something to who has an account, and says the same to all.
func (p *portal) mailIfKnown(c *web.Context, address, told string, send func(*db.Tx, account.Account) error) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := asksOfNetwork.Take(c, tx, p.mark(web.Network(c.ClientIP())), c.Now()); err != nil {
			return err
		}
		may, err := p.mailable(c, tx, told, address)
		if err != nil || !may {
			return err
		}
		who, err := account.ByEmail(c, tx, address)
		if errors.Is(err, fault.NotFound) || err == nil && who.DisabledAt != nil {
			return nil
		}
		if err != nil {
			return err
		}
		return send(tx, who)
	})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, toldView(told, account.Address(address)))
}

// showLink shows the button that signs in: mail scanners open every link, so
// opening one does nothing.
func (p *portal) showLink(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, linkSignIn, c.Param("token"), c.Now())
	if err != nil {
		return p.stale(c, err)
	}
	return c.Render(http.StatusOK, confirmView("signin.use_link", link.Email, ""))
}

func (p *portal) useLink(c *web.Context) error {
	c.Private()
	var who account.Account
	var link links.Link
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if link, err = links.Use(c, tx, linkSignIn, c.Param("token"), c.Now()); err != nil {
			return err
		}
		if who, err = p.ofLink(c, tx, link); err != nil {
			return err
		}
		return verify(c, tx, who.ID, c.Now())
	})
	if err != nil {
		return p.stale(c, err)
	}
	return p.in(c, who, "link", link.Subject)
}

// ofLink returns the account of a link, as long as it has the address that the
// link was mailed to.
func (p *portal) ofLink(c *web.Context, on db.Querier, link links.Link) (account.Account, error) {
	if link.AccountID == nil {
		return account.Account{}, fault.NotFound
	}
	who, err := account.ByID(c, on, *link.AccountID)
	if err == nil && (who.DisabledAt != nil || link.Purpose != linkEmail && who.Email != link.Email) {
		err = fault.Gone
	}
	return who, err
}

// stale shows the page for a link that is no longer good, and never was one.
func (p *portal) stale(c *web.Context, err error) error {
	if links.Expired(err) {
		return c.Render(http.StatusGone, toldView("signin.stale", ""))
	}
	return err
}

// leave ends this browser's session.
func (p *portal) leave(c *web.Context) error {
	if c.Account != nil {
		err := p.DB.Tx(c, func(tx *db.Tx) error { return p.note(c, tx, c.Account.ID, "signout", "", c.Account.ID) })
		if err != nil {
			return err
		}
	}
	if err := c.SignOut(); err != nil {
		return err
	}
	return c.RedirectTo("/signin", "signin.left")
}

// language remembers in which language the visitor reads.
func (p *portal) language(c *web.Context) error {
	lang := c.PostForm("lang")
	if !i18n.Known(lang) {
		return fault.BadInput
	}
	c.ChooseLanguage(lang)
	if c.Account != nil && c.Account.Lang != lang {
		if _, err := db.Exec(c, p.DB, `UPDATE account SET lang = ? WHERE id = ?`, lang, c.Account.ID); err != nil {
			return err
		}
	}
	return c.See(c.Next("/"))
}

// theme remembers light, dark, or what the browser prefers.
func (p *portal) theme(c *web.Context) error {
	theme := c.PostForm("theme")
	if theme != "" && theme != "light" && theme != "dark" {
		return fault.BadInput
	}
	c.ChooseTheme(theme)
	if c.Account != nil && c.Account.Theme != theme {
		if _, err := db.Exec(c, p.DB, `UPDATE account SET theme = ? WHERE id = ?`, theme, c.Account.ID); err != nil {
			return err
		}
	}
	return c.See(c.Next("/"))
}
