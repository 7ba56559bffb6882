package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// The cookies of a sign-in at a provider, both random and both kept only as
// hashes: which browser began it, and what waits in that browser.
const (
	cookieFlow  = "flow"
	cookieOffer = "offer"
)

func (p *portal) provider(name string) (provider, error) {
	for _, at := range p.providers {
		if at.Name == name {
			return at, nil
		}
	}
	return provider{}, fault.NotFound
}

// label is the name of a provider as people know it.
func (p *portal) label(name string) string {
	if at, err := p.provider(name); err == nil {
		return at.Label
	}
	return name
}

// browser returns what names this browser while it is on its way to a provider,
// giving it a name the first time.
func (p *portal) browser(c *web.Context) (string, error) {
	var secret string
	if !c.Recall(cookieFlow, &secret) {
		secret = account.Secret()
	}
	return secret, c.Remember(cookieFlow, secret, offerLasts)
}

// depart sends the browser to a provider. A GET can only begin a sign-in: to
// link a provider to one's account takes a POST and a fresh session.
func (p *portal) depart(c *web.Context) error {
	at, err := p.provider(c.Param("provider"))
	if err != nil {
		return err
	}
	next := c.Next("")
	f := flow{Provider: at.Name, Next: next}
	if c.Request.Method == http.MethodPost && c.PostForm("link") != "" {
		if c.Account == nil {
			return fault.SignIn
		}
		if c.SessionAge() > recent {
			return p.again(c, "/profile")
		}
		f.AccountID, f.Next = &c.Account.ID, "/profile"
	} else if err := p.asks(c); err != nil {
		return err
	}
	browser, err := p.browser(c)
	if err != nil {
		return err
	}
	f.Browser = account.Hash(browser)
	going := progress{Stage: stageBegun, Secrets: secrets{Verifier: oauth2.GenerateVerifier(), Nonce: account.Secret()}}
	state, err := f.begin(c, p.DB, going, c.Now(), flowLasts)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), providerTime)
	defer cancel()
	address, err := at.begin(ctx, state, going.Secrets)
	if err != nil {
		return p.down(c, at, err)
	}
	c.Header("Cache-Control", "no-store")
	return c.See(address)
}

// again asks somebody to sign in once more before a step that needs it.
func (p *portal) again(c *web.Context, next string) error {
	return c.RedirectWith("/signin?again=1&next="+next, web.Flash{Kind: "info", Text: i18n.T(c, "signin.again")})
}

// down tells that a provider does not answer.
func (p *portal) down(c *web.Context, at provider, err error) error {
	slog.Warn("provider does not answer", "request", c.RequestID, "provider", at.Name, "err", scrub(err))
	return p.back(c, "warn", "signin.social.down", at.Label)
}

// scrub keeps what a provider said in its answer out of the log: tokens, addresses.
func scrub(err error) string {
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return cmp.Or(refused.ErrorCode, "refused") + " " + refused.Response.Status
	case errors.Is(err, errRefused):
		return "not to be trusted"
	case errors.Is(err, context.DeadlineExceeded):
		return "too slow"
	}
	return "no usable answer"
}

func (p *portal) back(c *web.Context, kind, key string, args ...any) error {
	path := "/signin"
	if c.Account != nil {
		path = "/profile"
	}
	return c.RedirectWith(path, web.Flash{Kind: kind, Text: i18n.T(c, key, args...)})
}

// comeBack is where a provider sends the browser. Which provider it is says the
// path alone, and the state must be one that this browser began there.
func (p *portal) comeBack(c *web.Context) error {
	c.Private()
	at, err := p.provider(c.Param("provider"))
	if err != nil {
		return err
	}
	var browser string
	if !c.Recall(cookieFlow, &browser) {
		return p.back(c, "warn", "signin.social.expired", at.Label)
	}
	f, going, err := takeFlow(c, p.DB, c.Query("state"), browser, stageBegun, c.Now())
	if errors.Is(err, fault.NotFound) || err == nil && f.Provider != at.Name {
		return p.back(c, "warn", "signin.social.expired", at.Label)
	}
	if err != nil {
		return err
	}
	// The issuer is told back by who follows RFC 9207.
	if iss := c.Query("iss"); iss != "" && at.Issuer != "" && iss != at.Issuer {
		return p.back(c, "warn", "signin.social.expired", at.Label)
	}
	if c.Query("error") != "" || c.Query("code") == "" {
		return p.back(c, "info", "signin.social.cancelled", at.Label)
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), providerTime)
	defer cancel()
	who, err := at.finish(ctx, c.Query("code"), going.Secrets)
	if err == nil {
		who, err = who.fit()
	}
	if err != nil {
		return p.down(c, at, err)
	}
	if f.AccountID != nil {
		return p.link(c, *f.AccountID, who)
	}
	return p.recognise(c, who, f.Next)
}

