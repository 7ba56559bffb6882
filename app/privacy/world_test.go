package privacy_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loket/app"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/db"
	"loket/db/dbtest"
)

// Stand-ins for the tables of portals, as small as the cases need.
const standIns = `
CREATE TABLE toy_vacancy (id TEXT PRIMARY KEY, title TEXT NOT NULL, filled_at TIMESTAMP, closed_at TIMESTAMP);
CREATE TABLE toy_application (id TEXT PRIMARY KEY, vacancy_id TEXT, email TEXT NOT NULL, name TEXT NOT NULL, letter TEXT NOT NULL, received_at TIMESTAMP NOT NULL, decided_at TIMESTAMP);
CREATE TABLE toy_idea (id TEXT PRIMARY KEY, account_id TEXT REFERENCES account (id), title TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL, decided_at TIMESTAMP, author_active_at TIMESTAMP, anonymous_votes BIGINT NOT NULL DEFAULT 0);
CREATE TABLE toy_vote (id TEXT PRIMARY KEY, idea_id TEXT NOT NULL REFERENCES toy_idea (id) ON DELETE CASCADE, account_id TEXT NOT NULL REFERENCES account (id), at TIMESTAMP NOT NULL);
CREATE TABLE toy_event (id TEXT PRIMARY KEY, title TEXT NOT NULL, ends_at TIMESTAMP NOT NULL, cancelled_at TIMESTAMP, heads BIGINT NOT NULL DEFAULT 0);
CREATE TABLE toy_registration (id TEXT PRIMARY KEY, event_id TEXT NOT NULL REFERENCES toy_event (id), email TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE toy_booking (id TEXT PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL, starts_at TIMESTAMP NOT NULL, outcome TEXT NOT NULL DEFAULT '', outcome_at TIMESTAMP);
CREATE TABLE toy_question (id TEXT PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, received_at TIMESTAMP NOT NULL, satisfied_at TIMESTAMP, answered_at TIMESTAMP);
CREATE TABLE toy_ticket (id TEXT PRIMARY KEY, requester_id TEXT REFERENCES account (id), requester TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL, product TEXT NOT NULL, settled_at TIMESTAMP, resolved_at TIMESTAMP, active_at TIMESTAMP NOT NULL);
CREATE TABLE toy_ticket_message (id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL REFERENCES toy_ticket (id) ON DELETE CASCADE, author_id TEXT REFERENCES account (id), internal BOOLEAN NOT NULL DEFAULT FALSE, body TEXT NOT NULL, at TIMESTAMP NOT NULL);
CREATE TABLE toy_activity (id TEXT PRIMARY KEY, account_id TEXT REFERENCES account (id), page TEXT NOT NULL, at TIMESTAMP NOT NULL)`

