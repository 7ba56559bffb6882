package demos

import (
	"context"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/hours"
	"loket/db"
)

// demo fills in the demonstration company: two kinds of demonstration, two
// colleagues, and appointments that were, are and will be.
func (p *portal) demo(c context.Context, tx *db.Tx, d app.Demo) error {
	all := []Type{
		{Slug: "kennismaking", NameNL: "Kennismaking met Tekenkast", NameEN: "Meet Tekenkast", Minutes: 30, Step: 30, After: 15, Notice: 240, Days: 60, Daily: 4, Weekly: 12, Cutoff: 120,
			AboutNL: "We laten zien hoe jouw project erin werkt. Geen presentatie, geen verkooppraatje achteraf.", AboutEN: "We show how your project works in it. No presentation, no sales talk afterwards.",
			PlaceNL: "Online, link volgt per mail", PlaceEN: "Online, link follows by mail"},
		{Slug: "overstap", NameNL: "Overstappen met je tekeningen", NameEN: "Moving your drawings", Minutes: 60, Step: 30, Before: 10, After: 20, Notice: 1440, Days: 90, Daily: 2, Cutoff: 240, Sort: 1,
			AboutNL: "Neem een map met echte tekeningen mee. We zetten hem samen over en kijken wat er blijft liggen.", AboutEN: "Bring a folder of real drawings. We move it together and see what is left.",
			PlaceNL: "Online of bij jou op kantoor", PlaceEN: "Online or at your office"},
	}
	hosts := []account.Account{d.People["Sanne"], d.People["Fatma"]}
	week, err := weekText(usual())
	if err != nil {
		return err
	}
	for _, h := range hosts {
		row := struct {
			AccountID string `db:"account_id"`
			Zone      string
			Week      string
			Link      string
		}{h.ID, p.Zone.String(), week, "https://meet.tekenkast.example/" + h.Email[:5]}
		if err := db.Insert(c, tx, "demo_host", row); err != nil {
			return err
		}
	}
	for i := range all {
		all[i].ID, all[i].CreatedAt = newID(), d.Now.AddDate(0, -6, 0)
		if err := p.keepTypeFresh(c, tx, all[i], hosts); err != nil {
			return err
		}
	}
	if len(d.Companies) > 0 {
		if _, err := db.Exec(c, tx, `INSERT INTO demo_owner (company_id, account_id) VALUES (?, ?)`, d.Companies[0].ID, hosts[0].ID); err != nil {
			return err
		}
	}
	today := hours.DateOf(d.Now, p.Zone)
	guests := []struct {
		name, email, company, phone, wish string
		days                              int // from today, moved on over weekends
		at                                hours.Clock
		host, kind                        int
		status, outcome                   string
	}{
		{"Iris Blom", "iris@blom-advies.example", "Blom Bouwadvies", "0301 55 00 77", "We werken met drie onderaannemers. Hoe zien zij de laatste versie?", 1, hours.HM(10, 0), 0, 0, booked, ""},
		{"Hassan Idrissi", "hassan@idrissi.example", "Idrissi Interieurbouw", "", "Vooral de viewer op een telefoon.", 2, hours.HM(14, 0), 1, 0, booked, ""},
		{"Greet Maas", "greet@maasenzoon.example", "Maas en Zoon", "0301 55 00 81", "Tienduizend tekeningen uit een netwerkmap.", 4, hours.HM(9, 30), 0, 1, booked, ""},
		{"Willem Prins", "willem@prins.example", "Prins Dakwerken", "", "", 7, hours.HM(11, 0), 1, 0, booked, ""},
		{"Yara Postma", "yara@postma.example", "Postma Constructie", "0301 55 00 90", "Koppelen met onze planning.", -1, hours.HM(15, 0), 0, 0, booked, ""},
		{"Dirk Jansma", "dirk@jansma.example", "Jansma Staal", "", "", -4, hours.HM(10, 30), 1, 0, booked, ""},
		{"Fleur Otten", "fleur@otten.example", "Otten Architectuur", "", "Ik kon vorige week niet.", 0, 0, 0, 0, wished, ""},
	}
	for _, g := range guests {
		t := all[g.kind]
		made := d.Now.AddDate(0, 0, -10)
		b := Booking{ID: newID(), TypeID: t.ID, Status: g.status, Name: g.name, Email: g.email, Phone: g.phone, Company: g.company, Wish: g.wish,
			Lang: "nl", Zone: p.Zone.String(), CreatedAt: made}
		if g.status != wished {
			b.BookedAt = &made
		}
		if err := db.Insert(c, tx, "demo_booking", b); err != nil {
			return err
		}
		if g.status == wished {
			continue
		}
		day := today.AddDays(g.days)
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			if g.days < 0 {
				day = day.AddDays(-1)
			} else {
				day = day.AddDays(1)
			}
		}
		err := p.take(c, tx, t, &b, Host{AccountID: hosts[g.host].ID}, hours.At(p.Zone, day, g.at))
		if err != nil {
			return err
		}
	}
	for i, n := range []struct {
		outcome string
		n       int
	}{{"customer", 4}, {"no_customer", 9}, {"no_show", 1}, {"cancelled", 2}} {
		month := d.Now.AddDate(0, -1-i%2, 0).In(p.Zone).Format("2006-01")
		if _, err := db.Exec(c, tx, `INSERT INTO demo_tally (month, type_id, outcome, n) VALUES (?, ?, ?, ?)`, month, all[0].ID, n.outcome, n.n); err != nil {
			return err
		}
	}
	return nil
}

func (p *portal) keepTypeFresh(c context.Context, tx *db.Tx, t Type, hosts []account.Account) error {
	ids := make([]string, len(hosts))
	for i, h := range hosts {
		ids[i] = h.ID
	}
	return p.keepType(c, tx, t, true, ids)
}
