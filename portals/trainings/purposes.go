package trainings

import "loket/app/privacy"

func words(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

func given(name, nl, en string, is ...privacy.Kind) privacy.Column {
	c := privacy.Column{Name: name, Category: words(nl, en), Given: true}
	if len(is) > 0 {
		c.Is = is[0]
	}
	return c
}

// purpose is that of sign-ups: they go the night after the session. How many
// came stays, in the counts of the session.
var purpose = privacy.Purpose{
	Key:   "training",
	Title: words("Gebruikerstrainingen en webinars", "User trainings and webinars"),
	Why: words("We houden je plek vast, sturen je de uitnodiging en herinneringen, en laten weten als er iets verandert.",
		"We keep your seat, send you the invitation and reminders, and tell you when something changes."),
	Subjects: []privacy.Subjects{privacy.Attendees, privacy.Customers, privacy.Prospects},
	Basis: []privacy.Basis{
		privacy.Contract,
		privacy.LegitimateInterest("trainingen geven aan mensen die voor onze klanten werken", "giving trainings to people who work for our customers").
			Covering("als je je namens je werkgever aanmeldt", "when you sign up on behalf of your employer"),
	},
	Processors: []string{"hosting"},
	Obliged: words("Een naam en een e-mailadres zijn nodig om je een plek te geven; de rest mag je weglaten.",
		"A name and an e-mail address are needed to give you a seat; you may leave out the rest."),
	Source: words("Een collega of je trainer kan je aanmelden; dan hebben we je naam en adres van hem of haar, en vragen we je eerst of je mee wilt doen.",
		"A colleague or your trainer may sign you up; then we have your name and address from them, and ask you first whether you want to come."),
	Notes: []privacy.Text{words("Hoeveel mensen er waren, bewaren we langer: dat zijn alleen aantallen.", "How many people came, we keep longer: those are only numbers.")},
	Records: []privacy.Record{{
		Table: "training_registration", Label: words("Aanmelding", "Sign-up"),
		Of:   "t.account_id = :account OR t.email = :email",
		Link: "/staff/trainings/sessions/{id}", LinkOf: "t.session_id || '/people/' || t.id",
		Columns: append(privacy.Plain("id", "session_id", "account_id", "lang", "zone", "held_until", "uid", "sequence", "invited", "told_at", "reminded", "certified_at", "cancelled_by", "over_at", "state"),
			given("name", "Naam", "Name", privacy.Name), given("email", "E-mailadres", "E-mail address", privacy.Email), given("company", "Bedrijfsnaam", "Company name"),
			given("phone", "Telefoonnummer", "Telephone number", privacy.Phone), given("url", "Adres van je omgeving", "Address of your environment"),
			privacy.Column{Name: "position", Category: words("Je plaats op de wachtlijst", "Your place in the waiting list")},
			privacy.Column{Name: "confirmed_at", Category: words("Wanneer je je adres bevestigde", "When you confirmed your address")},
			privacy.Column{Name: "attended_at", Category: words("Of je er was", "Whether you were there")},
			privacy.Column{Name: "cancelled_at", Category: words("Wanneer je je afmeldde", "When you cancelled")},
			privacy.Column{Name: "created_at", Category: words("Wanneer je je aanmeldde", "When you signed up")},
		),
		Keep: []privacy.Retention{{
			After: privacy.Trigger{SQL: "t.over_at", Text: words("de training of het webinar voorbij is, of je je hebt afgemeld", "the training or webinar is over, or you have cancelled")},
			Then:  privacy.Delete.First(forgetOldMails, forgetLinks), Fleeting: true,
		}},
		OnErase: []privacy.Action{privacy.Delete.First(leaveSession, forgetMails, forgetLinks)},
	}},
}

// What hangs on a sign-up without a key of its own: the mails about it and the
// links to its page.
// When a sign-up is over, what still has to be said is said first: that it is
// off, and the certificate. These mails go when they have been sent; see forget.
const (
	forgetMails    = `DELETE FROM mail WHERE about = 'training_registration:' || :row`
	forgetOldMails = forgetMails + ` AND (sent_at IS NOT NULL OR kind NOT IN ('trainings.off', 'trainings.cancelled', 'trainings.removed', 'trainings.certificate'))`
	forgetLinks    = `DELETE FROM link WHERE purpose = 'trainings.registration' AND subject = :row`
	// leaveSession frees the place of somebody who is erased before the session
	// is over. Who waits moves up with the next change of seats.
	leaveSession = `UPDATE training_session SET
		taken = CASE WHEN taken > 0 THEN taken - (SELECT count(*) FROM training_registration r WHERE r.id = :row AND r.state = 'in') ELSE 0 END,
		waiting = CASE WHEN waiting > 0 THEN waiting - (SELECT count(*) FROM training_registration r WHERE r.id = :row AND r.state = 'waiting') ELSE 0 END
		WHERE id = (SELECT r.session_id FROM training_registration r WHERE r.id = :row) AND ends_at > :now`
)

// certificates is that of the register of certificates, which names nobody.
var certificates = privacy.Purpose{
	Key:   "certificate",
	Title: words("Certificaten van trainingen", "Certificates of trainings"),
	Why: words("Wie een certificaat van je krijgt, kan met de code erop nagaan dat het echt is. Je naam bewaren we niet: alleen een rekenkundig bewijs dat de naam op het papier klopt.",
		"Whoever gets a certificate from you can check with its code that it is real. We do not keep your name: only a computed proof that the name on the paper is right."),
	Subjects:   []privacy.Subjects{privacy.Attendees},
	Basis:      []privacy.Basis{privacy.LegitimateInterest("certificaten geven die niet te vervalsen zijn", "giving certificates that cannot be forged")},
	Processors: []string{"hosting"},
	Obliged:    words("Je hoeft je certificaat niet te gebruiken. Op de pagina ervan kun je het intrekken.", "You need not use your certificate. On its page you can withdraw it."),
	Records: []privacy.Record{{
		Table: "training_certificate", Label: words("Certificaat", "Certificate"), Key: "code",
		Columns: append(privacy.Plain("title", "held_on", "minutes", "issued_at"),
			privacy.Column{Name: "code", Category: words("De code op je certificaat", "The code on your certificate")},
			privacy.Column{Name: "proof", Category: words("Een onomkeerbaar bewijs van de naam op het certificaat", "An irreversible proof of the name on the certificate"), Secret: true}),
		Keep: []privacy.Retention{{
			After: privacy.Trigger{SQL: "t.issued_at", Text: words("het certificaat is gemaakt", "the certificate was made")}, For: privacy.Period{Years: 5}, Then: privacy.Delete,
		}},
	}},
}

var impersonal = []privacy.Impersonal{
	{Table: "training", Reason: "what a training is about", Columns: nil},
	{Table: "training_session", Reason: "when and where it is held, how many come; host_id is the colleague who gives it, in public"},
}
