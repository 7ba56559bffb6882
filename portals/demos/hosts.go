package demos

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// Hosts: who demonstrates, in which hours, and for which companies.

func (p *portal) hostList(c *web.Context) error {
	page, err := p.hostsPage(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, hostsView(page))
}

func (p *portal) hostsPage(c *web.Context) (page hostsPage, err error) {
	if page.Hosts, err = allHosts(c, p.DB); err != nil {
		return page, err
	}
	agents, err := account.Agents(c, p.DB, "demos")
	for _, a := range agents {
		if !slices.ContainsFunc(page.Hosts, func(h Host) bool { return h.AccountID == a.ID }) {
			page.Others = append(page.Others, web.Option{Value: a.ID, Label: a.Name})
		}
	}
	return page, err
}

// usual are the hours that a new host starts with.
func usual() hours.Week {
	return hours.Weekdays(hours.Window{Open: hours.HM(9, 0), Close: hours.HM(12, 0)}, hours.Window{Open: hours.HM(13, 0), Close: hours.HM(17, 0)})
}

func weekText(week hours.Week) (string, error) {
	raw, err := json.Marshal(week)
	return string(raw), err
}

func (p *portal) addHost(c *web.Context) error {
	agents, err := account.Agents(c, p.DB, "demos")
	if err != nil {
		return err
	}
	id := c.PostForm("account")
	if !slices.ContainsFunc(agents, func(a account.Account) bool { return a.ID == id }) {
		return c.RedirectWith("/staff/demos/hosts", web.Flash{Kind: "bad", Text: i18n.T(c, "demos.hosts.choose")})
	}
	week, err := weekText(usual())
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if _, err := db.Exec(c, tx, `INSERT INTO demo_host (account_id, zone, week) VALUES (?, ?, ?) ON CONFLICT (account_id) DO NOTHING`, id, p.Zone.String(), week); err != nil {
			return err
		}
		_, err := db.Exec(c, tx, `
			INSERT INTO demo_type_host (type_id, account_id) SELECT id, CAST(? AS TEXT) FROM demo_type WHERE NOT retired
			ON CONFLICT (type_id, account_id) DO NOTHING`, id)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/hosts/"+id, "demos.hosts.added")
}

type hostForm struct {
	Mon    string `form:"mon" binding:"max=120"`
	Tue    string `form:"tue" binding:"max=120"`
	Wed    string `form:"wed" binding:"max=120"`
	Thu    string `form:"thu" binding:"max=120"`
	Fri    string `form:"fri" binding:"max=120"`
	Sat    string `form:"sat" binding:"max=120"`
	Sun    string `form:"sun" binding:"max=120"`
	Zone   string `form:"zone" binding:"required,max=64"`
	Link   string `form:"link" binding:"omitempty,http_url,max=300"`
	Active bool   `form:"active"`
}

// day is the field of a weekday, and its name.
func (f *hostForm) day(d time.Weekday) (*string, string) {
	switch d {
	case time.Monday:
		return &f.Mon, "Mon"
	case time.Tuesday:
		return &f.Tue, "Tue"
	case time.Wednesday:
		return &f.Wed, "Wed"
	case time.Thursday:
		return &f.Thu, "Thu"
	case time.Friday:
		return &f.Fri, "Fri"
	case time.Saturday:
		return &f.Sat, "Sat"
	}
	return &f.Sun, "Sun"
}

func (p *portal) host(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	return p.showHost(c, http.StatusOK, page)
}

func (p *portal) hostInPath(c *web.Context) (hostPage, error) {
	h, err := hostByID(c, p.DB, c.Param("id"))
	if err != nil {
		return hostPage{}, err
	}
	return p.hostPage(h)
}

// hostPage is a host's page with its forms, of which one may have come back.
func (p *portal) hostPage(h Host) (hostPage, error) {
	week, err := h.week()
	page := hostPage{Host: h, Form: web.NewForm[hostForm]("demos.host.form"), DayForm: web.Form[dayForm]{Prefix: "demos.host.day"},
		OffForm: web.Form[offForm]{Prefix: "demos.host.off"}, OwnerForm: web.Form[ownerForm]{Prefix: "demos.host.owner"}}
	for d := range week {
		field, _ := page.Form.V.day(time.Weekday(d))
		*field = hours.FormatWindows(week[d])
	}
	page.Form.V.Zone, page.Form.V.Link, page.Form.V.Active = h.Zone, h.Link, h.Active
	return page, err
}

