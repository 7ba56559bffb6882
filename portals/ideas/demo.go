package ideas

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"loket/app"
	"loket/app/hours"
	"loket/app/text"
	"loket/db"
)

// What the demonstration company's users asked for, the oldest first. Days are
// before now.
var demoIdeas = []struct {
	by, board, title, body string
	days                   int
	status                 string
	decided                int
	response, expected     string
	votes                  []string
	said                   []string // who and what in turn
	private, fresh         bool
	tag                    string
}{
	{"Marit", "Projecten", "Donkere weergave", "In de keet is het scherm ’s ochtends te fel.", 260, statusCompleted, 20, "Staat sinds deze maand voor iedereen aan, onder *Weergave*.", "", []string{"Marit", "Joost", "Lotte", "Pim", "Anja"}, []string{"Lotte", "Fijn voor de avonddienst."}, false, false, ""},
	{"Noor", "Projecten", "Zoeken in de tekst van PDF-bestanden", "Bestekken zijn honderden pagina’s. Ik wil op een woord zoeken, niet op een bestandsnaam.", 240, statusCompleted, 34, "Zoeken vindt nu ook wat er ín een PDF staat.", "", []string{"Noor", "Emre", "Joost", "Ruben", "Anja", "Lotte"}, nil, false, false, ""},
	{"Pim", "Projecten", "Chat in de app", "Dan hoef ik niet te bellen.", 210, statusDeclined, 40, "Gesprekken horen bij de tekening; daar maken we opmerkingen beter.", "", []string{"Pim", "Ties"}, nil, false, false, ""},
	{"Anja", "Projecten", "Eigen server bij de klant", "Ons beleid schrijft dat voor.", 190, statusDeclined, 60, "We kunnen dan geen updates en back-ups garanderen.", "", []string{"Anja"}, nil, false, false, ""},
	{"Joost", "Uitgifte", "Meerdere tekeningen tegelijk uitgeven", "Nu moet ik elke tekening los aanklikken. Bij een set van 60 ben ik een halve middag kwijt.", 170, statusStarted, 9, "Verwacht in het nieuwe jaar. Je kunt vanaf volgende maand meetesten.", "Q1", []string{"Joost", "Marit", "Ties", "Noor", "Emre", "Lotte", "Pim", "Ruben"}, []string{"Noor", "Bij ons gaat het om sets van honderd.", "Sanne", "We zoeken drie bedrijven die willen meetesten. Reageer hier als je meedoet.", "Joost", "Graag!"}, false, false, "meetesten"},
	{"Lotte", "Viewer", "Opmerkingen op een tekening zetten met je telefoon", "Op de bouw heb ik geen laptop bij me. Ik wil met mijn vinger iets kunnen omcirkelen.", 150, statusPlanned, 15, "Hier beginnen we aan na het uitgeven van sets.", "Q2", []string{"Lotte", "Pim", "Emre", "Ties", "Ruben"}, []string{"Pim", "Ook met handschoenen aan, als het kan."}, false, false, ""},
	{"Emre", "Viewer", "Twee revisies naast elkaar vergelijken", "Twee revisies over elkaar leggen en zien wat er veranderde, in kleur.", 140, statusReview, 12, "", "", []string{"Emre", "Noor", "Joost", "Marit"}, []string{"Ruben", "Voor leidingwerk is dit goud waard."}, false, false, ""},
	{"Ruben", "Projecten", "Inloggen met je bedrijfsaccount", "Single sign-on via Entra ID scheelt ons veel beheer.", 130, statusStarted, 18, "De eerste bedrijven testen mee.", "december", []string{"Ruben", "Anja", "Noor"}, nil, false, false, "beheer"},
	{"Anja", "Viewer", "Sneller openen van grote IFC-modellen", "Ons model van het stadhuis doet er vier minuten over.", 110, statusStarted, 25, "We laden straks eerst wat je ziet.", "december", []string{"Anja", "Ruben", "Emre"}, nil, false, false, ""},
	{"Ties", "Uitgifte", "Herinnering vóór een uitgifte verloopt", "Een mail een week van tevoren is genoeg.", 95, statusPlanned, 30, "", "Q2", []string{"Ties", "Joost", "Marit"}, nil, false, false, ""},
	{"Marit", "Projecten", "Eén overzicht van alle openstaande acties", "Over alle projecten heen, gesorteerd op datum.", 80, statusReview, 22, "We praten met vijf projectleiders over wat erin moet.", "", []string{"Marit", "Noor", "Lotte", "Ruben"}, []string{"Noor", "Met een filter op persoon, alsjeblieft."}, false, false, ""},
	{"Noor", "Uitgifte", "Uitgiftelijst importeren uit Excel", "Onze werkvoorbereiders maken de lijst in Excel.", 60, statusNew, 0, "", "", []string{"Noor", "Emre", "Pim"}, nil, false, false, ""},
	{"Pim", "Projecten", "E-mailmeldingen per onderwerp uit kunnen zetten", "Ik wil alleen mail over mijn eigen tekeningen.", 45, statusNew, 0, "", "", []string{"Pim", "Joost"}, nil, false, false, ""},
	{"Emre", "Projecten", "Mappenstructuur kopiëren tussen projecten", "Elk project begint met dezelfde veertig mappen.", 33, statusNew, 0, "", "", []string{"Emre", "Anja", "Marit", "Ties"}, nil, false, false, "beheer"},
	{"Joost", "Viewer", "QR-code op de tekening die de laatste revisie opent", "Dan scant de uitvoerder of hij de goede heeft.", 21, statusNew, 0, "", "", []string{"Joost", "Lotte", "Pim"}, []string{"Lotte", "Die plakken we dan op de bouwbus."}, false, false, ""},
	{"Ruben", "Projecten", "Koppeling met Outlook-agenda", "Afspraken uit een project in mijn eigen agenda.", 14, statusNew, 0, "", "", []string{"Ruben"}, nil, false, true, ""},
	{"Lotte", "Viewer", "Sneltoetsen in de viewer", "Meten, zoomen en bladeren zonder muis.", 6, statusNew, 0, "", "", []string{"Lotte", "Emre"}, nil, false, true, ""},
	{"Anja", "Projecten", "Rechten per map voor de aanbesteding", "Dit gaat over een lopende aanbesteding, graag onder ons.", 4, statusNew, 0, "", "", []string{"Anja"}, nil, true, true, ""},
	{"Ties", "Uitgifte", "Transmittal als sjabloon bewaren", "Ik vul elke week hetzelfde in.", 2, statusNew, 0, "", "", []string{"Ties", "Marit"}, nil, false, true, ""},
}

