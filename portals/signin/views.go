package signin

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/web"
	"loket/templates"
)

// secret shows a field as a password; no maxlength, which would cut off what
// somebody pastes without telling him.
func secret(f web.Field) web.Field {
	f.Max = 0
	return f.As("password")
}

// newSecret is secret for a password that somebody chooses, with what it takes.
func newSecret(ctx context.Context, f web.Field) web.Field {
	f.Hint = i18n.T(ctx, "signin.weak.hint")
	return secret(f)
}

// open are the counters that need no account, and the one where people without
// an account ask for their data.
func open(ctx context.Context) []web.NavItem {
	var ways []web.NavItem
	for _, item := range web.Of(ctx).Site.Nav {
		if item.May == "" && item.Public {
			ways = append(ways, item)
		}
	}
	return append(ways, web.NavItem{Path: "/privacy/request", Label: "signin.enter.mydata", Icon: "shield"})
}

func (p provider) icon() string {
	switch p.Name {
	case "google", "facebook":
		return p.Name
	case "twitter":
		return "x"
	}
	return "key"
}

// called is how a provider knows somebody: name and address.
func (p person) called() string {
	return strings.TrimSpace(strings.Join([]string{p.Name, p.Email}, " · "))
}

// passwordKey is the text of the link to the page that sets a password.
func passwordKey(set bool) string {
	if set {
		return "signin.profile.password.change"
	}
	return "signin.profile.password.set"
}

func deviceName(ctx context.Context, s account.Session) string {
	if s.Device == "" {
		return i18n.T(ctx, "signin.sessions.unknown")
	}
	return s.Device
}

// permissionOptions are the fields of work, for a form.
func permissionOptions(ctx context.Context) []web.Option {
	var all []web.Option
	for _, name := range account.Permissions {
		all = append(all, web.Option{Value: name, Label: i18n.T(ctx, "signin.permission."+name)})
	}
	return all
}

func permissionNames(ctx context.Context, a account.Account) string {
	if a.Permissions == "" {
		return i18n.T(ctx, "signin.none")
	}
	var all []string
	for name := range strings.SplitSeq(a.Permissions, ",") {
		all = append(all, i18n.T(ctx, "signin.permission."+name))
	}
	return strings.Join(all, ", ")
}

func actName(ctx context.Context, act string) string {
	if key := "signin.act." + act; i18n.Has(ctx, key) {
		return i18n.T(ctx, key)
	}
	return act
}

// objectName says what a line of the log is about.
func objectName(ctx context.Context, e auditRow) string {
	if role, fields, _ := strings.Cut(e.Object, " "); e.Act == "role" && i18n.Has(ctx, "signin.role."+role) {
		who := account.Account{Permissions: fields}
		if fields == "" {
			return i18n.T(ctx, "signin.role."+role)
		}
		return i18n.T(ctx, "signin.role."+role) + ": " + permissionNames(ctx, who)
	}
	if before, _, found := strings.Cut(e.Object, "company:"); found {
		if before = strings.ReplaceAll(strings.TrimSpace(before), " ", "_"); before != "" {
			return i18n.T(ctx, "signin.object.company."+before)
		}
		return i18n.T(ctx, "signin.object.company")
	}
	if key := "signin.object." + e.Object; i18n.Has(ctx, key) {
		return i18n.T(ctx, key)
	}
	words := strings.Fields(e.Object)
	for i, word := range words {
		kind, id, found := strings.Cut(word, ":")
		if key := "signin.object." + kind; found && i18n.Has(ctx, key) {
			words[i] = i18n.T(ctx, key) + " " + id[:min(6, len(id))]
		}
	}
	return strings.Join(words, " ")
}

// companyIn is the id of the company that a line of the log is about, or empty.
func companyIn(object string) string {
	_, id, _ := strings.Cut(object, "company:")
	return id
}

// brokenAt names the first lines of the log that do not follow from the one before.
func brokenAt(numbers []int64) string {
	var all []string
	for _, n := range numbers[:min(len(numbers), 10)] {
		all = append(all, strconv.FormatInt(n, 10))
	}
	return strings.Join(all, ", ")
}

// whoName is the name of somebody in the log: those whose account went are
// told by their number only.
func whoName(ctx context.Context, id, name string) string {
	switch {
	case id == "":
		return i18n.T(ctx, "signin.audit.nobody")
	case name == "":
		return i18n.T(ctx, "signin.audit.former", id[:min(6, len(id))])
	}
	return name
}

// at is the address of something to do about a person.
func at(page personPage, what string) templ.SafeURL {
	return templ.SafeURL("/staff/signin/people/" + page.Who.ID + what)
}

// personFacts are what colleagues see of a person, and more for an admin.
func personFacts(ctx context.Context, page personPage) []templates.Fact {
	who := page.Who
	facts := []templates.Fact{{Name: i18n.T(ctx, "signin.person.email"), Value: who.Email}}
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, templates.Fact{Name: i18n.T(ctx, key), Value: value})
		}
	}
	add("signin.person.phone", who.Phone)
	add("signin.person.lang", i18n.T(ctx, "site.language."+who.Lang))
	add("signin.person.since", i18n.DayLong(ctx, who.CreatedAt))
	add("signin.person.active", i18n.DateTime(ctx, who.ActiveAt))
	if who.Role == account.StaffRole {
		add("signin.person.permissions", permissionNames(ctx, who))
	}
	if page.Admin {
		var ways []string
		if who.Password != "" {
			ways = append(ways, i18n.T(ctx, "signin.person.by_password"))
		}
		for _, i := range page.Identities {
			ways = append(ways, page.Labels(i.Provider))
		}
		add("signin.person.ways", strings.Join(ways, ", "))
		add("signin.person.sessions", i18n.Number(ctx, page.Sessions))
	}
	return facts
}

func companyFacts(ctx context.Context, company account.Company) []templates.Fact {
	var facts []templates.Fact
	for _, f := range []struct{ key, value string }{
		{"signin.companies.phone", company.Phone}, {"signin.companies.address", company.Address}, {"signin.companies.size", company.Size},
		{"signin.companies.since", i18n.DayLong(ctx, company.CreatedAt)},
	} {
		if f.value != "" {
			facts = append(facts, templates.Fact{Name: i18n.T(ctx, f.key), Value: f.value})
		}
	}
	return facts
}

func companyFormTitle(ctx context.Context, id string) string {
	if id == "" {
		return i18n.T(ctx, "signin.companies.add")
	}
	return i18n.T(ctx, "signin.companies.edit")
}

func withCompany(name string) string {
	return "/staff/signin/people/new?company=" + url.QueryEscape(name)
}

// dayOf writes a day that is kept as 2026-11-23.
func dayOf(ctx context.Context, day string) string {
	at, err := time.ParseInLocation(time.DateOnly, day, i18n.Of(ctx).Zone)
	if err != nil {
		return day
	}
	return i18n.DayLong(ctx, at)
}