func tx(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

func pc(name, nl, en, blank string) privacy.Column {
	return privacy.Column{Name: name, Category: tx(nl, en), Blank: blank, Given: true}
}

func cols(plain []string, more ...privacy.Column) []privacy.Column {
	return append(privacy.Plain(plain...), more...)
}

func freeText(c privacy.Column) privacy.Column { c.Free = true; return c }

func standInPurposes() []privacy.Purpose {
	email, name := pc("email", "E-mailadres", "E-mail address", ""), pc("name", "Voor- en achternaam", "First and last name", "")
	email.Is, name.Is = privacy.Email, privacy.Name
	byMail := "lower(t.email) = :email"
	p := func(key, nl, en string, basis []privacy.Basis, records ...privacy.Record) privacy.Purpose {
		return privacy.Purpose{Key: key, Title: tx(nl, en), Why: tx("Om te doen waar je om vraagt.", "To do what you ask for."), Subjects: []privacy.Subjects{privacy.Visitors}, Basis: basis, Records: records}
	}
	contract := []privacy.Basis{privacy.Contract}
	support := p("support", "Ondersteuning", "Support", contract, privacy.Record{
		Table: "toy_ticket", Label: tx("Ticket", "Ticket"), Of: "t.requester_id = :account", Active: "t.active_at", Files: true, Search: "ticket",
		Reads:   "EXISTS (SELECT 1 FROM toy_ticket_message m WHERE m.ticket_id = t.id AND m.author_id = :account)",
		Columns: cols([]string{"id", "product", "settled_at", "resolved_at", "active_at"}, privacy.Column{Name: "requester_id", Blank: "NULL", Other: tx("collega", "colleague")}, pc("requester", "Naam", "Name", "'Voormalig gebruiker'"), freeText(pc("subject", "Onderwerp", "Subject", ""))),
		Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.settled_at", Text: tx("je zegt dat je bent geholpen", "you say that you were helped")},
			Silence: &privacy.Cap{After: privacy.Trigger{SQL: "t.resolved_at", Text: tx("we het oplosten", "we solved it")}, For: privacy.Period{Days: 30}},
			While:   tx("je ticket open is", "your ticket is open"), Then: privacy.Anonymise.First("DELETE FROM toy_ticket_message WHERE ticket_id = :row", "UPDATE toy_ticket SET subject = '' WHERE id = :row")}},
		OnErase: []privacy.Action{
			privacy.Anonymise.If("EXISTS (SELECT 1 FROM toy_ticket_message m JOIN account a ON a.id = m.author_id WHERE m.ticket_id = t.id AND m.author_id <> :account AND a.role = 'customer')").Because("Je collega's praten mee in dit ticket.", "Your colleagues take part in this ticket."),
			privacy.Anonymise.First("DELETE FROM toy_ticket_message WHERE ticket_id = :row", "UPDATE toy_ticket SET subject = '' WHERE id = :row"),
		},
	}, privacy.Record{
		Table: "toy_ticket_message", Label: tx("Bericht", "Message"), Of: "t.author_id = :account", Follows: "toy_ticket", Review: "t.internal", Files: true,
		Reads:   "NOT t.internal AND t.ticket_id IN (SELECT id FROM toy_ticket WHERE requester_id = :account)",
		Columns: cols([]string{"id", "ticket_id", "internal", "at"}, privacy.Column{Name: "author_id", Blank: "NULL", Other: tx("medewerker of collega", "member of staff or colleague")}, freeText(pc("body", "Wat je schrijft", "What you write", ""))),
		OnErase: []privacy.Action{privacy.Anonymise},
	})
	ideas := p("ideas", "Ideeënportaal", "Ideas portal", []privacy.Basis{privacy.LegitimateInterest("weten wat klanten willen", "knowing what customers want")}, privacy.Record{
		Table: "toy_idea", Label: tx("Idee", "Idea"), Of: "t.account_id = :account", Search: "idea",
		Columns: cols([]string{"id", "status", "decided_at", "author_active_at", "anonymous_votes"}, privacy.Column{Name: "account_id", Blank: "NULL"}, freeText(pc("title", "Titel", "Title", "'(verwijderd)'")), freeText(pc("body", "Je idee", "Your idea", "''"))),
		Keep: []privacy.Retention{{When: "t.status IN ('done', 'rejected')",
			After: privacy.Trigger{SQL: "CASE WHEN t.author_active_at IS NULL OR t.decided_at > t.author_active_at THEN t.decided_at ELSE t.author_active_at END", Text: tx("het idee is uitgevoerd of afgewezen en je niet meer actief was", "the idea was implemented or rejected and you were no longer active")},
			For:   privacy.Period{Years: 1}, While: tx("we over het idee nadenken", "we are considering the idea"), Then: privacy.Anonymise}},
		OnErase: []privacy.Action{
			privacy.Delete.If("t.status NOT IN ('done', 'rejected', 'planned') AND NOT EXISTS (SELECT 1 FROM toy_vote v WHERE v.idea_id = t.id AND v.account_id <> :account) AND t.anonymous_votes = 0"),
			privacy.Anonymise.Chosen("my_text"),
			privacy.Anonymise.Of("account_id").Because("Anderen stemden op dit idee; je naam gaat eraf.", "Others voted for this idea; your name goes."),
		},
	}, privacy.Record{
		Table: "toy_vote", Label: tx("Stem", "Vote"), Of: "t.account_id = :account", Follows: "toy_idea",
		Columns: cols([]string{"id", "account_id", "at"}, pc("idea_id", "Waar je op stemde", "What you voted for", "")),
		OnErase: []privacy.Action{
			privacy.Delete.Chosen("withdraw_votes"),
			privacy.Delete.First("UPDATE toy_idea SET anonymous_votes = anonymous_votes + 1 WHERE id = (SELECT idea_id FROM toy_vote WHERE id = :row)"),
		},
	})
	ideas.Choices = []privacy.Choice{{Key: "my_text", Text: tx("Wis ook mijn tekst", "Delete my text too")}, {Key: "withdraw_votes", Text: tx("Trek mijn stemmen in", "Withdraw my votes")}}
	return []privacy.Purpose{
		p("demo", "Kennismaking", "Introduction", contract, privacy.Record{Table: "toy_booking", Label: tx("Afspraak", "Appointment"), Of: byMail,
			Columns: cols([]string{"id", "starts_at", "outcome", "outcome_at"}, email, name),
			Keep: []privacy.Retention{{When: "t.outcome <> 'customer'", After: privacy.Trigger{SQL: "t.outcome_at", Text: tx("we weten wat de kennismaking opleverde", "we know what the introduction led to")},
				Cap: &privacy.Cap{After: privacy.Trigger{SQL: "t.starts_at", Text: tx("de afspraak is geweest", "the appointment took place")}, For: privacy.Period{Days: 30}}, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Delete}}),
		support, ideas,
		p("training", "Trainingen en webinars", "Trainings and webinars", contract, privacy.Record{Table: "toy_registration", Label: tx("Aanmelding", "Registration"), Of: byMail,
			Columns: cols([]string{"id", "event_id"}, email, name),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "(SELECT CASE WHEN e.cancelled_at IS NULL THEN e.ends_at ELSE e.cancelled_at END FROM toy_event e WHERE e.id = t.event_id)", Text: tx("de training of het webinar is geweest", "the training or webinar has taken place")},
				While: tx("de training nog komt", "the training is still to come"), Then: privacy.Delete.First("UPDATE toy_event SET heads = heads + 1 WHERE id = (SELECT event_id FROM toy_registration WHERE id = :row)")}},
			OnErase: []privacy.Action{privacy.Delete}}),
		p("contact", "Contact", "Contact", contract, privacy.Record{Table: "toy_question", Label: tx("Vraag", "Question"), Of: byMail,
			Columns: cols([]string{"id", "received_at", "satisfied_at", "answered_at"}, email, name, freeText(pc("body", "Wat je schrijft", "What you write", ""))),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.satisfied_at", Text: tx("je zegt dat je tevreden bent", "you say that you are satisfied")},
				Silence: &privacy.Cap{After: privacy.Trigger{SQL: "t.answered_at", Text: tx("we je voor het laatst antwoordden", "we last answered you")}, For: privacy.Period{Days: 30}},
				Cap:     &privacy.Cap{After: privacy.Trigger{SQL: "t.received_at", Text: tx("je bericht binnenkwam", "your message came in")}, For: privacy.Period{Months: 6}}, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Delete}}),
		p("jobs", "Solliciteren", "Job applications", []privacy.Basis{privacy.Contract, privacy.Consent}, privacy.Record{Table: "toy_application", Label: tx("Sollicitatie", "Application"), Of: byMail, Files: true,
			Columns: cols([]string{"id", "vacancy_id", "received_at", "decided_at"}, email, name, freeText(pc("letter", "Motivatiebrief", "Motivation letter", ""))),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "(SELECT coalesce(v.filled_at, v.closed_at) FROM toy_vacancy v WHERE v.id = t.vacancy_id)", Text: tx("de functie is vervuld", "the position has been filled")},
				For: privacy.Period{Weeks: 6},
				Longer: &privacy.Longer{If: `EXISTS (SELECT 1 FROM consent c WHERE c.purpose = 'jobs' AND c.item = t.id AND c.given_at IS NOT NULL AND NOT EXISTS
					(SELECT 1 FROM consent w WHERE w.purpose = 'jobs' AND w.item = t.id AND w.withdrawn_at IS NOT NULL))`, For: privacy.Period{Years: 1, Weeks: 6}, Text: tx("met jouw toestemming", "with your consent")},
				Cap: &privacy.Cap{After: privacy.Trigger{SQL: "t.received_at", Text: tx("je solliciteerde", "you applied")}, For: privacy.Period{Months: 6}}, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Delete}}),
		p("analytics", "Analyses uitvoeren", "Analyses", []privacy.Basis{privacy.LegitimateInterest("het loket beter maken", "making the counter better")}, privacy.Record{Table: "toy_activity", Label: tx("Gebeurtenis", "Event"), Of: "t.account_id = :account",
			Columns: cols([]string{"id", "at"}, privacy.Column{Name: "account_id", Blank: "NULL"}, pc("page", "Bezochte pagina's", "Pages visited", "")),
			Keep: []privacy.Retention{
				{After: privacy.Trigger{SQL: "t.at", Text: tx("je iets bekeek", "you looked at something")}, For: privacy.Period{Years: 3}, Then: privacy.Anonymise},
				{Name: "objection", When: "t.account_id IN (SELECT o.account_id FROM objection o WHERE o.purpose = 'analytics' AND o.withdrawn_at IS NULL)", After: privacy.Trigger{SQL: "(SELECT o.at FROM objection o WHERE o.account_id = t.account_id AND o.purpose = 'analytics' AND o.withdrawn_at IS NULL)", Text: tx("je bezwaar maakt", "you object")},
					While: tx("je geen bezwaar maakt", "you do not object"), Then: privacy.Anonymise, Cause: privacy.Objected, Fleeting: true},
			},
			OnErase: []privacy.Action{privacy.Anonymise}}),
	}
}

