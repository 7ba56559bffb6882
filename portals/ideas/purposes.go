package ideas

import "loket/app/privacy"

// both is a text in Dutch and English.
func both(nl, en string) privacy.Text { return privacy.Text{NL: nl, EN: en} }

// An author's name goes a year after the later of two moments: the decision on
// his idea, and the last time that he did something here. While nobody has
// decided, no term runs.
func afterDecision(idea, person string) privacy.Trigger {
	decided := `(SELECT d.decided_at FROM idea d WHERE d.id = ` + idea + `)`
	active := `(SELECT y.active_at FROM idea_activity y WHERE y.account_id = ` + person + `)`
	return privacy.Trigger{
		SQL:  `CASE WHEN ` + active + ` > ` + decided + ` THEN ` + active + ` ELSE ` + decided + ` END`,
		Text: both("wij over het idee hebben besloten en jij niet meer actief bent in het ideeënportaal", "we have decided on the idea and you are no longer active on the ideas portal"),
	}
}

var undecided = both("wij over het idee nadenken", "we are considering the idea")

// ideaTerm is the term for an idea itself.
var ideaTerm = privacy.Retention{
	After: afterDecision("t.id", "t.author_id"), For: privacy.Period{Years: 1}, While: undecided,
	Then: privacy.Anonymise.First(dropTitle...),
}

// dropTitle removes what else is kept of an idea's title: the pieces to search
// it by, and what stands with the ticket that it was made from.
var dropTitle = []string{
	`DELETE FROM idea_gram WHERE idea = (SELECT number FROM idea WHERE id = :row)`,
	`UPDATE origin SET
		title = (SELECT '#' || CAST(i.number AS TEXT) FROM idea i WHERE i.id = :row),
		path = (SELECT '/ideas/' || CAST(i.number AS TEXT) FROM idea i WHERE i.id = :row)
	WHERE made IN (SELECT 'idea:' || i.id FROM idea i WHERE i.id = :row AND i.merged_into IS NULL OR i.merged_into = :row)`,
}

// keepTally has a vote stay in the count when its row goes.
const keepTally = `UPDATE idea SET anonymous_votes = anonymous_votes + 1 WHERE id = (SELECT original_id FROM idea_vote WHERE id = :row AND counts)`

var colleague = both("medewerker", "staff")

