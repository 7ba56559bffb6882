package privacy

import (
	"context"

	"loket/db"
)

// DemoCookies is a register as a software vendor's marketing would fill it,
// with the usual faults corrected: measuring and fonts are not functional, one vendor with one purpose stands in one category,
// and nothing that sends an address to a third party goes without consent. It is for the demonstration, so that the banner can be seen.
func DemoCookies() []Cookie {
	third := func(id, category, vendor, country, pattern, nl, en, term, hosts string) Cookie {
		return Cookie{ID: id, Category: category, Vendor: vendor, Country: country, Pattern: pattern, PurposeNL: nl, PurposeEN: en, Term: term, ConsentNeeded: true, Hosts: hosts}
	}
	click := func(c Cookie) Cookie { c.Click = true; return c }
	return []Cookie{
		third("google-tag-manager", Analytical, "Google LLC", "US", "", "Andere meetscripts laden", "Loading other measuring scripts", "session", "www.googletagmanager.com"),
		third("datadog", Analytical, "Datadog, Inc.", "US", "_dd_s", "Meten hoe snel pagina's bij jou zijn", "Measuring how fast pages reach you", "session", "browser-intake-datadoghq.eu"),
		third("google-analytics", Analytical, "Google LLC", "US", "_ga, _ga_*", "Bezoek tellen", "Counting visits", "P2Y", "www.google-analytics.com"),
		third("hubspot", Analytical, "HubSpot, Inc.", "US", "__hstc, hubspotutk", "Zien wat bekende contacten op de site doen", "Seeing what known contacts do on the site", "P13M", "js.hs-scripts.com track.hubspot.com"),
		third("linkedin-analytics", MarketingAd, "LinkedIn Corporation", "US", "AnalyticsSyncHistory", "Gebruik van de site volgen voor LinkedIn", "Following the use of the site for LinkedIn", "P2Y", "px.ads.linkedin.com"),
		third("hotjar", Analytical, "Hotjar Ltd.", "MT", "_hjSession*", "Je bezoek opnemen om de site te verbeteren", "Recording your visit to improve the site", "P1Y", "static.hotjar.com script.hotjar.com"),
		third("segment", Analytical, "Twilio Inc.", "US", "ajs_anonymous_id", "Gebruik doorgeven aan andere meetprogramma's", "Passing use on to other measuring programs", "session", "cdn.segment.com api.segment.io"),
		third("doubleclick", MarketingAd, "Google LLC", "US", "IDE", "Meten of een advertentie werkte", "Measuring whether an advertisement worked", "P6M", "googleads.g.doubleclick.net"),
		third("ga-audiences", MarketingAd, "Google LLC", "US", "ads/ga-audiences", "Je na je bezoek advertenties tonen", "Showing you advertisements after your visit", "P6M", "www.google.com"),
		third("meta-connect", MarketingAd, "Meta Platforms, Inc.", "US", "fr", "Advertenties op Facebook", "Advertisements on Facebook", "P3M", "connect.facebook.net"),
		third("meta-audience", MarketingAd, "Meta Platforms, Inc.", "US", "_fbp", "Doelgroepen voor advertenties op Facebook", "Audiences for advertisements on Facebook", "P3M", "www.facebook.com"),
		third("linkedin-ads", MarketingAd, "LinkedIn Corporation", "US", "li_fat_id", "Advertenties op LinkedIn", "Advertisements on LinkedIn", "P2Y", "snap.licdn.com"),
		click(third("google-maps", Embedded, "Google LLC", "US", "", "Een kaart tonen", "Showing a map", "session", "www.google.com maps.googleapis.com")),
		click(third("autodesk", Embedded, "Autodesk, Inc.", "US", "", "Een 3D-model tonen", "Showing a 3D model", "session", "developer.api.autodesk.com")),
		click(third("hubspot-chat", Embedded, "HubSpot, Inc.", "US", "messagesUtk", "Chatten", "Chatting", "P13M", "js.usemessages.com")),
	}
}

// DemoProcessors are the processors of the demonstration, by name.
func DemoProcessors() []Processor {
	const dpf = "dpf scc"
	return []Processor{
		{ID: "hosting", Name: "Microsoft Azure (West Europe)", Category: "it", TaskNL: "De machine waarop het loket draait", TaskEN: "The machine that the counter runs on", Country: "NL", AgreedOn: "2024-01-15", Agreement: "archief/verwerkers/azure.pdf"},
		{ID: "intercept", Name: "Intercept", Category: "it", TaskNL: "Beheer van de machine", TaskEN: "Management of the machine", Country: "NL", AgreedOn: "2024-02-01", Agreement: "archief/verwerkers/intercept.pdf"},
		{ID: "mail", Name: "Voorbeeldpost", Category: "mail", TaskNL: "Mails bezorgen", TaskEN: "Delivering mail", Country: "NL", AgreedOn: "2024-02-01", Agreement: "archief/verwerkers/post.pdf"},
		{ID: "payment", Name: "Voorbeeldbank", Category: "payment", OwnController: true, TaskNL: "Betalingen", TaskEN: "Payments", Country: "NL"},
		{ID: "google", Name: "Google Ireland Ltd.", Category: "login", OwnController: true, TaskNL: "Inloggen met Google, als je dat kiest", TaskEN: "Signing in with Google, if you choose to", Country: "IE", Safeguards: dpf},
		{ID: "facebook", Name: "Meta Platforms Ireland Ltd.", Category: "login", OwnController: true, TaskNL: "Inloggen met Facebook, als je dat kiest", TaskEN: "Signing in with Facebook, if you choose to", Country: "IE", Safeguards: dpf},
		{ID: "twitter", Name: "X Internet Unlimited Company", Category: "login", OwnController: true, TaskNL: "Inloggen met X (Twitter), als je dat kiest", TaskEN: "Signing in with X (Twitter), if you choose to", Country: "IE", Safeguards: "scc"},
	}
}

// FillDemo stores the registers of the demonstration.
func (e *Engine) FillDemo(ctx context.Context, tx *db.Tx, c Controller) error {
	for _, cookie := range DemoCookies() {
		if err := e.SaveCookie(ctx, tx, cookie); err != nil {
			return err
		}
	}
	for _, p := range DemoProcessors() {
		if err := e.SaveProcessor(ctx, tx, p); err != nil {
			return err
		}
	}
	return e.SetController(ctx, tx, c)
}
