package tickets

import (
	"loket/app/privacy"
	"loket/templates"
)

type keeps = templates.Keeps

func category(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

// others, in SQL over a ticket k, tells whether other customers than :account
// take part or have written: then the ticket is theirs as well.
const others = `(EXISTS (SELECT 1 FROM ticket_participant o JOIN account oa ON oa.id = o.account_id
		WHERE o.ticket_id = k.id AND o.account_id <> :account AND oa.role = 'customer')
	OR EXISTS (SELECT 1 FROM ticket_message om WHERE om.ticket_id = k.id AND om.party = 'customer' AND om.author_id <> :account))`

// ofTicket lifts a condition over ticket k to a row that belongs to one.
func ofTicket(condition string) string {
	return `EXISTS (SELECT 1 FROM ticket k WHERE k.id = t.ticket_id AND ` + condition + `)`
}

// settled is the one rule of this counter: until the customer says that he is
// helped, else 30 days after his ticket was solved without a new message of his
// (a new message opens the ticket, which takes back that it was solved).
func settled(column func(string) string, then privacy.Action) privacy.Retention {
	return privacy.Retention{
		After: privacy.Trigger{SQL: column("settled_at"), Text: category("jij hebt gezegd dat je geholpen bent", "you have said that you are helped")},
		Silence: &privacy.Cap{
			After: privacy.Trigger{SQL: column("solved_at"), Text: category("je ticket is opgelost en je niet meer hebt geschreven", "your ticket was solved and you have not written again")},
			For:   privacy.Period{Days: 30},
		},
		While: category("je ticket open is", "your ticket is open"),
		Then:  then,
	}
}

// below is settled for what hangs on a ticket.
func below(then privacy.Action) privacy.Retention {
	k := settled(parents, then)
	k.With = "ticket"
	return k
}

func own(name string) string { return "t." + name }
func parents(name string) string {
	return "(SELECT k." + name + " FROM ticket k WHERE k.id = t.ticket_id)"
}

// finish closes a ticket of which nothing but the shell stays, so that it does
// not wait for an answer to nobody; letGo has a ticket wait for whoever takes it.
// Both keep the counters of the inbox true.
var (
	finish = []string{
		`UPDATE ticket_count SET value = value - 1 WHERE EXISTS (SELECT 1 FROM ticket k WHERE k.id = :row AND k.queue <> 'closed' AND
			(ticket_count.name = k.queue OR k.queue = 'todo' AND (k.assignee_id IS NULL AND ticket_count.name = 'nobody' OR ticket_count.name = 'mine:' || k.assignee_id)))`,
		`INSERT INTO ticket_count (name, value) SELECT 'closed', 1 FROM ticket k WHERE k.id = :row AND k.queue <> 'closed'
			ON CONFLICT (name) DO UPDATE SET value = ticket_count.value + 1`,
		`UPDATE ticket SET status = 'closed', queue = 'closed', live = FALSE, due_at = NULL, due_clock = '', snoozed_until = NULL,
			solved_at = coalesce(solved_at, :now), closed_at = :now WHERE id = :row AND queue <> 'closed'`,
	}
	letGo = []string{
		`INSERT INTO ticket_count (name, value) SELECT 'nobody', 1 FROM ticket k WHERE k.id = :row AND k.queue = 'todo' AND k.assignee_id IS NOT NULL
			ON CONFLICT (name) DO UPDATE SET value = ticket_count.value + 1`,
		`UPDATE ticket_count SET value = value - 1 WHERE name = (SELECT 'mine:' || k.assignee_id FROM ticket k WHERE k.id = :row AND k.queue = 'todo')`,
	}
)

var (
	former = category("collega", "colleague")
	agent  = category("medewerker", "member of staff")
)

// purposes is what this counter keeps of people, why, and until when. The order
// of the records is that in which they depend on each other.
var purposes = []privacy.Purpose{{
	Key:      "support",
	Title:    category("Ondersteuningsportal", "Support portal"),
	Why:      category("Om je vraag te beantwoorden en je te laten weten hoe ver we zijn.", "To answer your question and to let you know how far we are."),
	Subjects: []privacy.Subjects{privacy.Customers, privacy.Staff},
	Basis: []privacy.Basis{
		privacy.Contract.Covering("als je zelf onze klant bent", "if you are our customer yourself"),
		privacy.LegitimateInterest("je organisatie de ondersteuning geven die wij met haar hebben afgesproken", "giving your organisation the support that we have agreed with it").
			Covering("als je voor een organisatie werkt die klant is", "if you work for an organisation that is our customer"),
	},
	Obliged: category("Zonder deze gegevens kunnen we je vraag niet beantwoorden. Bijlagen en meelezers hoeven niet.", "Without these data we cannot answer your question. Attachments and colleagues who read along are optional."),
	Source:  category("Een collega die je laat meelezen, geeft ons je naam door.", "A colleague who lets you read along gives us your name."),
	Notes: []privacy.Text{category(
		"Wat overblijft zegt niets over jou: product, ernst, tijden en of we onze belofte hielden.",
		"What remains says nothing about you: product, severity, times and whether we kept our promise.")},
	Records: []privacy.Record{
		{
			Table: "ticket", Label: category("Ticket", "Ticket"), Of: "t.requester_id = :account OR t.assignee_id = :account",
			Columns: append(privacy.Plain("id", "number", "product", "severity", "priority", "channel", "status", "queue", "live", "sort_at", "private", "team",
				"snoozed_until", "continues_id", "merged_id", "seq", "due_at", "due_clock", "first_due_at", "first_done_at", "first_late", "next_due_at", "next_late",
				"solve_due_at", "solve_late", "waiting_since", "last_by", "last_customer_at", "last_staff_at", "rating", "rated_at", "created_at", "updated_at",
				"solved_at", "closed_at", "settled_at"),
				privacy.Column{Name: "company_id", Category: category("bedrijfsnaam", "company name"), Blank: "NULL"},
				privacy.Column{Name: "requester_id", Category: category("wie het ticket indiende", "who filed the ticket"), Blank: "NULL", Other: former},
				privacy.Column{Name: "assignee_id", Category: category("welke medewerker het behandelt", "which member of staff handles it"), Blank: "NULL", Other: agent},
				privacy.Column{Name: "subject", Category: category("vrije inhoud van je ticket", "free content of your ticket"), Blank: "'TK-' || CAST(t.number AS TEXT)", Free: true, Given: true},
				privacy.Column{Name: "excerpt", Category: category("vrije inhoud van je ticket", "free content of your ticket"), Blank: "''", Free: true},
				privacy.Column{Name: "tags", Category: category("trefwoorden", "keywords"), Blank: "''"},
				privacy.Column{Name: "rating_comment", Category: category("je oordeel over onze hulp", "your opinion of our help"), Blank: "''", Free: true, Given: true},
			),
			Keep: []privacy.Retention{settled(own, privacy.Anonymise.First(
				`DELETE FROM ticket_tag WHERE ticket_id = :row`,
				`DELETE FROM origin WHERE source = 'ticket:' || :row`,
				`DELETE FROM search_doc WHERE kind = 'ticket_note' AND ref = :row`))},
			OnErase: []privacy.Action{
				privacy.Anonymise.Of("assignee_id").First(letGo...).If(`t.assignee_id = :account AND (t.requester_id IS NULL OR t.requester_id <> :account)`).
					Because("Het ticket is van een klant; alleen dat jij het behandelde verdwijnt.", "The ticket is a customer's; only that you handled it goes."),
				privacy.Anonymise.Of("requester_id").If(`EXISTS (SELECT 1 FROM ticket k WHERE k.id = t.id AND `+others+`)`).
					Because("Collega’s nemen deel aan dit ticket: het blijft van hen, jouw naam verdwijnt.", "Colleagues take part in this ticket: it stays theirs, your name goes."),
				privacy.Anonymise.First(finish...).First(`DELETE FROM ticket_tag WHERE ticket_id = :row`, `DELETE FROM origin WHERE source = 'ticket:' || :row`, `DELETE FROM search_doc WHERE kind = 'ticket_note' AND ref = :row`).
					Because("Wat blijft zegt niets over jou: product, ernst en tijden.", "What remains says nothing about you: product, severity and times."),
			},
			Link: "/staff/tickets/{id}", Search: "ticket",
		},
		{
			Table: "ticket_message", Label: category("Bericht", "Message"),
			Of:     `t.author_id = :account OR ` + ofTicket(`k.requester_id = :account AND NOT `+others),
			Reads:  `t.kind = 'reply' AND ` + ofTicket(`(k.requester_id = :account OR EXISTS (SELECT 1 FROM ticket_participant rp WHERE rp.ticket_id = k.id AND rp.account_id = :account))`),
			Review: `t.kind = 'note'`,
			Columns: append(privacy.Plain("id", "ticket_id", "seq", "kind", "party", "channel", "automatic", "created_at"),
				privacy.Column{Name: "author_id", Category: category("wie het bericht schreef", "who wrote the message"), Blank: "NULL", Other: former},
				privacy.Column{Name: "body", Category: category("vrije inhoud van je ticket, met bijlagen", "free content of your ticket, with attachments"), Free: true, Given: true},
			),
			Keep: []privacy.Retention{below(privacy.Delete)},
			OnErase: []privacy.Action{
				privacy.Delete.If(ofTicket(`k.requester_id = :account AND NOT ` + others)),
				privacy.Anonymise.First(
					`UPDATE ticket_message SET body = body || '

*[bijlage verwijderd / attachment removed]*' WHERE id = :row AND EXISTS (SELECT 1 FROM file WHERE owner = 'ticket_message:' || ticket_message.id)`,
					`DELETE FROM file WHERE owner = 'ticket_message:' || :row`,
				).Because("Anderen nemen deel aan dit gesprek: jouw woorden blijven leesbaar zonder je naam.", "Others take part in this conversation: your words stay readable without your name."),
			},
			Link: "/staff/tickets/{id}", LinkOf: "t.ticket_id", Files: true, Within: privacy.Within{Kinds: []string{"ticket", "ticket_note"}, Ref: "t.ticket_id"},
		},
		{
			Table: "ticket_event", Label: category("Gebeurtenis", "Event"), Link: "/staff/tickets/{id}", LinkOf: "t.ticket_id", Of: "t.actor_id = :account OR t.about_id = :account",
			Columns: append(privacy.Plain("id", "ticket_id", "seq", "kind", "value", "due_at", "at"),
				privacy.Column{Name: "actor_id", Category: category("wie iets met een ticket deed", "who did something to a ticket"), Blank: "NULL", Other: former},
				privacy.Column{Name: "about_id", Category: category("over wie dat ging", "whom that was about"), Blank: "NULL", Other: former},
			),
			Keep: []privacy.Retention{below(privacy.Anonymise)},
			OnErase: []privacy.Action{
				privacy.Anonymise.Of("actor_id").If("t.actor_id = :account AND (t.about_id IS NULL OR t.about_id <> :account)"),
				privacy.Anonymise.Of("about_id").If("t.about_id = :account AND (t.actor_id IS NULL OR t.actor_id <> :account)"),
				privacy.Anonymise,
			},
		},
		{
			Table: "ticket_participant", Label: category("Deelname", "Participation"), Link: "/staff/tickets/{id}", LinkOf: "t.ticket_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "ticket_id", "mail", "added_at"),
				privacy.Column{Name: "account_id", Category: category("wie meeleest", "who reads along"), Other: former}),
			Keep:    []privacy.Retention{below(privacy.Delete)},
			OnErase: []privacy.Action{privacy.Delete},
		},
		{
			Table: "ticket_follower", Label: category("Medewerker die volgt", "Member of staff who follows"), Link: "/staff/tickets/{id}", LinkOf: "t.ticket_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "ticket_id", "added_at"),
				privacy.Column{Name: "account_id", Category: category("welke medewerker een ticket volgt", "which member of staff follows a ticket"), Other: agent}),
			Keep:    []privacy.Retention{below(privacy.Delete)},
			OnErase: []privacy.Action{privacy.Delete},
		},
		{
			Table: "ticket_known_follower", Label: category("Gevolgd probleem", "Followed problem"), Link: "/staff/tickets/known/{id}", LinkOf: "t.known_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "account_id", "added_at"),
				privacy.Column{Name: "known_id", Category: category("welke bekende problemen je volgt", "which known problems you follow"), Given: true}),
			Keep: []privacy.Retention{{
				After: privacy.Trigger{SQL: "(SELECT k.solved_at FROM ticket_known k WHERE k.id = t.known_id)", Text: category("het probleem is opgelost", "the problem was solved")},
				For:   privacy.Period{Days: 30},
				Cap:   &privacy.Cap{After: privacy.Trigger{SQL: "t.added_at", Text: category("je het ging volgen", "you began to follow it")}, For: privacy.Period{Years: 1}},
				While: category("het probleem duurt", "the problem lasts"), Then: privacy.Delete,
			}},
			OnErase: []privacy.Action{privacy.Delete},
		},
		{
			Table: "ticket_undo", Label: category("Stap die terug kan", "Step that can be taken back"), Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "at"),
				privacy.Column{Name: "account_id", Category: category("wie de stap deed", "who took the step")},
				privacy.Column{Name: "steps", Category: category("hoe tickets waren voor de stap", "how tickets were before the step")}),
			Keep: []privacy.Retention{{
				After: privacy.Trigger{SQL: "t.at", Text: category("de stap", "the step")},
				For:   privacy.Period{Days: 1}, Then: privacy.Delete, Fleeting: true,
			}},
			OnErase: []privacy.Action{privacy.Delete},
		},
		{
			Table: "ticket_looking", Label: category("Wie nu kijkt", "Who is looking now"), Link: "/staff/tickets/{id}", LinkOf: "t.ticket_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "ticket_id", "at"),
				privacy.Column{Name: "account_id", Category: category("welke medewerker een ticket open heeft", "which member of staff has a ticket open")}),
			Keep: []privacy.Retention{{
				After: privacy.Trigger{SQL: "t.at", Text: category("de medewerker het ticket open had", "the member of staff had the ticket open")},
				For:   privacy.Period{Days: 1}, Then: privacy.Delete, Fleeting: true,
			}},
			OnErase: []privacy.Action{privacy.Delete},
		},
		{
			Table: "ticket_view", Label: category("Bewaarde weergave", "Saved view"), Of: "t.account_id = :account", Follows: "account",
			Columns: append(privacy.Plain("id", "query", "created_at"),
				privacy.Column{Name: "account_id", Category: category("van welke medewerker een weergave is", "whose view it is")},
				privacy.Column{Name: "title", Category: category("naam van een bewaarde weergave", "name of a saved view"), Given: true}),
		},
	},
}}

// impersonal is the tables of this counter without anything about people.
var impersonal = []privacy.Impersonal{
	{Table: "ticket_tag", Reason: "keywords of a ticket, which go with it"},
	{Table: "ticket_link", Reason: "which tickets are about one thing; it goes with them"},
	{Table: "ticket_count", Reason: "how many tickets there are in a view", Columns: []string{"name"}},
	{Table: "ticket_warning", Reason: "of which promises of a ticket colleagues have been warned; it goes with the ticket", Columns: []string{"clock"}},
	{Table: "ticket_policy", Reason: "what is promised, by severity"},
	{Table: "ticket_known", Reason: "what staff tell everybody of answers and problems"},
	{Table: "ticket_known_ticket", Reason: "which tickets are about a known problem; it goes with them"},
	{Table: "canned_reply", Reason: "texts that staff use again and again"},
}
