package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/mail"
	"loket/app/origin"
	"loket/app/search"
	"loket/app/settings"
	"loket/app/spam"
	"loket/app/web"
	"loket/db"
	"loket/static"
	"loket/templates"
)

// App is the running program.
type App struct {
	Host
	http.Handler
	Chores []jobs.Chore

	portals []Portal
	router  *gin.Engine
	policy  []Route
	metrics metrics
}

// Parts are what an App is made from, besides its portals.
type Parts struct {
	Config    Config
	DB        *db.DB
	Files     *files.Store
	Secret    []byte
	Now       func() time.Time
	Deadline  func(time.Duration) time.Time // see web.Site
	Passwords *account.Hasher
}

// New builds an App with the given portals.
func New(parts Parts, portals ...func(*Host) Portal) (*App, error) {
	zone, err := time.LoadLocation(parts.Config.Zone)
	if err != nil {
		return nil, err
	}
	dist, err := static.Dist()
	if err != nil {
		return nil, err
	}
	assets, err := web.NewAssets(dist)
	if err != nil {
		return nil, err
	}
	a := &App{Host: Host{
		Config: parts.Config, DB: parts.DB, Files: parts.Files, Zone: zone, Now: parts.Now,
		Jobs:     jobs.NewQueue(parts.DB, parts.Now),
		Search:   &search.Index{},
		Settings: settings.New(parts.DB, parts.Now),
		Origin:   origin.NewRegistry(),
		Secret:   parts.Secret,
	}, metrics: newMetrics()}
	a.Site = &web.Site{
		DB: parts.DB, URL: parts.Config.URL, Zone: zone, Now: parts.Now, Deadline: parts.Deadline,
		ErrorPage: templates.Error, Passwords: parts.Passwords, Assets: assets,
		Vendor: a.vendor,
	}
	if err := a.Site.Start(parts.Secret); err != nil {
		return nil, err
	}
	a.Host.Beside, a.Host.Waiting, a.Host.Agenda, a.Host.Policy = a.beside, a.waiting, a.agenda, func() []Route { return a.policy }
	a.Host.Reindex, a.Host.Take, a.Host.Welcome = a.reindex, a.take, a.welcome
	a.Host.Portals = func() []Portal { return a.portals }
	for _, make := range portals {
		a.portals = append(a.portals, make(&a.Host))
	}
	if err := a.texts(); err != nil {
		return nil, err
	}
	if err := a.mails(); err != nil {
		return nil, err
	}
	a.chores() // before the promises: what has to be sent is sent before the night erases it
	if err := a.promises(); err != nil {
		return nil, err
	}
	a.mount(parts.Config)
	for _, p := range a.portals {
		if p.Ready != nil {
			p.Ready()
		}
	}
	return a, nil
}

// vendor is whose counter this is now; what the database does not tell is the default.
func (a *App) vendor() web.Vendor {
	v, err := settings.Get(context.Background(), a.Settings, settings.VendorKey)
	if err != nil {
		return settings.VendorKey.Default
	}
	return v
}

func (a *App) texts() (err error) {
	folders := []i18n.Folder{{Name: "site", Files: templates.Texts}, {Name: "mail", Files: mail.Texts}, {Name: "spam", Files: spam.Texts}}
	for _, p := range a.portals {
		if p.Texts != nil {
			folders = append(folders, i18n.Folder{Name: p.Name, Files: p.Texts})
		}
	}
	a.Site.Catalog, err = i18n.Load(folders...)
	return err
}

// mount puts the pages of every portal behind the same doors, from the outside
// in: host, router, cross-site check.
func (a *App) mount(cfg Config) {
	gin.SetMode(gin.ReleaseMode)
	a.router = gin.New()
	a.router.ContextWithFallback = true // a query ends when its visitor leaves
	a.router.HandleMethodNotAllowed = false
	a.router.RedirectTrailingSlash = true
	a.router.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := a.router.SetTrustedProxies(cfg.TrustedProxies()); err != nil {
		panic(err) // ReadConfig has checked them
	}
	a.router.Use(a.count, a.sameSite())
	a.router.NoRoute(a.Site.Handle(func(*web.Context) error { return fault.NotFound }))
	for _, p := range a.portals {
		a.Site.Nav = append(a.Site.Nav, p.Nav...)
		a.Site.StaffNav = append(a.Site.StaffNav, p.StaffNav...)
		a.Site.ManageNav = append(a.Site.ManageNav, p.ManageNav...)
		a.Site.FootNav = append(a.Site.FootNav, p.FootNav...)
		a.Site.MeNav = append(a.Site.MeNav, p.MeNav...)
		if p.Routes != nil {
			p.Routes(a.routes(p))
		}
	}
	a.health()
	a.router.GET("/static/*file", gin.WrapH(a.Site.Assets))
	a.router.HEAD("/static/*file", gin.WrapH(a.Site.Assets))
	a.router.GET("/theme.:hash", gin.WrapF(a.Site.Theme))
	a.Handler = a.Site.Host(a.router)
}