func (p *portal) showHost(c *web.Context, status int, page hostPage) (err error) {
	h := page.Host
	page.Zones = p.zoneOptions(c, p.zoneOf(page.Form.V.Zone))
	zone := p.zoneOf(h.Zone)
	if page.Days, err = daysOf(c, p.DB, h.AccountID, hours.DateOf(c.Now(), zone)); err != nil {
		return err
	}
	if page.Off, err = offOf(c, p.DB, h.AccountID, c.Now()); err != nil {
		return err
	}
	type owned struct{ ID, Name string }
	companies, err := db.All[owned](c, p.DB, `SELECT c.id, c.name FROM demo_owner o JOIN company c ON c.id = o.company_id WHERE o.account_id = ? ORDER BY c.name, c.id LIMIT 200`, h.AccountID)
	if err != nil {
		return err
	}
	for _, co := range companies {
		page.Owns = append(page.Owns, web.Option{Value: co.ID, Label: co.Name})
	}
	c.TellTimeIn(zone)
	return c.Render(status, hostView(page))
}

// inPieces reports whether windows begin and end at whole fives of minutes, in
// which a host's time is handed out.
func inPieces(windows []hours.Window) bool {
	for _, w := range windows {
		if time.Duration(w.Open)%(piece*time.Second) != 0 || time.Duration(w.Close)%(piece*time.Second) != 0 {
			return false
		}
	}
	return true
}

