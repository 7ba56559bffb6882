package signin_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app/apptest"
	"loket/portals"
)

// A manager invites by mail; the link works once, for a week, for that address.
func TestInvite(t *testing.T) {
	a := apptest.New(t, portals.All...)
	marit := a.Manager("Marit")
	jan := a.Customer("Jan")
	jan.Get("/company").Want(200, "Van der Wal Bouw", "Marit", "Jan").WantNot("Nodig een collega uit", "Maak beheerder")
	jan.Get("/company/invite").Want(403)
	jan.Post("/company/invite", "email", "ties@bouw.example").Want(403)

	marit.Post("/company/invite", "email", "geen adres").Want(422, "Dit is geen e-mailadres")
	marit.Post("/company/invite", "email", "Jan@example.com").Want(422, "Deze collega hoort er al bij")
	marit.Post("/company/invite", "email", "Ties@bouw.example", "manager", "true").Want(200, "onderweg naar ties@bouw.example", "Uitgenodigd")
	old := a.Link(a.MailTo("ties@bouw.example"), "/invitation/")
	a.ForgetMails()
	marit.Post("/company/invite", "email", "ties@bouw.example").Want(200)
	link := a.Link(a.MailTo("ties@bouw.example"), "/invitation/")
	a.Visitor().Get(old).Want(410)

	ties := a.Visitor()
	page := ties.Get(link).Want(200, "Kom bij Van der Wal Bouw", "Marit", "ties@bouw.example")
	if page.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("the page may give its address away")
	}
	ties.Get(link)
	ties.Post(link, "name", "Ties Mulder", "password", "kort").Want(422, "minstens 12 tekens")
	ties.Post(link, "name", "Ties Mulder", "password", sentence).Want(200, "Van der Wal Bouw", "Ties Mulder").WantNot("Nodig een collega uit")
	a.Visitor().Post(link, "name", "Nog een", "password", sentence).Want(410)
	ties.Post("/signout")
	ties.Post("/signin", "email", "ties@bouw.example", "password", sentence, "next", "/profile").Want(200, "ties@bouw.example")

	a.ForgetMails()
	marit.Post("/company/invite", "email", "laat@bouw.example")
	late := a.Link(a.MailTo("laat@bouw.example"), "/invitation/")
	a.Advance(7 * 24 * time.Hour)
	a.Visitor().Get(late).Want(410)
}

// Who has an account accepts with it, and nobody else for him.
func TestInviteKnown(t *testing.T) {
	a := apptest.New(t, portals.All...)
	marit := a.Manager("Marit")
	noor := a.CustomerOf("Bouwgroep Zuid", "Noor")
	piet := a.CustomerOf("Bouwgroep Zuid", "Piet")
	a.ForgetMails()
	marit.Post("/company/invite", "email", "noor@example.com").Want(200)
	link := a.Link(a.MailTo("noor@example.com"), "/invitation/")
	a.Visitor().Post(link, "name", "Inbreker", "password", sentence).Want(200, "Mail me een inloglink")
	piet.Post(link, "name", "Piet", "password", sentence).Want(200, "Mail me een inloglink")
	piet.Get("/company").Want(200, "Bouwgroep Zuid").WantNot("Van der Wal Bouw")
	noor.Get(link).Want(200, "Ja, ik hoor erbij")
	noor.Post(link).Want(200, "Je hoort nu bij Van der Wal Bouw", "Marit")

	// She belongs to two companies now and chooses for which she acts.
	noor.Get("/company").Want(200, "Jouw bedrijven", "Bouwgroep Zuid")
	zuid := a.Company("Bouwgroep Zuid")
	noor.Post("/company", "company", zuid.ID).Want(200, "Je werkt nu voor dit bedrijf", "Piet").WantNot("Marit")
	noor.Post("/company", "company", a.Company("Vreemd Bedrijf").ID).Want(404)
	noor.Post("/company/leave", "company", zuid.ID).Want(200, "Marit").WantNot("Bouwgroep Zuid")
	noor.Post("/company/leave", "company", zuid.ID).Want(404)
	piet.Get("/company").Want(200).WantNot("noor@example.com")
}