var purposes = []privacy.Purpose{{
	Key:      "ideas",
	Title:    both("Ideeënportaal", "Ideas portal"),
	Why:      both("Je vertelt ons wat je mist, stemt op wat anderen missen en hoort wat ermee gebeurt. Zo bepalen wij wat we maken.", "You tell us what you miss, vote on what others miss, and hear what becomes of it. That is how we decide what to make."),
	Subjects: []privacy.Subjects{privacy.Customers, privacy.Staff},
	Basis:    []privacy.Basis{privacy.LegitimateInterest("weten wat gebruikers van onze producten nodig hebben", "knowing what the users of our products need")},
	Obliged:  both("Je hoeft geen idee te geven en niet te stemmen.", "You need not give an idea or vote."),
	Notes: []privacy.Text{both("Wie je idee of reactie leest, ziet je voornaam en de eerste letter van je achternaam. Wie op wat stemt, zien alleen onze medewerkers.",
		"Who reads your idea or comment sees your first name and the first letter of your last name. Only our staff see who voted on what.")},
	Choices: []privacy.Choice{
		{Key: "ideas_text", Text: both("Wis ook de tekst van mijn ideeën en reacties waar anderen op stemden of reageerden", "Also erase the text of my ideas and comments that others voted on or answered")},
		{Key: "ideas_votes", Text: both("Trek mijn stemmen in (anders blijven ze zonder je naam meetellen)", "Withdraw my votes (otherwise they keep counting, without your name)")},
	},
	Records: []privacy.Record{
		{
			Table: "idea_draft", Label: both("Concept", "Draft"),
			Columns: append(privacy.Plain("board_id", "private", "created_at", "expires_at"),
				privacy.Column{Name: "id", Category: both("code die alleen je browser kent (onomkeerbaar)", "code that only your browser knows (irreversible)"), Secret: true},
				privacy.Column{Name: "title", Category: both("wat je typte voordat je inlogde", "what you typed before you signed in"), Free: true},
				privacy.Column{Name: "body", Category: both("wat je typte voordat je inlogde", "what you typed before you signed in"), Free: true}),
			Keep: []privacy.Retention{{After: privacy.Trigger{SQL: "t.expires_at", Text: both("je concept 24 uur oud is", "your draft is 24 hours old")}, Then: privacy.Delete, Fleeting: true}},
		},
		{
			Table: "idea_follow", Label: both("Gevolgd idee", "Followed idea"), Link: "/staff/ideas/{id}", LinkOf: "t.idea_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "account_id", "muted", "created_at"),
				privacy.Column{Name: "idea_id", Category: both("welke ideeën je volgt", "which ideas you follow"), Given: true}),
			Keep:    []privacy.Retention{{With: "idea", After: afterDecision("t.idea_id", "t.account_id"), For: privacy.Period{Years: 1}, While: undecided, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Delete},
		},
		{
			Table: "idea_vote", Label: both("Stem", "Vote"), Link: "/staff/ideas/{id}", LinkOf: "t.idea_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "account_id", "original_id", "counts", "voted_at"),
				privacy.Column{Name: "idea_id", Category: both("op welke ideeën je stemde", "which ideas you voted on"), Given: true},
				privacy.Column{Name: "cast_by", Category: both("wie namens jou stemde", "who voted on your behalf"), Other: colleague},
				privacy.Column{Name: "consent", Category: both("hoe je daarmee instemde", "how you agreed to that"), Free: true}),
			Keep: []privacy.Retention{{With: "idea", After: afterDecision("t.idea_id", "t.account_id"), For: privacy.Period{Years: 1}, While: undecided, Then: privacy.Delete.First(keepTally)}},
			OnErase: []privacy.Action{
				privacy.Delete.Chosen("ideas_votes").First(`UPDATE idea SET votes = votes - 1 WHERE id = (SELECT idea_id FROM idea_vote WHERE id = :row AND counts)`),
				privacy.Delete.First(keepTally),
			},
		},
		{
			Table: "idea_note", Label: both("Interne notitie bij een idee", "Internal note on an idea"), Link: "/staff/ideas/{id}", LinkOf: "t.idea_id", Of: "t.account_id = :account", Follows: "idea",
			Columns: append(privacy.Plain("id", "idea_id", "created_at"),
				privacy.Column{Name: "account_id", Category: both("wie de notitie schreef", "who wrote the note"), Blank: "NULL", Other: colleague},
				privacy.Column{Name: "body", Category: both("notities van medewerkers", "notes by staff"), Free: true, Blank: "''"}),
			Keep:    []privacy.Retention{{With: "idea", After: afterDecision("t.idea_id", "t.account_id"), For: privacy.Period{Years: 1}, While: undecided, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Anonymise.Of("account_id")},
		},
		{
			Table: "idea_status", Label: both("Besluit over een idee", "Decision on an idea"), Of: "t.account_id = :account", Follows: "idea",
			Columns: append(privacy.Plain("id", "idea_id", "status", "expected", "told", "created_at"),
				privacy.Column{Name: "response", Free: true},
				privacy.Column{Name: "account_id", Category: both("wie het besluit meldde", "who reported the decision"), Blank: "NULL", Other: colleague}),
			OnErase: []privacy.Action{privacy.Anonymise.Of("account_id")},
		},
		{
			Table: "idea_merge", Label: both("Samengevoegde ideeën", "Merged ideas"), Of: "t.account_id = :account OR t.undone_by = :account", Follows: "idea",
			Columns: append(privacy.Plain("id", "source_id", "target_id", "status_before", "decided_before", "merged_at", "undone_at"),
				privacy.Column{Name: "account_id", Category: both("wie samenvoegde", "who merged"), Blank: "NULL", Other: colleague},
				privacy.Column{Name: "undone_by", Category: both("wie dat terugdraaide", "who undid it"), Blank: "NULL", Other: colleague}),
			OnErase: []privacy.Action{privacy.Anonymise.Of("account_id", "undone_by")},
		},
		{
			Table: "idea_comment", Label: both("Reactie op een idee", "Comment on an idea"), Link: "/staff/ideas/{id}", LinkOf: "t.idea_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "idea_id", "original_id", "official", "warm", "created_at", "edited_at", "hidden_at"),
				privacy.Column{Name: "account_id", Category: both("wie de reactie schreef", "who wrote the comment"), Blank: "NULL"},
				privacy.Column{Name: "body", Category: both("je reacties", "your comments"), Free: true, Blank: "''", Given: true}),
			Keep: []privacy.Retention{{With: "idea", After: afterDecision("t.idea_id", "t.account_id"), For: privacy.Period{Years: 1}, While: undecided, Then: privacy.Anonymise}},
			OnErase: []privacy.Action{
				privacy.Anonymise.Chosen("ideas_text"),
				privacy.Anonymise.Of("account_id").Because("Anderen lazen je reactie in een gesprek; je naam gaat eraf.", "Others read your comment in a conversation; your name goes."),
			},
		},
		{
			Table: "origin", Label: both("Waar een idee uit voortkwam", "What an idea came from"), Of: "t.account_id = :account",
			Columns: append(privacy.Plain("id", "source", "made", "path", "state", "shown", "created_at", "changed_at"),
				privacy.Column{Name: "title", Free: true},
				privacy.Column{Name: "account_id", Category: both("uit wiens vraag een idee voortkwam", "from whose question an idea came"), Blank: "NULL"}),
			Keep: []privacy.Retention{{
				After: privacy.Trigger{SQL: "CASE WHEN t.state IN ('completed', 'declined', 'duplicate') THEN t.changed_at END", Text: both("wij over het idee hebben besloten", "we have decided on the idea")},
				For:   privacy.Period{Years: 1}, While: undecided, Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Anonymise.Of("account_id")},
		},
		{
			Table: "idea_activity", Label: both("Laatste activiteit", "Last activity"), Key: "account_id", Of: "t.account_id = :account",
			Columns: append(privacy.Plain("account_id"),
				privacy.Column{Name: "active_at", Category: both("wanneer je hier voor het laatst iets deed", "when you last did something here")}),
			Keep:    []privacy.Retention{{While: both("je account bestaat", "your account exists"), Then: privacy.Delete}},
			OnErase: []privacy.Action{privacy.Delete},
		},
		// Last, so that it is the first to be looked at when somebody asks for
		// erasure: whether others voted shows only while the votes are there.
		{
			Table: "idea", Label: both("Idee", "Idea"), Of: "t.author_id = :account", Search: "idea", Link: "/staff/ideas/{id}",
			Columns: append(privacy.Plain("id", "number", "board_id", "status", "private", "approved_at", "refused_at", "listed", "seen_at", "expected",
				"status_at", "decided_at", "parent_id", "merged_into", "votes", "anonymous_votes", "comments", "heat", "grams", "created_at"),
				privacy.Column{Name: "response", Free: true}, privacy.Column{Name: "reply", Free: true},
				privacy.Column{Name: "author_id", Category: both("wie het idee gaf", "who gave the idea"), Blank: "NULL"},
				privacy.Column{Name: "title", Category: both("je ideeën", "your ideas"), Free: true, Given: true, Blank: "'#' || CAST(t.number AS TEXT)"},
				privacy.Column{Name: "body", Category: both("je ideeën", "your ideas"), Free: true, Given: true, Blank: "''"},
				privacy.Column{Name: "excerpt", Category: both("je ideeën", "your ideas"), Free: true, Blank: "''"}),
			Keep: []privacy.Retention{ideaTerm},
			OnErase: []privacy.Action{
				privacy.Delete.If(`t.status IN ('new', 'review') AND t.merged_into IS NULL AND t.anonymous_votes = 0
					AND NOT EXISTS (SELECT 1 FROM idea m WHERE m.merged_into = t.id)
					AND NOT EXISTS (SELECT 1 FROM idea_vote v WHERE v.idea_id = t.id AND v.account_id <> t.author_id)
					AND NOT EXISTS (SELECT 1 FROM idea_comment k WHERE k.idea_id = t.id AND (k.account_id IS NULL OR k.account_id <> t.author_id))`).WhenAsked().First(`DELETE FROM origin WHERE made = 'idea:' || :row`),
				privacy.Anonymise.Chosen("ideas_text").First(dropTitle...),
				privacy.Anonymise.Of("author_id").Because("Anderen stemden op dit idee of wij besloten erover; je naam gaat eraf.", "Others voted on this idea or we decided on it; your name goes."),
			},
		},
	},
}}

var impersonal = []privacy.Impersonal{
	{Table: "idea_board", Reason: "boards are set up by staff and name products", Columns: []string{"name"}},
	{Table: "idea_tag", Reason: "tags are words of staff about ideas", Columns: []string{"name"}},
	{Table: "idea_tagged", Reason: "which tag an idea has"},
	{Table: "idea_synonym", Reason: "words that mean the same"},
	{Table: "idea_gram", Reason: "pieces of three letters of titles, removed with the title"},
	{Table: "idea_moved", Reason: "where an idea stood in the lists, for three hours"},
}