func (p *portal) saveHost(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := web.Form[hostForm]{Prefix: "demos.host.form"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	h := page.Host
	var week hours.Week
	for d := range week {
		field, name := form.V.day(time.Weekday(d))
		windows, err := hours.ParseWindows(*field)
		if err != nil || !inPieces(windows) {
			form.Wrong(c, name, "hours")
		}
		week[d] = windows
	}
	if _, err := hours.Zone(form.V.Zone); err != nil {
		form.Wrong(c, "Zone", "timezone")
	}
	if !form.OK() {
		page.Form = form
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	text, err := weekText(week)
	if err != nil {
		return err
	}
	_, err = db.Exec(c, p.DB, `UPDATE demo_host SET zone = ?, week = ?, link = ?, active = ? WHERE account_id = ?`, form.V.Zone, text, form.V.Link, form.V.Active, h.AccountID)
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/hosts/"+h.AccountID, "demos.staff.saved")
}

type dayForm struct {
	Day     string `form:"day" binding:"required,max=10"`
	Windows string `form:"windows" binding:"max=120"`
}

// addDay gives a date hours of its own, in place of those of its weekday.
func (p *portal) addDay(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := &page.DayForm
	if _, err := form.Bind(c); err != nil {
		return err
	}
	day, err := hours.ParseDate(form.V.Day)
	if err != nil && form.Errors["Day"] == "" {
		form.Wrong(c, "Day", "wrong")
	}
	windows, err := hours.ParseWindows(form.V.Windows)
	if err != nil || !inPieces(windows) {
		form.Wrong(c, "Windows", "wrong")
	}
	if !form.OK() {
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	h, zone := page.Host, p.zoneOf(page.Host.Zone)
	_, err = db.Exec(c, p.DB, `
		INSERT INTO demo_day (account_id, day, windows) VALUES (?, ?, ?)
		ON CONFLICT (account_id, day) DO UPDATE SET windows = excluded.windows`, h.AccountID, day.String(), hours.FormatWindows(windows))
	if err != nil {
		return err
	}
	return p.keptWith(c, h, hours.At(zone, day, 0), hours.At(zone, day.AddDays(1), 0), Diary{Zone: zone, Dated: map[hours.Date][]hours.Window{day: windows}})
}

type offForm struct {
	From      string `form:"from" binding:"required,max=10"`
	FromTime  string `form:"from_time" binding:"max=5"`
	Until     string `form:"until" binding:"required,max=10"`
	UntilTime string `form:"until_time" binding:"max=5"`
}

// ends are when time off begins and ends, on the clock of zone: whole days
// where no clock is given. ok is false when that is no stretch of time.
func (f offForm) ends(zone *time.Location) (from, to time.Time, ok bool) {
	first, err := hours.ParseDate(f.From)
	last, err2 := hours.ParseDate(f.Until)
	opens, closes := hours.Clock(0), hours.Midnight
	var err3, err4 error
	if f.FromTime != "" {
		opens, err3 = hours.ParseClock(f.FromTime)
	}
	if f.UntilTime != "" {
		closes, err4 = hours.ParseClock(f.UntilTime)
	}
	if errors.Join(err, err2, err3, err4) != nil {
		return from, to, false
	}
	from, to = hours.At(zone, first, opens), hours.At(zone, last, closes)
	return from, to, from.Before(to)
}

// addOff notes when a host is off: days, or a part of one.
func (p *portal) addOff(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := &page.OffForm
	if _, err := form.Bind(c); err != nil {
		return err
	}
	h, zone := page.Host, p.zoneOf(page.Host.Zone)
	from, to, ok := form.V.ends(zone)
	if !ok && form.OK() {
		form.Wrong(c, "Until", "wrong")
	}
	if !form.OK() {
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	off := struct {
		ID        string
		AccountID string    `db:"account_id"`
		FromAt    time.Time `db:"from_at"`
		ToAt      time.Time `db:"to_at"`
	}{newID(), h.AccountID, from, to}
	if err := db.Insert(c, p.DB, "demo_off", off); err != nil {
		return err
	}
	return p.keptWith(c, h, from, to, Diary{Zone: zone})
}

// keptWith says that a host's hours were kept, and how many appointments between
// two moments do not fit in them.
func (p *portal) keptWith(c *web.Context, h Host, from, to time.Time, d Diary) error {
	path := "/staff/demos/hosts/" + h.AccountID
	all, err := between(c, p.DB, h.AccountID, from, to, c.Now())
	if err != nil {
		return err
	}
	clash := 0
	for _, l := range all {
		if !d.Holds(l.start(), *l.EndAt) {
			clash++
		}
	}
	if clash > 0 {
		return c.RedirectWith(path, web.Flash{Kind: "warn", Text: i18n.N(c, "demos.host.clash", clash), Link: "/staff/demos/?who=all", LinkLabel: i18n.T(c, "demos.staff.agenda")})
	}
	return c.RedirectTo(path, "demos.staff.saved")
}

type ownerForm struct {
	Company string `form:"company" binding:"required,max=120"`
}

// addOwner has a host look after a company.
func (p *portal) addOwner(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := &page.OwnerForm
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	n := int64(0)
	if ok {
		n, err = db.Exec(c, p.DB, `
			INSERT INTO demo_owner (company_id, account_id)
			SELECT id, CAST(? AS TEXT) FROM company WHERE lower(name) = ?
			ON CONFLICT (company_id) DO UPDATE SET account_id = excluded.account_id`, page.Host.AccountID, strings.ToLower(form.V.Company))
	}
	if err != nil {
		return err
	}
	if ok && n == 0 {
		form.Wrong(c, "Company", "none")
	}
	if !form.OK() {
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	return c.RedirectTo("/staff/demos/hosts/"+page.Host.AccountID, "demos.staff.saved")
}

// drop takes a date with its own hours, time off, or a company away from a host.
func (p *portal) drop(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	id := page.Host.AccountID
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		for _, gone := range []struct{ text, value string }{
			{`DELETE FROM demo_day WHERE account_id = ? AND day = ?`, c.PostForm("day")},
			{`DELETE FROM demo_off WHERE account_id = ? AND id = ?`, c.PostForm("off")},
			{`DELETE FROM demo_owner WHERE account_id = ? AND company_id = ?`, c.PostForm("company")},
		} {
			if _, err := db.Exec(c, tx, gone.text, id, gone.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/hosts/"+id, "demos.staff.saved")
}

// hosting is a Line with what the agenda of its host tells more.
type hosting struct {
	Line
	HostZone string `db:"host_zone"`
	HostLink string `db:"host_link"`
}

// between are the appointments of a host, or of all, that have something of [from, to).
func between(ctx context.Context, on db.Querier, host string, from, to, now time.Time) ([]hosting, error) {
	return db.All[hosting](ctx, on, `
		SELECT b.*, t.name_nl AS type_nl, t.name_en AS type_en, a.name AS host_name, coalesce(h.zone, '') AS host_zone, coalesce(h.link, '') AS host_link
		FROM demo_booking b JOIN demo_type t ON t.id = b.type_id JOIN account a ON a.id = b.host_id LEFT JOIN demo_host h ON h.account_id = b.host_id
		WHERE b.start_at > ? AND b.start_at < ? AND b.end_at > ? AND (b.status = 'booked' OR b.status = 'held' AND b.hold_until > ?) AND (? = '' OR b.host_id = ?)
		ORDER BY b.start_at, b.id LIMIT 500`, from.Add(-longest), to, from, now, host, host)
}

// Day is a date with hours of its own.
type Day struct{ Day, Windows string }

func daysOf(ctx context.Context, on db.Querier, host string, from hours.Date) ([]Day, error) {
	return db.All[Day](ctx, on, `SELECT day, windows FROM demo_day WHERE account_id = ? AND day >= ? ORDER BY day`, host, from.String())
}

// Off is a stretch of time off.
type Off struct {
	ID     string
	FromAt time.Time `db:"from_at"`
	ToAt   time.Time `db:"to_at"`
}

func offOf(ctx context.Context, on db.Querier, host string, now time.Time) ([]Off, error) {
	return db.All[Off](ctx, on, `SELECT id, from_at, to_at FROM demo_off WHERE account_id = ? AND to_at > ? ORDER BY from_at, id`, host, now)
}
