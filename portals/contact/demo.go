package contact

import (
	"context"
	"time"

	"loket/app"
	"loket/app/settings"
	"loket/db"
)

// demo fills in the demonstration company: questions in every state.
func (p *portal) demo(c context.Context, tx *db.Tx, d app.Demo) error {
	way := Route{Street: "Havenkade", Cross: "Stationsweg", Station: "Station Westerdam", Parking: "Garage Havenkade",
		NL: "Vanaf het station loop je in acht minuten langs het water. De ingang is naast de scheepswerf; bel aan bij nummer 12.",
		EN: "From the station it is an eight-minute walk along the water. The entrance is next to the shipyard; ring at number 12."}
	if err := settings.Put(c, tx, p.Settings, RouteKey, way); err != nil {
		return err
	}
	sanne, daan := d.People["Sanne"].ID, d.People["Daan"].ID
	for _, s := range []struct {
		topic, channel, how, name, email, phone, company, message string
		ago                                                       time.Duration
		answer, agent, status                                     string
	}{
		{"question", "form", "mail", "Bram Tuinman", "bram@tuinman.example", "", "Tuinman Groen", "Werken jullie ook met tekeningen van hoveniers, of alleen bouw?", 3 * time.Hour, "", "", open},
		{"invoice", "form", "mail", "Els de Boer", "els@deboer.example", "", "De Boer Vloeren", "Onze factuur staat nog op het oude adres. Kunnen jullie dat aanpassen?", 26 * time.Hour, "", daan, open},
		{"other", "phone", "call", "Mevrouw Peters", "", "0301 55 00 93", "", "Belde over de bouwplaats tegenover ons kantoor. Wil weten wie de tekeningen beheert.", 5 * time.Hour, "", sanne, open},
		{"press", "mail", "mail", "Jochem Rood", "jochem@rood.example", "", "Bouwblad", "Mogen we een foto van jullie kantoor gebruiken bij een stuk over papierloos bouwen?", 5 * 24 * time.Hour, "Graag, met bronvermelding. Ik stuur je morgen een paar foto’s in hoge resolutie.", sanne, answered},
		{"question", "form", "mail", "Nadia Haddad", "nadia@haddad.example", "", "Haddad Installatie", "Kan ik een tekening delen met iemand zonder account?", 3 * 24 * time.Hour, "Ja: deel de map met een link en kies hoe lang die geldt.", daan, answered},
		{"other", "form", "mail", "Best Deals", "promo@deals.example", "", "", "Best prices for your website traffic!!!", 30 * time.Hour, "", "", spammed},
	} {
		at := d.Now.Add(-s.ago)
		due, err := p.dueAt(c, at)
		if err != nil {
			return err
		}
		q := Contact{ID: newID(), Topic: s.topic, Channel: s.channel, Status: s.status, How: s.how, Name: s.name, Email: s.email, Phone: s.phone, Company: s.company,
			Message: s.message, Lang: "nl", ReceivedAt: at, OwedAt: at, DueAt: due}
		if s.agent != "" {
			q.AgentID = &s.agent
		}
		if s.status == spammed {
			q.SettledAt = &d.Now
		}
		answeredAt := at.Add(2 * time.Hour)
		if s.answer != "" {
			q.FirstAt, q.AnsweredAt = &answeredAt, &answeredAt
		}
		if err := db.Insert(c, tx, "contact", q); err != nil {
			return err
		}
		if s.answer == "" {
			continue
		}
		if err := say(c, tx, q.ID, "us", s.agent, s.answer, answeredAt); err != nil {
			return err
		}
		if err := count(c, tx, q, answeredAt, p.Zone); err != nil {
			return err
		}
	}
	return nil
}
