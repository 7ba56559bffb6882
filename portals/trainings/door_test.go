package trainings_test

import (
	"strings"
	"testing"
	"time"
)

// TestEnvironmentIsNoScript: what is asked as the address of a site is one.
func TestEnvironmentIsNoScript(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	fields := []string{"session", session, "name", "Jan", "email", "jan@example.org", "url"}
	for _, url := range []string{"javascript:alert(1)", "JAVASCRIPT://x%0aalert(1)", "data:text/html,x"} {
		w.post("/trainings/"+w.id, append(fields, url)...).Want(422, "Dit is geen webadres", `value="Jan"`)
	}
	w.post("/trainings/"+w.id, append(fields, "bouw.tekenkast.example")...).Want(200, "Kijk in je mail")
	path := "/staff/trainings/sessions/" + session
	w.staff(path+"/import", "what", "people", "list", "E-mail;Omgeving\npiet@example.org;javascript:alert(1)").Want(422, "Er is niets ingelezen", "regel 2")
}

// TestWalkIns: at the door a full room has one more seat, for a stranger, for who
// waited, and for who left his address.
func TestWalkIns(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	path := "/staff/trainings/sessions/" + session
	w.seated(session, "Jan")
	w.comes(session, "Piet")
	w.staff(path+"/add", "name", "Bel").Want(422, "Vul het e-mailadres in")
	w.staff(path+"/add", "name", "Bel", "email", "bel@example.org").Want(200, "Bel is aangemeld en krijgt een mail")
	bel := w.Link(w.MailTo("bel@example.org"), "/registrations/")
	w.post(bel+"/confirm").Want(200, "Je staat op de wachtlijst, als nummer 2")

	w.SetNow(time.Date(2026, 11, 26, 9, 5, 0, 0, time.UTC))
	w.sanne.SignIn()
	w.sanne.Get(path).Want(200, "Er is iemand bij")
	w.staff(path+"/add", "email", "x@example.org").Want(422, "Vul de naam in")
	w.staff(path+"/add", "name", "Onbekende").Want(200, "Onbekende staat als aanwezig genoteerd", "2 / 1")
	w.staff(path+"/add", "name", "Nog een").Want(200, "3 / 1")
	w.staff(path+"/add", "name", "Piet", "email", "PIET@example.org").Want(200, "4 / 1")
	w.staff(path+"/add", "name", "Jan", "email", "jan@example.org").Want(200, "4 / 1")
	w.ForgetMails()
	w.staff(path+"/add", "name", "Kim", "email", "kim@example.org").Want(200, "5 / 1")
	if m := w.MailTo("kim@example.org"); !strings.HasPrefix(m.Subject, "Bevestig") || strings.Contains(m.Text+m.HTML, "Kim") || m.Calendar != "" {
		t.Errorf("Kim, whose address nobody confirmed, reads %q\n%s", m.Subject, m.Text)
	}
	kim := w.Link(w.MailTo("kim@example.org"), "/registrations/")
	w.post(kim+"/confirm").Want(200, "Je certificaat komt na afloop").WantNot("Meld me af")
	if n := len(w.mailsTo("Kim")); n != 1 {
		t.Errorf("%d mails to who is there", n)
	}
	w.ForgetMails()
	w.SetNow(time.Date(2026, 11, 26, 10, 16, 0, 0, time.UTC))
	w.Visitor().Get(kim).Want(200, "Dit is geweest", "Je certificaat komt per mail").WantNot("Meld me af", "Zet in je agenda")
	for _, name := range []string{"Jan", "Piet", "Kim"} {
		if n := len(w.mailsTo(name)); n != 1 {
			t.Errorf("%s got %d certificates", name, n)
		}
	}
	w.sanne.Get("/staff/trainings/").Want(200, "Geweest")
	w.SetNow(time.Date(2026, 11, 27, 3, 16, 0, 0, time.UTC))
	w.sanne.SignIn()
	w.sanne.Get(path).Want(200, "Er waren 5 aanmeldingen en 5 aanwezigen").WantNot("Er is iemand bij")
	w.sanne.Get(path + "/add").Want(409)
}

