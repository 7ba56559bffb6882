package home_test

import (
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/portals"
)

// Somebody seeks: he finds what is everybody's and what is his, and can narrow it.
func TestSearchPage(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, piet := a.CustomerOf("Bouwgroep Noord", "Jan"), a.CustomerOf("Bouwgroep Zuid", "Piet")
	jan.Post("/ideas/new", "title", "Kanariegele weergave", "body", "Fel").Want(200)
	jan.Post("/tickets/new", "subject", "Kanarie doet het niet", "body", "Stil", "severity", "question").Want(200)
	jan.Get("/search?q=+").Want(200, "Typ een of meer woorden")
	jan.Get("/search?q=kanar").Want(200, "2 keer gevonden", "Kanariegele", "Kanarie</mark> doet", ">Tickets<", ">Ideeën<").WantNot("kind=contact")
	jan.Get("/search?q=kanar&kind=ideas").Want(200, "1 keer gevonden", "Kanariegele").WantNot("doet het niet")
	jan.Get("/search?q=kanar&kind=trainings").Want(200, "Niets gevonden", "Zoek in alles", `name="kind"`)
	jan.Get("/search?q=kanar&kind=kwaad").Want(200, "2 keer gevonden")
	jan.Get("/search?q=%00kanar").Want(404)
	jan.Get("/search?q=kanar&before=x").Want(404)
	// Of another company's ticket nothing shows, not even that it is there.
	piet.Get("/search?q=kanarie+doet").Want(200, "Niets gevonden")
	one, none := piet.Get("/search?q=stil&kind=tickets").Want(200), piet.Get("/search?q=stom&kind=tickets").Want(200)
	if strings.ReplaceAll(one.Body, "stil", "") != strings.ReplaceAll(none.Body, "stom", "") {
		t.Error("a word of another company answers otherwise than one of nobody")
	}
	a.Visitor().Get("/search?q=kanar").Want(200, "1 keer gevonden").WantNot("kind=tickets", "doet het niet")
}
