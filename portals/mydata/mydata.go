// Package mydata is the counter of privacy: the statement, the choice of
// cookies, what is held of a person and what he can do about it, and the console
// of the colleagues who keep all of that. What is done to data is app/privacy's.
package mydata

import (
	"context"
	"embed"
	"net/http"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
)

//go:embed nl.json en.json
var texts embed.FS

type portal struct {
	*app.Host
	register register
}

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{Host: host}
	host.Site.Open, host.Site.Banner = p.open, p.banner
	jobs.Handle(host.Jobs, "mydata.inform", p.inform)
	return app.Portal{
		Name:       "mydata",
		Permission: "privacy",
		Texts:      texts,
		FootNav: []web.NavItem{
			{Path: "/privacy/", Label: "mydata.statement.nav", Public: true},
			{Path: "/privacy/cookies", Label: "mydata.cookies.nav", Public: true},
			{Path: "/privacy/mine", Label: "mydata.mine.nav"},
		},
		MeNav: []web.NavItem{{Path: "/privacy/mine", Label: "mydata.mine.nav", Icon: "shield"}},
		StaffNav: []web.NavItem{{Path: "/staff/privacy/", Label: "mydata.staff.nav", Icon: "shield", May: "privacy"},
			{Path: "/staff/privacy/invoices", Label: "mydata.invoices.nav", Icon: "euro", May: "finance"}},
		Routes: p.routes,
		Desk:   p.desk,
		Mails:  samples,
		Chores: []jobs.Chore{
			{Name: "warn", Every: time.Hour, Do: p.warn},
			{Name: "remind", Every: time.Hour, Do: p.remind},
		},
		Demo: p.demo,
		Ready: func() {
			p.Privacy.Hooks.Frozen = p.frozen
			p.Privacy.Hooks.Reported = p.reported
			p.Privacy.Hooks.Inform = p.informLater
		},
	}
}

func (p *portal) routes(r *app.Routes) {
	root := r.Anyone.At("")
	root.GET("/privacy.json", p.statementJSON)
	root.GET("/.well-known/gpc.json", p.gpc)
	open := r.Anyone.At("/privacy")
	open.GET("/", p.statement)
	open.GET("/json", p.statementJSON)
	open.GET("/v/:version", p.version)
	open.GET("/diff/:from/:to", p.diff)
	open.GET("/cookies", p.cookies)
	open.POST("/cookies", p.choose)
	open.GET("/request", p.blankRequest)
	open.POST("/request", p.request)
	open.GET("/link/:secret", p.showLink)
	open.POST("/link/:secret", p.useLink)
	open.GET("/stop/:secret", p.showStop)
	open.POST("/stop/:secret", p.stop)
	// Also for who has no account and came by a mailed link: each asks p.self.
	open.GET("/mine", p.mine)
	open.GET("/mine/log", p.log)
	open.GET("/mine/confirm", p.blankConfirm)
	open.POST("/mine/confirm", p.confirm)
	open.GET("/mine/download", p.showDownload)
	open.POST("/mine/download", p.download)
	open.GET("/mine/object", p.showObject)
	open.POST("/mine/object", p.object)
	open.POST("/mine/consent", p.withdraw)
	open.GET("/mine/ask", p.blankAsk)
	open.POST("/mine/ask", p.ask)
	open.GET("/mine/erase", p.showErase)
	open.POST("/mine/erase", p.erase)
	open.POST("/mine/stop", p.stopMine)
	open.POST("/mine/leave", p.leave)

	staff := r.Staff.At("/staff/privacy")
	staff.GET("/", p.tonight)
	staff.GET("/tonight.csv", p.tonightCSV)
	staff.GET("/run", p.sureRun)
	staff.May("admin").POST("/run", p.run)
	staff.GET("/runs", p.runs)
	staff.GET("/runs.json", p.runsJSON)
	staff.GET("/holds", p.holds)
	staff.POST("/holds", p.hold)
	staff.POST("/holds/:id/lift", p.lift)
	staff.GET("/requests", p.requests)
	staff.GET("/requests/new", p.blankEntry)
	staff.POST("/requests/new", p.enter)
	staff.GET("/requests/:id", p.showRequest)
	staff.POST("/requests/:id/verify", p.verify)
	staff.POST("/requests/:id/extend", p.extend)
	staff.POST("/requests/:id/answer", p.answer)
	staff.POST("/requests/:id/stop", p.stopFor)
	staff.POST("/requests/:id/export", p.exportFor)
	staff.POST("/requests/:id/told", p.told)
	staff.GET("/reviews", p.reviews)
	staff.POST("/reviews/:id", p.decide)
	staff.GET("/breaches", p.breaches)
	staff.GET("/breaches/new", p.blankBreach)
	staff.POST("/breaches/new", p.logBreach)
	staff.GET("/breaches/:id", p.showBreach)
	staff.POST("/breaches/:id", p.updateBreach)
	staff.GET("/processors", p.processors)
	staff.GET("/processors/edit", p.showProcessor)
	staff.POST("/processors/edit", p.saveProcessor)
	staff.GET("/disclosures", p.disclosures)
	staff.GET("/disclosures/new", p.blankDisclosure)
	staff.POST("/disclosures/new", p.disclose)
	staff.GET("/cookies", p.staffCookies)
	staff.GET("/cookies/edit", p.showCookie)
	staff.POST("/cookies/edit", p.saveCookie)
	staff.GET("/register", p.art30)
	staff.GET("/register.csv", p.art30CSV)
	staff.GET("/statement", p.draft)
	staff.POST("/statement", p.publish)
	staff.GET("/statement/controller", p.blankController)
	staff.POST("/statement/controller", p.saveController)
	staff.GET("/statement/terms", p.terms)
	staff.GET("/statement/terms/edit", p.blankTerm)
	staff.POST("/statement/terms/edit", p.saveTerm)
	invoices := staff.May("finance")
	invoices.GET("/invoices", p.invoices)
	invoices.GET("/invoices/new", p.blankInvoice)
	invoices.POST("/invoices/new", p.addInvoice)
	invoices.GET("/invoices/:id", p.showInvoice)
	invoices.POST("/invoices/:id", p.saveInvoice)
}

