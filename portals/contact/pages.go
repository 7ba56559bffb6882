package contact

import (
	"net/url"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/settings"
	"loket/app/spam"
	"loket/app/web"
	"loket/templates"
)

type askPage struct {
	Form   web.Form[askForm]
	Topics []Topic
	Ask    spam.Ask
	Vendor settings.Vendor
	By     time.Time // when an answer to a question of now is owed
	Open   bool
	Change time.Time // when that changes
	Hours  []openDay
}

func topicOptions(c ctx, topics []Topic) []web.Option {
	var all []web.Option
	for _, t := range topics {
		all = append(all, web.Option{Value: t.Key, Label: t.Name(i18n.Lang(c))})
	}
	return all
}

// required marks a field that the form needs unless another is filled in.
func required(f web.Field) web.Field { f.Required = true; return f }

// promised puts the promise beside both ways to be answered.
func promised(c ctx, f web.Field, by time.Time) web.Field {
	for i := range f.Options {
		f.Options[i].End = i18n.T(c, "contact.before", i18n.DateTime(c, by))
	}
	return f
}

type ownPage struct {
	Contact  Contact
	Messages []Message
	Form     web.Form[moreForm]
	Path     string
}

// public leaves out what is for colleagues only.
func (p ownPage) public() (all []Message) {
	for _, m := range p.Messages {
		if m.Party != "note" {
			all = append(all, m)
		}
	}
	return all
}

type routePage struct {
	Vendor   settings.Vendor
	Route    Route
	Hours    []openDay
	Map      bool // Google's, after a click
	Always   bool // without one from now on, as the visitor chose
	Location bool // and it may ask for the location
}

func (p routePage) embed() string {
	return mapHost + "/maps?" + url.Values{"q": {p.Vendor.Address}, "output": {"embed"}}.Encode()
}

func (p routePage) planner(base, key string) string {
	return base + url.Values{key: {p.Vendor.Address}}.Encode()
}

type inboxPage struct {
	Status, Topic, Who string
	Topics             []Topic
	Agents             []account.Account
	Owed               int
	Lines              []Contact
	More               string
	Now                time.Time
}

// agent is the name of the colleague who has a question.
func (p inboxPage) agent(q Contact) string {
	for _, a := range p.Agents {
		if q.has(a.ID) {
			return a.Name
		}
	}
	return ""
}

func (p inboxPage) tabs(c ctx) []templates.Tab {
	var all []templates.Tab
	for _, s := range tabs {
		tab := templates.Tab{Path: "/staff/contact/?status=" + s, Label: i18n.T(c, "contact.status."+s), Current: s == p.Status}
		if s == open {
			tab.Count, tab.Hot = p.Owed, true
		}
		all = append(all, tab)
	}
	return all
}

func (p inboxPage) topic(c ctx, key string) string {
	for _, t := range p.Topics {
		if t.Key == key {
			return t.Name(i18n.Lang(c))
		}
	}
	return key
}

// promiseState is the chip of a question's promise.
func promiseState(q Contact, now time.Time) string {
	switch {
	case q.Status != open:
		return "hold"
	case !now.Before(q.DueAt):
		return "late"
	case q.DueAt.Sub(now) < time.Hour:
		return "soon"
	}
	return "ok"
}

// gonePart is how much of the time to the promise is gone.
func gonePart(q Contact, now time.Time) float64 {
	whole := q.DueAt.Sub(q.OwedAt)
	if whole <= 0 {
		return 1
	}
	return float64(now.Sub(q.OwedAt)) / float64(whole)
}

// has reports whether it is that colleague's.
func (q Contact) has(accountID string) bool { return q.AgentID != nil && *q.AgentID == accountID }

// settingsPage is what staff set: the topics, and the way.
type settingsPage struct {
	Form   web.Form[settingsForm]
	Topics []Topic
	Agents []account.Account
}

// team is who hears of a topic, in words.
func (p settingsPage) team(c ctx, t Topic) string {
	var names []string
	for _, a := range p.Agents {
		if t.has(a) {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return i18n.T(c, "contact.topic.all")
	}
	return strings.Join(names, ", ")
}

type readPage struct {
	Contact  Contact
	Messages []Message
	Topic    Topic
	Agent    string
	Agents   []account.Account // to whom it can be given
	Kinds    []string          // what it can be turned into
	Form     web.Form[answerForm]
	Now      time.Time
}

func person(c ctx, q Contact, topic string) []templates.Fact {
	var all []templates.Fact
	for _, f := range []struct{ key, value string }{{"contact.ask.topic", topic}, {"contact.ask.name", q.Name}, {"contact.ask.company", q.Company}, {"contact.ask.email", q.Email}, {"contact.ask.phone", q.Phone}, {"contact.ask.how", i18n.T(c, "contact.ask.how."+q.How)}, {"contact.staff.channel", i18n.T(c, "contact.channel."+q.Channel)}} {
		if f.value != "" {
			all = append(all, templates.Fact{Name: i18n.T(c, f.key), Value: f.value})
		}
	}
	return all
}

func keeps(c ctx) templates.Keeps {
	lang := i18n.Lang(c)
	return templates.Keeps{Why: purposes[0].Why.In(lang), Until: purposes[0].Records[0].Keep[0].Text().In(lang), Who: i18n.T(c, "contact.keeps.who")}
}

func said(m Message, q Contact, here bool) templates.Said {
	s := templates.Said{ID: m.ID, By: "you", WhoID: q.ID, Who: q.Name, From: q.Company, At: m.CreatedAt, You: here}
	if m.Party != "them" {
		s.By, s.WhoID, s.Who, s.From, s.You = m.Party, "", m.Name, "", false
		if m.AccountID != nil {
			s.WhoID = *m.AccountID
		}
	}
	return s
}

func first(q Contact) Message {
	return Message{ID: "q", Party: "them", Body: q.Message, CreatedAt: q.ReceivedAt}
}

// planWords is what the plan shows, for who cannot see it.
func planWords(c ctx, r Route, name string) string {
	words := i18n.T(c, "contact.plan", name, r.Street)
	for _, more := range []struct{ key, value string }{{"contact.plan.cross", r.Cross}, {"contact.plan.station", r.Station}, {"contact.plan.parking", r.Parking}} {
		if more.value != "" {
			words += " " + i18n.T(c, more.key, more.value)
		}
	}
	return words
}
