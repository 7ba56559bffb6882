package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"loket/app/fault"
	"loket/db"
)

// Document is the statement in one language, as a neutral structure that the
// page, the PDF and the export each render.
type Document struct {
	Number      int64     `json:"number,omitempty"`
	EffectiveOn string    `json:"effective_on,omitempty"`
	Hash        string    `json:"hash,omitempty"`
	Lang        string    `json:"lang"`
	Title       string    `json:"title"`
	Elements    []Element `json:"elements"`
	Recipients  []string  `json:"recipients"`
}

// Kinds of element.
const (
	Heading   = "heading"
	Paragraph = "paragraph"
	List      = "list"
	Facts     = "facts" // pairs: a word and what it means
	Table     = "table" // the first row is the header
)

// Element is a piece of a document.
type Element struct {
	Kind   string     `json:"kind"`
	Level  int        `json:"level,omitempty"` // of a heading: 2 or 3
	ID     string     `json:"id,omitempty"`    // of a heading
	Text   string     `json:"text,omitempty"`
	Items  []string   `json:"items,omitempty"`
	Rows   [][]string `json:"rows,omitempty"`
	Strong bool       `json:"strong,omitempty"` // stands apart: the right to object, art. 21(4)
}

// Lines is the document as lines of text, to compare.
func (d Document) Lines() (lines []string) {
	for _, el := range d.Elements {
		if el.Text != "" {
			lines = append(lines, el.Text)
		}
		lines = append(lines, el.Items...)
		for _, row := range el.Rows {
			lines = append(lines, strings.Join(row, " · "))
		}
	}
	return lines
}

// Controller is who answers for the data (GDPR art. 13(1)(a-b)).
type Controller struct {
	Name           string `json:"name"`
	Address        string `json:"address"`
	Email          string `json:"email"`
	Phone          string `json:"phone"`
	Officer        string `json:"officer"` // data protection officer, if there is one
	OfficerContact string `json:"officer_contact"`
}

// Missing says what must be filled in before the statement is complete.
func (c Controller) Missing() (missing []Text) {
	for _, x := range []struct {
		value string
		text  Text
	}{
		{c.Name, Text{"de naam van je organisatie", "the name of your organisation"}},
		{c.Address, Text{"het adres van je organisatie", "the address of your organisation"}},
		{c.Email, Text{"een e-mailadres voor privacyvragen", "an e-mail address for privacy questions"}},
	} {
		if x.value == "" {
			missing = append(missing, x.text)
		}
	}
	return missing
}

// Controller reads who answers for the data.
func (e *Engine) Controller(ctx context.Context, on db.Querier) (c Controller, err error) {
	if e.About != nil {
		return e.About(ctx, on)
	}
	text, err := db.Get[string](ctx, on, `SELECT value FROM setting WHERE name = 'controller'`)
	if errors.Is(err, fault.NotFound) {
		return c, nil
	} else if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(text), &c)
}

// SetController stores who answers for the data; it counts in the next version.
func (e *Engine) SetController(ctx context.Context, tx *db.Tx, c Controller) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO setting (name, value, changed_at) VALUES ('controller', ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, string(text), e.Now())
	return err
}

// surroundings is what the statement needs besides the declaration.
type surroundings struct {
	controller Controller
	processors []Processor
	cookies    []Cookie
	security   []Text
	backups    Period
}

func (e *Engine) surroundings(ctx context.Context, on db.Querier) (s surroundings, err error) {
	if s.controller, err = e.Controller(ctx, on); err != nil {
		return s, err
	}
	if s.processors, err = processors(ctx, on); err != nil {
		return s, err
	}
	s.cookies, err = cookies(ctx, on)
	s.security, s.backups = e.Security, e.backups()
	return s, err
}

// Statement is the latest version in force, in lang; before the first
// publication it is the draft.
func (e *Engine) Statement(ctx context.Context, lang string) (Document, error) {
	v, err := e.current(ctx, e.DB, e.Now())
	if errors.Is(err, fault.NotFound) {
		d, err := e.Draft(ctx)
		if lang == "nl" {
			return d.NL, err
		}
		return d.EN, err
	} else if err != nil {
		return Document{}, err
	}
	return v.Document(lang)
}

