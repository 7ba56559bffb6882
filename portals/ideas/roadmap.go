package ideas

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// The roadmap, and the feed of the latest ideas.

// column is one of the roadmap.
type column struct {
	Status string
	Rows   []Row
}

type roadmapPage struct {
	Columns  []column
	Declined []Row
	Total    int
	Mine     int
	Updated  time.Time
	Account  *account.Account
}

const laneSize = 30

// roadmap shows what is being made, what comes, what is thought about, what was
// finished in the last 90 days, and what will not be done and why.
func (p *portal) roadmap(c *web.Context) error {
	if same, err := p.unchanged(c); err != nil || same {
		return err
	}
	s, err := p.side(c)
	if err != nil {
		return err
	}
	page := roadmapPage{Total: s.Total, Account: c.Account}
	for _, status := range []string{statusStarted, statusPlanned, statusReview, statusCompleted} {
		var since time.Time
		if status == statusCompleted {
			since = c.Now().AddDate(0, 0, -90)
		}
		rows, err := lane(c, p.DB, status, since, laneSize)
		if err != nil {
			return err
		}
		page.Columns = append(page.Columns, column{status, rows})
	}
	if page.Declined, err = lane(c, p.DB, statusDeclined, c.Now().AddDate(-1, 0, 0), laneSize); err != nil {
		return err
	}
	for _, rows := range append([][]Row{page.Declined}, page.Columns[0].Rows, page.Columns[1].Rows, page.Columns[2].Rows, page.Columns[3].Rows) {
		for _, r := range rows {
			if r.StatusAt.After(page.Updated) {
				page.Updated = r.StatusAt
			}
		}
	}
	if c.Account != nil {
		for i := range page.Columns {
			if err := personal(c, p.DB, page.Columns[i].Rows, c.Account.ID, ""); err != nil {
				return err
			}
		}
		if page.Mine, err = db.Get[int](c, p.DB, `SELECT count(*) FROM idea WHERE author_id = ?`, c.Account.ID); err != nil {
			return err
		}
	}
	return c.Render(http.StatusOK, roadmapView(page))
}

// lane are the listed ideas with a status, the most wanted first, or for what
// has been decided the latest first.
func lane(ctx context.Context, on db.Querier, status string, since time.Time, limit int) ([]Row, error) {
	by := `i.votes DESC, i.number DESC`
	if decided(status) {
		by = `i.status_at DESC, i.number DESC`
	}
	return db.All[Row](ctx, on, `
		SELECT i.*, b.name AS board
		FROM (
			SELECT `+rowColumns+`, 0 AS moved, 0 AS key_votes, 0 AS key_talk, CAST(0 AS DOUBLE PRECISION) AS key_heat FROM idea i
			WHERE i.listed AND i.status = ? AND i.status_at > ? ORDER BY `+by+` LIMIT ?) i
		JOIN idea_board b ON b.id = i.board_id ORDER BY `+by, status, since, limit)
}

// The feed follows RFC 4287. It names the vendor as author and nobody else.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Updated   string       `xml:"updated"`
	Published string       `xml:"published"`
	Link      atomLink     `xml:"link"`
	Category  atomCategory `xml:"category"`
	Summary   string       `xml:"summary"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

const feedPath = "/feed/ideas.atom"

// feed gives the latest ideas that everybody may see, for feed readers.
func (p *portal) feed(c *web.Context) error {
	if same, err := p.unchanged(c); err != nil || same {
		return err
	}
	rows, _, err := filter{Order: "newest"}.from("").page(c, p.DB)
	if err != nil {
		return err
	}
	f := atomFeed{Lang: i18n.Lang(c), ID: c.Link("/ideas/"), Title: i18n.T(c, "ideas.feed.title", c.Site.Vendor().Name), Author: c.Site.Vendor().Name,
		Links: []atomLink{{"self", c.Link(feedPath)}, {"", c.Link("/ideas/")}}}
	latest := time.Unix(0, 0)
	for _, r := range rows {
		updated := r.CreatedAt
		if r.StatusAt.After(updated) {
			updated = r.StatusAt
		}
		if updated.After(latest) {
			latest = updated
		}
		summary := r.Excerpt
		if r.Reply != "" {
			summary = strings.TrimSpace(summary + "\n\n" + c.Site.Vendor().Name + ": " + r.Reply)
		}
		link := c.Link((&url.URL{Path: r.Path()}).String())
		f.Entries = append(f.Entries, atomEntry{ID: c.Link("/ideas/" + strconv.FormatInt(r.Number, 10)), Title: r.Title, Updated: updated.UTC().Format(time.RFC3339), Published: r.CreatedAt.UTC().Format(time.RFC3339),
			Link: atomLink{"", link}, Category: atomCategory{r.Status, i18n.T(c, "ideas.status."+r.Status)}, Summary: summary})
	}
	f.Updated = latest.UTC().Format(time.RFC3339)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(f); err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/atom+xml; charset=utf-8", b.Bytes())
	return nil
}