// TestNoChangeAfterwards: who was there, or could have been, stays counted.
func TestNoChangeAfterwards(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 5)
	later := w.session("2026-12-03", "10:00", "10:45", 5)
	jan, piet := w.seated(session, "Jan"), w.seated(session, "Piet")
	w.SetNow(time.Date(2026, 11, 26, 8, 50, 0, 0, time.UTC))
	kees := w.signUp(session, "Kees") // who never confirms
	w.SetNow(time.Date(2026, 11, 26, 9, 5, 0, 0, time.UTC))
	w.Visitor().Still().Post(jan + "/join")
	w.post(jan+"/cancel").Want(200, "je kunt je aanmelding niet meer veranderen")
	w.post(jan+"/session", "session", later).Want(200, "je kunt je aanmelding niet meer veranderen")
	w.SetNow(time.Date(2026, 11, 26, 9, 46, 0, 0, time.UTC))
	w.post(piet+"/cancel").Want(200, "je kunt je aanmelding niet meer veranderen", "Dit is geweest")
	w.ForgetMails()
	w.Visitor().Get(kees).Want(200, "Dit is geweest").WantNot("Ja, ik kom")
	w.post(kees+"/confirm").Want(200, "Dit is geweest")
	if n := len(w.mailsTo("Kees")); n != 0 {
		t.Errorf("%d mails about what is over", n)
	}
	if taken, attended := w.count(`SELECT taken FROM training_session WHERE id = ?`, session), w.count(`SELECT attended FROM training_session WHERE id = ?`, session); taken != 3 || attended != 1 {
		t.Errorf("%d taken, %d attended", taken, attended)
	}
}

// TestCertificateBeforeTheNight: what ends just before the nightly run, or while
// nothing runs, still gets its certificates, also when the mail is late.
func TestCertificateBeforeTheNight(t *testing.T) {
	for name, wake := range map[string]time.Time{
		"running": time.Date(2026, 11, 26, 3, 10, 0, 0, time.UTC), "stopped over the night": time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			session := w.session("2026-11-26", "03:00", "04:05", 20)
			own := w.seated(session, "Jan")
			w.Clock(time.Date(2026, 11, 26, 2, 10, 0, 0, time.UTC))
			w.Visitor().Still().Post(own + "/join")
			w.ForgetMails()
			w.SetNow(wake)
			if all := w.mailsTo("Jan"); len(all) != 1 || !strings.HasPrefix(all[0].Subject, "Je certificaat") {
				t.Errorf("Jan got %d mails", len(all))
			}
			w.SetNow(time.Date(2026, 11, 26, 8, 1, 0, 0, time.UTC))
			if n := w.count(`SELECT count(*) FROM training_registration`); n != 0 {
				t.Errorf("%d sign-ups are left", n)
			}
			w.Advance(61 * time.Minute)
			if n := w.count(`SELECT count(*) FROM mail WHERE about LIKE 'training%'`); n != 0 {
				t.Errorf("%d mails are left", n)
			}
		})
	}
}

// TestInVain: who still waits when nobody moves up any more is told so, once.
func TestInVain(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	w.seated(session, "Jan")
	w.comes(session, "Piet")
	w.SetNow(time.Date(2026, 11, 26, 6, 59, 0, 0, time.UTC))
	w.ForgetMails()
	w.SetNow(time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC))
	w.comes(session, "Laat")
	w.SetNow(time.Date(2026, 11, 26, 8, 30, 0, 0, time.UTC))
	if all := w.mailsTo("Piet"); len(all) != 1 || !strings.HasPrefix(all[0].Subject, "Deze keer geen plek") || strings.Contains(all[0].Text, "nummer") {
		t.Errorf("Piet got %d mails", len(all))
	}
	for _, m := range w.mailsTo("Laat") {
		if strings.HasPrefix(m.Subject, "Deze keer geen plek") {
			t.Error("who was told on the page that nobody moves up is told again")
		}
	}
}