// desk is what waits for who keeps privacy.
func (p *portal) desk(ctx context.Context, viewer account.Account) ([]app.DeskItem, error) {
	if !viewer.May("privacy") {
		return nil, nil
	}
	w, err := p.waits(ctx)
	if err != nil {
		return nil, err
	}
	var items []app.DeskItem
	add := func(path, key string, n int, urgent bool) {
		if n > 0 {
			items = append(items, app.DeskItem{Path: "/staff/privacy/" + path, Label: i18n.T(ctx, key), Count: n, Urgent: urgent})
		}
	}
	add("requests", "mydata.desk.requests", w.Requests, w.Soon > 0)
	add("breaches", "mydata.desk.breaches", w.Breaches, true)
	add("reviews", "mydata.desk.reviews", w.Reviews, false)
	add("holds", "mydata.desk.holds", w.HoldsToSee, false)
	health, err := p.health(ctx)
	if err != nil {
		return nil, err
	}
	add("", "mydata.desk.health", len(health.Reasons), health.Red)
	return items, nil
}

// day is the organisation's calendar day of a moment.
func (p *portal) day(t time.Time) hours.Date { return hours.DateOf(t, p.Zone) }

// today is the organisation's calendar day.
func (p *portal) today() hours.Date { return p.day(p.Now()) }

// noon is a moment of a day, to write the day by.
func (p *portal) noon(d hours.Date) time.Time { return hours.At(p.Zone, d, hours.HM(12, 0)) }

// dayText writes a day in words: "25 november 2025".
func (p *portal) dayText(ctx context.Context, d hours.Date) string {
	if d.IsZero() {
		return ""
	}
	return i18n.DayLong(ctx, p.noon(d))
}

// isoText is dayText of a day as the database has it.
func (p *portal) isoText(ctx context.Context, iso string) string {
	d, err := hours.ParseDate(iso)
	if err != nil {
		return iso
	}
	return p.dayText(ctx, d)
}

// audit writes down what a colleague, or a person himself, did with a person's data.
func audit(c *web.Context, tx *db.Tx, act, object, about string) error {
	e := account.Entry{At: c.Now(), Network: web.Network(c.ClientIP()), Act: act, Object: object, AboutID: about}
	if c.Account != nil {
		e.ActorID = c.Account.ID
	}
	return account.Audit(c, tx, e)
}

// attachment answers with a file to keep.
func attachment(c *web.Context, kind, name string) {
	h := c.Writer.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	c.Status(http.StatusOK)
}

// text picks the words of a declaration for the reader.
func text(ctx context.Context, t privacy.Text) string { return t.In(i18n.Lang(ctx)) }

// to is the receiver of a letter of whom only the address is known.
func to(email, lang string) mail.To { return mail.To{Address: email, Lang: lang} }

var errNobody = fault.SignIn
