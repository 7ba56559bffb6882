package mydata

import (
	"context"
	"crypto/rand"
	"time"

	"loket/app"
	"loket/app/privacy"
	"loket/db"
)

// demoCookies is the register of a real vendor's statement with its faults
// mended: what measures asks consent, nothing stands in two categories, and what
// Loket does itself (fonts, forms, the tag manager) is gone.
var demoCookies = []privacy.Cookie{
	{ID: "google-analytics", Pattern: "_ga*", Category: privacy.Analytical, Vendor: "Google", Country: "US", PurposeNL: "Bezoeken tellen en pagina’s vergelijken", PurposeEN: "Counting visits and comparing pages", Term: "P2Y", Hosts: "www.googletagmanager.com *.google-analytics.com"},
	{ID: "hubspot", Pattern: "__hs*", Category: privacy.Analytical, Vendor: "HubSpot", Country: "US", PurposeNL: "Zien welke contacten welke pagina’s lezen", PurposeEN: "Seeing which contacts read which pages", Term: "P13M", Hosts: "js.hs-analytics.net track.hubspot.com"},
	{ID: "hotjar", Pattern: "_hj*", Category: privacy.Analytical, Vendor: "Hotjar", Country: "MT", PurposeNL: "Opnemen hoe bezoekers de pagina gebruiken", PurposeEN: "Recording how visitors use the page", Term: "P1Y", Hosts: "script.hotjar.com *.hotjar.io"},
	{ID: "segment", Pattern: "ajs_*", Category: privacy.Analytical, Vendor: "Twilio Segment", Country: "US", PurposeNL: "Gebruik meten en doorgeven aan andere meetdiensten", PurposeEN: "Measuring use and passing it on to other measuring services", Term: "session", Hosts: "cdn.segment.com api.segment.io"},
	{ID: "datadog", Pattern: "_dd_s", Category: privacy.Analytical, Vendor: "Datadog", Country: "US", PurposeNL: "Meten hoe snel pagina’s bij bezoekers zijn", PurposeEN: "Measuring how fast pages reach visitors", Term: "session", Hosts: "browser-intake-datadoghq.eu"},
	{ID: "doubleclick", Pattern: "IDE, test_cookie", Category: privacy.MarketingAd, Vendor: "Google", Country: "US", PurposeNL: "Bijhouden wat je na een advertentie doet", PurposeEN: "Keeping track of what you do after an ad", Term: "P6M", Hosts: "*.doubleclick.net"},
	{ID: "meta", Pattern: "_fbp", Category: privacy.MarketingAd, Vendor: "Meta Platforms", Country: "US", PurposeNL: "Advertenties tonen op Facebook en Instagram", PurposeEN: "Showing ads on Facebook and Instagram", Term: "P3M", Hosts: "connect.facebook.net www.facebook.com"},
	{ID: "linkedin", Pattern: "li_fat_id, bcookie", Category: privacy.MarketingAd, Vendor: "LinkedIn", Country: "US", PurposeNL: "Advertenties tonen op LinkedIn en meten wie ze ziet", PurposeEN: "Showing ads on LinkedIn and measuring who sees them", Term: "P2Y", Hosts: "snap.licdn.com px.ads.linkedin.com"},
	{ID: "google-maps", Category: privacy.Embedded, Vendor: "Google Maps", Country: "US", PurposeNL: "De kaart bij ons adres", PurposeEN: "The map with our address", Term: "session", Click: true, Hosts: "www.google.com maps.googleapis.com maps.gstatic.com"},
	{ID: "autodesk", Category: privacy.Embedded, Vendor: "Autodesk", Country: "US", PurposeNL: "Een 3D-model op de pagina bekijken", PurposeEN: "Viewing a 3D model on the page", Term: "session", Click: true, Hosts: "developer.api.autodesk.com"},
}