// TestOwnSignUps: who has signed in finds his sign-up on the page, and the way to it.
func TestOwnSignUps(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	other := w.session("2026-12-03", "10:00", "10:45", 20)
	jan := w.Customer("Jan")
	jan.Post("/trainings/"+w.id, "session", session, "name", "Jan", "email", "jan@example.com").Want(200, "Je hebt een plek")
	jan.Get("/trainings/").Want(200, "Aangemeld", "Aanmelden: Uitgiftes")
	jan.Get("/trainings/"+w.id+"?session="+session).Want(200, "Je hebt een plek", "Naar je aanmelding", "do 3 dec").WantNot(`name="email"`)
	jan.Get("/trainings/"+w.id+"?session="+other).Want(200, `name="email"`)
	jan.Post("/trainings/"+w.id+"/own", "session", session).Want(200, "Meld me af", "jan@example.com")
	piet := w.Customer("Piet")
	piet.Post("/trainings/"+w.id+"/own", "session", session).Want(404)
	piet.Get("/trainings/").Want(200).WantNot("Aangemeld")
	w.Visitor().Get("/trainings/").Want(200).WantNot("Aangemeld")
}

// TestDateThatIsGone: whoever follows the link of a date that is off reads so,
// before he signs up for another one.
func TestDateThatIsGone(t *testing.T) {
	w := newWorld(t)
	off, other := w.session("2026-11-26", "10:00", "10:45", 20), w.session("2026-12-03", "10:00", "10:45", 20)
	w.Visitor().Get("/trainings/" + w.id + "?session=" + off).Want(200).WantNot("De datum die je zocht")
	w.staff("/staff/trainings/sessions/"+off+"/cancel").Want(200, "gaat niet door")
	w.Visitor().Get("/trainings/"+w.id+"?session="+off).Want(200, "De datum die je zocht", "3 december")
	w.Visitor().Get("/trainings/" + w.id + "?session=" + other).Want(200).WantNot("De datum die je zocht")
}

// TestFeedSaysWhatMoved: a reader's program sees that a session has another time.
func TestFeedSaysWhatMoved(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	before := w.Now()
	w.Advance(time.Hour)
	w.staff("/staff/trainings/sessions/"+session+"/edit", "date", "2026-11-26", "start", "11:00", "end", "11:45", "zone", "Europe/Amsterdam", "capacity", "20", "lang", "nl", "join_url", "https://meet.example/room-1").Want(200, "Bewaard.")
	feed := w.Visitor().Get("/feed/trainings.atom").Want(200, "11:00")
	if strings.Contains(feed.Body, "<updated>"+before.UTC().Format("2006-01-02T15")) || !strings.Contains(feed.Body, "<updated>"+w.Now().UTC().Format("2006-01-02T15:04")) {
		t.Errorf("the feed says that nothing changed:\n%s", feed.Body)
	}
}

// TestReminderWhereOneHasToGo: nobody is sent to a page who is expected in a room.
func TestReminderWhereOneHasToGo(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20, "place", "Havenkade 12")
	w.seated(session, "Jan")
	w.SetNow(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC))
	if m := w.MailTo(address("Jan")); !strings.Contains(m.Text, "Je wordt verwacht") || !strings.Contains(m.Text, "Havenkade 12") || strings.Contains(m.Text, "doe je mee") {
		t.Errorf("Jan reads\n%s", m.Text)
	}
}

