package tickets

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/hours"
	"loket/db"
)

// step is something that happened in a ticket of the demonstration: how much
// working time ago, by whom, and what.
type step struct {
	ago    time.Duration
	who    string // first name; none is the program
	say    string // what was said; nothing for a change only
	note   bool
	status string
	mine   bool // the colleague takes the ticket
}

// demoTicket is a ticket of the demonstration. Working days have 8½ hours.
type demoTicket struct {
	ago      time.Duration
	who      string
	product  string
	severity string
	subject  string
	body     string
	tags     string
	cc       []string
	private  bool
	snooze   time.Duration
	rating   string
	steps    []step
}

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 8*time.Hour + 30*time.Minute
)

// took is the usual beginning of the work: a colleague takes the ticket and answers.
func took(ago time.Duration, who, say, status string) step {
	return step{ago: ago, who: who, say: say, status: status, mine: true}
}

func wrote(ago time.Duration, who, say string) step { return step{ago: ago, who: who, say: say} }
func noted(ago time.Duration, who, say string) step {
	return step{ago: ago, who: who, say: say, note: true}
}
func became(ago time.Duration, who, status string) step {
	return step{ago: ago, who: who, status: status}
}

var demoTickets = []demoTicket{
	{ago: 4*hour + 42*minute, who: "Pim", product: "projecten", severity: "blocks", subject: "Niemand kan inloggen na wachtwoordbeleid", body: "Sinds vanochtend krijgen **alle 12 collega’s** de melding “sessie verlopen”, ook na een nieuw wachtwoord.", tags: "blokkerend inloggen",
		steps: []step{{ago: 4 * hour, who: "Daan", mine: true}, noted(3*hour, "Daan", "Lijkt op het nieuwe beleid van gisteren. Ik vraag ontwikkeling.")}},
	{ago: 3*hour + 42*minute, who: "Noor", product: "uitgifte", severity: "blocks", subject: "Uitgifte mislukt met fout 502", body: "We moeten vanmiddag naar de aannemer. Elke poging eindigt met fout 502.", tags: "uitgifte"},
	{ago: 2*hour + 58*minute, who: "Lotte", product: "uitgifte", severity: "blocks", subject: "Grote set blijft op voorbereiden staan", body: "Sinds de lunch, ook bij onze onderaannemer. Het gaat om 22 tekeningen.", tags: "uitgifte"},
	{ago: 2*hour + 40*minute, who: "Ruben", product: "uitgifte", severity: "blocks", subject: "Uitgifte van 30 tekeningen duurt 20 minuten", body: "Normaal is dit in een minuut klaar. Nu kijken we naar een draaiend rondje.", tags: "uitgifte"},
	{ago: 12 * minute, who: "Ruben", product: "viewer", severity: "blocks", subject: "Viewer toont wit scherm bij IFC 4.3", body: "Bestand van 380 MB uit Revit. In de vorige versie ging het goed.\n\n1. Openen\n2. Laag *constructie* kiezen\n3. Wit scherm", tags: "viewer"},
	{ago: day + 3*hour, who: "Joost", product: "uitgifte", severity: "hinders", subject: "Uitgifte blijft hangen op ‘voorbereiden’", body: "Ik geef een set van 14 tekeningen uit aan de onderaannemer. Na ‘Uitgeven’ blijft de status op ‘Bezig met voorbereiden’ staan. Vanochtend ging het wel goed met een set van 3.", tags: "uitgifte", cc: []string{"Ties"},
		steps: []step{
			took(day+2*hour+17*minute, "Sanne", "Goedemorgen Joost, dank voor de schermafdruk. Ik zie je set staan; hij wacht op het omzetten van twee DWG-bestanden.\n\nWil je één ding proberen: geef dezelfde set uit **zonder** A-401 en A-402. Gaat dat wel door?", Pending),
			wrote(hour+18*minute, "Joost", "Zonder die twee lukt het meteen. Maar de onderaannemer heeft ze morgenmiddag echt nodig."),
			noted(28*minute, "Sanne", "@ontwikkeling A-401 en A-402 zijn DWG 2024 met xrefs. Converter loopt vast?"),
		}},
	{ago: 7*day + hour, who: "Joost", product: "viewer", severity: "hinders", subject: "Rol “bekijker” kan toch downloaden", body: "Een externe partij met de rol *bekijker* kan tekeningen downloaden. Dat moet niet kunnen.", tags: "rechten",
		steps: []step{took(7*day, "Sanne", "Welke partij is dat? Dan kijk ik wat er in de rechten staat.", Pending)}},
	{ago: 20 * minute, who: "Joost", product: "uitgifte", severity: "question", subject: "Logo op de uitgiftebrief aanpassen", body: "Ons logo is vernieuwd. Waar kan ik het op de uitgiftebrief vervangen?"},
	{ago: 3*day + hour, who: "Lotte", product: "uitgifte", severity: "hinders", subject: "Stempel “definitief” staat op verkeerde revisie", body: "Revisie C is definitief, maar het stempel staat op B.", tags: "stempel",
		steps: []step{took(2*day+6*hour, "Sanne", "Dat klopt niet, ik zoek het uit.", ""), wrote(7*hour+49*minute, "Lotte", "Is er al nieuws? De aannemer vraagt ernaar.")}},
	{ago: 4*day + 2*hour, who: "Anja", product: "projecten", severity: "question", subject: "Hoe zet ik een revisie terug?", body: "Per ongeluk D over C geplaatst.",
		steps: []step{took(3*day, "Fatma", "Dat kan in de geschiedenis van de tekening: kies *C* en dan **Zet terug**. Lukt dat?", Pending), wrote(day+7*hour, "Anja", "Ik zie die knop niet.")}},
	{ago: 6 * hour, who: "Anja", product: "projecten", severity: "hinders", subject: "Geen e-mail bij nieuwe opmerking", body: "De instelling staat aan. Ook niet in de spam.", tags: "mail", steps: []step{{ago: 5 * hour, who: "Sanne", mine: true}}},
	{ago: 3 * day, who: "Noor", product: "projecten", severity: "question", subject: "Factuur op andere afdeling", body: "Graag vanaf januari op naam van de afdeling Realisatie.", tags: "facturatie",
		steps: []step{took(2*day+4*hour, "Fatma", "Dat regel ik. Welk kostenplaatsnummer mag erop?", Pending), wrote(day+6*hour+38*minute, "Noor", "Dat is 4410.")}},
	{ago: 4 * minute, who: "Pim", product: "projecten", severity: "hinders", subject: "Rechten van externe partij te ruim", body: "Zij zien ook de map *Aanbesteding*.", tags: "rechten"},
	{ago: 2*day + hour, who: "Noor", product: "projecten", severity: "question", subject: "Export naar Excel mist kolom", body: "De kolom “Status” ontbreekt in de export.", tags: "export",
		steps: []step{took(day+2*hour, "Sanne", "Kun je het sjabloon meesturen dat je gebruikt?", Pending)}},
	{ago: 3*day + 4*hour, who: "Lotte", product: "uitgifte", severity: "hinders", subject: "QR-code op tekening onleesbaar", body: "De telefoon van de uitvoerder pakt hem niet.",
		steps: []step{took(2*day+4*hour, "Daan", "Is de print op A3 of A1?", Pending)}},
	{ago: 2*day + 2*hour, who: "Emre", product: "viewer", severity: "hinders", subject: "Meten in de viewer geeft millimeters in plaats van meters", body: "Sinds de laatste versie.", steps: []step{took(day+6*hour, "Daan", "Klopt, dat is een fout in 4.2. De oplossing komt met 4.2.1; ik laat het je weten.", OnHold)}},
	{ago: 5 * day, who: "Emre", product: "projecten", severity: "question", subject: "Kan ik mappen kopiëren tussen projecten?", body: "Wij beginnen elk project met dezelfde mappen.", steps: []step{took(4*day+2*hour, "Sanne", "Nog niet, maar het staat op de planning voor het voorjaar. Ik kom er dan op terug.", "")}, snooze: 5 * 24 * hour},
	{ago: 6 * day, who: "Ties", product: "uitgifte", severity: "question", subject: "Automatisch uitgeven op vrijdag", body: "Kan een uitgifte op een vast moment de deur uit?", steps: []step{took(5*day, "Daan", "Ik vraag het na bij ontwikkeling.", "")}, snooze: 2 * 24 * hour},
	{ago: 4 * day, who: "Ruben", product: "viewer", severity: "question", subject: "Doorsnede opslaan als afbeelding", body: "Voor in ons rapport.", steps: []step{took(3*day+4*hour, "Daan", "Dat onderzoek ik.", "")}, snooze: 24 * hour},
	{ago: 7 * hour, who: "Ties", product: "projecten", severity: "question", subject: "Oude projecten archiveren", body: "Wij hebben 40 projecten die klaar zijn. Kunnen die uit de lijst?"},
	{ago: day + 6*hour, who: "Emre", product: "uitgifte", severity: "question", subject: "Ontvanger wijzigen na uitgifte", body: "De uitgifte ging naar het verkeerde adres van de constructeur."},
	{ago: 5 * hour, who: "Marit", product: "projecten", severity: "hinders", subject: "Nieuwe collega ziet geen projecten", body: "Zij is vandaag begonnen en staat bij ons bedrijf."},
	{ago: 2 * hour, who: "Anja", product: "viewer", severity: "question", subject: "Werkt de viewer op een tablet?", body: "Onze toezichthouders gaan met tablets naar buiten."},
	{ago: day + 2*hour, who: "Marit", product: "uitgifte", severity: "question", subject: "Overzicht van alle uitgiftes per maand", body: "Voor het kwaliteitsdossier.", private: true, steps: []step{{ago: day, who: "Sanne", mine: true}}},
	{ago: 5*day + 3*hour, who: "Pim", product: "uitgifte", severity: "hinders", subject: "Datum op de uitgiftebrief staat in het Engels", body: "Er staat *November* met een hoofdletter.", steps: []step{took(5*day, "Daan", "Dat is de taal van je browser. In **Instellingen** kun je Nederlands vast zetten.", Pending), wrote(4*day, "Pim", "Gevonden, dank!"), became(4*day, "Pim", Solved)}, rating: "yes"},
	{ago: 6*day + 2*hour, who: "Marit", product: "uitgifte", severity: "hinders", subject: "Set van 20 uitgeven mislukt", body: "Bij 20 tekeningen stopt hij, bij 10 niet.", tags: "uitgifte", steps: []step{took(6*day, "Sanne", "Een van de tekeningen had een lege bijlage. Die heb ik eruit gehaald; nu gaat het.", Solved)}},
	{ago: 8 * day, who: "Joost", product: "projecten", severity: "question", subject: "Hoeveel tekeningen per uitgifte?", body: "Is daar een grens aan?", steps: []step{took(7*day+5*hour, "Daan", "Hooguit 200 per keer. Meer kan in delen.", Solved), {ago: 7 * day, who: "Joost", say: "Helder, dank.", status: Solved}}, rating: "yes"},
	{ago: 7 * day, who: "Noor", product: "viewer", severity: "hinders", subject: "Lagen onthouden per tekening", body: "Elke keer alle lagen weer aanzetten kost tijd.", steps: []step{took(6*day+2*hour, "Sanne", "Dat kan sinds vorige week: het speldje naast *Lagen*.", Solved)}},
	{ago: 9 * day, who: "Lotte", product: "projecten", severity: "question", subject: "Taal van de portal per gebruiker", body: "Een Engelse partij wil mee kunnen kijken.", steps: []step{took(8*day, "Fatma", "Iedereen kiest zijn taal zelf, rechtsboven.", Solved)}, rating: "yes"},
	{ago: 8*day + 4*hour, who: "Emre", product: "uitgifte", severity: "blocks", subject: "Uitgifte verdwenen na bevestigen", body: "De onderaannemer krijgt een lege pagina.", steps: []step{took(8*day+2*hour, "Daan", "Teruggezet. Het was een storing van een kwartier.", Solved), wrote(7*day, "Emre", "Hij is weer weg."), took(6*day+7*hour, "Daan", "Nu is de oorzaak ook weg: een dubbele sleutel.", Solved)}, rating: "yes"},
	{ago: 7*day + 2*hour, who: "Ruben", product: "projecten", severity: "hinders", subject: "Zoeken vindt tekeningnummers met een punt niet", body: "A.401 levert niets op, A401 wel.", steps: []step{took(5*day, "Fatma", "Hersteld in 4.2. Excuus dat het antwoord op zich liet wachten.", Solved)}, rating: "no"},
	{ago: 18 * day, who: "Ties", product: "viewer", severity: "question", subject: "Sneltoets voor volgende tekening", body: "Bestaat die?", steps: []step{took(17*day, "Sanne", "Ja: de punt en de komma.", Solved)}},
	{ago: 19 * day, who: "Anja", product: "projecten", severity: "hinders", subject: "Uitnodiging komt niet aan", body: "Ons mailfilter houdt hem tegen.", steps: []step{took(18*day+4*hour, "Daan", "Ik heb de afzender en de sleutels gestuurd voor je beheerder.", Solved)}, rating: "yes"},
	{ago: 20 * day, who: "Noor", product: "uitgifte", severity: "question", subject: "Wie heeft de tekening geopend?", body: "Kan ik zien wie een uitgifte heeft gedownload?", steps: []step{took(19*day, "Fatma", "Onder *Ontvangers* staat per persoon wanneer.", Solved)}},
	{ago: 22 * day, who: "Pim", product: "viewer", severity: "blocks", subject: "Viewer start niet na update", body: "Zwart scherm op alle werkplekken.", steps: []step{took(22*day-2*hour, "Daan", "De oude versie zat nog in de cache. Met Ctrl+F5 is het weg.", Solved)}, rating: "yes"},
	{ago: 24 * day, who: "Lotte", product: "uitgifte", severity: "hinders", subject: "Stempel valt over het onderschrift", body: "Bij A0 staand.", steps: []step{took(23*day, "Sanne", "De plek is nu per formaat in te stellen.", Solved)}},
	{ago: 26 * day, who: "Joost", product: "projecten", severity: "question", subject: "Nieuwe vestiging toevoegen", body: "Wij openen een vestiging in Westerdam.", steps: []step{took(25*day, "Fatma", "Gedaan.", Solved)}},
	{ago: 28 * day, who: "Emre", product: "uitgifte", severity: "hinders", subject: "Bijlage van 60 MB wordt geweigerd", body: "De grens is 50 MB?", steps: []step{took(27*day, "Daan", "Verhoogd naar 100 MB voor jullie.", Solved)}},
	{ago: 3 * hour, who: "Lotte", product: "viewer", severity: "question", subject: "Opmerkingen afdrukken", body: "Kunnen de opmerkingen mee op de afdruk?"},
	{ago: hour, who: "Ruben", product: "projecten", severity: "hinders", subject: "Koppeling met de agenda werkt niet meer", body: "Deadlines komen niet meer in de agenda."},
	{ago: 2*day + 3*hour, who: "Joost", product: "uitgifte", severity: "question", subject: "Sjabloon voor transmittals in twee talen", body: "Voor een project met een Duitse partner.", steps: []step{took(day+4*hour, "Fatma", "Dat kan: maak twee sjablonen en kies bij het uitgeven.", Pending), wrote(2*hour, "Joost", "Dat werkt. Kan de taal ook per ontvanger?")}},
}