// link makes a provider open the account of who asked for it.
func (p *portal) link(c *web.Context, accountID string, who person) error {
	if c.Account == nil || c.Account.ID != accountID {
		return p.back(c, "warn", "signin.social.expired", p.label(who.Provider))
	}
	err := p.DB.Tx(c, func(tx *db.Tx) error { return p.attach(c, tx, *c.Account, who) })
	if errors.Is(err, fault.Conflict) {
		return p.back(c, "warn", "signin.social.taken", p.label(who.Provider))
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/profile", "signin.social.linked", p.label(who.Provider))
}

// attach links a provider and tells the account's owner. Linking what is linked
// already is fine; what opens another account is a fault.Conflict.
func (p *portal) attach(c *web.Context, tx *db.Tx, a account.Account, who person) error {
	if linked, err := identityOf(c, tx, who.Provider, who.Subject); err == nil {
		if linked.AccountID == a.ID {
			return nil
		}
		return fault.Conflict
	} else if !errors.Is(err, fault.NotFound) {
		return err
	}
	if err := attach(c, tx, a.ID, who, c.Now()); err != nil {
		return err
	}
	if err := p.note(c, tx, a.ID, "link", who.Provider, a.ID); err != nil {
		return err
	}
	return p.Mail.Send(c, tx, to(a), providerLinked(p.label(who.Provider), c.Link("/profile")))
}

// recognise decides what a provider's word is worth: in for whom the provider
// is linked; a new account for an address that the provider vouches for and
// nobody has; for everybody else another proof first.
func (p *portal) recognise(c *web.Context, who person, next string) error {
	linked, err := identityOf(c, p.DB, who.Provider, who.Subject)
	if err == nil {
		return p.inLinked(c, linked, next)
	}
	if !errors.Is(err, fault.NotFound) {
		return err
	}
	if !account.IsAddress(who.Email) {
		return p.wait(c, who, stageAddress, next, "/signin/address")
	}
	if !who.Verified {
		if p.ofVendor(who.Email) {
			return p.back(c, "warn", "signin.social.own", p.Site.Vendor().Name)
		}
		return p.askSocial(c, who, next)
	}
	made, err := p.newcomer(c, who)
	if errors.Is(err, errVendor) {
		return p.back(c, "warn", "signin.social.own", p.Site.Vendor().Name)
	}
	if errors.Is(err, fault.Conflict) {
		// Somebody has that address: he shows that it is he, and links then.
		return p.wait(c, who, stageOffer, next, "/signin?known=1&next="+url.QueryEscape(next))
	}
	if err != nil {
		return err
	}
	return p.in(c, made, who.Provider, next)
}

func (p *portal) inLinked(c *web.Context, linked identity, next string) error {
	a, err := account.ByID(c, p.DB, linked.AccountID)
	if err != nil {
		return err
	}
	if _, err := db.Exec(c, p.DB, `UPDATE identity SET used_at = ? WHERE id = ?`, c.Now(), linked.ID); err != nil {
		return err
	}
	return p.in(c, a, linked.Provider, next)
}

// newcomer makes the account of somebody whose address the provider vouches
// for; fault.Conflict when there is one. An account that somebody made with that
// address and never confirmed is not his: the proof of the address makes it the
// newcomer's, and whatever the other had set is void.
func (p *portal) newcomer(c *web.Context, who person) (made account.Account, err error) {
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if _, err := db.Exec(c, tx, `DELETE FROM link WHERE purpose = ? AND account_id IS NULL AND email = ?`, linkVerify, who.Email); err != nil {
			return err
		}
		made, err = account.ByEmail(c, tx, who.Email)
		switch {
		case errors.Is(err, fault.NotFound) && p.ofVendor(who.Email):
			return errVendor
		case errors.Is(err, fault.NotFound):
			made, err = p.create(c, tx, account.Account{Email: who.Email, Name: cmp.Or(who.Name, who.Email), Lang: i18n.Lang(c)}, "")
		case err == nil && (made.Verified() || made.Staff() || made.DisabledAt != nil):
			err = fault.Conflict
		case err == nil:
			if err = setPassword(c, tx, made.ID, "", c.Now()); err == nil {
				now := c.Now()
				made.VerifiedAt, made.Password = &now, ""
			}
		}
		if err != nil {
			return err
		}
		if err := attach(c, tx, made.ID, who, c.Now()); err != nil {
			return err
		}
		return p.note(c, tx, made.ID, "link", who.Provider, made.ID)
	})
	return made, err
}

