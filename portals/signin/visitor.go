package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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

// goodPassword reports whether a new password will do, and tells the form if not.
func goodPassword[V any](c *web.Context, p *portal, form *web.Form[V], password string, own ...string) (bool, error) {
	weak, err := p.weakness(c, password, own...)
	if err != nil || weak == "" {
		return err == nil, err
	}
	form.Errors["Password"] = i18n.T(c, "signin.weak."+weak)
	return false, nil
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