var demoReplies = []struct{ title, nl, en, status string }{
	{"Meer informatie nodig", "Dank voor je bericht. Om je goed te helpen weten we graag:\n\n- welke browser en versie je gebruikt\n- wat je deed vlak voordat het misging\n- of het bij collega’s ook gebeurt", "Thank you for your message. To help you well, please tell us:\n\n- which browser and version you use\n- what you did just before it went wrong\n- whether it happens to colleagues too", Pending},
	{"Opgelost in nieuwe versie", "Dit is opgelost in de nieuwste versie. Laad de pagina opnieuw met Ctrl+F5. Werkt het dan nog niet, dan horen we het graag.", "This is solved in the latest version. Reload the page with Ctrl+F5. If it still does not work, please tell us.", Solved},
	{"Bekend probleem", "Dit hoort bij een bekend probleem dat we nu oplossen. Je hoort hoe ver we zijn.", "This is part of a known problem that we are solving now. You hear how far we are.", OnHold},
}

var demoKnown = []known{
	{Kind: Problem, TitleNL: "Grote uitgiftes wachten te lang", TitleEN: "Large issues wait too long",
		BodyNL: "Sinds 12:00 duren uitgiftes van meer dan 10 tekeningen langer. De omzetter van DWG 2024 loopt vol; we zetten er een tweede naast.\n\n**Omweg:** geef uit in delen van 8.",
		BodyEN: "Since 12:00 issues of more than 10 drawings take longer. The converter of DWG 2024 is full; we are adding a second one.\n\n**Meanwhile:** issue in parts of 8."},
	{Kind: Answer, Helped: 41, TitleNL: "Uitgifte blijft op voorbereiden staan", TitleEN: "Issue stuck on preparing",
		BodyNL: "Meestal wacht de uitgifte op het omzetten van één tekening.\n\n1. Open de uitgifte en kijk bij **Tekeningen** welke er nog wacht.\n2. Haal die eruit en geef opnieuw uit.\n3. Stuur ons die tekening, dan kijken we waarom.",
		BodyEN: "Mostly the issue waits for one drawing to be converted.\n\n1. Open the issue and see under **Drawings** which one still waits.\n2. Take it out and issue again.\n3. Send us that drawing, and we look why."},
	{Kind: Answer, Helped: 18, TitleNL: "Hoeveel tekeningen per uitgifte?", TitleEN: "How many drawings per issue?",
		BodyNL: "Hooguit 200 per keer. Meer kan in delen.", BodyEN: "At most 200 at a time. More can go in parts."},
	{Kind: Answer, Helped: 9, TitleNL: "Een revisie terugzetten", TitleEN: "Put a revision back",
		BodyNL: "Kies in de geschiedenis van de tekening de revisie en dan **Zet terug**. De knop is er voor wie *bewerker* is.",
		BodyEN: "In the history of the drawing choose the revision and then **Put back**. The button is there for who is an *editor*."},
}

