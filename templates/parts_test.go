package templates_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"loket/app/i18n"
	"loket/templates"
)

// kit is a page with every part of the design system once.
func kit() templ.Component {
	with := func(frame templ.Component, body string) templ.Component { return filled(frame, body) }
	december := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	parts := []templ.Component{
		with(templates.Title("Alles <van> ons"), `<p class="lead">Bouwstenen</p>`),
		templates.Subnav("Weergaven", []templates.Tab{{Path: "/a", Label: "Open", Count: 3, Current: true}, {Path: "/b", Label: "Dicht"}}),
		templates.SideViews("Bewaard", []templates.Tab{{Path: "/c", Icon: "flag", Label: "Te laat", Count: 2, Hot: true}}),
		with(templates.Pager("?before=9", "?after=3"), `<span>1 tot 5</span>`), templates.Pager("", ""),
		templates.Promise(templates.Clock{Lead: "Antwoord vóór", By: now.Add(22 * time.Hour), Left: "Nog 7 u", Gone: .15, Now: .133, Shut: []templates.Part{{From: .26, To: .38}}, Start: "jij", End: "wij"}),
		templates.SLA("late", 1, "-0:42"), templates.SLA("soon", .9, "0:18"), templates.SLA("hold", 0, "staat stil"),
		templates.Pill("doing", "In onderzoek"), templates.State("ok", "Beschikbaar"), templates.Stub("TK-2841"), templates.Tag("uitgifte"), templates.TagWarn("nieuw"),
		templates.Avatar("A", "Fatma Aydın"), templates.AvatarXS("", ""), templates.AvatarXS("B", "Noor"), with(listOf("ul"), ""),
		with(templates.Lines(), ""), with(templates.Line(templates.Item{ID: "1", Path: "/tickets/1", Title: "Eén & twee", Tag: "nieuw", Lead: templates.Stub("TK-1"), End: templates.Due("antwoord vóór", "di 14:30")}), "<p>x</p>"),
		templates.Votes(1), templates.Votes(187), templates.Day(now), templates.DayLarge(now), templates.When(now), templates.WhenSoon(now),
		with(templates.Message(templates.Said{ID: "m1", By: "us", WhoID: "A", Who: "Sanne", From: "Tekenkast", At: now, Kept: "43 min"}), "<p>Hallo</p>"),
		with(templates.Message(templates.Said{ID: "m2", By: "you", WhoID: "J", Who: "Joost", You: true, At: now}), "<p>Dank</p>"),
		with(templates.Message(templates.Said{ID: "m3", By: "note", WhoID: "A", Who: "Sanne", At: now}), "<p>Intern</p>"),
		with(templates.Event("person", now), "opgepakt"), templates.Files([]templates.FileLink{{Path: "/files/1", Name: "a<b>.png", Size: 212000, Image: true}, {Path: "/files/2", Name: "log.txt", Size: 80}}), templates.Files(nil),
		templates.Steps([]templates.Step{{State: "done", Label: "Ontvangen", Note: "ma"}, {State: "now", Label: "Bezig"}, {Label: "Klaar"}}),
		with(templates.Note("warn"), "Let op"), templates.Meter(.86, "86 van 100"), templates.Facts([]templates.Fact{{Name: "Contract", Value: "Premium"}}), templates.Stats([]templates.Fact{{Name: "Wissen", Value: "41"}}),
		with(templates.Table("Regels"), `<thead><tr><th scope="col">Doel</th></tr></thead><tbody><tr><td>x</td></tr></tbody>`),
		with(templates.Empty("ticket", "Nog geen tickets", "Stel je vraag"), `<a class="btn" href="/tickets/new">Nieuw</a>`),
		with(templates.Receipt(templates.Keeps{Why: "Om je te helpen", Until: "90 dagen", Who: "Wij", Open: true}), "<dt>Meer</dt><dd>x</dd>"),
		with(templates.CookieBanner("Mogen we?", "/privacy/cookies"), `<div class="cookie-acts"><button name="c" value="none">Nee</button></div>`),
		with(templates.Purposes([]templates.Mark{{At: 0, Text: "vandaag"}, {At: .5, Text: "2027"}, {At: 1, Text: "later"}}), ""),
		with(templates.PurposeRow(templates.Purpose{Icon: "ticket", Name: "Tickets", What: "5", Gone: "14 jan", Part: .12, Open: true}), "x"),
		with(templates.PurposeRow(templates.Purpose{Icon: "euro", Name: "Facturen", What: "2", Gone: "2033", Part: 1, Locked: true}), "x"),
		templates.Vote(templates.Ballot{ID: "7", Path: "/ideas/7/vote", Title: "Donker", Count: 58}), templates.Vote(templates.Ballot{ID: "8", Path: "/ideas/8/vote", Title: "Licht", Count: 1, Mine: true}),
		templates.Calendar(templates.Month{First: december, Days: map[int]templates.Free{2: {Path: "?d=2"}, 5: {Path: "?d=5", Few: true}}, Chosen: 2, Next: "?m=1"}),
		templates.Group("late", "Te laat", 1), templates.Row(row(3)), with(templates.Bulk(), `<button name="do" value="assign">Wijs toe</button>`), templates.Keys(),
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		child := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			for _, part := range parts {
				if err := part.Render(templ.ClearChildren(ctx), w); err != nil {
					return err
				}
			}
			return nil
		})
		return templates.Page(templates.Head{Title: "Bouwstenen"}).Render(templ.WithChildren(ctx, child), w)
	})
}