// demo fills in boards, ideas with votes and comments, decisions, and an idea
// that was merged into another.
func (p *portal) demo(ctx context.Context, tx *db.Tx, d app.Demo) error {
	board := map[string]string{}
	for n, b := range []Board{
		{Name: "Uitgifte", Product: "uitgifte", About: "Tekeningen uitgeven en versturen"},
		{Name: "Viewer", Product: "viewer", About: "Tekeningen en modellen bekijken"},
		{Name: "Projecten", Product: "projecten", About: "Mappen, mensen en alles eromheen"},
	} {
		b.ID, b.Position = rand.Text(), n
		board[b.Name] = b.ID
		if err := db.Insert(ctx, tx, "idea_board", b); err != nil {
			return err
		}
	}
	if _, err := db.Exec(ctx, tx, `UPDATE idea_board SET position = 9 WHERE id = 'general'`); err != nil {
		return err
	}
	tags := map[string]string{}
	for _, t := range []Tag{{rand.Text(), "meetesten", false}, {rand.Text(), "beheer", false}, {rand.Text(), "contract", true}} {
		tags[t.Name] = t.ID
		if err := db.Insert(ctx, tx, "idea_tag", t); err != nil {
			return err
		}
	}
	sanne := d.People["Sanne"].ID
	ids := map[string]string{}
	for _, x := range demoIdeas {
		i, err := p.demoIdea(ctx, tx, d, x.days, x.by, board[x.board], x.title, x.body, x.private, x.fresh)
		if err != nil {
			return err
		}
		ids[x.title] = i.ID
		for n, name := range x.votes {
			if _, err := castVote(ctx, tx, i.ID, ballot{Account: d.People[name].ID}, p.after(d, x.days, time.Duration(n)*10*time.Hour/time.Duration(1+len(x.votes)/4))); err != nil {
				return err
			}
		}
		for n := 0; n+1 < len(x.said); n += 2 {
			who := d.People[x.said[n]]
			k := Comment{ID: rand.Text(), IdeaID: i.ID, OriginalID: i.ID, AccountID: &who.ID, Official: who.May("ideas"), Body: x.said[n+1], CreatedAt: p.after(d, x.days, time.Duration(n+1)*7*time.Hour)}
			if err := say(ctx, tx, k, p.Zone); err != nil {
				return err
			}
		}
		if x.tag != "" {
			if _, err := db.Exec(ctx, tx, `INSERT INTO idea_tagged (idea_id, tag_id) VALUES (?, ?)`, i.ID, tags[x.tag]); err != nil {
				return err
			}
		}
		if x.status != statusNew {
			if err := p.demoDecide(ctx, tx, d, i, x.status, x.decided, x.response, x.expected, sanne, len(x.votes)); err != nil {
				return err
			}
		}
	}
	// Two ideas that came to one.
	same, err := p.demoIdea(ctx, tx, d, 50, "Ruben", board["Uitgifte"], "Hele set in één keer uitgeven", "Zelfde als bij andere pakketten.", false, false)
	if err != nil {
		return err
	}
	for _, name := range []string{"Ruben", "Anja"} {
		if _, err := castVote(ctx, tx, same.ID, ballot{Account: d.People[name].ID}, p.before(d, 49)); err != nil {
			return err
		}
	}
	if _, err := merge(ctx, tx, same.ID, ids["Meerdere tekeningen tegelijk uitgeven"], sanne, p.Zone, p.before(d, 45)); err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO idea_note (id, idea_id, account_id, body, created_at) VALUES (?, ?, ?, ?, ?)`,
		rand.Text(), ids["Inloggen met je bedrijfsaccount"], sanne, "Gemeente Westerdam noemt dit in de verlenging.", p.before(d, 16))
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO idea_tagged (idea_id, tag_id) VALUES (?, ?)`, ids["Inloggen met je bedrijfsaccount"], tags["contract"])
	return err
}