// demo fills in tickets in all states, with clocks that run now.
func (p *portal) demo(ctx context.Context, tx *db.Tx, with app.Demo) error {
	d, err := p.desk(ctx, p.DB)
	if err != nil {
		return err
	}
	// The oldest first, so that their numbers rise with time.
	all := slices.SortedStableFunc(slices.Values(demoTickets), func(a, b demoTicket) int { return cmp.Compare(b.ago, a.ago) })
	for _, t := range all {
		if err := p.demoTicket(ctx, tx, d, with, t); err != nil {
			return fmt.Errorf("%s: %w", t.subject, err)
		}
	}
	for _, k := range demoKnown {
		k.ID, k.CreatedAt, k.ChangedAt = rand.Text(), with.Now, with.Now
		if err := db.Insert(ctx, tx, "ticket_known", k); err != nil {
			return err
		}
		if err := p.indexKnown(ctx, tx, k); err != nil {
			return err
		}
	}
	for _, r := range demoReplies {
		_, err := db.Exec(ctx, tx, `INSERT INTO canned_reply (id, title, body_nl, body_en, then_status, changed_at) VALUES (?, ?, ?, ?, ?, ?)`,
			rand.Text(), r.title, r.nl, r.en, r.status, with.Now)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *portal) demoTicket(ctx context.Context, tx *db.Tx, d desk, with app.Demo, t demoTicket) error {
	who, ok := with.People[t.who]
	if !ok {
		return fmt.Errorf("nobody is called %s", t.who)
	}
	d.Now = workingAgo(d.Calendar, with.Now, t.ago)
	filed, m, err := insert(ctx, tx, d, Ticket{CompanyID: who.CompanyID, RequesterID: &who.ID, Product: t.product, Severity: t.severity, Subject: t.subject, Private: t.private},
		Message{AuthorID: &who.ID, Body: t.body})
	if err != nil {
		return err
	}
	if strings.Contains(t.subject, "hangen") {
		if err := p.demoFile(ctx, tx, m, who); err != nil {
			return err
		}
	}
	for _, name := range t.cc {
		reader := with.People[name]
		if err := join(ctx, tx, filed.ID, reader.ID, d.Now); err != nil {
			return err
		}
		if _, _, _, err := apply(ctx, tx, d, filed.ID, Change{Actor: &who, Events: []Event{{Kind: Joined, AboutID: &reader.ID}}}); err != nil {
			return err
		}
	}
	for _, s := range t.steps {
		d.Now = workingAgo(d.Calendar, with.Now, s.ago)
		if err := demoStep(ctx, tx, d, filed.ID, with.People[s.who], s); err != nil {
			return err
		}
	}
	return demoEnd(ctx, tx, d, filed.ID, with, t)
}

func demoStep(ctx context.Context, tx *db.Tx, d desk, id string, who account.Account, s step) error {
	change := Change{Actor: &who}
	if s.say != "" {
		change.Message = &Message{Kind: Reply, Party: Customer, Channel: "web", Body: s.say}
		if who.Staff() {
			change.Message.Party = Staff
		}
		if s.note {
			change.Message.Kind = Note
		}
	}
	change.Edit = func(t *Ticket) {
		if s.mine {
			t.AssigneeID = &who.ID
		}
		if s.status != "" {
			t.Status = s.status
		}
	}
	_, _, _, err := apply(ctx, tx, d, id, change)
	return err
}

// demoEnd adds what came last: tags, a snooze, an opinion.
func demoEnd(ctx context.Context, tx *db.Tx, d desk, id string, with app.Demo, t demoTicket) error {
	if t.tags != "" || t.snooze > 0 {
		_, _, _, err := apply(ctx, tx, d, id, Change{Edit: func(k *Ticket) {
			k.Tags = strings.Join(tagList(t.tags), " ")
			if t.snooze > 0 {
				until := with.Now.Add(t.snooze).Truncate(time.Hour)
				k.SnoozedUntil = &until
			}
		}})
		if err != nil {
			return err
		}
	}
	if t.rating != "" {
		who := with.People[t.who]
		d.Now = d.Now.Add(30 * time.Minute)
		return rated(ctx, tx, d, id, &who, rateForm{Helped: t.rating})
	}
	return nil
}

func (p *portal) demoFile(ctx context.Context, tx *db.Tx, m Message, who account.Account) error {
	upload, err := p.Files.Take(ctx, "browserlog.txt", strings.NewReader("10:04:51 POST /uitgifte/2219 202\n10:05:21 GET /uitgifte/2219/status wacht\n10:05:51 GET /uitgifte/2219/status wacht\n"))
	if err != nil {
		return err
	}
	_, err = p.Files.Save(ctx, tx, upload, owner(m), who.ID)
	return err
}

// workingAgo is the last moment from which the desk has been open for d until now.
func workingAgo(calendar hours.Calendar, now time.Time, d time.Duration) time.Time {
	from, to := now.AddDate(0, -3, 0), now
	for to.Sub(from) > time.Second {
		middle := from.Add(to.Sub(from) / 2)
		if calendar.Working(middle, now) >= d {
			from = middle
		} else {
			to = middle
		}
	}
	return from.Truncate(time.Second)
}