// TestSeries: three Thursdays, one sign-up, one appointment that comes back, a
// reminder of each time; erased after the last.
func TestSeries(t *testing.T) {
	w := newWorld(t)
	fields := []string{"date", "2026-11-26", "start", "10:00", "end", "12:00", "zone", "Europe/Amsterdam", "capacity", "5", "lang", "nl", "join_url", "https://meet.example/r", "do", "open", "every", "7", "times"}
	path := "/staff/trainings/" + w.id + "/sessions/new"
	w.staff(path, append(fields, "99")...).Want(422, "Vul een getal in van 1 tot 30")
	w.staff(path, append(fields, "3", "end_date", "2026-12-04")...).Want(422, "nog bezig als de tweede begint")
	console := w.staff(path, append(fields, "3")...).Want(200, "3 keer", "do 26 nov, 10:00–12:00; do 3 dec, 10:00–12:00; do 10 dec, 10:00–12:00")
	session := console.Path[strings.LastIndex(console.Path, "/")+1:]
	w.sanne.Get("/staff/trainings/sessions/"+session+"/edit").Want(200, `value="3"`, `value="2026-11-26"`, `value="12:00"`)
	w.Visitor().Get("/trainings/").Want(200, "3 keer, elke week", "do 10:00–12:00")
	w.Visitor().Get("/trainings/"+w.id).Want(200, "do 10 dec, 10:00–12:00")

	own := w.seated(session, "Jan")
	_, props := invitation(t, w.MailTo(address("Jan")))
	if rule := props.Get("RRULE"); rule == nil || rule.Value != "FREQ=WEEKLY;INTERVAL=1;COUNT=3" {
		t.Errorf("the appointment comes back by %v", rule)
	}
	if end, err := props.DateTime("DTEND", nil); err != nil || !end.Equal(time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("the first time ends %v, %v", end, err)
	}
	w.sanne.Get("/staff/agenda?from=2026-12-10&who=all").Want(200, "Uitgiftes zonder e-mail", "10:00–12:00")
	w.sanne.Get("/staff/agenda?from=2026-12-17&who=all").Want(200).WantNot("Uitgiftes zonder e-mail")

	for _, day := range []int{26, 33} { // 26 November and 3 December
		w.ForgetMails()
		w.SetNow(time.Date(2026, 11, day, 8, 1, 0, 0, time.UTC))
		if m := w.MailTo(address("Jan")); !strings.HasPrefix(m.Subject, "Bijna zover") || day == 33 && !strings.Contains(m.Text, "3 december") {
			t.Errorf("day %d: Jan reads %q\n%s", day, m.Subject, m.Text)
		}
		w.Visitor().Get(own).Want(200, "vanaf").WantNot("Doe mee</button>")
		w.SetNow(time.Date(2026, 11, day, 8, 59, 0, 0, time.UTC))
		w.Visitor().Get(own).Want(200, "Doe mee")
		w.SetNow(time.Date(2026, 11, day+1, 3, 16, 0, 0, time.UTC)) // the night after
		if n := w.count(`SELECT count(*) FROM training_registration`); n != 1 {
			t.Fatalf("after day %d: %d sign-ups", day, n)
		}
	}
	w.SetNow(time.Date(2026, 12, 11, 3, 16, 0, 0, time.UTC))
	if n := w.count(`SELECT count(*) FROM training_registration`); n != 0 {
		t.Errorf("%d sign-ups after the last time", n)
	}
}

// TestZoneIsGuessedOnce: the script may guess the zone of who chose none, and
// never in place of a choice.
func TestZoneIsGuessedOnce(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	v := w.Visitor()
	v.Get("/trainings/").Want(200, "data-zone", "checked")
	v.Get("/trainings/"+w.id).Want(200, "data-zone")
	v.Post("/trainings/"+w.id, "session", session, "name", "Jan").Want(422).WantNot("data-zone") // what was typed stays
	v.Get("/trainings/?zone=Europe/Amsterdam").Want(200).WantNot("data-zone")
	v.Get("/trainings/" + w.id).Want(200).WantNot("data-zone")
}