// writer builds a document.
type writer struct {
	lang string
	doc  Document
}

func (w *writer) say(nl, en string) string { return Text{nl, en}.In(w.lang) }
func (w *writer) add(el Element)           { w.doc.Elements = append(w.doc.Elements, el) }
func (w *writer) heading(level int, id, text string) {
	w.add(Element{Kind: Heading, Level: level, ID: id, Text: text})
}
func (w *writer) paragraph(text string) {
	if text != "" {
		w.add(Element{Kind: Paragraph, Text: text})
	}
}

// document writes the statement in one language.
func (r *Registry) document(s surroundings, lang string) Document {
	w := &writer{lang: lang, doc: Document{Lang: lang, Recipients: []string{}}}
	w.doc.Title = w.say("Privacy- en cookieverklaring", "Privacy and cookie statement")
	w.front(s)
	w.summary(r)
	for i := range r.Purposes {
		w.chapter(&r.Purposes[i], s)
	}
	w.processors(s)
	w.cookies(s)
	w.rights(slices.ContainsFunc(r.Purposes, func(p Purpose) bool { return !p.Automated.IsZero() }))
	w.security(s)
	return w.doc
}

func (w *writer) front(s surroundings) {
	c := s.controller
	name := c.Name
	if name == "" {
		name = w.say("Wij", "We")
	}
	w.paragraph(w.say(
		"Deze verklaring vertelt welke gegevens wij van je bewaren, waarom, en tot wanneer. Wat hier staat, voert het programma elke nacht uit: de termijnen in deze tekst zijn dezelfde getallen als die waarmee het wist.",
		"This statement tells which data we keep about you, why, and until when. What it says is carried out every night by the program: the terms in this text are the very numbers it erases by."))
	facts := [][]string{{w.say("Wie verantwoordelijk is", "Who is responsible"), name}}
	for _, f := range []struct{ nl, en, value string }{
		{"Adres", "Address", c.Address}, {"E-mail", "E-mail", c.Email}, {"Telefoon", "Telephone", c.Phone},
		{"Functionaris gegevensbescherming", "Data protection officer", strings.Trim(c.Officer+", "+c.OfficerContact, ", ")},
	} {
		if f.value != "" {
			facts = append(facts, []string{w.say(f.nl, f.en), f.value})
		}
	}
	w.add(Element{Kind: Facts, Rows: facts})
	w.heading(2, "promises", w.say("Wat wij beloven", "What we promise"))
	w.add(Element{Kind: List, Items: []string{
		w.say("We leggen eerst vast waarvoor we gegevens nodig hebben, en gebruiken ze alleen daarvoor.", "We first lay down what we need data for, and use them for that alone."),
		w.say("We vragen niet meer dan nodig is.", "We ask for no more than is needed."),
		w.say("Waar we toestemming nodig hebben, vragen we die uitdrukkelijk, en intrekken is net zo makkelijk als geven.", "Where we need consent we ask for it explicitly, and withdrawing it is as easy as giving it."),
		w.say("We beveiligen je gegevens, en eisen dat ook van wie ze voor ons verwerkt.", "We secure your data, and demand the same of those who process them for us."),
		w.say("We respecteren je rechten: inzien, verbeteren, wissen, beperken, meenemen en bezwaar maken.", "We respect your rights: access, rectification, erasure, restriction, portability and objection."),
	}})
	w.heading(2, "object", w.say("Bezwaar maken", "Objecting"))
	w.add(Element{Kind: Paragraph, Strong: true, Text: w.say(
		"Waar wij ons beroepen op een gerechtvaardigd belang, mag je altijd bezwaar maken. Bij analyses stoppen we dan meteen. Dat kan bij Mijn gegevens of met een bericht aan ons.",
		"Where we rely on a legitimate interest you may object at any time. For analyses we then stop at once. You can do so at My data or by a message to us.")})
}