// Who may no longer invite has invited nobody.
func TestInviteByWhoLeft(t *testing.T) {
	a := apptest.New(t, portals.All...)
	marit, anja := a.Manager("Marit"), a.Manager("Anja")
	marit.Post("/company/invite", "email", "ties@bouw.example").Want(200)
	link := a.Link(a.MailTo("ties@bouw.example"), "/invitation/")
	anja.Post("/company/members/"+marit.Account.ID+"/end").Want(200, "hoort er niet meer bij")
	a.Visitor().Post(link, "name", "Ties", "password", sentence).Want(410)
	if n := count(a, `SELECT count(*) FROM account WHERE email = 'ties@bouw.example'`); n != 0 {
		t.Error("there is an account")
	}
	// Z15: from that second on nothing of the company is hers.
	marit.Get("/company").Want(200, "Je hoort nog bij geen bedrijf").WantNot("Anja")
	marit.Get("/company/invite").Want(403)
	wantMail(a, "marit@example.com", "Je hoort niet meer bij Van der Wal Bouw")
	anja.Get("/company").Want(200, "Anja").WantNot("ties@bouw.example")

	anja.Post("/company/invite", "email", "ties@bouw.example").Want(200)
	anja.Post("/company/uninvite", "email", "ties@bouw.example").Want(200, "De uitnodiging is ingetrokken").WantNot("ties@bouw.example")
	anja.Post("/company/uninvite", "email", "ties@bouw.example").Want(404)
}

// Who did not come in time is invited once more, as what he was invited as.
func TestInviteAgain(t *testing.T) {
	a := apptest.New(t, portals.All...)
	marit := a.Manager("Marit")
	marit.Post("/company/invite", "email", "ties@bouw.example", "manager", "true").Want(200, "Stuur opnieuw").WantNot("verlopen")
	a.ForgetMails()
	a.Clock(a.Now().Add(7 * 24 * time.Hour))
	marit.Get("/company").Want(200, "ties@bouw.example", "verlopen")
	marit.Post("/company/invite", "email", "ties@bouw.example", "manager", "true").Want(200, "onderweg naar ties@bouw.example").WantNot("verlopen")
	ties := a.Visitor()
	ties.Post(a.Link(a.MailTo("ties@bouw.example"), "/invitation/"), "name", "Ties Mulder", "password", sentence).Want(200, "Nodig een collega uit")
	marit.Get("/company").Want(200).WantNot("Stuur opnieuw")
}

func TestMembers(t *testing.T) {
	a := apptest.New(t, portals.All...)
	marit := a.Manager("Marit")
	jan, piet := a.Customer("Jan"), a.Customer("Piet")
	other := a.CustomerOf("Bouwgroep Zuid", "Noor")
	at := func(b *apptest.Browser, what string) string { return "/company/members/" + b.Account.ID + what }

	jan.Post(at(piet, ""), "manager", "true").Want(403)
	jan.Post(at(piet, "/end")).Want(403)
	marit.Post(at(other, ""), "manager", "true").Want(404)
	marit.Post(at(other, "/end")).Want(404)
	marit.Post("/company/leave", "company", marit.Account.Company()).Want(200, "Maak eerst een collega beheerder")
	marit.Post(at(marit, ""), "manager", "false").Want(200, "Maak eerst een collega beheerder")
	marit.Post(at(jan, ""), "manager", "true").Want(200, "Dat is gewijzigd")
	jan.Get("/company").Want(200, "Nodig een collega uit")

	// Two managers make each other a member at once: one of them stays.
	var both sync.WaitGroup
	both.Go(func() { marit.Still().Post(at(jan, ""), "manager", "false") })
	both.Go(func() { jan.Still().Post(at(marit, ""), "manager", "false") })
	both.Wait()
	if n := count(a, `SELECT count(*) FROM membership WHERE manager AND ended_at IS NULL AND company_id = ?`, jan.Account.Company()); n != 1 {
		t.Errorf("%d managers left, want 1", n)
	}
}