// sameSite refuses what another site has a browser send.
func (a *App) sameSite() gin.HandlerFunc {
	check := http.NewCrossOriginProtection()
	refuse := a.Site.Handle(func(*web.Context) error { return fault.Forbidden })
	return func(c *gin.Context) {
		if check.Check(c.Request) != nil {
			refuse(c)
			c.Abort()
		}
	}
}

func (a *App) routes(p Portal) *Routes {
	staff := Group{a, "/staff/" + p.Name, "staff", web.Staff}
	if p.Permission != "" {
		staff = staff.May(p.Permission)
	}
	return &Routes{
		Anyone:    Group{a, "/" + p.Name, "anyone", web.Anyone},
		Customers: Group{a, "/" + p.Name, "customers", web.Customers},
		Staff:     staff,
	}
}

// beside gathers what a colleague may see about a person from every portal.
func (a *App) beside(ctx context.Context, viewer, person account.Account) (all []BesideItem, err error) {
	for _, p := range a.portals {
		if p.Beside == nil || p.Permission != "" && !viewer.May(p.Permission) {
			continue
		}
		items, err := p.Beside(ctx, viewer, person)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		all = append(all, items...)
	}
	return all, nil
}

// take finds the portal that takes over things of a kind.
func (a *App) take(kind string) (Take, bool) {
	for _, p := range a.portals {
		if take, ok := p.Takes[kind]; ok {
			return take, true
		}
	}
	return nil, false
}

// welcome finds the portal that lets somebody in for whom an account was made.
func (a *App) welcome(ctx context.Context, tx *db.Tx, who account.Account) (string, error) {
	for _, p := range a.portals {
		if p.Welcome != nil {
			return p.Welcome(ctx, tx, who)
		}
	}
	return "", nil
}

// waiting gathers what waits for a colleague from every portal, the urgent first.
func (a *App) waiting(ctx context.Context, viewer account.Account) (all []DeskItem, err error) {
	for _, p := range a.portals {
		if p.Desk == nil || p.Permission != "" && !viewer.May(p.Permission) {
			continue
		}
		items, err := p.Desk(ctx, viewer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		all = append(all, items...)
	}
	slices.SortStableFunc(all, func(x, y DeskItem) int {
		switch {
		case x.Urgent == y.Urgent:
			return 0
		case x.Urgent:
			return -1
		}
		return 1
	})
	return all, nil
}

// agenda gathers the appointments of a colleague, the first first.
func (a *App) agenda(ctx context.Context, ask AgendaAsk) (all []AgendaItem, err error) {
	for _, p := range a.portals {
		if p.Agenda == nil || p.Permission != "" && !ask.Who.May(p.Permission) {
			continue
		}
		items, err := p.Agenda(ctx, ask)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		all = append(all, items...)
	}
	slices.SortStableFunc(all, func(x, y AgendaItem) int { return x.Start.Compare(y.Start) })
	return all, nil
}

// reindex makes the search index anew from all portals.
func (a *App) reindex(ctx context.Context) error {
	return a.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := a.Search.Clear(ctx, tx); err != nil {
			return err
		}
		for _, p := range a.portals {
			if p.Reindex == nil {
				continue
			}
			if err := p.Reindex(ctx, func(d search.Doc) error { return a.Search.Put(ctx, tx, d) }); err != nil {
				return fmt.Errorf("reindex %s: %w", p.Name, err)
			}
		}
		return nil
	})
}

// chores lists the work that comes back: the host's and the portals'.
func (a *App) chores() {
	a.Chores = append(a.Chores, jobs.Chore{Name: "sweep", Every: time.Hour, Do: a.sweep}, spam.Chore(a.DB, a.Now))
	for _, p := range a.portals {
		for _, c := range p.Chores {
			if !strings.HasPrefix(c.Name, p.Name) {
				c.Name = p.Name + "." + c.Name
			}
			a.Chores = append(a.Chores, c)
		}
	}
}

// sweep removes within the hour what has ended by itself: sessions, links, sign-ins
// under way, notes of posted forms, files that no row names. All that goes because
// of its age goes by the nightly run of app/privacy.
func (a *App) sweep(ctx context.Context) error {
	now := a.Now()
	for _, old := range []struct {
		text   string
		before time.Time
	}{
		{`DELETE FROM session WHERE expires_at < ?`, now},
		{`DELETE FROM session WHERE seen_at < ?`, now.Add(-account.Idle)},
		{`DELETE FROM link WHERE expires_at < ?`, now.Add(-24 * time.Hour)},
		{`DELETE FROM oauth_flow WHERE expires_at < ?`, now},
		{`DELETE FROM posted WHERE at < ?`, now.Add(-48 * time.Hour)},
	} {
		if _, err := db.Exec(ctx, a.DB, old.text, old.before); err != nil {
			return err
		}
	}
	_, err := a.Files.Sweep(ctx, a.DB, now.Add(-files.OrphanFor))
	return err
}
