package trainings

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
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
		at := s.CreatedAt
		if s.ChangedAt.After(at) {
			at = s.ChangedAt
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

// calendarFeed is a calendar to subscribe to: trainings.ics is the agenda of
// everybody; any other name is the secret of a colleague's own.
func (p *portal) calendarFeed(c *web.Context) error {
	secret, isCalendar := strings.CutSuffix(c.Param("file"), ".ics")
	if !isCalendar {
		return fault.NotFound
	}
	title, public := i18n.T(c, "trainings.title")+" – "+p.Site.Vendor().Name, secret == "trainings"
	var all []listed
	var err error
	if public {
		all, err = agenda(c, p.DB, agendaFilter{Now: c.Now(), Limit: 100})
	} else {
		c.Private()
		var link links.Link
		if link, err = links.Look(c, p.DB, ownCalendar, secret, c.Now()); err == nil && link.AccountID == nil {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		who, err2 := account.ByID(c, p.DB, *link.AccountID)
		if err2 != nil {
			return err2
		}
		if who.DisabledAt != nil || !who.May("trainings") {
			return fault.NotFound
		}
		all, err = hosted(c, p.DB, who.ID, c.Now().AddDate(0, 0, -30))
	}
	if err != nil {
		return err
	}
	var events []invite.Event
	for _, s := range all {
		e := p.event(c.Request.Context(), post{s: s, r: Registration{UID: invite.UID("session", s.ID, p.Config.URL), Lang: i18n.Lang(c)}, link: p.Config.URL + "/trainings/" + s.TrainingID + "?session=" + s.ID})
		e.Sequence, e.Description, e.Stamp = int(s.Version), s.Lead, s.CreatedAt
		if !public {
			e.URL, e.Summary = p.Config.URL+"/staff/trainings/sessions/"+s.ID, i18n.T(c, "trainings.feed.hosted", s.Title, s.Taken, s.Capacity)
		}
		events = append(events, e)
	}
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", invite.Feed(title, events))
	return nil
}

// calendarAddress makes the address of a colleague's own calendar, in place of
// the one that he had. It is shown once: only its hash is kept.
func (p *portal) calendarAddress(c *web.Context) error {
	var secret string
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		secret, err = links.Only(c, tx, links.Link{Purpose: ownCalendar, AccountID: &c.Account.ID, Email: c.Account.Email}, c.Now(), 2*365*24*time.Hour)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/trainings/", "trainings.staff.calendar.made", p.Config.URL+"/calendar/"+secret+".ics")
}