var demoProcessors = []privacy.Processor{
	{ID: "hosting", Name: "Wolkenrek B.V.", Category: "it", TaskNL: "De machine waar dit loket op draait", TaskEN: "The machine that this counter runs on", Country: "NL", AgreedOn: "2025-02-03", Agreement: "Contractmap, 2025-014"},
	{ID: "mail", Name: "Postduif Mail B.V.", Category: "mail", TaskNL: "Onze mails bezorgen", TaskEN: "Delivering our mails", Country: "NL", AgreedOn: "2025-02-10", Agreement: "Contractmap, 2025-017"},
	{ID: "payment", Name: "Betaalbrug N.V.", Category: "payment", TaskNL: "Betalingen van facturen verwerken", TaskEN: "Processing payments of invoices", Country: "BE", AgreedOn: "2025-03-01", Agreement: "Contractmap, 2025-022"},
	{ID: "google", Name: "Google", Category: "login", OwnController: true, TaskNL: "Inloggen, als je dat kiest", TaskEN: "Signing in, if you choose so", Country: "US", Safeguards: "dpf"},
	{ID: "facebook", Name: "Meta Platforms", Category: "login", OwnController: true, TaskNL: "Inloggen, als je dat kiest", TaskEN: "Signing in, if you choose so", Country: "US", Safeguards: "dpf"},
	{ID: "twitter", Name: "X", Category: "login", OwnController: true, TaskNL: "Inloggen, als je dat kiest", TaskEN: "Signing in, if you choose so", Country: "US", Safeguards: "scc"},
}

// demo fills in the registers, two versions of the statement, and what a
// privacy colleague has on the desk.
func (p *portal) demo(ctx context.Context, tx *db.Tx, d app.Demo) error {
	p.changed(tx)
	for _, c := range demoCookies {
		c.ConsentNeeded = true
		if err := p.Privacy.SaveCookie(ctx, tx, c); err != nil {
			return err
		}
	}
	for _, pr := range demoProcessors {
		if err := p.Privacy.SaveProcessor(ctx, tx, pr); err != nil {
			return err
		}
	}
	err := p.Privacy.SetController(ctx, tx, privacy.Controller{Name: "Tekenkast B.V.", Address: "Havenkade 12, 1234 AB Westerdam", Email: "privacy@tekenkast.example", Phone: "085 000 00 00", Officer: "Ineke Post", OfficerContact: "privacy@tekenkast.example"})
	if err != nil {
		return err
	}
	if err := p.demoVersions(ctx, tx, d); err != nil {
		return err
	}
	if err := p.demoDesk(ctx, tx, d); err != nil {
		return err
	}
	return p.demoInvoices(ctx, tx, d)
}

// demoVersions publishes twice: at first attempts to sign in were kept longer.
func (p *portal) demoVersions(ctx context.Context, tx *db.Tx, d app.Demo) error {
	rule := ""
	var days privacy.Period
	for _, r := range p.Privacy.Registry.Rules() {
		if r.Record.Table == "attempt" {
			rule, days = r.Key, r.Keep.For
		}
	}
	today := p.day(d.Now)
	for _, v := range []struct {
		term privacy.Period
		day  string
		note privacy.Text
	}{
		{privacy.Period{Days: 30}, privacy.Period{Months: 3}.Cutoff(today).String(), privacy.Text{NL: "Eerste versie op dit loket.", EN: "First version on this counter."}},
		{days, today.String(), privacy.Text{NL: "Pogingen om in te loggen bewaren we korter.", EN: "We keep attempts to sign in for a shorter time."}},
	} {
		if rule != "" {
			if err := p.Privacy.SetTerm(ctx, tx, rule, "for", v.term); err != nil {
				return err
			}
		}
		made, err := p.Privacy.Publish(ctx, tx, privacy.Publication{EffectiveOn: today.String(), Note: v.note, By: d.People["Fatma"].ID})
		if err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `UPDATE statement SET effective_on = ? WHERE number = ?`, v.day, made.Number); err != nil {
			return err
		}
	}
	return nil
}