// summary is all terms in one table.
func (w *writer) summary(r *Registry) {
	rows := [][]string{{w.say("Doel", "Purpose"), w.say("Tot wanneer", "Until when"), w.say("Grondslag", "Lawful basis")}}
	for i := range r.Purposes {
		p := &r.Purposes[i]
		var terms []string
		for _, rec := range p.Records {
			for j := range rec.Keep {
				if s := rec.Keep[j].Brief(w.lang); !slices.Contains(terms, s) {
					terms = append(terms, s)
				}
			}
		}
		if len(terms) == 0 {
			terms = []string{strings.TrimSuffix(p.Nothing.In(w.lang), ".")}
		}
		rows = append(rows, []string{p.Title.In(w.lang), strings.Join(terms, "; "), w.grounds(p)})
	}
	w.heading(2, "terms", w.say("Alle termijnen in één tabel", "All terms in one table"))
	w.add(Element{Kind: Table, Rows: rows})
}

var grounds = map[string]Text{
	"6(1)(a)": {"toestemming", "consent"},
	"6(1)(b)": {"overeenkomst", "contract"},
	"6(1)(c)": {"wettelijke plicht", "legal obligation"},
	"6(1)(d)": {"vitaal belang", "vital interests"},
	"6(1)(e)": {"taak van algemeen belang", "public task"},
	"6(1)(f)": {"gerechtvaardigd belang", "legitimate interest"},
}

