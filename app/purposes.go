package app

import (
	"loket/app/privacy"
	"loket/app/spam"
)

func text(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

func col(name, nl, en, blank string) privacy.Column {
	return privacy.Column{Name: name, Category: text(nl, en), Blank: blank}
}

func given(c privacy.Column) privacy.Column { c.Given = true; return c }
func free(c privacy.Column) privacy.Column  { c.Free = true; return c }
func secret(c privacy.Column) privacy.Column {
	c.Secret = true
	return c
}

func is(k privacy.Kind, c privacy.Column) privacy.Column {
	c.Is = k
	return c
}

func columns(groups ...[]privacy.Column) (all []privacy.Column) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// The last day of what binds a person to our customers: of the agreements of
// the companies that he belongs to, and of his belonging to the others; NULL while one runs.
const lastAgreement = `(SELECT CASE WHEN count(*) > count(b.last) THEN NULL ELSE max(b.last) END FROM (
	SELECT a.ended_on AS last FROM agreement a JOIN membership m ON m.company_id = a.company_id WHERE m.account_id = t.id AND m.ended_at IS NULL
	UNION ALL SELECT m.ended_on FROM membership m WHERE m.account_id = t.id AND m.ended_at IS NOT NULL) b)`

const (
	contracted = `EXISTS (SELECT 1 FROM agreement a JOIN membership m ON m.company_id = a.company_id WHERE m.account_id = t.id AND m.ended_at IS NULL)`
	belongs    = `EXISTS (SELECT 1 FROM membership m WHERE m.account_id = t.id AND m.ended_at IS NULL)`
	belonged   = `EXISTS (SELECT 1 FROM membership m WHERE m.account_id = t.id AND m.ended_at IS NOT NULL)`
	customer   = `t.role = 'customer' AND t.verified_at IS NOT NULL`
)

// HostPurposes are the purposes of the tables that belong to no portal.
func HostPurposes() []privacy.Purpose {
	return []privacy.Purpose{portalPurpose(), servicePurpose(), billingPurpose(), securityPurpose(), notifyPurpose(), rightsPurpose(), spam.Purpose}
}

func portalPurpose() privacy.Purpose {
	year := privacy.Period{Years: 1}
	ended := privacy.Trigger{SQL: lastAgreement, Day: true, Text: text("de overeenkomst met jouw organisatie is afgelopen", "the agreement with your organisation has ended")}
	account := privacy.Record{
		Table: "account", Label: text("Account", "Account"), Of: "t.id = :account", Person: true, Link: "/staff/signin/people/{id}",
		Columns: columns(privacy.Plain("id", "verified_at", "lang", "theme", "keys", "role", "permissions", "company_id", "created_at", "disabled_at", "warned_at"),
			[]privacy.Column{
				is(privacy.Email, given(col("email", "E-mailadres", "E-mail address", "'former-' || t.id"))),
				is(privacy.Name, given(col("name", "Voor- en achternaam", "First and last name", "'Voormalig medewerker'"))),
				is(privacy.Phone, given(col("phone", "Telefoonnummer, als je dat invult", "Telephone number, if you enter it", "''"))),
				secret(col("password", "Zelfgekozen wachtwoord, alleen als onomkeerbare code", "The password you chose, only as an irreversible code", "''")),
				{Name: "active_at", Category: text("Wanneer je voor het laatst actief was", "When you were last active")},
			}),
		Keep: []privacy.Retention{
			{Name: "member", When: customer + " AND " + contracted, After: ended, For: year,
				While: text("de overeenkomst met jouw organisatie loopt", "the agreement with your organisation runs"), Then: privacy.Delete},
			{Name: "left", When: customer + " AND NOT " + belongs + " AND " + belonged, Who: text("Hoor je niet meer bij een organisatie, dan", "If you no longer belong to an organisation,"),
				After: privacy.Trigger{SQL: "(SELECT max(m.ended_at) FROM membership m WHERE m.account_id = t.id)", Text: text("je bij die organisatie wegging", "you left that organisation")},
				While: text("je bij een organisatie hoort", "you belong to an organisation"),
				For:   year, Then: privacy.Delete},
			{Name: "alone", When: customer + " AND NOT " + contracted + " AND NOT (NOT " + belongs + " AND " + belonged + ")", Who: text("Is er geen organisatie met een overeenkomst, dan", "If there is no organisation with an agreement,"),
				After: privacy.Trigger{SQL: "t.active_at", Text: text("je voor het laatst actief was", "you were last active")}, For: year, Then: privacy.Delete},
			{Name: "unverified", When: "t.role = 'customer' AND t.verified_at IS NULL", Who: text("Bevestig je je e-mailadres nooit, dan", "If you never confirm your e-mail address,"),
				After: privacy.Trigger{SQL: "t.created_at", Text: text("je je aanmeldde", "you signed up")}, For: privacy.Period{Days: 7}, Then: privacy.Delete, Fleeting: true},
			{Name: "staff", When: "t.role <> 'customer'", Who: text("Van medewerkers", "Of our staff"),
				After: privacy.Trigger{SQL: "t.disabled_at", Text: text("iemand bij ons wegging", "somebody left us")}, For: privacy.Period{Months: 6},
				While: text("iemand bij ons werkt", "somebody works for us"), Then: privacy.Anonymise},
		},
		OnErase: []privacy.Action{
			privacy.Anonymise.If("t.role <> 'customer'").Because("Wat een medewerker deed, blijft staan onder 'Voormalig medewerker'.", "What a member of staff did stays, under 'Voormalig medewerker'."),
			privacy.Delete,
		},
	}
	return privacy.Purpose{
		Key: "portal", Title: text("Registratie en gebruik van het loket", "Registration and use of the counter"),
		Why:      text("Met een account kun je vragen stellen, ideeën delen en zien wat er met je verzoeken gebeurt. Een maand voordat je account verdwijnt, krijg je een mail.", "With an account you can ask questions, share ideas and see what happens to your requests. A month before your account goes, you get a mail."),
		Subjects: []privacy.Subjects{privacy.Customers, privacy.Staff},
		Basis: []privacy.Basis{
			privacy.LegitimateInterest("mensen van onze klanten toegang geven tot wat hun organisatie met ons afsprak", "giving people of our customers access to what their organisation agreed with us"),
			privacy.Consent.Covering("voor inloggen via een ander bedrijf: je mag ook een wachtwoord kiezen", "for signing in through another company: you may also choose a password"),
		},
		Processors: []string{"hosting", "facebook", "google", "twitter"},
		Obliged:    text("Een naam en een e-mailadres zijn nodig voor een account; een telefoonnummer niet.", "A name and an e-mail address are needed for an account; a telephone number is not."),
		Source:     text("Een beheerder van jouw organisatie kan je uitnodigen; dan hebben we je e-mailadres van die collega.", "A manager of your organisation may invite you; then we have your e-mail address from that colleague."),
		Records: []privacy.Record{account, {
			Table: "membership", Label: text("Bij welke organisatie je hoort", "Which organisation you belong to"), Link: "/staff/signin/people/{id}", LinkOf: "t.account_id", Of: "t.account_id = :account", Follows: "account",
			Columns: columns(privacy.Plain("id", "manager", "started_at", "ended_at", "ended_on"), []privacy.Column{
				{Name: "account_id"}, {Name: "company_id", Category: text("Jouw organisatie", "Your organisation")}}),
			OnErase: []privacy.Action{privacy.Delete},
		}, {
			Table: "identity", Label: text("Inloggen via een ander bedrijf", "Signing in through another company"), Link: "/staff/signin/people/{id}", LinkOf: "t.account_id", Of: "t.account_id = :account", Follows: "account",
			Columns: columns(privacy.Plain("id", "account_id", "created_at", "used_at"), []privacy.Column{
				col("provider", "Via welk bedrijf je inlogt", "The company through which you sign in", ""),
				col("subject", "Je nummer bij dat bedrijf", "Your number at that company", ""),
				col("email", "Je e-mailadres bij dat bedrijf", "Your e-mail address at that company", "")}),
			OnErase: []privacy.Action{privacy.Delete},
		}, {
			Table: "file", Label: text("Bijlagen", "Attachments"), Of: "t.account_id = :account",
			Columns: columns(privacy.Plain("owner", "account_id", "type", "size", "sha256", "created_at"), []privacy.Column{
				{Name: "id", File: true}, {Name: "name", Category: text("Bestanden die je meestuurt", "Files that you send along"), Given: true}}),
			Keep:    []privacy.Retention{{While: text("het bericht of de aanvraag waar de bijlage bij hoort, er is", "the message or request to which the attachment belongs is there"), Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Delete},
		}},
	}
}

func servicePurpose() privacy.Purpose {
	return privacy.Purpose{
		Key: "service", Title: text("Het leveren van onze diensten", "Delivering our services"),
		Why:        text("We houden bij welke organisaties klant zijn. Kom je binnen een jaar terug, dan hoef je niets opnieuw door te geven.", "We keep track of which organisations are customers. If you come back within a year, you need not tell us everything again."),
		Subjects:   []privacy.Subjects{privacy.Customers},
		Basis:      []privacy.Basis{privacy.Contract, privacy.LegitimateInterest("weten met wie we een overeenkomst hebben", "knowing with whom we have an agreement")},
		Processors: []string{"hosting"},
		Records: []privacy.Record{{
			Table: "company", Label: text("Organisatie", "Organisation"), Of: "t.id IN (SELECT m.company_id FROM membership m WHERE m.account_id = :account)", Link: "/staff/signin/companies/{id}",
			Columns: columns(privacy.Plain("id", "size", "created_at"), []privacy.Column{
				col("name", "Bedrijfsnaam", "Company name", "'Voormalige klant'"), col("phone", "Zakelijk telefoonnummer", "Business telephone number", "''"), col("address", "Naam, adres en woonplaats", "Name and address", "''")}),
			Keep: []privacy.Retention{
				{After: privacy.Trigger{SQL: `(SELECT CASE WHEN count(*) > count(a.ended_on) THEN NULL ELSE max(a.ended_on) END FROM agreement a WHERE a.company_id = t.id)`, Day: true, Text: text("de overeenkomst is afgelopen", "the agreement has ended")},
					For: privacy.Period{Years: 1}, While: text("de overeenkomst loopt", "the agreement runs"), Then: privacy.Anonymise},
				{Name: "never", When: "NOT EXISTS (SELECT 1 FROM agreement a WHERE a.company_id = t.id) AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.company_id = t.id AND m.ended_at IS NULL)",
					Who:   text("Komt er geen overeenkomst, dan", "If there is never an agreement,"),
					After: privacy.Trigger{SQL: "t.created_at", Text: text("we de organisatie leerden kennen", "we got to know the organisation")}, For: privacy.Period{Years: 1}, Then: privacy.Anonymise},
			},
			OnErase: []privacy.Action{privacy.Refuse("Je organisatie is onze klant; haar gegevens gaan weg na de overeenkomst.", "Your organisation is our customer; its data go after the agreement.")},
		}},
	}
}

func billingPurpose() privacy.Purpose {
	return privacy.Purpose{
		Key: "billing", Title: text("Facturen en betalingen", "Invoices and payments"),
		Why:        text("We sturen facturen en houden bij of ze zijn betaald. De Belastingdienst wil ze later kunnen zien.", "We send invoices and keep track of whether they were paid. The tax authority wants to be able to see them later."),
		Subjects:   []privacy.Subjects{privacy.Customers},
		Basis:      []privacy.Basis{privacy.LegalObligation},
		Processors: []string{"hosting", "payment"},
		Obliged:    text("Zonder factuurgegevens kunnen we geen factuur sturen.", "Without invoice data we cannot send an invoice."),
		Records: []privacy.Record{{
			Table: "invoice", Label: text("Factuur", "Invoice"), Of: "t.account_id = :account OR lower(t.email) = :email", Link: "/staff/privacy/invoices/{id}",
			Columns: columns(privacy.Plain("id", "company_id", "created_at"), []privacy.Column{
				col("account_id", "", "", "NULL"), col("number", "Factuurnummer", "Invoice number", ""), col("addressee", "Naam op de factuur", "Name on the invoice", ""),
				col("address", "Factuuradres", "Invoice address", ""), col("email", "E-mailadres voor facturen", "E-mail address for invoices", ""),
				col("about", "Waarvoor de factuur is", "What the invoice is for", ""), col("cents", "Bedrag", "Amount", ""),
				col("issued_on", "Factuurdatum", "Date of the invoice", ""), col("paid_on", "Wanneer er is betaald", "When it was paid", "")}),
			Keep: []privacy.Retention{{
				After: privacy.Trigger{SQL: `(SELECT CASE WHEN count(*) > count(a.ended_on) THEN NULL ELSE max(a.ended_on) END FROM agreement a WHERE a.company_id = t.company_id)`, Day: true, Text: text("de overeenkomst is afgelopen", "the agreement has ended")},
				For:   privacy.Period{Years: 1}, While: text("de overeenkomst loopt", "the agreement runs"),
				AtLeast: &privacy.Floor{After: privacy.Trigger{SQL: "t.issued_on", Day: true, Text: text("de factuur is verstuurd", "the invoice was sent")}, For: privacy.Period{Years: 7}, BookYear: true,
					Law: text("artikel 52 AWR", "section 52 of the Dutch General Taxes Act")},
				Then: privacy.Delete,
			}},
			OnErase: []privacy.Action{privacy.Refuse("De Belastingdienst verplicht ons facturen te bewaren (artikel 52 AWR).", "The tax authority obliges us to keep invoices (section 52 of the Dutch General Taxes Act).")},
		}},
	}
}

func securityPurpose() privacy.Purpose {
	expires := privacy.Trigger{SQL: "t.expires_at", Text: text("de termijn ervan om is", "its own term is over")}
	gone := []privacy.Retention{{After: expires, Then: privacy.Delete, Fleeting: true}}
	return privacy.Purpose{
		Key: "security", Title: text("Beveiliging", "Security"),
		Why:        text("We houden bij wie er inlogt en wie welke gegevens bekijkt, zodat we misbruik zien en kunnen stoppen. Een deel van je netwerkadres is daarvoor genoeg.", "We keep track of who signs in and who looks at which data, so that we see abuse and can stop it. A part of your network address is enough for that."),
		Subjects:   []privacy.Subjects{privacy.Customers, privacy.Staff, privacy.Visitors},
		Basis:      []privacy.Basis{privacy.LegitimateInterest("het loket en de gegevens daarin veilig houden", "keeping the counter and the data in it safe")},
		Processors: []string{"hosting"},
		Records: []privacy.Record{{
			Table: "audit", Label: text("Logboek", "Log"), Key: "number", Link: "/staff/signin/people/{id}", LinkOf: "NULLIF(t.actor_id, '')", Of: "t.actor_id = :account", Reads: "t.about_id = :account",
			Columns: columns(privacy.Plain("number", "at", "about_id", "hash"), []privacy.Column{
				{Name: "act", Category: text("Wat je deed", "What you did")}, {Name: "object"},
				{Name: "actor_id", Other: text("medewerker", "member of staff")}, col("network", "Een deel van je netwerkadres", "Part of your network address", "''")}),
			Keep: []privacy.Retention{
				{Name: "network", What: text("Het netwerkadres", "the network address"), After: privacy.Trigger{SQL: "t.at", Text: text("het is vastgelegd", "it was recorded")}, For: privacy.Period{Days: 30}, Then: privacy.Anonymise.Of("network"), Fleeting: true},
				{After: privacy.Trigger{SQL: "t.at", Text: text("het is vastgelegd", "it was recorded")}, For: privacy.Period{Years: 1}, Then: privacy.Delete},
			},
			OnErase: []privacy.Action{privacy.Anonymise.Of("network").Because("Het logboek noemt geen namen; na een jaar gaat het weg.", "The log mentions no names; after a year it goes.")},
		}, {
			Table: "session", Label: text("Waar je bent ingelogd", "Where you are signed in"), Link: "/staff/signin/people/{id}", LinkOf: "t.account_id", Of: "t.account_id = :account",
			Columns: columns(privacy.Plain("account_id", "created_at", "seen_at", "expires_at"), []privacy.Column{
				{Name: "id", Secret: true}, col("device", "Je soort apparaat en browser", "Your kind of device and browser", ""), col("network", "Een deel van je netwerkadres", "Part of your network address", "")}),
			Keep: gone, OnErase: []privacy.Action{privacy.Delete},
		}, {
			Table: "oauth_flow", Label: text("Een aanmelding die bezig is", "A sign-in that is under way"), Of: "t.account_id = :account",
			Columns: columns(privacy.Plain("provider", "account_id", "next", "created_at", "expires_at"), []privacy.Column{{Name: "id", Secret: true}, {Name: "browser", Secret: true}, {Name: "state", Secret: true}}),
			Keep:    gone, OnErase: []privacy.Action{privacy.Delete},
		}, {
			Table: "link", Label: text("Links die we je mailden", "Links that we mailed you"), Of: "t.account_id = :account OR lower(t.email) = :email",
			Columns: columns(privacy.Plain("purpose", "account_id", "created_at", "expires_at", "used_at"), []privacy.Column{
				{Name: "id", Secret: true}, col("email", "E-mailadres", "E-mail address", ""),
				secret(col("subject", "Wat je bij het aanmelden invulde, tot je je adres bevestigt", "What you entered when you signed up, until you confirm your address", ""))}),
			Keep: gone, OnErase: []privacy.Action{privacy.Delete},
		}, {
			Table: "attempt", Label: text("Pogingen", "Attempts"), Of: "lower(t.who) = :email OR t.who = :account",
			Columns: columns(privacy.Plain("id", "what", "at"), []privacy.Column{col("who", "Pogingen om in te loggen", "Attempts to sign in", "")}),
			Keep:    []privacy.Retention{{After: privacy.Trigger{SQL: "t.at", Text: text("iemand probeerde in te loggen", "somebody tried to sign in")}, For: privacy.Period{Days: 14}, Then: privacy.Delete, Fleeting: true}},
			OnErase: []privacy.Action{privacy.Delete},
		}},
	}
}

func notifyPurpose() privacy.Purpose {
	return privacy.Purpose{
		Key: "notify", Title: text("Mails aan jou", "Mails to you"),
		Why:        text("We mailen je over wat je bij ons doet: een antwoord, een afspraak, een wijziging. Een tijdlang kunnen we zien wat we stuurden.", "We mail you about what you do with us: an answer, an appointment, a change. For a while we can see what we sent."),
		Subjects:   []privacy.Subjects{privacy.Customers, privacy.Visitors},
		Basis:      []privacy.Basis{privacy.Contract, privacy.LegitimateInterest("je laten weten wat er met je verzoek gebeurt", "letting you know what happens to your request")},
		Processors: []string{"hosting", "mail"},
		Records: []privacy.Record{{
			Table: "mail", Label: text("Mail", "Mail"), Of: "t.account_id = :account OR lower(t.address) = :email",
			Columns: columns(privacy.Plain("id", "kind", "lang", "message_id", "thread", "about", "calendar_method", "queued_at", "sent_at", "cancelled_at"), []privacy.Column{
				col("account_id", "", "", "NULL"), col("address", "E-mailadres", "E-mail address", "''"), free(col("subject", "Onderwerp van de mail", "Subject of the mail", "''")),
				free(col("text", "Tekst van de mail", "Text of the mail", "''")), free(col("html", "", "", "''")), free(col("calendar", "", "", "''")),
				col("reply_to", "", "", "''"), secret(col("unsubscribe", "", "", "''"))}),
			Keep: []privacy.Retention{
				{Name: "cancelled", When: "t.cancelled_at IS NOT NULL", What: text("Een mail die niet meer weg hoefde", "a mail that was no longer needed"),
					After: privacy.Trigger{SQL: "t.cancelled_at", Text: text("die is ingetrokken", "it was cancelled")}, Cap: &privacy.Cap{After: privacy.Trigger{SQL: "t.queued_at", Text: text("die is klaargezet", "it was made")}, For: privacy.Period{Days: 60}}, Then: privacy.Anonymise, Fleeting: true},
				{Name: "body", When: "t.cancelled_at IS NULL", After: privacy.Trigger{SQL: "t.sent_at", Text: text("de mail is verstuurd", "the mail was sent")}, For: privacy.Period{Days: 30},
					Cap:  &privacy.Cap{After: privacy.Trigger{SQL: "t.queued_at", Text: text("de mail is klaargezet", "the mail was made")}, For: privacy.Period{Days: 60}},
					Then: privacy.Anonymise, Fleeting: true},
				{Name: "rest", What: text("Dat er een mail was, zonder naam of tekst,", "the fact that there was a mail, without name or text,"), After: privacy.Trigger{SQL: "t.queued_at", Text: text("de mail is klaargezet", "the mail was made")}, For: privacy.Period{Years: 1}, Then: privacy.Delete},
			},
			OnErase: []privacy.Action{privacy.Anonymise.First("UPDATE mail SET cancelled_at = :now WHERE id = :row AND sent_at IS NULL AND cancelled_at IS NULL").
				Because("Mails die al verstuurd zijn, kunnen we niet terughalen.", "Mails that were sent already we cannot recall.")},
		}, {
			Table: "job", Label: text("Opdracht", "Job"), Of: "t.about = 'account:' || :account",
			Columns: columns(privacy.Plain("id", "kind", "about", "run_at", "leased_until", "tries", "failure", "failed_at", "created_at"), []privacy.Column{secret(col("payload", "Wat een opdracht van het programma nodig heeft", "What a job of the program needs", ""))}),
			Keep:    []privacy.Retention{{After: privacy.Trigger{SQL: "t.created_at", Text: text("de opdracht is gegeven", "the job was given")}, For: privacy.Period{Days: 30}, Then: privacy.Delete, Fleeting: true}},
			OnErase: []privacy.Action{privacy.Delete},
		}},
	}
}

func rightsPurpose() privacy.Purpose {
	tally := `INSERT INTO counter (name, value) SELECT 'request ' || r.type || ' ' || r.state, 1 FROM request r WHERE r.id = :row
		ON CONFLICT (name) DO UPDATE SET value = counter.value + 1`
	return privacy.Purpose{
		Key: "rights", Title: text("Je rechten en toestemmingen", "Your rights and consents"),
		Why:        text("We leggen vast wat je ons over je gegevens vroeg, wat we deden, en waar je ja of nee op zei. Zo kunnen we laten zien dat we ons aan de wet houden.", "We record what you asked us about your data, what we did, and what you said yes or no to. That is how we can show that we keep the law."),
		Subjects:   []privacy.Subjects{privacy.Customers, privacy.Visitors, privacy.Applicants, privacy.Prospects, privacy.Attendees},
		Basis:      []privacy.Basis{privacy.LegalObligation},
		Processors: []string{"hosting"},
		Records: []privacy.Record{{
			Table: "request", Label: text("Verzoek over je gegevens", "Request about your data"), Of: "t.account_id = :account OR lower(t.email) = :email", Link: "/staff/privacy/requests/{id}",
			Columns: columns(privacy.Plain("id", "number", "type", "state", "channel", "lang", "choices", "statement", "received_at", "verified_at", "due_on", "extended_at", "disabled_before", "erase_at", "stopped_at", "answered_at", "report", "reminded_14_at", "reminded_25_at"),
				[]privacy.Column{
					col("account_id", "", "", "NULL"), col("email", "E-mailadres", "E-mail address", "''"), free(col("body", "Wat je vroeg", "What you asked", "''")),
					free(col("extension", "", "", "''")), free(col("answer", "Ons antwoord", "Our answer", "''")), {Name: "handled_by", Other: text("medewerker", "member of staff")}}),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.answered_at", Text: text("we je antwoordden", "we answered you")}, For: privacy.Period{Years: 1},
				Cap:  &privacy.Cap{After: privacy.Trigger{SQL: "t.received_at", Text: text("we je verzoek kregen", "we got your request")}, For: privacy.Period{Years: 2}},
				Then: privacy.Delete.First(tally)}},
			OnErase: []privacy.Action{
				privacy.Refuse("Je verzoek loopt nog.", "Your request is still under way.").If("t.answered_at IS NULL"),
				privacy.Anonymise.Because("Wat er gebeurde blijft een jaar staan, zonder je naam of adres.", "What happened stays for a year, without your name or address."),
			},
		}, {
			Table: "request_task", Label: text("Doorgeven aan een ontvanger", "Telling a recipient"), Link: "/staff/privacy/requests/{id}", LinkOf: "t.request_id", Follows: "request",
			Columns: privacy.Plain("id", "request_id", "processor", "what", "made_at", "done_at", "done_by"),
		}, {
			Table: "review", Label: text("Tekst die iemand kan noemen", "Text that may name somebody"), Link: "/staff/privacy/reviews",
			Columns: columns(privacy.Plain("id", "request_id", "purpose", "table_name", "row_id", "column_name", "found_at", "due_on", "decided_at", "decided_by", "decision"),
				[]privacy.Column{col("word", "Een voornaam die in een tekst van een ander staat", "A first name in somebody else's text", "''")}),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.decided_at", Text: text("een collega ernaar heeft gekeken", "a colleague has looked at it")},
				Cap:  &privacy.Cap{After: privacy.Trigger{SQL: "t.found_at", Text: text("het is gevonden", "it was found")}, For: privacy.Period{Months: 3}},
				Then: privacy.Delete, Fleeting: true}},
		}, {
			Table: "consent", Label: text("Toestemming", "Consent"), Of: "t.account_id = :account OR lower(t.email) = :email",
			Columns: columns(privacy.Plain("id", "purpose", "item", "version", "wording_hash", "given_at", "withdrawn_at", "decided_at", "how", "lang"), []privacy.Column{
				col("account_id", "", "", "NULL"), col("email", "E-mailadres", "E-mail address", "''"), col("proof", "Waar je ja of nee op zei", "What you said yes or no to", "''"),
				{Name: "subject_ref", Category: text("Een willekeurig nummer bij je cookiekeuze", "A random number with your cookie choice")}}),
			Keep: []privacy.Retention{
				{Name: "visitor", When: "t.subject_ref <> ''", What: text("Je cookiekeuze", "your cookie choice"), After: privacy.Trigger{SQL: "t.decided_at", Text: text("je koos", "you chose")}, For: privacy.Period{Years: 1, Months: 6}, Then: privacy.Delete},
				{Name: "named", When: "t.subject_ref = ''", After: privacy.Trigger{
					SQL:  "(SELECT min(w.withdrawn_at) FROM consent w WHERE w.purpose = t.purpose AND w.item = t.item AND (w.account_id = t.account_id OR w.email = t.email AND w.email <> '') AND w.decided_at >= t.decided_at)",
					Text: text("je je toestemming introk", "you withdrew your consent")},
					For:   privacy.Period{Years: 5},
					While: text("je toestemming geldt", "your consent stands"),
					Cap:   &privacy.Cap{After: privacy.Trigger{SQL: "t.decided_at", Text: text("je koos", "you chose")}, For: privacy.Period{Years: 20}},
					Then:  privacy.Delete},
			},
			OnErase: []privacy.Action{privacy.Anonymise.Because("Dat er toestemming was blijft staan, zonder je naam of adres.", "That there was consent stays, without your name or address.")},
		}, {
			Table: "objection", Label: text("Bezwaar", "Objection"), Of: "t.account_id = :account", Follows: "account",
			Columns: columns(privacy.Plain("id", "account_id", "at", "how", "withdrawn_at"), []privacy.Column{col("purpose", "Waartegen je bezwaar maakte", "What you objected to", "")}),
			OnErase: []privacy.Action{privacy.Delete},
		}, {
			Table: "hold", Label: text("Vastgehouden gegevens", "Data on hold"), Link: "/staff/privacy/holds", Of: "t.account_id = :account OR lower(t.email) = :email",
			Columns: columns(privacy.Plain("id", "kind", "table_name", "row_id", "set_at", "review_on", "lifted_at"), []privacy.Column{
				col("account_id", "", "", "''"), col("email", "E-mailadres", "E-mail address", "''"), free(col("reason", "Waarom we iets vasthouden", "Why we hold something", "''")),
				{Name: "set_by", Other: text("medewerker", "member of staff")}, {Name: "lifted_by", Other: text("medewerker", "member of staff")}}),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.lifted_at", Text: text("we de gegevens vrijgaven", "we released the data")}, For: privacy.Period{Years: 1},
				While: text("we de gegevens nodig hebben voor een geschil", "we need the data for a dispute"), Then: privacy.Delete}},
			OnErase: []privacy.Action{
				privacy.Refuse("Deze gegevens zijn nodig voor een geschil (artikel 17 lid 3 AVG).", "These data are needed for a dispute (GDPR article 17(3)).").If("t.lifted_at IS NULL"),
				privacy.Delete,
			},
		}, {
			Table: "breach", Label: text("Datalek", "Breach"), Link: "/staff/privacy/breaches/{id}",
			Columns: columns(privacy.Plain("id", "number", "discovered_at", "due_at", "high_risk", "reported_at", "told_at", "closed_at", "logged_by", "logged_at"), []privacy.Column{
				free(col("facts", "Wat er bij een datalek gebeurde", "What happened in a breach", "")), free(col("effects", "", "", "")), free(col("measures", "", "", "")), free(col("decision", "", "", ""))}),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.closed_at", Text: text("het datalek is afgehandeld", "the breach was dealt with")}, For: privacy.Period{Years: 5},
				While: text("een datalek wordt onderzocht", "a breach is being looked into"), Then: privacy.Delete}},
		}, {
			Table: "disclosure", Label: text("Aan wie we gegevens gaven", "To whom we gave data"), Link: "/staff/privacy/disclosures", Of: "t.account_id = :account",
			Columns: columns(privacy.Plain("id", "at", "receiver", "ground"), []privacy.Column{
				col("account_id", "", "", "NULL"), free(col("what", "Welke gegevens we aan een ander gaven", "Which data we gave to another", "''")), {Name: "logged_by", Other: text("medewerker", "member of staff")}}),
			Keep:    []privacy.Retention{{After: privacy.Trigger{SQL: "t.at", Text: text("we de gegevens gaven", "we gave the data")}, For: privacy.Period{Years: 5}, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Anonymise.Because("Dat we gegevens gaven blijft staan, zonder van wie.", "That we gave data stays, without whose.")},
		}},
	}
}

// HostImpersonal are the host's tables without personal data.
func HostImpersonal() []privacy.Impersonal {
	return []privacy.Impersonal{
		{Table: "counter", Reason: "numbers by name", Columns: []string{"name"}},
		{Table: "setting", Reason: "settings of the organisation itself", Columns: []string{"name"}},
		{Table: "posted", Reason: "hashes of forms that were posted, for two days"},
		{Table: "chore", Reason: "when work of the program last ran", Columns: []string{"name"}},
		{Table: "agreement", Reason: "days and plans of agreements between companies"},
		{Table: "statement", Reason: "published text; who published it is an account id", Columns: []string{"published_by"}},
		{Table: "privacy_run", Reason: "numbers of a run"},
		{Table: "erasure", Reason: "tombstones: that a row went, never whose", Columns: []string{"table_name"}},
		{Table: "erasure_count", Reason: "numbers of erased rows", Columns: []string{"table_name"}},
		{Table: "processor", Reason: "companies that process data for us", Columns: []string{"name"}},
		{Table: "consent_wording", Reason: "our own words"},
		{Table: "cookie", Reason: "the register of cookies"},
		{Table: "cookie_category", Reason: "versions of the register"},
	}
}