// Who ends a membership by mistake takes it back at once; nobody else does.
func TestEndMemberUndone(t *testing.T) {
	a := apptest.New(t, portals.All...)
	marit, jan := a.Manager("Marit"), a.Customer("Jan")
	company := marit.Account.Company()
	back := func(who *apptest.Browser) string { return "/company/back/" + company + "/" + who.Account.ID }
	marit.Post(back(jan)).Want(404)
	marit.Post("/company/members/"+jan.Account.ID+"/end").Want(200, "hoort er niet meer bij", back(jan))
	jan.Get("/company").Want(200).WantNot("Marit")
	jan.Post(back(jan)).Want(404)
	marit.Post(back(jan)).Want(200, "Dat is teruggedraaid", "Jan")
	jan.Get("/company").Want(200, "Marit")

	jan.Post("/company/leave", "company", company).Want(200, back(jan)).WantNot("Marit")
	marit.Post(back(jan)).Want(404)
	jan.Post(back(jan)).Want(200, "Dat is teruggedraaid", "Marit")
	jan.Post("/company/leave", "company", company).Want(200)
	a.Advance(15 * time.Minute)
	jan.Post(back(jan)).Want(404)
}

// The address changes only when the new one is shown to be the person's, and
// the old one is told, before and after.
func TestChangeAddress(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	a.Customer("Piet")
	a.ForgetMails()
	jan.Post("/profile/email", "email", "jan@nieuw.example", "current", "verkeerd").Want(422, "Dit is niet je wachtwoord")
	jan.Post("/profile/email", "email", "jan@nieuw.example").Want(422, "Vul je wachtwoord in")
	if n := len(a.Mails()); n != 0 {
		t.Fatalf("%d mails", n)
	}
	jan.Post("/profile/email", "email", "Jan@nieuw.example", "current", apptest.Password).Want(200, "jan@nieuw.example")
	wantMail(a, "jan@example.com", "Je e-mailadres wordt gewijzigd")
	link := a.Link(a.MailTo("jan@nieuw.example"), "/signin/email/")
	jan.Get("/profile").Want(200, "jan@example.com")
	a.Visitor().Get(link).Want(200, "jan@nieuw.example")
	jan.Get("/profile").WantNot("jan@nieuw.example")
	jan.Post(link).Want(200, "Je e-mailadres is gewijzigd", "jan@nieuw.example")
	wantMail(a, "jan@example.com", "Je e-mailadres is gewijzigd")
	jan.Post(link).Want(410)
	a.Visitor().Post("/signin", "email", "jan@example.com", "password", apptest.Password).Want(422)
	again := a.Visitor()
	again.Post("/signin", "email", "jan@nieuw.example", "password", apptest.Password)
	if !signedIn(again) {
		t.Error("the new address does not sign in")
	}

	// An address that somebody else has: the same page, a mail to its owner.
	a.ForgetMails()
	jan.Post("/profile/email", "email", "piet@example.com", "current", apptest.Password).Want(200, "Kijk in je mail")
	wantMail(a, "piet@example.com", "Je hebt al een account")
	for _, m := range a.Mails() {
		if strings.Contains(m.Text, "/signin/email/") {
			t.Error("a link to take over Piet's address")
		}
	}
	// Taken between the asking and the link.
	a.ForgetMails()
	jan.Post("/profile/email", "email", "noor@example.com", "current", apptest.Password).Want(200)
	link = a.Link(a.MailTo("noor@example.com"), "/signin/email/")
	a.Customer("Noor")
	jan.Post(link).Want(409, "Er is al een account")
}

