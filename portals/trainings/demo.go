package trainings

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"loket/app"
	"loket/app/hours"
	"loket/app/invite"
	"loket/db"
)

// demo fills the agenda of the demonstration company: what is coming in the
// next weeks, one that is full with people waiting, one that was yesterday, one
// that is still a draft.
func (p *portal) demo(ctx context.Context, tx *db.Tx, d app.Demo) error {
	day := func(days, hour, minute int) time.Time {
		at := hours.DateOf(d.Now, p.Zone).AddDays(days)
		for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			at = at.AddDays(cmp.Compare(days, 0))
		}
		return hours.At(p.Zone, at, hours.HM(hour, minute))
	}
	type held struct {
		at              time.Time
		length          time.Duration
		capacity, taken int
		waiting         int
		lang, place     string
	}
	hosts := []string{d.People["Sanne"].ID, d.People["Fatma"].ID}
	for i, t := range []struct {
		Training
		sessions []held
	}{
		{Training{Kind: "webinar", Title: "Uitgiftes zonder e-mail", Lead: "Van losse bijlagen naar één plek. Met live voorbeeld en tijd voor vragen.", Products: "uitgifte", State: "published",
			About: "## Dit kun je straks\n\n- een uitgifte klaarzetten voor je hele team\n- zien wie wat heeft opgehaald\n- een nieuwe versie sturen zonder dat iemand de oude nog gebruikt\n\n## Voor wie\n\nVoor iedereen die tekeningen naar buiten stuurt."},
			[]held{{day(4, 10, 0), 45 * time.Minute, 100, 23, 0, "nl", ""}, {day(18, 15, 0), 45 * time.Minute, 100, 6, 0, "en", ""}}},
		{Training{Kind: "training", Title: "Basistraining Projecten", Lead: "In twee uur je eerste project: mappen, rechten, revisies. Je werkt in een oefenomgeving, dus stuk maken kan niet.", Products: "projecten", Certificate: true, State: "published",
			About: "## Dit kun je straks\n\n- een project aanmaken met je eigen sjabloon\n- bepalen wie wat ziet, ook buiten je bedrijf\n- een revisie plaatsen en terugdraaien\n\n## Voor wie\n\nVoor iedereen die nog niet of pas kort met Projecten werkt."},
			[]held{{day(-1, 14, 0), 2 * time.Hour, 12, 0, 0, "nl", ""}, {day(8, 14, 0), 2 * time.Hour, 12, 9, 0, "nl", ""}, {day(22, 9, 30), 2 * time.Hour, 12, 2, 0, "nl", "Havenkade 12, Westerdam"}}},
		{Training{Kind: "training", Title: "Projecten voor beheerders", Lead: "Sjablonen, rollen en koppelingen. Je hebt de basis al.", Products: "projecten", Certificate: true, State: "published",
			About: "Een ochtend voor wie het beheer doet. Neem je eigen vragen mee."},
			[]held{{day(10, 9, 30), 150 * time.Minute, 12, 4, 0, "nl", "Havenkade 12, Westerdam"}}},
		{Training{Kind: "webinar", Title: "IFC-modellen openen in de Viewer", Lead: "Grote modellen snel laden en fouten herkennen.", Products: "viewer", State: "published",
			About: "We openen een model van 2 GB en laten zien waar het vaak misgaat."},
			[]held{{day(16, 9, 30), 30 * time.Minute, 20, 20, 3, "en", ""}}},
		{Training{Kind: "webinar", Title: "Nieuw in het voorjaar", Lead: "Wat er verandert en waarom.", Products: "uitgifte projecten viewer", State: "draft"},
			[]held{{day(60, 11, 0), 30 * time.Minute, 200, 0, 0, "nl", ""}}},
	} {
		t.ID, t.CreatedAt, t.ChangedAt = rand.Text(), d.Now.AddDate(0, 0, -40+i), d.Now.AddDate(0, 0, -20+i)
		if err := db.Insert(ctx, tx, "training", t.Training); err != nil {
			return err
		}
		for j, h := range t.sessions {
			s := Session{ID: rand.Text(), TrainingID: t.ID, StartsAt: h.at, EndsAt: h.at.Add(h.length), Zone: p.Zone.String(), Lang: h.lang, Place: h.place,
				HostID: &hosts[(i+j)%2], State: "open", Times: 1, Every: 7, Capacity: h.capacity, Chairs: h.capacity, CreatedAt: t.CreatedAt, ChangedAt: t.CreatedAt}
			if h.place == "" {
				s.JoinURL = "https://meet.tekenkast.example/" + rand.Text()[:8]
			}
			if !h.at.After(d.Now) { // held: the people are gone, the counts are not
				s.Taken, s.Attended = 11, 9
			}
			if err := db.Insert(ctx, tx, "training_session", s); err != nil {
				return err
			}
			if err := p.demoPeople(ctx, tx, d, s, h.taken+h.waiting, 2*(i+j)); err != nil {
				return err
			}
		}
	}
	return nil
}

var demoNames = []string{"Sem de Vries", "Julia Bakker", "Bram Visser", "Yara Mohamed", "Thijs Meijer", "Eva Mulder", "Omar el Idrissi", "Fleur Bos", "Koen Peters", "Nadia Kaya",
	"Ruud Jacobs", "Iris van Leeuwen", "Stan Dijkstra", "Mila Willems", "Hugo Kuipers", "Saar Postma", "Levi Brouwer", "Zoë Huisman", "Gijs Schouten", "Lina Çelik"}

// demoPeople signs people up: first two of those with an account, then others.
func (p *portal) demoPeople(ctx context.Context, tx *db.Tx, d app.Demo, s Session, n, from int) error {
	known := []string{"Joost", "Marit", "Noor", "Pim"}
	for i := range n {
		when := d.Now.Add(-time.Duration(9*24-i) * time.Hour)
		r := Registration{ID: rand.Text(), Lang: "nl", Zone: p.Zone.String(), ConfirmedAt: &when, ToldAt: when, CreatedAt: when, Invited: true}
		if account := d.People[known[(from+i)%len(known)]]; i < 2 && account.ID != "" {
			r.AccountID, r.Name, r.Email, r.Company, r.Phone = &account.ID, account.Name, account.Email, account.CompanyName, account.Phone
		} else {
			r.Name, r.Email, r.Company = demoNames[i%len(demoNames)], fmt.Sprintf("deelnemer%d@voorbeeld.example", i), "Bureau Voorbeeld"
		}
		r.UID = invite.UID("training", r.ID, p.Config.URL)
		if err := place(ctx, tx, &s, &r); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "training_registration", r); err != nil {
			return err
		}
	}
	return nil
}
