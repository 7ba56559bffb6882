// Package signin is where people come in: signing up and in, forgotten
// passwords, other sites that say who somebody is, one's profile, one's company
// and colleagues, and for staff the people and companies of the site.
package signin

import (
	"context"
	"embed"
	"net/http"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

//go:embed nl.json en.json
var texts embed.FS

// The purposes of the links that are mailed, and how long they last.
const (
	linkVerify     = "signin.verify"     // a sign-up, or an account whose address nobody has confirmed
	linkReset      = "signin.reset"      // another password
	linkWelcome    = "signin.welcome"    // a first password, for who was added by staff
	linkSignIn     = "signin.link"       // in without a password
	linkEmail      = "signin.email"      // another address
	linkSocial     = "signin.social"     // an address that a provider did not vouch for
	linkInvitation = "signin.invitation" // to a company
	linkFirst      = "signin.first"      // the first admin

	verifyLasts     = 24 * time.Hour
	resetLasts      = time.Hour
	signInLasts     = 30 * time.Minute
	invitationLasts = 7 * 24 * time.Hour
	firstLasts      = 24 * time.Hour
)

// recent is how fresh a sign-in has to be for steps that open an account to others.
const recent = 15 * time.Minute

type portal struct {
	*app.Host
	providers []provider
	key       []byte
}

// New returns the portal.
func New(host *app.Host) app.Portal { return with(nil)(host) }

// with is New with another road to the providers, for tests; nil is Go's own.
func with(road http.RoundTripper) func(*app.Host) app.Portal {
	return func(host *app.Host) app.Portal {
		if road == nil {
			road = http.DefaultTransport.(*http.Transport).Clone()
		}
		p := &portal{host, providers(host.Config, road, host.Now), web.Key(host.Secret, "signin attempts")}
		return app.Portal{
			Name:  "signin",
			Texts: texts,
			ManageNav: []web.NavItem{
				{Path: "/staff/signin/people", Label: "signin.people.nav", Icon: "people"},
				{Path: "/staff/signin/companies", Label: "signin.companies.nav", Icon: "building"},
				{Path: "/staff/signin/audit", Label: "signin.audit.nav", Icon: "eye", May: "admin"},
				{Path: "/staff/signin/jobs", Label: "signin.jobs.nav", Icon: "redo", May: "admin"},
			},
			MeNav: []web.NavItem{
				{Path: "/profile", Label: "signin.profile.nav", Icon: "person"},
				{Path: "/company", Label: "signin.company.nav", Icon: "building"},
			},
			Routes:  p.routes,
			Welcome: p.wayIn,
			Mails:   samples(host.Config.URL),
			Desk:    p.waiting,
		}
	}
}

// wayIn makes the page on which somebody for whom another portal made an
// account chooses a password; an older one opens no more.
func (p *portal) wayIn(ctx context.Context, tx *db.Tx, who account.Account) (string, error) {
	secret, err := links.Only(ctx, tx, links.Link{Purpose: linkWelcome, AccountID: &who.ID, Email: who.Email}, p.Now(), invitationLasts)
	return "/signin/welcome/" + secret, err
}

func (p *portal) routes(r *app.Routes) {
	anyone := r.Anyone.At("")
	anyone.GET("/signin", p.door)
	anyone.POST("/signin", p.enter)
	anyone.POST("/signin/link", p.mailLink)
	anyone.GET("/signin/link/:token", p.showLink)
	anyone.POST("/signin/link/:token", p.useLink)
	anyone.GET("/signup", p.blankSignup)
	anyone.POST("/signup", p.signup)
	anyone.GET("/signin/verify/:token", p.showVerify)
	anyone.POST("/signin/verify/:token", p.useVerify)
	anyone.GET("/signin/forgot", p.blankForgot)
	anyone.POST("/signin/forgot", p.forgot)
	anyone.GET("/signin/reset/:token", p.showReset(linkReset))
	anyone.POST("/signin/reset/:token", p.useReset(linkReset))
	anyone.GET("/signin/welcome/:token", p.showReset(linkWelcome))
	anyone.POST("/signin/welcome/:token", p.useReset(linkWelcome))
	anyone.GET("/signin/first/:token", p.blankFirst)
	anyone.POST("/signin/first/:token", p.first)
	anyone.POST("/signout", p.leave)
	anyone.GET("/auth/:provider", p.depart)
	anyone.POST("/auth/:provider", p.depart)
	anyone.GET("/auth/:provider/callback", p.comeBack)
	anyone.GET("/signin/address", p.blankAddress)
	anyone.POST("/signin/address", p.address)
	anyone.GET("/signin/social/:token", p.showSocial)
	anyone.POST("/signin/social/:token", p.useSocial)
	anyone.GET("/signin/email/:token", p.showEmail)
	anyone.POST("/signin/email/:token", p.useEmail)
	anyone.GET("/invitation/:token", p.showInvitation)
	anyone.POST("/invitation/:token", p.acceptInvitation)
	anyone.POST("/language", p.language)
	anyone.POST("/theme", p.theme)

	mine := r.Customers.At("")
	mine.GET("/signin/offer", p.showOffer)
	mine.POST("/signin/offer", p.acceptOffer)
	mine.GET("/profile", p.profile)
	mine.POST("/profile", p.saveProfile)
	mine.GET("/profile/email", p.blankEmail)
	mine.POST("/profile/email", p.askEmail)
	mine.GET("/profile/password", p.blankPassword)
	mine.POST("/profile/password", p.changePassword)
	mine.POST("/profile/sessions", p.endSessions)
	mine.POST("/profile/unlink", p.unlink)
	mine.GET("/company", p.company)
	mine.POST("/company", p.actFor)
	mine.GET("/company/invite", p.blankInvite)
	mine.POST("/company/invite", p.invite)
	mine.POST("/company/uninvite", p.uninvite)
	mine.POST("/company/members/:id", p.setMember)
	mine.POST("/company/members/:id/end", p.endMember)
	mine.POST("/company/leave", p.leaveCompany)
	mine.POST("/company/back/:company/:id", p.takeBack)

	r.Staff.GET("/", func(c *web.Context) error { return c.See("/staff/signin/people") })
	r.Staff.GET("/people", p.people)
	r.Staff.GET("/people/:id", p.person)
	r.Staff.GET("/companies", p.companies)
	r.Staff.GET("/companies/:id", p.companyCard)
	admin := r.Staff.May("admin")
	admin.GET("/people/new", p.blankPerson)
	admin.POST("/people/new", p.addPerson)
	admin.POST("/people/:id/role", p.setRole)
	admin.POST("/people/:id/company", p.setCompany)
	admin.POST("/people/:id/company/end", p.endCompany)
	admin.POST("/people/:id/block", p.block)
	admin.POST("/people/:id/unblock", p.unblock)
	admin.POST("/people/:id/sessions", p.endPersonSessions)
	admin.POST("/people/:id/resend", p.resend)
	admin.GET("/companies/new", p.blankCompany)
	admin.POST("/companies/new", p.addCompany)
	admin.GET("/companies/:id/edit", p.editCompany)
	admin.POST("/companies/:id/edit", p.saveCompany)
	admin.POST("/companies/:id/agreements", p.startAgreement)
	admin.POST("/companies/:id/agreements/:agreement/end", p.endAgreement)
	admin.POST("/companies/:id/agreements/:agreement/renew", p.renewAgreement)
	admin.GET("/audit", p.audit)
	admin.GET("/jobs", p.jobs)
	admin.POST("/jobs/:id/retry", p.retry)
}

// FirstAdmin returns a link that makes the first admin, once, within a day;
// empty when somebody has an account already. A newer link voids the older.
func FirstAdmin(ctx context.Context, host *app.Host) (string, error) {
	some, err := anyone(ctx, host.DB)
	if err != nil || some {
		return "", err
	}
	var secret string
	err = host.DB.Tx(ctx, func(tx *db.Tx) error {
		secret, err = links.Only(ctx, tx, links.Link{Purpose: linkFirst}, host.Now(), firstLasts)
		return err
	})
	return host.Config.URL + "/signin/first/" + secret, err
}

// note adds a line to the log of who did what.
func (p *portal) note(c *web.Context, tx *db.Tx, actor, act, object, about string) error {
	return account.Audit(c, tx, account.Entry{
		At: c.Now(), ActorID: actor, Network: web.Network(c.ClientIP()), Act: act, Object: object, AboutID: about,
	})
}

// weakness is account.Weakness for somebody of this site.
func (p *portal) weakness(c *web.Context, password string, own ...string) (string, error) {
	products, err := p.Settings.Products(c)
	if err != nil {
		return "", err
	}
	vendor := p.Site.Vendor()
	own = append(own, vendor.Name, vendor.LegalName)
	for _, product := range products {
		own = append(own, product.Name)
	}
	return account.Weakness(password, own...), nil
}