func listOf(name string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<"+name+` class="people">`)
		if err == nil {
			err = templates.Person("A", "Sanne Dekker", "Support").Render(ctx, w)
		}
		if err == nil {
			_, err = io.WriteString(w, "</"+name+">")
		}
		return err
	})
}

func row(n int) templates.DeskRow {
	id := strconv.Itoa(n)
	return templates.DeskRow{ID: id, Ref: "TK-" + id, Path: "?t=" + id, Title: "Grote set blijft op voorbereiden staan", Excerpt: "Sinds de lunch, ook bij onze onderaannemer", Tag: "uitgifte",
		Org: "De Jong & Zn.", WhoID: "A", Who: "Sanne Dekker", Age: "3 u", Promise: "ok", Part: .7, Left: "1:02", Severity: n%3 + 1, Open: n == 3}
}

func TestEveryPartKeepsTheRules(t *testing.T) {
	site := newSite(t)
	for _, lang := range i18n.Codes {
		p := parse(t, within(t, site, "/tickets/", lang, nil, kit()))
		p.whole(lang)
		for _, th := range p.all("th") {
			if attr(th, "scope") == "" {
				t.Error("a th without scope")
			}
		}
	}
}

func TestPartsSayInWordsWhatTheyShow(t *testing.T) {
	site := newSite(t)
	p := parse(t, within(t, site, "/tickets/", "nl", nil, kit()))
	all := strings.Join(strings.Fields(content(p.root)), " ")
	for _, want := range []string{
		"te laat met -0:42", "belofte 0:18", // a chip is more than a colour
		"58 stemmen, stem op Donker", "1 stem, stem op Licht", "187 stemmen",
		"Antwoord vóór di 25 nov, 13:48", "na 43 min", "Interne notitie van Sanne", "Jij", "Kies TK-3", "ernst 1", "opgepakt · 15:48",
		"December 2025", "vastgelegd door de wet",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not said", want)
		}
	}
	for _, want := range []string{
		`aria-label="dinsdag 2 december, plek"`, `aria-label="vrijdag 5 december, bijna vol"`, `aria-label="Naar januari 2026"`, `aria-label="november 2025: geen vrije plekken"`,
		`aria-label="15 % van de werktijd is voorbij. Uren dat we dicht zijn tellen niet mee."`, `aria-current="step"`, `aria-current="date"`,
		`<rect class="gone-by" x="0%" y="4" width="13.3%"`, `x1="26%" x2="38%"`, `data-p="9"`, `datetime="2025-11-25T13:48:00+01:00"`, `datetime="2025-11-24"`,
		`aria-pressed="true"`, `action="/ideas/7/vote" data-fragment="#vote-7"`, "a&lt;b&gt;.png",
	} {
		if !strings.Contains(strings.ReplaceAll(p.text, "\u00a0", " "), want) {
			t.Errorf("%s is not there", want)
		}
	}
}