func TestProfile(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	a.Visitor().Get("/profile").Want(200, "Mail me een inloglink")
	jan.Post("/profile", "name", "", "lang", "xx", "theme", "roze").Want(422, "Vul dit in")
	page := jan.Post("/profile", "name", "Jan <script>alert(1)</script>", "phone", "06 1234 5678", "lang", "en", "theme", "dark").
		Want(200, "Your profile is saved", `data-theme="dark"`, `data-keys="off"`, "06 1234 5678")
	if strings.Contains(page.Body, "<script>alert") {
		t.Error("a name is run as script")
	}
	jan.Again().Get("/profile").Want(200, `lang="en"`, `data-theme="dark"`)
	jan.Post("/language", "lang", "nl", "next", "/company").Want(200, `lang="nl"`, "Collega’s")
	jan.Again().Get("/profile").Want(200, `lang="nl"`)
	jan.Post("/language", "lang", "xx").Want(400)
	jan.Post("/theme", "theme", "light", "next", "https://evil.example/").Want(200, `data-theme="light"`)
	jan.Post("/theme", "theme", "roze").Want(400)
	visitor := a.Visitor()
	visitor.Post("/language", "lang", "en", "next", "/signin").Want(200, "Sign in", `lang="en"`)
	visitor.Post("/theme", "theme", "dark", "next", "/signin").Want(200, `data-theme="dark"`)
}

// Every page in the other language too; the house rules look at each.
func TestEnglish(t *testing.T) {
	a := apptest.New(t, portals.All...)
	visitor := a.Visitor().In("en")
	visitor.Get("/signin").Want(200, "Mail me a sign-in link")
	visitor.Get("/signup").Want(200, "Create an account")
	visitor.Get("/signin/forgot").Want(200, "Forgot your password")
	visitor.Post("/signup", "name", "Ann", "email", "ann@example.com", "password", sentence).Want(200, "Check your mail")
	mail := a.MailTo("ann@example.com")
	if mail.Subject != "Confirm your e-mail address" {
		t.Errorf("subject %q", mail.Subject)
	}
	visitor.Get(a.Link(mail, "/signin/verify/")).Want(200, "Confirm and continue")
	visitor.Post(a.Link(mail, "/signin/verify/"))
	visitor.Get("/profile").Want(200, "Where you are signed in")
	visitor.Get("/profile/email").Want(200, "Change e-mail address")
	visitor.Get("/profile/password").Want(200, "Change password")
	marit := a.Manager("Marit")
	marit.Post("/language", "lang", "en", "next", "/profile").Want(200, "Save profile")
	marit.Get("/company").Want(200, "Colleagues")
	marit.Get("/company/invite").Want(200, "Invite a colleague")
	ada := a.Admin("Ada")
	ada.Post("/language", "lang", "en", "next", "/profile")
	for path, title := range map[string]string{
		"/staff/signin/": "People", "/staff/signin/people/new": "Add someone", "/staff/signin/companies": "Companies",
		"/staff/signin/companies/new": "Add company", "/staff/signin/audit": "Audit log", "/staff/signin/jobs": "Failed work",
		"/staff/signin/people/" + marit.Account.ID: "Role and permissions", "/staff/signin/companies/" + marit.Account.Company(): "Agreements",
	} {
		ada.Get(path).Want(200, title)
	}
}

// Every letter can be written in both languages, with every text there.
func TestLetters(t *testing.T) {
	a := apptest.New(t, portals.All...)
	n := 0
	for _, portal := range a.Portals() {
		if portal.Name != "signin" {
			continue
		}
		for _, sample := range portal.Mails {
			for _, lang := range []string{"nl", "en"} {
				ctx := a.Site.Catalog.With(t.Context(), lang, a.Zone, a.Now())
				letter := sample.Make(ctx)
				rendered, err := a.Mail.Render(ctx, letter)
				if err != nil {
					t.Fatal(err)
				}
				all := rendered.Subject + rendered.Text + letter.Preheader
				if strings.Contains(all, "⟦") || strings.Contains(all, "%!") || letter.Subject == "" || letter.Heading == "" {
					t.Errorf("%s in %s: %s", sample.Name, lang, all)
				}
				n++
			}
		}
	}
	if n < 28 {
		t.Errorf("only %d letters", n)
	}
}
