package tickets_test

import (
	"strings"
	"testing"
	"time"

	"loket/app/apptest"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/db"
	"loket/portals"
)

// night puts the clock after the nightly run of the day that many days from now.
func night(a *apptest.App, days int) {
	a.T.Helper()
	a.SetNow(hours.At(a.Zone, hours.DateOf(a.Now(), a.Zone).AddDays(days), hours.HM(4, 30)))
}

// left says which tables still hold a text.
func left(a *apptest.App, marker string) []string {
	a.T.Helper()
	var found []string
	for table, column := range map[string]string{"ticket": "subject || excerpt || rating_comment || tags", "ticket_message": "body", "search_doc": "title || body", "ticket_tag": "tag", "file": "name"} {
		n, err := db.Get[int](a.T.Context(), a.DB, `SELECT count(*) FROM `+table+` WHERE `+column+` LIKE ?`, "%"+marker+"%")
		a.Fatal(err)
		if n > 0 {
			found = append(found, table)
		}
	}
	return found
}

func TestWhoIsHelpedIsForgottenThatNight(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := ""
	a.RunJobs()
	page := jan.Upload("/tickets/new", []apptest.File{{"attachments", "kanarie.txt", "kanarie"}}, "subject", "Kanarie kapot", "body", "kanarie", "severity", "hinders").Want(200)
	ticket, _, _ = strings.Cut(page.Path, "?")
	attached := fileLink(page)
	sofie.Post(staffPath(ticket), "body", "kanarienotitie", "kind", "note").Want(200)
	sofie.Post(staffPath(ticket), "body", "Dag kanarie", "then", "solved").Want(200)
	jan.Post(ticket+"/rate", "helped", "yes", "comment", "kanarie fluit").Want(200)
	if got := left(a, "anarie"); len(got) < 4 {
		t.Fatalf("before the night the marker is only in %v", got)
	}
	night(a, 1)
	if got := left(a, "anarie"); len(got) > 0 {
		t.Errorf("the marker is still in %v", got)
	}
	jan.SignIn()
	sofie.SignIn()
	jan.Get(ticket).Want(404)
	jan.Get(attached).Want(404)
	sofie.Get(staffPath(ticket)).Want(200, "TK-1001", "op tijd").WantNot("Jan", "Van der Wal")
	sofie.Get("/staff/tickets/?view=solved").Want(200, "TK-1001")
	type shell struct {
		Severity, Product, Rating string
		Late                      bool
	}
	kept, err := db.Get[shell](t.Context(), a.DB, `SELECT severity, product, rating, first_late AS late FROM ticket`)
	if err != nil || kept != (shell{Severity: "hinders", Rating: "yes"}) {
		t.Errorf("the shell is %+v, %v", kept, err)
	}
}

func TestSilenceIsThirtyDays(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Kanarie zwijgt") // Monday 23 November
	open := file(jan, "Open kanarie", "body", "open")
	sofie.Post(staffPath(ticket), "body", "Klaar", "then", "solved").Want(200)
	night(a, 29)
	if got := left(a, "Kanarie zwijgt"); len(got) == 0 {
		t.Error("erased a day early")
	}
	night(a, 1) // Wednesday 23 December
	if got := left(a, "Kanarie zwijgt"); len(got) > 0 {
		t.Errorf("still in %v on the day itself", got)
	}
	a.Advance(300 * 24 * time.Hour)
	if got := left(a, "Open kanarie"); len(got) == 0 {
		t.Error("an open ticket was erased")
	}
	_ = open
}

func TestErasureLeavesWhatColleaguesShare(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ties, sofie := a.Customer("Jan"), a.Customer("Ties"), a.Staff("Sofie")
	alone := file(jan, "Alleen kanarie")
	shared := file(jan, "Samen", "cc", "ties@example.com")
	ties.Post(shared, "body", "Ik ook").Want(200)
	jan.Upload(shared, []apptest.File{{"attachments", "kanarie.txt", "x"}}, "body", "Zie de bijlage").Want(200, "kanarie.txt")
	sofie.Post(staffPath(alone), "body", "Dag Jan, kanarie").Want(200)
	a.Fatal(eraseNow(a, jan))
	if got := left(a, "anarie"); len(got) > 0 {
		t.Errorf("the ticket of his own is still in %v", got)
	}
	ties.Get(shared).Want(200, "Samen", "Ik ook", "Zie de bijlage", "bijlage verwijderd", "Voormalig gebruiker").WantNot(">Jan<")
	sofie.Get(staffPath(shared)).Want(200, "Samen", "Voormalig gebruiker")
	sofie.Get(staffPath(alone)).Want(200)
	ties.Get("/tickets/?q=samen").Want(200, "TK-1002")
}

// eraseNow erases somebody, without the days in which he may think better of it.
func eraseNow(a *apptest.App, who *apptest.Browser) error {
	_, err := a.Privacy.EraseNow(a.T.Context(), privacy.Subject{AccountID: who.Account.ID}, nil)
	return err
}