func standInImpersonal() []privacy.Impersonal {
	return []privacy.Impersonal{{Table: "toy_vacancy", Reason: "our own text"}, {Table: "toy_event", Reason: "our own text"}}
}

// world is a site of its own with a clock that stands still.
type world struct {
	*privacy.Engine
	t   testing.TB
	ctx context.Context
	now time.Time
	dir string
}

var amsterdam = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return zone
}()

// at reads "2027-04-12 16:00" or "2027-04-12" (its nightly run) in Amsterdam.
func at(s string) time.Time {
	day, clock, given := strings.Cut(s, " ")
	d, err := hours.ParseDate(day)
	if err != nil {
		panic(err)
	}
	c := hours.HM(4, 15)
	if given {
		if c, err = hours.ParseClock(clock); err != nil {
			panic(err)
		}
	}
	return hours.At(amsterdam, d, c)
}

func newWorld(t testing.TB, now string) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), now: at(now), dir: t.TempDir()}
	d := dbtest.Open(t)
	for _, ddl := range strings.Split(standIns, ";") {
		if _, err := db.Exec(w.ctx, d, ddl); err != nil {
			t.Fatal(err)
		}
	}
	r, err := privacy.New(append(app.HostPurposes(), standInPurposes()...), append(app.HostImpersonal(), standInImpersonal()...))
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = &privacy.Engine{Registry: r, DB: d, Zone: amsterdam, Ledger: filepath.Join(w.dir, "erasures.log"), Undo: privacy.Period{Days: 3}, Now: func() time.Time { return w.now }}
	w.ok(w.EnsurePublished(w.ctx))
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// do runs statements; times are given as times.
func (w *world) do(query string, args ...any) {
	w.t.Helper()
	if _, err := db.Exec(w.ctx, w.DB, query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

func (w *world) tx(f func(*db.Tx) error) {
	w.t.Helper()
	w.ok(w.DB.Tx(w.ctx, f))
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	n, err := db.Get[int](w.ctx, w.DB, query, args...)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (w *world) text(query string, args ...any) string {
	w.t.Helper()
	s, err := db.Get[string](w.ctx, w.DB, query, args...)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return s
}

// night runs the night of a day and says which rows it took, after checking
// that the dry run said the same.
func (w *world) night(day string) string {
	w.t.Helper()
	return w.runAt(at(day))
}

func (w *world) runAt(moment time.Time) string {
	w.t.Helper()
	w.now = moment
	dry, err := w.Due(w.ctx, moment, false)
	w.ok(err)
	res, err := w.Run(w.ctx, moment, false)
	w.ok(err)
	for _, failure := range res.Failures {
		w.t.Error(failure)
	}
	promised, did := taken(dry), w.tombstones(res.Run.Number)
	if promised != did {
		w.t.Errorf("%v: the dry run said %q, the run did %q", moment, promised, did)
	}
	return did
}

func taken(due []privacy.Due) string {
	var rows []string
	for _, d := range due {
		if d.Taken() {
			rows = append(rows, d.Table+"/"+d.Row)
		}
	}
	slices.Sort(rows)
	return strings.Join(rows, " ")
}

func (w *world) tombstones(run int64) string {
	rows, err := db.All[string](w.ctx, w.DB, `SELECT table_name || '/' || row_id FROM erasure WHERE run = ?`, run)
	w.ok(err)
	slices.Sort(rows)
	return strings.Join(rows, " ")
}

func (w *world) want(day, rows string) {
	w.t.Helper()
	if got := w.night(day); got != rows {
		w.t.Errorf("%s: took %q, want %q", day, got, rows)
	}
}

// account makes a person.
func (w *world) account(id, email, name string) {
	w.t.Helper()
	w.do(`INSERT INTO account (id, email, verified_at, name, password, created_at, active_at) VALUES (?, ?, ?, ?, 'hash', ?, ?)`, id, email, w.now, name, w.now, w.now)
}

func (w *world) company(id, name, endedOn string) {
	w.t.Helper()
	w.do(`INSERT INTO company (id, name, created_at) VALUES (?, ?, ?)`, id, name, w.now)
	var ended any
	if endedOn != "" {
		ended = endedOn
	}
	w.do(`INSERT INTO agreement (id, company_id, started_on, ended_on, created_at) VALUES (?, ?, '2020-01-01', ?, ?)`, "agreement-"+id, id, ended, w.now)
}

func (w *world) member(account, company string) {
	w.t.Helper()
	w.do(`INSERT INTO membership (id, account_id, company_id, started_at) VALUES (?, ?, ?, ?)`, account+"-"+company, account, company, w.now)
}
