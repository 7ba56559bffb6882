package trainings

import (
	"context"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/settings"
	"loket/app/web"
	"loket/templates"
)

// What the pages say in words.

func sessionPath(s listed) string { return "/trainings/" + s.TrainingID + "?session=" + s.ID }

func monthName(ctx context.Context, m month) string {
	name := i18n.MonthLong(ctx, m.First.Month())
	return string(name[0]&^0x20) + name[1:]
}

func seatsLeft(ctx context.Context, s Session) string {
	switch {
	case s.Free() > 0:
		return i18n.N(ctx, "trainings.left", s.Free())
	case s.Waiting > 0:
		return i18n.N(ctx, "trainings.full.waiting", s.Waiting)
	}
	return i18n.T(ctx, "trainings.full")
}

func kindOptions(ctx context.Context) []web.Option {
	return []web.Option{{Value: "", Label: i18n.T(ctx, "trainings.filter.kind.all")}, {Value: "training", Label: i18n.T(ctx, "trainings.kind.training")}, {Value: "webinar", Label: i18n.T(ctx, "trainings.kind.webinar")}}
}

func langOptions(ctx context.Context) []web.Option {
	return []web.Option{{Value: "", Label: i18n.T(ctx, "trainings.filter.lang.all")}, {Value: "nl", Label: i18n.T(ctx, "trainings.lang.nl")}, {Value: "en", Label: i18n.T(ctx, "trainings.lang.en")}}
}

func productOptions(ctx context.Context, products []settings.Product) []web.Option {
	return append([]web.Option{{Value: "", Label: i18n.T(ctx, "trainings.filter.product.all")}}, productChoices(products)...)
}

func productChoices(products []settings.Product) (all []web.Option) {
	for _, p := range products {
		all = append(all, web.Option{Value: p.Key, Label: p.Name})
	}
	return all
}

func sessionOptions(ctx context.Context, sessions []listed) (all []web.Option) {
	for _, s := range sessions {
		hint := whereOf(ctx, s.Session) + ", " + i18n.T(ctx, "trainings.lang."+s.Lang)
		if often := rhythm(ctx, s.Session); often != "" {
			hint = often + ". " + hint
		}
		all = append(all, web.Option{Value: s.ID, Label: i18n.Day(ctx, s.StartsAt) + ", " + timeOf(ctx, s.Session), Hint: hint, End: seatsLeft(ctx, s.Session)})
	}
	return all
}

// asked marks a field that has to be filled in, of which the form knows a usual value.
func asked(f web.Field) web.Field { f.Required = true; return f }

func zoneField(ctx context.Context, zone string) web.Field {
	return web.Field{ID: "f-zone", Name: "zone", Label: i18n.T(ctx, "trainings.filter.zone"), Value: zone, Values: []string{zone}}.With(zoneOptions(zone)...)
}

func otherField(ctx context.Context, others []listed) web.Field {
	return web.Field{ID: "f-session", Name: "session", Label: i18n.T(ctx, "trainings.own.change.to"), Required: true}.With(sessionOptions(ctx, others)...)
}

func ownFacts(ctx context.Context, o ownView) []templates.Fact {
	facts := []templates.Fact{
		{Name: i18n.T(ctx, "trainings.when"), Value: whenOf(ctx, o.S.Session)},
		{Name: i18n.T(ctx, "trainings.where"), Value: whereOf(ctx, o.S.Session)},
	}
	if o.S.Host() != "" {
		facts = append(facts, templates.Fact{Name: i18n.T(ctx, "trainings.host"), Value: o.S.Host()})
	}
	return append(facts, templates.Fact{Name: i18n.T(ctx, "trainings.who"), Value: o.R.Name + ", " + o.R.Email})
}

func cancelledBy(r Registration) string {
	switch r.CancelledBy {
	case "session", "staff", "unconfirmed":
		return r.CancelledBy
	}
	return "self"
}

