package templates_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/web"
	"loket/templates"
)

// filled is a frame with a page in it.
func filled(frame templ.Component, body string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		child := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, body)
			return err
		})
		return frame.Render(templ.WithChildren(ctx, child), w)
	})
}

func TestVisitorSeesTheFrame(t *testing.T) {
	site := newSite(t)
	for _, lang := range i18n.Codes {
		page := filled(templates.Page(templates.Head{Title: "Ticket <indienen>", Wrong: true, Crumbs: []templates.Link{{"/tickets/", "Tickets"}, {"", "Nieuw"}}}), "<h1>Ticket</h1>")
		p := parse(t, within(t, site, "/tickets/new?a=1&b=2", lang, nil, page))
		p.whole(lang)
		title := content(p.all("title")[0])
		if want := map[string]string{"nl": "Fout: Ticket <indienen> – Tekenkast loket", "en": "Error: Ticket <indienen> – Tekenkast loket"}[lang]; title != want {
			t.Errorf("title is %q, want %q", title, want)
		}
		var marked string
		for _, a := range p.all("a") {
			if attr(a, "aria-current") == "page" {
				marked += attr(a, "href")
			}
		}
		if marked != "/tickets/" {
			t.Errorf("the menu marks %q", marked)
		}
		if !strings.Contains(p.text, `name="next" value="/tickets/new?a=1&amp;b=2"`) {
			t.Error("the language switch does not come back here")
		}
		for _, link := range []string{`href="/signin"`, site.Assets.Path("loket.css"), `data-keys="off"`, `href="tel:0850000000"`} {
			if !strings.Contains(p.text, link) {
				t.Errorf("%s is not there", link)
			}
		}
	}
}

func TestStaffSeesOnlyTheCountersOfHisWork(t *testing.T) {
	site := newSite(t)
	sanne := &account.Account{ID: "S1", Name: "Sanne Dekker", Email: "sanne@tekenkast.example", Role: account.StaffRole, Permissions: "tickets", Keys: true, Lang: "nl", Theme: "dark"}
	admin := &account.Account{ID: "A1", Name: "Ineke Post", Email: "ineke@tekenkast.example", Role: account.AdminRole, Lang: "nl"}
	for _, frame := range []templ.Component{templates.StaffPage(templates.Head{Title: "Werk"}), templates.StaffList(templates.Head{Title: "Werk"})} {
		page := filled(frame, "<h1>Werk</h1>")
		p := parse(t, within(t, site, "/staff/tickets/", "nl", sanne, page))
		p.whole("nl")
		if strings.Contains(p.text, "/staff/settings/") || strings.Contains(p.text, "Beheer") || !strings.Contains(p.text, `href="/staff/tickets/"`) {
			t.Error("Sanne sees another menu than hers")
		}
		if !strings.Contains(p.text, `data-keys="on"`) || !strings.Contains(p.text, `data-theme="dark"`) {
			t.Error("her choices of keys and theme are lost")
		}
		_, manage, found := strings.Cut(within(t, site, "/staff/tickets/", "nl", admin, page), "<h2>Beheer</h2>")
		if !found || !strings.Contains(manage, "/staff/settings/") {
			t.Error("an admin does not find the settings under Beheer")
		}
	}
}

func TestErrorPageSaysWhoseFaultItIs(t *testing.T) {
	site := newSite(t)
	for status, says := range map[int][2]string{
		400: {"We begrijpen dit niet", "We do not understand this"}, 403: {"Dit is niet voor jou", "This is not open to you"},
		404: {"Deze pagina is er niet", "This page does not exist"}, 409: {"Iemand was je voor", "Someone was ahead of you"},
		410: {"Deze link werkt niet meer", "This link no longer works"}, 413: {"Dit is te groot", "This is too large"},
		421: {"Dit adres is niet van ons", "This address is not ours"}, 429: {"Even wachten", "Please wait a moment"},
		500: {"Dit ging bij ons mis", "Something went wrong on our side"}, 503: {"We zijn er zo weer", "We will be back shortly"},
		418: {"Dit kan zo niet", "This cannot be done like this"}, 502: {"Dit ging bij ons mis", "Something went wrong on our side"},
	} {
		for i, lang := range i18n.Codes {
			var id string
			p := parse(t, within(t, site, "/x", lang, nil, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				id = web.Of(ctx).RequestID
				return templates.Error(status).Render(ctx, w)
			})))
			p.whole(lang)
			if got := content(p.all("h1")[0]); got != says[i] {
				t.Errorf("%d in %s says %q, want %q", status, lang, got, says[i])
			}
			if got := content(p.all("code")[0]); got != id || id == "" {
				t.Errorf("%d shows request %q, want %q", status, got, id)
			}
			if again := strings.Contains(p.text, `href="/x"`); again != (status >= 500 || status == 429) {
				t.Errorf("%d: again is %v", status, again)
			}
		}
	}
}

func TestFlashShowsUndoAsAForm(t *testing.T) {
	site := newSite(t)
	page := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		web.Of(ctx).Say(web.Flash{Kind: "ok", Text: "Je stem is <ingetrokken>.", Undo: "/ideas/7/vote"})
		web.Of(ctx).Say(web.Flash{Kind: "bad", Text: "Dat lukte niet.", Link: "/status/", LinkLabel: "Systeemstatus"})
		return filled(templates.Page(templates.Head{Title: "Ideeën"}), "<h1>Ideeën</h1>").Render(ctx, w)
	})
	p := parse(t, within(t, site, "/ideas/", "nl", nil, page))
	p.whole("nl")
	for _, want := range []string{`data-s="ok" role="status"`, `data-s="bad" role="alert"`, "&lt;ingetrokken&gt;", `<form method="post" action="/ideas/7/vote">`, "Ongedaan maken", `<a href="/status/">Systeemstatus</a>`} {
		if !strings.Contains(p.text, want) {
			t.Errorf("%s is not there", want)
		}
	}
}
