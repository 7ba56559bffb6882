package demos

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/spam"
	"loket/app/web"
	"loket/templates"
)

// choicePage is a month and the moments of one of its days.
type choicePage struct {
	Type             Type
	Booking          Booking // that moves; empty for a new one
	Hosts            []Host
	Zone             *time.Location
	Zones            []web.Option
	Guess            bool // the script may choose the zone: nobody has
	Path             string
	Today, Day       hours.Date
	First, Next      hours.Date
	Free             map[int]int // moments per day of the month
	Slots            []time.Time
	HasPrev, HasNext bool
	Wrong            string // with the moment that was chosen
}

func (p choicePage) at(day hours.Date) string {
	return p.Path + "?" + url.Values{"zone": {p.Zone.String()}, "from": {day.String()}}.Encode()
}

const few = 2

func (p choicePage) month() templates.Month {
	m := templates.Month{First: noon(p.First), Days: map[int]templates.Free{}, Chosen: p.Day.Day}
	for day, n := range p.Free {
		m.Days[day] = templates.Free{Path: p.at(hours.Date{Year: p.First.Year, Month: p.First.Month, Day: day}), Few: n <= few}
	}
	if p.HasPrev {
		before := p.First.AddDays(-1)
		first := hours.Date{Year: before.Year, Month: before.Month, Day: 1}
		if first.Compare(p.Today) < 0 {
			first = p.Today
		}
		m.Prev = p.at(first)
	}
	if p.HasNext {
		m.Next = p.at(p.Next)
	}
	return m
}

// noon stands for a date where only its name is written.
func noon(d hours.Date) time.Time { return hours.At(time.UTC, d, hours.HM(12, 0)) }

// parts are the moments of the day by part of it, six hours each.
func (p choicePage) parts() []dayPart {
	parts := []dayPart{{Key: "demos.night"}, {Key: "demos.morning"}, {Key: "demos.afternoon"}, {Key: "demos.evening"}}
	for _, at := range p.Slots {
		i := at.In(p.Zone).Hour() / 6
		parts[i].Slots = append(parts[i].Slots, at)
	}
	return parts
}

type dayPart struct {
	Key   string
	Slots []time.Time
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// formPage asks who comes, at the moment that was chosen.
type formPage struct {
	Type  Type
	Form  web.Form[bookForm]
	Start time.Time
	Zone  *time.Location
	Offer []time.Time // to choose from when Start will not do
	Ask   spam.Ask
}

func (p formPage) offered(c ctx) web.Field {
	f := p.Form.Field(c, "Start")
	for _, at := range p.Offer {
		f.Options = append(f.Options, web.Option{Value: utc(at), Label: i18n.DateTime(c, at)})
	}
	return f
}

func (p formPage) back() string {
	day := hours.DateOf(p.Start, p.Zone)
	return "/demos/" + p.Type.Slug + "?" + url.Values{"zone": {p.Zone.String()}, "from": {day.String()}}.Encode()
}

// ownPage is a booking as its prospect sees it.
type ownPage struct {
	Booking Booking
	Type    Type
	Host    Host
	Zone    *time.Location
	Path    string
	Late    bool // too late to change it here
	Over    bool // it has begun
}

func facts(c ctx, t Type, b Booking, h Host, place string) []templates.Fact {
	all := []templates.Fact{{Name: i18n.T(c, "demos.fact.what"), Value: t.Name(i18n.Lang(c))}}
	add := func(key, value string) {
		if value != "" {
			all = append(all, templates.Fact{Name: i18n.T(c, key), Value: value})
		}
	}
	if b.StartAt != nil {
		add("demos.fact.when", when(c, b.start()))
	}
	add("demos.fact.length", i18n.T(c, "demos.minutes", t.Minutes))
	add("demos.fact.with", h.Name)
	add("demos.fact.where", place)
	return all
}

// names are those who give a demonstration, as long as that stays readable.
func names(c ctx, hosts []Host) string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.Name)
	}
	if len(all) == 0 || len(all) > 3 {
		return ""
	}
	last := len(all) - 1
	if last == 0 {
		return i18n.T(c, "demos.with", all[0])
	}
	return i18n.T(c, "demos.with.one", strings.Join(all[:last], ", "), all[last])
}