// demoDesk is two holds, requests in several states, a breach and a disclosure.
func (p *portal) demoDesk(ctx context.Context, tx *db.Tx, d app.Demo) error {
	today := p.day(d.Now)
	fatma := d.People["Fatma"].ID
	for _, h := range []privacy.Hold{
		{Kind: privacy.Claim, AccountID: d.People["Ruben"].ID, Reason: "Geschil over een oplevering; de advocaat vraagt alles te bewaren.", ReviewOn: privacy.Period{Months: 6}.Add(today).String(), SetBy: fatma},
		{Kind: privacy.Disputed, Email: "karel.smit@voorbeeld.example", Reason: "Zegt dat zijn aanmelding niet van hem is; we zoeken het uit.", ReviewOn: privacy.Period{Months: 1}.Add(today).String(), SetBy: fatma},
	} {
		if _, err := p.Privacy.Hold(ctx, tx, h); err != nil {
			return err
		}
	}
	ago := func(days int) time.Time { return d.Now.Add(-time.Duration(days) * 24 * time.Hour) }
	for _, a := range []privacy.Ask{
		{Type: privacy.Access, Subject: privacy.Subject{Email: "a.deboer@voorbeeld.example"}, Channel: privacy.ByStaff, Body: "Brief van de heer De Boer: wil weten wat we van zijn proefabonnement bewaren.", Lang: "nl", At: ago(24)},
		{Type: privacy.Rectification, Subject: privacy.Subject{AccountID: d.People["Anja"].ID, Email: d.People["Anja"].Email}, Channel: privacy.ByAccount, Body: "Mijn achternaam staat op een oude factuur verkeerd.", Lang: "nl", At: ago(6), Verified: true},
		{Type: privacy.Objection, Subject: privacy.Subject{Email: "m.yilmaz@voorbeeld.example"}, Channel: privacy.ByLink, Body: "Ik wil geen berichten over demo’s meer.", Lang: "nl", At: ago(2), Verified: true},
	} {
		if _, err := p.Privacy.Ask(ctx, tx, a); err != nil {
			return err
		}
	}
	done, err := p.Privacy.Ask(ctx, tx, privacy.Ask{Type: privacy.Access, Subject: privacy.Subject{AccountID: d.People["Marit"].ID, Email: d.People["Marit"].Email}, Channel: privacy.ByAccount, Lang: "nl", At: ago(40), Verified: true})
	if err != nil {
		return err
	}
	if err := p.Privacy.Answer(ctx, tx, done.ID, privacy.Fulfilled, "", ""); err != nil {
		return err
	}
	breach, err := p.Privacy.LogBreach(ctx, tx, privacy.Breach{DiscoveredAt: ago(35), LoggedBy: fatma, Facts: "Een mail met een planning ging naar het adres van een andere klant met dezelfde achternaam.", Effects: "Eén ontvanger zag de naam en het telefoonnummer van één contactpersoon.", Measures: "Ontvanger gebeld; mail is gewist. Adressen worden nu bij het kiezen met het bedrijf getoond."})
	if err != nil {
		return err
	}
	breach.Decision, breach.ClosedAt = "Niet gemeld: geen risico, de ontvanger is een klant en heeft de mail gewist.", new(ago(33))
	if err := p.Privacy.UpdateBreach(ctx, tx, breach); err != nil {
		return err
	}
	return p.Privacy.Disclose(ctx, tx, privacy.Disclosure{Receiver: "Accountant Van Loon", Ground: "contract", What: "Facturen van het derde kwartaal, voor de controle van de jaarrekening.", LoggedBy: fatma})
}

// demoInvoices is a few bills, one of them of seven years ago.
func (p *portal) demoInvoices(ctx context.Context, tx *db.Tx, d app.Demo) error {
	people := []string{"Marit", "Noor", "Lotte", "Pim", "Anja", "Ruben"}
	for i, company := range d.Companies {
		who := d.People[people[i%len(people)]]
		for _, months := range []int{2, 14} {
			day := privacy.Period{Months: months}.Cutoff(p.day(d.Now)).String()
			paid := privacy.Period{Months: months - 1}.Cutoff(p.day(d.Now)).String()
			bill := invoice{ID: rand.Text(), Number: day[:4] + "-" + []string{"03", "07"}[months/14] + string(rune('0'+i)) + "1", CompanyID: company.ID, AccountID: &who.ID, Addressee: who.Name, Address: company.Name, Email: who.Email,
				About: "Tekenkast Compleet, een kwartaal", Cents: int64(96000 + 12500*i), IssuedOn: day, PaidOn: &paid, CreatedAt: d.Now}
			if months == 2 && i%3 == 1 {
				bill.PaidOn = nil
			}
			if err := db.Insert(ctx, tx, "invoice", bill); err != nil {
				return err
			}
		}
	}
	return nil
}
