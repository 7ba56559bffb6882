package app_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"loket/app/account"
	"loket/app/apptest"
	"loket/portals"
)

// TestEveryDoor: security.md, decision 2 and table Z, row 1. Each path of the running
// router stands in the table of who may come in, and each role that may not is
// turned away at every one of them, whatever comes behind it.
func TestEveryDoor(t *testing.T) {
	a := apptest.New(t, portals.All...)
	closed := map[string]string{} // method and path: who may come in
	for _, r := range a.Policy() {
		closed[r.Method+" "+r.Path] = r.Who
		if r.Method == http.MethodGet {
			closed[http.MethodHead+" "+r.Path] = r.Who
		}
	}
	open := []string{"/healthz", "/readyz", "/static/*file", "/theme.:hash"}
	for _, door := range a.Doors() {
		_, path, _ := strings.Cut(door, " ")
		if closed[door] == "" && !slices.Contains(open, path) {
			t.Errorf("%s stands in no table", door)
		}
	}

	visitor, jan, marit := a.Visitor(), a.Customer("Jan"), a.Manager("Marit")
	every := a.Staff("Sofie", account.Permissions...)
	without := map[string]*apptest.Browser{} // who works in everything but this
	for _, field := range account.Permissions {
		others := slices.DeleteFunc(slices.Clone(account.Permissions), func(p string) bool { return p == field })
		without[field] = a.Staff("Zonder"+field, others...)
	}
	for _, door := range slices.Sorted(maps.Keys(closed)) {
		method, path, _ := strings.Cut(door, " ")
		who, field, _ := strings.Cut(closed[door], ":")
		path = strings.NewReplacer("*", "x", ":", "x").Replace(path)
		if who != "anyone" {
			page := visitor.Still().Do(method, path, "application/x-www-form-urlencoded", nil)
			if page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Header.Get("Location"), "/signin?next=") {
				t.Errorf("%s lets a visitor in: %d", door, page.Status)
			}
		}
		if who != "staff" {
			continue
		}
		refused := []*apptest.Browser{jan, marit}
		switch field {
		case "":
		case "admin":
			refused = append(refused, every)
		default:
			refused = append(refused, without[field])
		}
		for _, b := range refused {
			if page := b.Still().Do(method, path, "application/x-www-form-urlencoded", nil); page.Status != http.StatusForbidden {
				t.Errorf("%s (%s) lets %s in: %d", door, closed[door], b.Account.Name, page.Status)
			}
		}
	}
}