func person(c ctx, b Booking) []templates.Fact {
	var all []templates.Fact
	for _, f := range []struct{ key, value string }{{"name", b.Name}, {"email", b.Email}, {"phone", b.Phone}, {"company", b.Company}, {"wish", b.Wish}} {
		if f.value != "" {
			all = append(all, templates.Fact{Name: i18n.T(c, "demos.book."+f.key), Value: f.value})
		}
	}
	return all
}

func keeps(c ctx) templates.Keeps {
	lang := i18n.Lang(c)
	return templates.Keeps{Why: purposes[0].Why.In(lang), Until: purposes[0].Records[0].Keep[0].Text().In(lang), Who: i18n.T(c, "demos.keeps.who")}
}

type agendaPage struct {
	Mine                 bool
	Open, Coming, Wishes []Line
	Tallies              []Tally
}

func (p agendaPage) tab() string {
	if p.Mine {
		return "mine"
	}
	return "all"
}

type staffPage struct {
	Booking Booking
	Type    Type
	Host    Host
	Over    bool         // it has begun
	Others  []web.Option // colleagues to whom it can be given
}

type hostsPage struct {
	Hosts  []Host
	Others []web.Option
}

type hostPage struct {
	Host      Host
	Form      web.Form[hostForm]
	DayForm   web.Form[dayForm]
	OffForm   web.Form[offForm]
	OwnerForm web.Form[ownerForm]
	Zones     []web.Option
	Days      []Day
	Off       []Off
	Owns      []web.Option
}

func (p hostPage) complaints() []web.Complaint {
	return slices.Concat(p.Form.Complaints(), p.DayForm.Complaints(), p.OffForm.Complaints(), p.OwnerForm.Complaints())
}

// span is time off in words: the days, with the clock where it begins or ends
// within one.
func span(c ctx, o Off) string {
	zone := i18n.Of(c).Zone
	if hours.ClockOf(o.FromAt, zone) != 0 || hours.ClockOf(o.ToAt, zone) != 0 {
		return i18n.DateTime(c, o.FromAt) + " – " + i18n.DateTime(c, o.ToAt)
	}
	first, last := i18n.Day(c, o.FromAt), i18n.Day(c, o.ToAt.Add(-time.Second))
	if first == last {
		return first
	}
	return first + " – " + last
}

func staffTabs(c ctx, at string) []templates.Tab {
	var tabs []templates.Tab
	for _, t := range []struct{ key, path string }{{"mine", "/staff/demos/"}, {"all", "/staff/demos/?who=all"}, {"hosts", "/staff/demos/hosts"}, {"types", "/staff/demos/types"}} {
		tabs = append(tabs, templates.Tab{Path: t.path, Label: i18n.T(c, "demos.staff."+t.key), Current: t.key == at})
	}
	return tabs
}

func dayName(c ctx, day string) string {
	d, err := hours.ParseDate(day)
	if err != nil {
		return day
	}
	return i18n.Day(c, hours.At(i18n.Of(c).Zone, d, hours.HM(12, 0)))
}

// dayTitle is a date as a heading: "Dinsdag 24 november".
func dayTitle(c ctx, d hours.Date) string {
	words := i18n.WeekdayLong(c, d.Weekday()) + " " + strconv.Itoa(d.Day) + " " + i18n.MonthLong(c, d.Month)
	return strings.ToUpper(words[:1]) + words[1:]
}

func bookingItem(l Line) templates.Item {
	item := templates.Item{ID: l.ID, Path: "/staff/demos/bookings/" + l.ID, Title: l.Name, Deep: true}
	if l.StartAt != nil {
		item.Lead = templates.Day(l.start())
	}
	return item
}

func hostOptions(hosts []Host) []web.Option {
	var all []web.Option
	for _, h := range hosts {
		all = append(all, web.Option{Value: h.AccountID, Label: h.Name})
	}
	return all
}

// turns are the hosts to choose from, and whose turn it is by himself.
func turns(c ctx, hosts []Host) []web.Option {
	return append([]web.Option{{Value: "", Label: i18n.T(c, "demos.plan.host.turn")}}, hostOptions(hosts)...)
}

// ownPlace is where the appointment is. The link to the host's room is only for
// whoever has confirmed his address.
func ownPlace(c ctx, page ownPage) string {
	if page.Booking.Status == booked && page.Host.Link != "" {
		return page.Host.Link
	}
	return in(i18n.Lang(c), page.Type.PlaceNL, page.Type.PlaceEN)
}
