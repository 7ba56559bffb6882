package tickets_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"loket/app/apptest"
	"loket/portals"
)

// BenchmarkPages is what the pages of the desk and of a customer cost in this
// process: go test -bench Pages -cpuprofile cpu.out ./portals/tickets.
func BenchmarkPages(b *testing.B) {
	a := apptest.New(b, portals.All...)
	a.Fatal(a.Demonstrate(b.Context(), b.Output()))
	joost, sanne := a.As("joost@vanderwal.example"), a.As("sanne@tekenkast.example")
	ticket := ""
	for _, link := range joost.Get("/tickets/").Links() {
		if len(link) > 30 {
			ticket = link
		}
	}
	for _, page := range []struct {
		name, path string
		who        *apptest.Browser
	}{
		{"inbox", "/staff/tickets/", sanne}, {"ticket", staffPath(ticket), sanne},
		{"mine", "/tickets/", joost}, {"conversation", ticket, joost}, {"form", "/tickets/new", joost},
	} {
		b.Run(page.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("GET", a.Site.URL+page.path, nil)
				for _, cookie := range page.who.Cookies() {
					r.AddCookie(cookie)
				}
				w := httptest.NewRecorder()
				a.Handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%s is %d", page.path, w.Code)
				}
			}
		})
	}
}
