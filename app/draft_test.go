package app_test

import (
	"testing"

	"loket/app/apptest"
	"loket/portals"
)

// Somebody without an account types an idea first, makes an account, confirms
// his address, and finds what he typed; without any script.
func TestIdeaTypedBeforeSigningUp(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ties := a.Visitor()
	page := ties.Post("/ideas/new", "title", "Donkere weergave", "body", "Te fel in de keet.", "step", "seen").Want(200, "Je idee blijft 24 uur bewaard")
	signup := page.Attr("href", "/signup?next=%2Fideas%2Fnew", "href")
	if signup == "" {
		t.Fatalf("from %s no link leads to an account and back: %v", page.Path, page.Links())
	}
	if field := ties.Get(signup).Want(200).Attr("value", "/ideas/new", "name"); field != "next" {
		t.Fatal("the form for an account forgets where he was")
	}
	ties.Post("/signup", "name", "Ties Mulder", "email", "ties@example.com", "password", "vier dunne jassen hangen scheef", "next", "/ideas/new").Want(200, "Kijk in je mail")
	page = ties.Post(a.Link(a.MailTo("ties@example.com"), "/signin/verify/")).Want(200, "Je idee staat nog klaar", "Te fel in de keet.")
	if page.Path != "/ideas/new" || page.Input("title") != "Donkere weergave" {
		t.Fatalf("he arrives at %s with %q", page.Path, page.Input("title"))
	}
	ties.Post("/ideas/new", "title", page.Input("title"), "body", "Te fel in de keet.", "vote", "true", "step", page.Input("step"), "once", page.Input("once")).Want(200, "Je idee staat erop als nummer 1")
	ties.Get("/ideas/new").Want(200).WantNot("Te fel")
}