// errVendor says that an address is of the vendor's own domain.
var errVendor = errors.New("of the vendor")

// wait keeps who somebody is at a provider in this browser until he has done
// what the page at path asks.
func (p *portal) wait(c *web.Context, who person, stage, next, path string) error {
	if err := p.keep(c, who, stage, next); err != nil {
		return err
	}
	return c.See(path)
}

func (p *portal) keep(c *web.Context, who person, stage, next string) error {
	browser, err := p.browser(c)
	if err != nil {
		return err
	}
	f := flow{Provider: who.Provider, Browser: account.Hash(browser), Next: next}
	secret, err := f.begin(c, p.DB, progress{Stage: stage, Person: who}, c.Now(), offerLasts)
	if err != nil {
		return err
	}
	return c.Remember(cookieOffer, secret, offerLasts)
}

// waitingAt returns what waits in this browser at that stage, or fault.NotFound.
func (p *portal) waitingAt(c *web.Context, stage string) (flow, progress, error) {
	var secret, browser string
	if !c.Recall(cookieOffer, &secret) || !c.Recall(cookieFlow, &browser) {
		return flow{}, progress{}, fault.NotFound
	}
	return lookFlow(c, p.DB, secret, browser, stage, c.Now())
}

// offered returns the provider that waits in this browser to be linked.
func (p *portal) offered(c *web.Context) (flow, progress, error) { return p.waitingAt(c, stageOffer) }

// askSocial mails a confirmation to an address that a provider did not vouch
// for. The page is the same whether or not somebody has an account with it.
func (p *portal) askSocial(c *web.Context, who person, next string) error {
	if err := p.keep(c, who, stageOffer, next); err != nil {
		return err
	}
	browser, err := p.browser(c)
	if err != nil {
		return err
	}
	filled := social{Person: who, Browser: account.Hash(browser), Lang: i18n.Lang(c), Next: next}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		may, err := p.mailable(c, tx, linkSocial, who.Email)
		if err != nil || !may {
			return err
		}
		a, err := account.ByEmail(c, tx, who.Email)
		if err == nil {
			if a.DisabledAt != nil {
				return nil
			}
			secret, err := links.Only(c, tx, links.Link{Purpose: linkSignIn, AccountID: &a.ID, Email: a.Email, Subject: next}, c.Now(), signInLasts)
			if err != nil {
				return err
			}
			return p.Mail.Send(c, tx, to(a), linked("social_known", c.Link("/signin/link/"+secret)))
		}
		if !errors.Is(err, fault.NotFound) {
			return err
		}
		secret, err := links.Only(c, tx, links.Link{Purpose: linkSocial, Email: who.Email, Subject: packed(filled)}, c.Now(), verifyLasts)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, stranger(who.Email, who.Name, filled.Lang), confirmSocial(p.label(who.Provider), c.Link("/signin/social/"+secret)))
	})
	if err != nil {
		return err
	}
	form := p.doorForm(c)
	form.V.Email, form.V.Next = who.Email, next
	return c.Render(http.StatusOK, socialView(form, p.label(who.Provider)))
}

func (p *portal) blankAddress(c *web.Context) error {
	_, going, err := p.waitingAt(c, stageAddress)
	if err != nil {
		return c.See("/signin")
	}
	return c.Render(http.StatusOK, addressView(web.NewForm[addressForm]("signin.address"), p.label(going.Person.Provider)))
}

// address takes the address of somebody whose provider did not tell one.
func (p *portal) address(c *web.Context) error {
	f, going, err := p.waitingAt(c, stageAddress)
	if errors.Is(err, fault.NotFound) {
		return p.back(c, "warn", "signin.social.expired", "")
	}
	if err != nil {
		return err
	}
	form := web.NewForm[addressForm]("signin.address")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && p.ofVendor(form.V.Email) {
		form.Wrong(c, "Email", "own", p.Site.Vendor().Name)
		ok = false
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, addressView(form, p.label(going.Person.Provider)))
	}
	if err := p.asks(c); err != nil {
		return err
	}
	going.Person.Email, going.Person.Verified = account.Address(form.V.Email), false
	return p.askSocial(c, going.Person, f.Next)
}