func TestConfirmPutsTheSafeChoiceSecondAndPlain(t *testing.T) {
	site := newSite(t)
	sure := templates.Confirm(templates.Sure{Title: "Alles wissen?", Do: "Wis", Action: "/privacy/erase", Not: "Niet wissen", Back: "/privacy/mine", Once: "K", Danger: true})
	p := parse(t, within(t, site, "/privacy/erase", "nl", nil, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return templates.Page(templates.Head{Title: "Zeker?"}).Render(templ.WithChildren(ctx, sure), w)
	})))
	p.whole("nl")
	do, back := strings.Index(p.text, `<button class="btn danger">Wis</button>`), strings.Index(p.text, `<a class="btn" href="/privacy/mine">Niet wissen</a>`)
	if do < 0 || back < do || strings.Contains(p.text, "autofocus") || !strings.Contains(p.text, `name="once" value="K"`) {
		t.Errorf("the choices stand at %d and %d", do, back)
	}
}

func TestCalendarMonths(t *testing.T) {
	site := newSite(t)
	for first, rows := range map[string]int{"2021-02-01": 4, "2025-12-01": 5, "2026-03-01": 6, "2024-02-01": 5} {
		month, err := time.Parse(time.DateOnly, first)
		if err != nil {
			t.Fatal(err)
		}
		p := parse(t, within(t, site, "/demos/", "nl", nil, templates.Calendar(templates.Month{First: month})))
		days := 0
		for _, td := range p.all("td") {
			if text := content(td); text != "" {
				days++
				if text != strconv.Itoa(days) {
					t.Fatalf("%s: day %d reads %s", first, days, text)
				}
			}
		}
		if got := len(p.all("tr")) - 1; got != rows || days != month.AddDate(0, 1, -1).Day() {
			t.Errorf("%s has %d rows, %d days", first, got, days)
		}
	}
}

// Every icon that the source names, as a component or in a menu, is drawn.
func TestEveryIconIsKnown(t *testing.T) {
	known := templates.Icons()
	named := regexp.MustCompile(`(?:@(?:templates\.)?Icon\(|@(?:templates\.)?(?:Empty|Event)\(|\bIcon:\s*)"([^"]*)"`)
	seen := 0
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || entry.IsDir() || ext != ".templ" && (ext != ".go" || strings.HasSuffix(path, "_templ.go")) {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range named.FindAllStringSubmatch(string(source), -1) {
			seen++
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s: no icon is named %q", path, match[1])
			}
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d icons seen, %v", seen, err)
	}
	if err := templates.Icon("unicorn").Render(t.Context(), io.Discard); err == nil {
		t.Error("an icon that is not there passes in silence")
	}
}

func BenchmarkStaffListOf50(b *testing.B) {
	site := newSite(b)
	ctx := site.Catalog.With(b.Context(), "nl", site.Zone, now)
	rows := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for n := range 50 {
			if err := templates.Row(row(n)).Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if err := rows.Render(ctx, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListOf50(b *testing.B) {
	site := newSite(b)
	ctx := site.Catalog.With(b.Context(), "nl", site.Zone, now)
	b.ReportAllocs()
	for b.Loop() {
		for n := range 50 {
			item := templates.Item{ID: "1", Path: "/tickets/1", Title: "Uitgifte blijft hangen", Lead: templates.Stub("TK-" + strconv.Itoa(n)), End: templates.Due("antwoord vóór", "di 14:30")}
			if err := templates.Line(item).Render(templ.WithChildren(ctx, templates.Pill("doing", "In onderzoek")), io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// The list of parts in the README is what authors of pages read.
func TestReadmeListsEveryPart(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	public := regexp.MustCompile(`(?m)^templ ([A-Z]\w*\(.*\)) \{$`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range public.FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(string(readme), "`"+match[1]+"`") {
				t.Errorf("README.md lacks %s of %s", match[1], file)
			}
		}
	}
	for _, name := range templates.Icons() {
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md lacks the icon %s", name)
		}
	}
}
