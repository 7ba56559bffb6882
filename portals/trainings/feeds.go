package trainings

import (
	"encoding/xml"
	"net/http"
	"time"

	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/web"
)

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

type atomFeed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  struct {
		Name string `xml:"name"`
	} `xml:"author"`
	Link    []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

// atom is the agenda for feed readers (RFC 4287).
func (p *portal) atom(c *web.Context) error {
	all, err := agenda(c, p.DB, agendaFilter{Now: c.Now(), Limit: 50})
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	feed := atomFeed{
		Lang: i18n.Lang(ctx), ID: p.Config.URL + "/feed/trainings.atom", Title: i18n.T(ctx, "trainings.title") + " – " + p.Site.Vendor().Name,
		Link: []atomLink{{"self", p.Config.URL + "/feed/trainings.atom"}, {"alternate", p.Config.URL + "/trainings/"}},
	}
	feed.Author.Name = p.Site.Vendor().Name
	updated := time.Unix(0, 0)
	for _, s := range all {
		at := s.ChangedAt
		if s.RewrittenAt.After(at) {
			at = s.RewrittenAt
		}
		if at.After(updated) {
			updated = at
		}
		feed.Entries = append(feed.Entries, atomEntry{
			ID: p.Config.URL + "/trainings/" + s.TrainingID + "#" + s.ID, Title: s.Title, Updated: at.UTC().Format(time.RFC3339),
			Link: atomLink{"", p.Config.URL + "/trainings/" + s.TrainingID + "?session=" + s.ID}, Summary: whenOf(ctx, s.Session) + ", " + whereOf(ctx, s.Session) + ". " + s.Lead,
		})
	}
	feed.Updated = updated.UTC().Format(time.RFC3339)
	body, err := xml.Marshal(feed)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
	return nil
}

// calendarFeed is the agenda of everybody as a calendar to subscribe to.
func (p *portal) calendarFeed(c *web.Context) error {
	all, err := agenda(c, p.DB, agendaFilter{Now: c.Now(), Limit: 100})
	if err != nil {
		return err
	}
	var events []invite.Event
	for _, s := range all {
		e := p.event(c.Request.Context(), post{s: s, r: Registration{UID: invite.UID("session", s.ID, p.Config.URL), Lang: i18n.Lang(c)}, link: p.Config.URL + "/trainings/" + s.TrainingID + "?session=" + s.ID})
		e.Sequence, e.Description, e.Stamp = int(s.Version), s.Lead, s.ChangedAt
		events = append(events, e)
	}
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", invite.Feed(i18n.T(c, "trainings.title")+" – "+p.Site.Vendor().Name, events))
	return nil
}