func (p *portal) showSocial(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, linkSocial, c.Param("token"), c.Now())
	if err != nil {
		return p.stale(c, err)
	}
	var filled social
	if err := json.Unmarshal([]byte(link.Subject), &filled); err != nil {
		return err
	}
	return c.Render(http.StatusOK, confirmView("signin.use_social", link.Email, p.label(filled.Person.Provider)))
}

// useSocial makes the account of somebody who has shown that the address is
// his. The provider is linked only in the browser that came from it: who just
// follows a link that a stranger had mailed gets an account of his own, which
// the stranger cannot open.
func (p *portal) useSocial(c *web.Context) error {
	c.Private()
	var made account.Account
	var filled social
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		link, err := links.Use(c, tx, linkSocial, c.Param("token"), c.Now())
		if err != nil {
			return err
		}
		filled = social{}
		if err := json.Unmarshal([]byte(link.Subject), &filled); err != nil {
			return err
		}
		made, err = p.create(c, tx, account.Account{Email: link.Email, Name: cmp.Or(filled.Person.Name, link.Email), Lang: filled.Lang}, "")
		if err != nil {
			return err
		}
		var browser string
		if !c.Recall(cookieFlow, &browser) || account.Hash(browser) != filled.Browser {
			return nil
		}
		if err := attach(c, tx, made.ID, filled.Person, c.Now()); err != nil {
			return err
		}
		return p.note(c, tx, made.ID, "link", filled.Person.Provider, made.ID)
	})
	if errors.Is(err, fault.Conflict) {
		return c.Render(http.StatusConflict, toldView("signin.exists", ""))
	}
	if err != nil {
		return p.stale(c, err)
	}
	c.Forget(cookieOffer)
	return p.in(c, made, "confirm", filled.Next)
}

// showOffer asks who has just signed in whether the provider that he came from
// may open his account from now on.
func (p *portal) showOffer(c *web.Context) error {
	_, going, err := p.offered(c)
	if errors.Is(err, fault.NotFound) {
		return c.See(c.Next("/"))
	}
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, offerView(p.label(going.Person.Provider), going.Person, c.Next("/")))
}

func (p *portal) acceptOffer(c *web.Context) error {
	next := c.Next("/")
	if c.PostForm("link") != "yes" {
		c.Forget(cookieOffer)
		return c.See(next)
	}
	if c.SessionAge() > recent {
		return p.again(c, "/signin/offer")
	}
	var secret, browser string
	if !c.Recall(cookieOffer, &secret) || !c.Recall(cookieFlow, &browser) {
		return c.See(next)
	}
	_, going, err := takeFlow(c, p.DB, secret, browser, stageOffer, c.Now())
	if errors.Is(err, fault.NotFound) {
		return c.See(next)
	}
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error { return p.attach(c, tx, *c.Account, going.Person) })
	c.Forget(cookieOffer)
	if errors.Is(err, fault.Conflict) {
		return p.back(c, "warn", "signin.social.taken", p.label(going.Person.Provider))
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(next, "signin.social.linked", p.label(going.Person.Provider))
}

// unlink takes a provider off an account, unless nothing else would open it.
func (p *portal) unlink(c *web.Context) error {
	name := c.PostForm("provider")
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		// Two at once would each leave the other's.
		if _, err := db.Exec(c, tx, `UPDATE account SET keys = keys WHERE id = ?`, c.Account.ID); err != nil {
			return err
		}
		mine, err := identities(c, tx, c.Account.ID)
		if err != nil {
			return err
		}
		a, err := account.ByID(c, tx, c.Account.ID)
		if err != nil {
			return err
		}
		if !mayUnlink(a.Password, len(mine)) {
			return errLastWay
		}
		n, err := db.Exec(c, tx, `DELETE FROM identity WHERE account_id = ? AND provider = ?`, c.Account.ID, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound
		}
		return p.note(c, tx, c.Account.ID, "unlink", name, c.Account.ID)
	})
	if errors.Is(err, errLastWay) {
		return p.back(c, "warn", "signin.social.last", p.label(name))
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/profile", "signin.social.unlinked", p.label(name))
}

var errLastWay = errors.New("the last way in")
