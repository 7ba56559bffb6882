package privacy_test

import (
	"fmt"

	"loket/app/privacy"
)

// How a portal declares itself: one value beside its SQL.
func ExamplePurpose() {
	column := func(name, nl, en, blank string) privacy.Column {
		return privacy.Column{Name: name, Category: privacy.Text{NL: nl, EN: en}, Blank: blank}
	}
	purpose := privacy.Purpose{
		Key:      "jobs",
		Title:    privacy.Text{NL: "Solliciteren", EN: "Job applications"},
		Why:      privacy.Text{NL: "We gebruiken je gegevens om je sollicitatie te behandelen.", EN: "We use your data to handle your application."},
		Subjects: []privacy.Subjects{privacy.Applicants},
		Basis: []privacy.Basis{
			privacy.Contract,
			privacy.Consent.Covering("als je ons vraagt je gegevens een jaar langer te bewaren", "if you ask us to keep your data for another year"),
		},
		Processors: []string{"hosting"},
		Records: []privacy.Record{{
			Table: "application", Label: privacy.Text{NL: "Sollicitatie", EN: "Application"},
			Of:    "lower(t.email) = :email", // how a row leads to its person
			Link:  "/staff/vacancies/applications/{id}",
			Files: true, // files whose owner is "application:ID" go with it
			Columns: append(privacy.Plain("id", "vacancy_id", "received_at"), // nothing personal
				privacy.Column{Name: "email", Category: privacy.Text{NL: "E-mailadres", EN: "E-mail address"}, Given: true, Is: privacy.Email},
				privacy.Column{Name: "name", Category: privacy.Text{NL: "Naam", EN: "Name"}, Given: true, Is: privacy.Name},
				privacy.Column{Name: "letter", Category: privacy.Text{NL: "Motivatiebrief", EN: "Motivation letter"}, Given: true, Free: true},
				column("salary", "Salarisindicatie", "Indication of salary", ""),
			),
			Keep: []privacy.Retention{{
				After:  privacy.Trigger{SQL: "(SELECT coalesce(v.filled_at, v.closed_at) FROM vacancy v WHERE v.id = t.vacancy_id)", Text: privacy.Text{NL: "de functie is vervuld", EN: "the position has been filled"}},
				For:    privacy.Period{Weeks: 6},
				Longer: &privacy.Longer{If: "t.keep_consent_at IS NOT NULL", For: privacy.Period{Years: 1, Weeks: 6}, Text: privacy.Text{NL: "met jouw toestemming", EN: "with your consent"}},
				Cap:    &privacy.Cap{After: privacy.Trigger{SQL: "t.received_at", Text: privacy.Text{NL: "je solliciteerde", EN: "you applied"}}, For: privacy.Period{Months: 6}},
				Then:   privacy.Delete,
			}},
			OnErase: []privacy.Action{privacy.Delete},
		}},
	}
	rule := &purpose.Records[0].Keep[0]
	fmt.Println(rule.Sentence("nl"))
	fmt.Println(rule.Sentence("en"))
	// Output:
	// Wij bewaren deze gegevens tot maximaal 6 weken nadat de functie is vervuld; met jouw toestemming: 1 jaar en 6 weken; gebeurt dat niet, dan uiterlijk 6 maanden nadat je solliciteerde.
	// We keep these data for at most 6 weeks after the position has been filled; with your consent: 1 year and 6 weeks; failing that, for at most 6 months after you applied.
}