// before is a moment in working hours, that many days ago.
func (p *portal) before(d app.Demo, days int) time.Time {
	day := hours.DateOf(d.Now, p.Zone).AddDays(-days)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDays(-1)
	}
	return hours.At(p.Zone, day, hours.HM(9+days%7, days*7%60))
}

// after is so much working time after the moment that many days ago, and not later than now.
func (p *portal) after(d app.Demo, days int, worked time.Duration) time.Time {
	start := p.before(d, days)
	at, err := hours.Calendar{Zone: p.Zone, Week: hours.Weekdays(hours.Window{Open: hours.HM(9, 0), Close: hours.HM(17, 0)})}.Add(start, worked)
	if err != nil || at.After(d.Now) {
		return start
	}
	return at
}

func (p *portal) demoIdea(ctx context.Context, tx *db.Tx, d app.Demo, days int, by, board, title, body string, private, fresh bool) (Idea, error) {
	author, created := d.People[by].ID, p.before(d, days)
	i := Idea{BoardID: board, AuthorID: &author, Title: title, Body: body, Private: private, CreatedAt: created, ApprovedAt: &created}
	if !fresh {
		read := created.Add(20 * time.Hour)
		i.SeenAt = &read
	}
	if err := active(ctx, tx, author, created); err != nil {
		return i, err
	}
	return insert(ctx, tx, i)
}

// demoDecide gives an idea its status without telling anybody: they heard long ago.
func (p *portal) demoDecide(ctx context.Context, tx *db.Tx, d app.Demo, i Idea, status string, days int, response, expected, staff string, told int) error {
	at := p.before(d, days)
	var decidedAt *time.Time
	if decided(status) {
		decidedAt = &at
	}
	steps := []string{statusReview, statusPlanned, statusStarted, statusCompleted}
	if n := slices.Index(steps, status); n > 0 {
		steps = steps[:n]
	} else {
		steps = nil
	}
	for n, earlier := range steps {
		when := at.AddDate(0, 0, -14*(len(steps)-n))
		if when.Before(i.CreatedAt) {
			continue
		}
		if _, err := db.Exec(ctx, tx, `INSERT INTO idea_status (id, idea_id, status, account_id, told, created_at) VALUES (?, ?, ?, ?, ?, ?)`, rand.Text(), i.ID, earlier, staff, told, when); err != nil {
			return err
		}
	}
	if _, err := db.Exec(ctx, tx, `INSERT INTO idea_status (id, idea_id, status, response, expected, account_id, told, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		rand.Text(), i.ID, status, response, expected, staff, told, at); err != nil {
		return err
	}
	_, err := db.Exec(ctx, tx, `UPDATE idea SET status = ?, response = ?, reply = ?, expected = ?, status_at = ?, decided_at = ? WHERE id = ?`,
		status, response, text.Excerpt(response, excerptRunes), expected, at, decidedAt, i.ID)
	return err
}