func (w *writer) grounds(p *Purpose) string {
	var names []string
	for _, b := range p.Basis {
		if name := grounds[b.Article].In(w.lang); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// chapter is what the statement says of one purpose.
func (w *writer) chapter(p *Purpose, s surroundings) {
	w.heading(2, p.Key, p.Title.In(w.lang))
	w.paragraph(p.Why.In(w.lang))
	if data := p.categories(w.lang); len(data) > 0 {
		w.heading(3, p.Key+"-data", w.say("Welke gegevens", "Which data"))
		w.add(Element{Kind: List, Items: data})
	}
	w.paragraph(p.Source.In(w.lang))
	w.paragraph(p.Obliged.In(w.lang))
	w.heading(3, p.Key+"-term", w.say("Hoelang", "How long"))
	if terms := p.terms(w.lang); len(terms) == 1 {
		w.paragraph(terms[0])
	} else if len(terms) > 1 {
		w.add(Element{Kind: List, Items: terms})
	}
	w.paragraph(p.Nothing.In(w.lang))
	w.heading(3, p.Key+"-basis", w.say("Op welke grond, en wat je kunt doen", "On which ground, and what you can do"))
	for _, b := range p.Basis {
		text := w.say("Grondslag: ", "Lawful basis: ") + grounds[b.Article].In(w.lang) + " (" + w.say("artikel "+strings.NewReplacer("(1)", " lid 1 onder ", "(", "", ")", "").Replace(b.Article)+" AVG", "GDPR article "+b.Article) + ")"
		if f := b.For.In(w.lang); f != "" {
			text += ", " + f
		}
		if i := b.Interest.In(w.lang); i != "" {
			text += ". " + w.say("Ons belang: ", "Our interest: ") + i
		}
		w.paragraph(text + ".")
	}
	w.add(Element{Kind: List, Items: p.Rights(w.lang)})
	if names := w.recipients(p, s); len(names) > 0 {
		w.paragraph(w.say("Ontvangers: ", "Recipients: ") + strings.TrimSuffix(strings.Join(names, ", "), ".") + ".")
	}
	if a := p.Automated.In(w.lang); a != "" {
		w.paragraph(a)
	}
	for _, note := range p.Notes {
		w.paragraph(note.In(w.lang))
	}
}

// Categories are the kinds of data that a purpose keeps, each once.
func (p *Purpose) categories(lang string) (list []string) {
	for _, rec := range p.Records {
		for _, c := range rec.Columns {
			if text := c.Category.In(lang); text != "" && !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list
}

// terms are the sentences of a purpose's rules. Where there are several
// records each begins with what it is about.
func (p *Purpose) terms(lang string) (list []string) {
	several := len(p.Records) > 1
	for i := range p.Records {
		rec := &p.Records[i]
		for _, k := range ptrs(rec.Keep) {
			text := k.Sentence(lang)
			if several && !rec.Label.IsZero() {
				text = rec.Label.In(lang) + ": " + lowerFirst(text)
			}
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(string(r)) + s[n:]
}

// Rights are what a person can do about a purpose, computed from its grounds.
func (p *Purpose) Rights(lang string) []string {
	var a, b, c, f bool
	for _, basis := range p.Basis {
		switch basis.Article {
		case "6(1)(a)":
			a = true
		case "6(1)(b)":
			b = true
		case "6(1)(c)":
			c = true
		case "6(1)(e)", "6(1)(f)":
			f = true
		}
	}
	say := func(nl, en string) string { return Text{nl, en}.In(lang) }
	list := []string{say("Je mag je gegevens inzien, laten verbeteren en het gebruik laten beperken.", "You may see your data, have them corrected and have their use restricted.")}
	if c && !a && !b && !f {
		list = append(list, say("Wissen kan pas als de wet het toelaat; we noemen je dan de datum.", "Erasure is possible only when the law allows it; we will tell you the date."))
	} else {
		list = append(list, say("Je mag vragen ze te wissen.", "You may ask us to erase them."))
	}
	if a {
		list = append(list, say("Je mag je toestemming op elk moment intrekken; wat eerder gebeurde, blijft geldig.", "You may withdraw your consent at any time; what happened before stays lawful."))
	}
	if a || b {
		list = append(list, say("Wat je zelf gaf, mag je meenemen in een bestand dat een computer kan lezen.", "What you gave us you may take with you in a file that a computer can read."))
	}
	if f {
		list = append(list, say("Je mag bezwaar maken.", "You may object."))
	}
	return list
}

func (w *writer) recipients(p *Purpose, s surroundings) (names []string) {
	for _, pr := range s.processors {
		if slices.Contains(p.Processors, pr.ID) {
			names = append(names, pr.Name)
		}
	}
	return names
}

func (w *writer) processors(s surroundings) {
	w.heading(2, "recipients", w.say("Wie je gegevens van ons krijgt", "Who gets your data from us"))
	if len(s.processors) == 0 {
		w.paragraph(w.say("Niemand: dit loket draait op onze eigen machine en stuurt niets naar anderen.", "Nobody: this counter runs on our own machine and sends nothing to others."))
		return
	}
	rows := [][]string{{w.say("Naam", "Name"), w.say("Waarvoor", "What for"), w.say("Land", "Country"), w.say("Waarborg buiten de EER", "Safeguard outside the EEA")}}
	for _, p := range s.processors {
		role := ""
		if p.OwnController {
			role = w.say(" (zelf verantwoordelijk)", " (a controller of its own)")
		}
		rows = append(rows, []string{p.Name + role, p.Task().In(w.lang), p.CountryIn(w.lang), p.SafeguardsIn(w.lang)})
		w.doc.Recipients = append(w.doc.Recipients, p.Name)
	}
	w.add(Element{Kind: Table, Rows: rows})
	w.paragraph(w.say(
		"Met ieder die gegevens voor ons verwerkt, hebben we een verwerkersovereenkomst. Van een waarborg kun je bij ons een kopie vragen. Verder geven we gegevens alleen aan anderen als de wet dat eist, als jij het vraagt of ermee instemt, of als het voor de overeenkomst nodig is; elke keer leggen we vast.",
		"With everyone who processes data for us we have a processing agreement. You can ask us for a copy of a safeguard. Otherwise we give data to others only when the law demands it, when you ask or agree, or when the contract needs it; each time is logged."))
}

func (w *writer) cookies(s surroundings) {
	w.heading(2, "cookies", "Cookies")
	if !slices.ContainsFunc(s.cookies, func(c Cookie) bool { return c.ConsentNeeded }) {
		w.paragraph(w.say(
			"Dit loket gebruikt alleen cookies die nodig zijn om het te laten werken. Daarom vragen we je niets: er valt niets te weigeren. Er komt geen ander bedrijf mee op de pagina, tenzij je zelf op een kaart klikt.",
			"This counter uses only cookies that it needs to work. That is why we ask you nothing: there is nothing to refuse. No other company comes along on the page, unless you yourself click for a map."))
	} else {
		w.paragraph(w.say(
			"Cookies die niet nodig zijn, gebruiken we alleen als jij daarvoor kiest. Je keuze geldt een half jaar, en onderaan elke pagina kun je haar veranderen.",
			"Cookies that are not needed we use only if you choose them. Your choice lasts half a year, and at the bottom of every page you can change it."))
	}
	if len(s.cookies) == 0 {
		return
	}
	rows := [][]string{{w.say("Soort", "Kind"), w.say("Naam", "Name"), w.say("Van wie", "Whose"), w.say("Waarvoor", "What for"), w.say("Hoelang", "How long"), w.say("Vragen we erom", "Do we ask")}}
	for _, c := range s.cookies {
		ask := w.say("nee", "no")
		if c.ConsentNeeded {
			ask = w.say("ja", "yes")
		} else if c.Click {
			ask = w.say("alleen na een klik", "only after a click")
		}
		rows = append(rows, []string{categoryNames[c.Category].In(w.lang), c.Pattern, strings.Trim(c.Vendor+", "+country(c.Country, w.lang), ", "), c.Purpose().In(w.lang), c.TermIn(w.lang), ask})
	}
	w.add(Element{Kind: Table, Rows: rows})
}

func (w *writer) rights(automated bool) {
	w.heading(2, "your-rights", w.say("Je rechten", "Your rights"))
	w.add(Element{Kind: List, Items: []string{
		w.say("Inzien: bij Mijn gegevens staat alles wat we van je bewaren, en tot wanneer.", "Access: My data shows everything we keep about you, and until when."),
		w.say("Verbeteren: je naam, e-mailadres en telefoonnummer verander je zelf.", "Rectification: you change your name, e-mail address and telephone number yourself."),
		w.say("Wissen: je ziet eerst wat er verdwijnt en wat moet blijven.", "Erasure: you first see what goes and what must stay."),
		w.say("Beperken: zolang iets in geschil is, gebruiken we het niet.", "Restriction: as long as something is disputed we do not use it."),
		w.say("Meenemen: je krijgt een zip met een leesbare pagina en een bestand voor computers.", "Portability: you get a zip with a readable page and a file for computers."),
		w.say("Bezwaar maken en toestemming intrekken: met één knop, zonder uitleg.", "Objecting and withdrawing consent: with one button, without explanation."),
	}})
	w.paragraph(w.say(
		"Heb je geen account? Dan sturen we je een link per mail. Het kost niets. We antwoorden binnen een maand; kost het meer tijd, dan laten we dat binnen die maand weten, met de reden.",
		"No account? Then we send you a link by mail. It costs nothing. We answer within a month; if it takes longer we tell you within that month, with the reason."))
	w.paragraph(w.say(
		"Ben je het niet met ons eens? Je kunt een klacht indienen bij de Autoriteit Persoonsgegevens: autoriteitpersoonsgegevens.nl.",
		"Do you disagree with us? You can lodge a complaint with the Dutch data protection authority (Autoriteit Persoonsgegevens): autoriteitpersoonsgegevens.nl."))
	if !automated {
		w.paragraph(w.say("Wij nemen geen besluiten over je zonder dat er een mens aan te pas komt.", "We make no decisions about you without a human being."))
	}
}

func (w *writer) security(s surroundings) {
	w.heading(2, "measures", w.say("Beveiliging en reservekopieën", "Security and backups"))
	for _, t := range s.security {
		w.paragraph(t.In(w.lang))
	}
	w.paragraph(w.say(
		"Wat gewist is, kan nog "+s.backups.In("nl")+" in een versleutelde reservekopie staan. Zetten we die terug, dan wissen we het opnieuw voordat het loket opengaat.",
		"What has been erased may be in an encrypted backup for another "+s.backups.In("en")+". If we restore it, we erase it again before the counter opens."))
}

// Progress is what the statement page prints about the last night.
type Progress struct {
	At         time.Time
	Erased     int64
	Anonymised int64
}

// LastNight is what the last run did, or fault.NotFound.
func (e *Engine) LastNight(ctx context.Context) (Progress, error) {
	r, err := db.Get[Run](ctx, e.DB, `SELECT * FROM privacy_run WHERE ended_at IS NOT NULL ORDER BY number DESC LIMIT 1`)
	return Progress{r.StartedAt, r.Erased, r.Anonymised}, err
}