func certificateFacts(ctx context.Context, c Certificate) []templates.Fact {
	return []templates.Fact{
		{Name: i18n.T(ctx, "trainings.what"), Value: c.Title},
		{Name: i18n.T(ctx, "trainings.when"), Value: i18n.DayLong(ctx, c.Held())},
		{Name: i18n.T(ctx, "trainings.long"), Value: i18n.Span(ctx, c.Span())},
		{Name: i18n.T(ctx, "trainings.check.code"), Value: c.Code},
	}
}

func agentOptions(ctx context.Context, agents []account.Account) []web.Option {
	all := []web.Option{{Value: "", Label: i18n.T(ctx, "trainings.session.host.nobody")}}
	for _, a := range agents {
		all = append(all, web.Option{Value: a.ID, Label: a.Name})
	}
	return all
}

func everyOptions(ctx context.Context) (all []web.Option) {
	for _, days := range []string{"1", "7", "14", "28"} {
		all = append(all, web.Option{Value: days, Label: i18n.T(ctx, "trainings.session.every."+days)})
	}
	return all
}

// addKey is the text of the page to add somebody: in advance, or at the door.
func addKey(page addPage, what string) string {
	if page.There {
		return "trainings.add.door." + what
	}
	return "trainings.add." + what
}

// pillOf is the ring of a state: see templates.Pill.
func pillOf(state string) string {
	switch state {
	case "published", "open":
		return "doing"
	case "archived", "cancelled":
		return "no"
	}
	return "think"
}

func staffTabs(ctx context.Context, now string) (tabs []templates.Tab) {
	for _, state := range []string{"published", "draft", "archived"} {
		tabs = append(tabs, templates.Tab{Path: "/staff/trainings/?state=" + state, Label: i18n.T(ctx, "trainings.states."+state), Current: state == now})
	}
	return tabs
}

func crumbs(ctx context.Context, way ...templates.Link) []templates.Link {
	return append([]templates.Link{{Path: "/staff/trainings/", Label: i18n.T(ctx, "trainings.staff.nav")}}, way...)
}

func toSession(ctx context.Context, s listed) templates.Link {
	return templates.Link{Path: "/staff/trainings/sessions/" + s.ID, Label: s.Title + ", " + i18n.DateTime(ctx, s.StartsAt)}
}

func consolePath(s listed, step string) string { return "/staff/trainings/sessions/" + s.ID + step }

func consoleStats(ctx context.Context, page consolePage) []templates.Fact {
	return []templates.Fact{
		{Name: i18n.T(ctx, "trainings.staff.seats"), Value: i18n.Number(ctx, page.S.Taken) + " / " + i18n.Number(ctx, page.S.Capacity)},
		{Name: i18n.T(ctx, "trainings.staff.line"), Value: i18n.Number(ctx, page.S.Waiting)},
		{Name: i18n.T(ctx, "trainings.staff.there"), Value: i18n.Number(ctx, page.S.Attended)},
	}
}

func personFacts(ctx context.Context, r Registration) (facts []templates.Fact) {
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, templates.Fact{Name: i18n.T(ctx, "trainings.csv."+key), Value: value})
		}
	}
	moment := func(key string, t *time.Time) {
		if t != nil {
			add(key, i18n.DateTime(ctx, *t))
		}
	}
	add("email", r.Email)
	add("company", r.Company)
	add("phone", r.Phone)
	add("url", r.URL)
	add("state", i18n.T(ctx, "trainings.state."+r.State))
	moment("created", &r.CreatedAt)
	moment("confirmed", r.ConfirmedAt)
	moment("attended", r.AttendedAt)
	return facts
}

// lines writes the numbers of lines: "2, 5, 9".
func lines(numbers []int) string {
	var all []string
	for _, n := range numbers[:min(len(numbers), 20)] {
		all = append(all, strconv.Itoa(n))
	}
	return strings.Join(all, ", ")
}
