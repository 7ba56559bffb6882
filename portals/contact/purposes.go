package contact

import "loket/app/privacy"

func words(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

// tidy takes along what hangs on a question elsewhere: the links to its page,
// and the letters about it.
var tidy = []string{
	`DELETE FROM link WHERE purpose = 'contact.message' AND subject = :row`,
	`UPDATE mail SET cancelled_at = :now WHERE about = 'contact:' || :row AND sent_at IS NULL AND cancelled_at IS NULL`,
	`UPDATE mail SET address = '', subject = '', text = '', html = '', account_id = NULL WHERE about = 'contact:' || :row`,
}

var purposes = []privacy.Purpose{{
	Key:      "contact",
	Title:    words("Contact", "Contact"),
	Why:      words("Om te antwoorden op wat je ons vraagt, per formulier, mail of telefoon.", "To answer what you ask us, by form, mail or telephone."),
	Subjects: []privacy.Subjects{privacy.Visitors, privacy.Prospects, privacy.Customers},
	Basis: []privacy.Basis{
		privacy.LegitimateInterest("antwoorden op wie ons iets vraagt", "answering those who ask us something"),
		privacy.Contract.Covering("als je vraag over een overeenkomst gaat, ook een die er nog niet is", "if your question is about a contract, also one that is yet to be made"),
	},
	Processors: []string{"hosting", "mail"},
	Obliged:    words("Zonder naam, en een e-mailadres of telefoonnummer, kunnen we niet antwoorden. Je bedrijf hoeft niet.", "Without a name, and an e-mail address or telephone number, we cannot answer. Your company is optional."),
	Source:     words("Belde of mailde je, dan heeft een collega opgeschreven wat je vroeg.", "If you called or mailed, a colleague wrote down what you asked."),
	Notes: []privacy.Text{words(
		"Wordt je vraag een ticket of een kennismaking, dan verhuizen de gegevens daarheen en gelden de termijnen van daar.",
		"If your question becomes a ticket or a meeting, the data move there and its terms apply.")},
	Records: []privacy.Record{{
		Table: "contact", Label: words("Vraag", "Question"), Of: "t.account_id = :account OR (lower(t.email) = :email AND t.email <> '')", Search: "contact",
		Link: "/staff/contact/{id}",
		Columns: append(privacy.Plain("id", "channel", "status", "how", "lang", "account_id", "received_at", "owed_at", "due_at", "first_at", "answered_at", "confirmed_at", "settled_at", "alarmed"),
			privacy.Column{Name: "topic", Category: words("waar je vraag over ging", "what your question was about"), Given: true},
			privacy.Column{Name: "name", Category: words("naam", "name"), Given: true},
			privacy.Column{Name: "email", Category: words("e-mailadres", "e-mail address"), Given: true},
			privacy.Column{Name: "phone", Category: words("telefoonnummer", "telephone number"), Given: true},
			privacy.Column{Name: "company", Category: words("bedrijfsnaam", "company name"), Given: true},
			privacy.Column{Name: "message", Category: words("vrije inhoud van je vraag", "free content of your question"), Free: true, Given: true},
			privacy.Column{Name: "agent_id", Category: words("welke medewerker antwoordt", "which member of staff answers"), Other: words("medewerker", "member of staff")},
		),
		Keep: []privacy.Retention{
			{
				After: privacy.Trigger{SQL: "t.settled_at", Text: words("je hebt laten weten dat je tevreden bent", "you have told us that you are satisfied")},
				Silence: &privacy.Cap{
					After: privacy.Trigger{SQL: "t.answered_at", Text: words("we je antwoordden en je niet meer hebt geschreven", "we answered you and you have not written again")},
					For:   privacy.Period{Days: 30},
				},
				Cap: &privacy.Cap{
					After: privacy.Trigger{SQL: "t.received_at", Text: words("je vraag binnenkwam", "your question came in")},
					For:   privacy.Period{Months: 6},
				},
				Then: privacy.Delete.First(tidy...),
			},
			{
				Name: "longest", Who: words("Hoe vaak we ook over en weer schrijven,", "However often we write back and forth,"),
				After: privacy.Trigger{SQL: "t.received_at", Text: words("je vraag binnenkwam", "your question came in")},
				For:   privacy.Period{Months: 6}, Then: privacy.Delete.First(tidy...),
			},
		},
		OnErase: []privacy.Action{privacy.Delete.First(tidy...)},
	}, {
		Table: "contact_message", Label: words("Bericht", "Message"), Link: "/staff/contact/{id}", LinkOf: "t.contact_id", Follows: "contact",
		Of:     "EXISTS (SELECT 1 FROM contact q WHERE q.id = t.contact_id AND (q.account_id = :account OR (lower(q.email) = :email AND q.email <> '')))",
		Review: "t.party = 'note'",
		Columns: append(privacy.Plain("id", "contact_id", "party", "created_at"),
			privacy.Column{Name: "account_id", Category: words("welke medewerker schreef", "which member of staff wrote"), Other: words("medewerker", "member of staff")},
			privacy.Column{Name: "body", Category: words("vrije inhoud van antwoorden en berichten", "free content of answers and messages"), Free: true}),
		OnErase: []privacy.Action{privacy.Delete},
	}},
}, {
	Key:      "maps",
	Title:    words("Google Maps", "Google Maps"),
	Why:      words("Om je de weg te wijzen op een kaart van Google, alleen als je daarop klikt. Je locatie vraagt je browser apart.", "To show you the way on a map by Google, only if you click for it. Your browser asks for your location separately."),
	Subjects: []privacy.Subjects{privacy.Visitors},
	Basis:    []privacy.Basis{privacy.Consent},
	Nothing: words("Wij bewaren hiervan niets: je locatie gaat van je browser naar Google en komt niet bij ons. Wil je de kaart altijd zien, dan geldt daarvoor wat bij cookiekeuzes staat.",
		"We keep nothing of this: your location goes from your browser to Google and does not reach us. If you want to see the map always, what is said about cookie choices applies to that."),
}}

var impersonal = []privacy.Impersonal{{Table: "contact_tally", Reason: "how many questions of a month were answered in time"}}
