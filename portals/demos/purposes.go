package demos

import "loket/app/privacy"

func say(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

// tidy takes along what hangs on a booking elsewhere: the links to its page, and
// the letters about it.
var tidy = []string{
	`DELETE FROM link WHERE purpose = 'demos.booking' AND subject = :row`,
	`UPDATE mail SET cancelled_at = :now WHERE about = 'demo_booking:' || :row AND sent_at IS NULL AND cancelled_at IS NULL`,
	`UPDATE mail SET address = '', subject = '', text = '', html = '', calendar = '', account_id = NULL WHERE about = 'demo_booking:' || :row`,
}

// purposes is what this counter keeps of people, why, and until when.
var purposes = []privacy.Purpose{{
	Key:      "demo",
	Title:    say("Kennismaking", "Getting acquainted"),
	Why:      say("Om een afspraak met je te maken, je te laten zien wat we doen en je aan de afspraak te herinneren.", "To make an appointment with you, to show you what we do and to remind you of the appointment."),
	Subjects: []privacy.Subjects{privacy.Prospects},
	Basis: []privacy.Basis{
		privacy.Contract.Covering("als je voor jezelf komt: de aanloop naar een overeenkomst", "if you come for yourself: the steps before a contract"),
		privacy.LegitimateInterest("kennismaken met een organisatie die daarom vraagt", "getting acquainted with an organisation that asks for it").
			Covering("als je voor een organisatie komt", "if you come for an organisation"),
	},
	Processors: []string{"hosting", "mail"},
	Obliged:    say("Zonder naam en e-mailadres kunnen we geen afspraak maken. Telefoon, bedrijf en wens hoeven niet.", "Without a name and an e-mail address we cannot make an appointment. Telephone, company and wish are optional."),
	Source:     say("Vroeg je ons bij Contact om een kennismaking, dan komen de gegevens daarvandaan.", "If you asked us for a meeting at Contact, the data come from there."),
	Notes: []privacy.Text{say(
		"Word je klant, dan verhuizen je gegevens naar onze klantenadministratie. Wat hier overblijft, zegt niets over jou: hoeveel kennismakingen er in een maand waren.",
		"If you become a customer, your data move to our customer administration. What remains here says nothing about you: how many meetings there were in a month.")},
	Records: []privacy.Record{{
		Table: "demo_booking", Label: say("Afspraak", "Appointment"), Of: "t.account_id = :account OR lower(t.email) = :email", Search: "demo_booking",
		Link: "/staff/demos/bookings/{id}",
		Columns: append(privacy.Plain("id", "type_id", "status", "block_from", "block_to", "lang", "zone", "account_id", "company_id", "sequence", "reminded", "asked",
			"outcome", "outcome_at", "created_at", "booked_at", "hold_until", "settled_at"),
			privacy.Column{Name: "host_id", Category: say("met welke medewerker", "with which member of staff"), Other: say("medewerker", "member of staff")},
			privacy.Column{Name: "start_at", Category: say("datum en tijd van de afspraak", "date and time of the appointment"), Given: true},
			privacy.Column{Name: "end_at", Category: say("datum en tijd van de afspraak", "date and time of the appointment")},
			privacy.Column{Name: "name", Category: say("voor- en achternaam", "first and last name"), Given: true},
			privacy.Column{Name: "email", Category: say("e-mailadres", "e-mail address"), Given: true},
			privacy.Column{Name: "phone", Category: say("telefoonnummer", "telephone number"), Given: true},
			privacy.Column{Name: "company", Category: say("bedrijfsnaam", "company name"), Given: true},
			privacy.Column{Name: "wish", Category: say("wat je wilt zien", "what you would like to see"), Free: true, Given: true},
			privacy.Column{Name: "note", Category: say("aantekening van een medewerker", "note of a member of staff"), Free: true},
		),
		Keep: []privacy.Retention{
			{
				After: privacy.Trigger{SQL: "t.settled_at", Text: say("je hebt kennisgemaakt en we weten wat eruit kwam, of de afspraak is afgezegd", "you have met us and we know what came of it, or the appointment was cancelled")},
				Silence: &privacy.Cap{
					After: privacy.Trigger{SQL: "t.start_at", Text: say("de afspraak is geweest", "the appointment took place")},
					For:   privacy.Period{Days: 30},
				},
				Cap: &privacy.Cap{
					After: privacy.Trigger{SQL: "t.created_at", Text: say("je om een afspraak vroeg", "you asked for an appointment")},
					For:   privacy.Period{Days: 30},
				},
				Then: privacy.Delete.First(tidy...),
			},
		},
		OnErase: []privacy.Action{privacy.Delete.First(tidy...)},
	}, {
		Table: "demo_taken", Label: say("Bezette tijd", "Time taken"), Key: "piece", Follows: "demo_booking",
		Columns: privacy.Plain("host_id", "piece", "booking_id"),
	}},
}, {
	Key:      "demo.hosts",
	Title:    say("Beschikbaarheid van medewerkers", "Availability of staff"),
	Why:      say("Om te weten wanneer onze medewerkers een kennismaking kunnen doen.", "To know when members of our staff can meet you."),
	Subjects: []privacy.Subjects{privacy.Staff},
	Basis:    []privacy.Basis{privacy.LegitimateInterest("afspraken plannen met wie er werkt", "planning appointments with those who are at work")},
	Records: []privacy.Record{{
		Table: "demo_host", Label: say("Werktijden", "Working hours"), Key: "account_id", Of: "t.account_id = :account", Follows: "account",
		Columns: append(privacy.Plain("account_id", "zone", "active", "booked_at"),
			privacy.Column{Name: "week", Category: say("werktijden per weekdag", "working hours per weekday"), Given: true},
			privacy.Column{Name: "link", Category: say("link naar je vergaderruimte", "link to your meeting room"), Given: true}),
		OnErase: []privacy.Action{privacy.Delete},
	}, {
		Table: "demo_day", Label: say("Werktijden op een datum", "Working hours on a date"), Key: "day", Follows: "demo_host",
		Columns: append(privacy.Plain("account_id", "day"), privacy.Column{Name: "windows", Category: say("werktijden op die datum", "working hours on that date"), Given: true}),
	}, {
		Table: "demo_off", Label: say("Vrij", "Time off"), Of: "t.account_id = :account",
		Columns: append(privacy.Plain("id", "account_id"),
			privacy.Column{Name: "from_at", Category: say("wanneer je vrij bent", "when you are off"), Given: true},
			privacy.Column{Name: "to_at", Category: say("wanneer je vrij bent", "when you are off"), Given: true}),
		Keep:    []privacy.Retention{{After: privacy.Trigger{SQL: "t.to_at", Text: say("de vrije dagen voorbij zijn", "the days off are over")}, For: privacy.Period{Months: 1}, Then: privacy.Delete}},
		OnErase: []privacy.Action{privacy.Delete},
	}},
}}

var impersonal = []privacy.Impersonal{
	{Table: "demo_type", Reason: "what can be booked: our own words and numbers"},
	{Table: "demo_type_host", Reason: "which colleague gives which demonstration, by id; goes with the colleague's hours", Columns: []string{"account_id"}},
	{Table: "demo_owner", Reason: "which colleague looks after which company, by id; goes with the colleague's hours", Columns: []string{"account_id"}},
	{Table: "demo_tally", Reason: "how many there were in a month"},
}
