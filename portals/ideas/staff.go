package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app"
	"loket/app/fault"
	"loket/app/origin"
	"loket/app/search"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

func (p *portal) staffRoutes(r app.Group) {
	r.GET("/", p.queue)
	r.GET("/new", p.staffBlank)
	r.POST("/new", p.staffCreate)
	r.GET("/export.csv", p.export)
	r.GET("/boards", p.boardsPage)
	r.POST("/boards", p.addBoard)
	r.POST("/boards/:id", p.saveBoard)
	r.POST("/tags", p.addTag)
	r.POST("/tags/:id/remove", p.removeTag)
	r.POST("/synonyms", p.addSynonym)
	r.POST("/synonyms/:id/remove", p.removeSynonym)
	r.GET("/:id", p.work)
	r.POST("/:id/status", p.setStatus)
	r.POST("/:id/edit", p.edit)
	r.POST("/:id/approve", p.approve)
	r.POST("/:id/refuse", p.refuse)
	r.POST("/:id/seen", p.markSeen)
	r.POST("/:id/origin", p.joinIdea)
	r.POST("/:id/merge", p.mergeInto)
	r.POST("/:id/unmerge", p.unmergeIt)
	r.POST("/:id/vote", p.voteFor)
	r.POST("/:id/note", p.addNote)
	r.POST("/:id/note/:note/remove", p.removeNote)
	r.POST("/:id/hide/:comment", p.hideComment)
	r.POST("/:id/unhide/:comment", p.unhideComment)
}

// queuePage is the list that colleagues work from.
type queuePage struct {
	View  string
	Q     string
	Rows  []queueRow
	Tabs  map[string]int
	Next  string
	First string
}

type queueRow struct {
	Row
	Author *string
	Seen   *time.Time `db:"seen_at"`
	Denied *time.Time `db:"refused_at"`
}

// views are the lists of colleagues: what is new, what waits for moderation,
// what is private, all, and per status.
var views = map[string]string{
	"new":       `i.seen_at IS NULL`,
	"moderate":  `i.approved_at IS NULL AND i.refused_at IS NULL`,
	"private":   `i.private`,
	"all":       `i.merged_into IS NULL`,
	"merged":    `i.merged_into IS NOT NULL`,
	"review":    `i.status = 'review'`,
	"planned":   `i.status = 'planned'`,
	"started":   `i.status = 'started'`,
	"completed": `i.status = 'completed'`,
	"declined":  `i.status = 'declined'`,
}

var viewNames = []string{"new", "moderate", "review", "planned", "started", "completed", "declined", "private", "merged", "all"}

const queueSize = 50

func (p *portal) queue(c *web.Context) error {
	page := queuePage{View: asked(c, "view"), Q: asked(c, "q"), Tabs: map[string]int{}}
	if _, ok := views[page.View]; !ok {
		page.View = "new"
	}
	where := views[page.View]
	before, err := strconv.ParseInt(asked(c, "after"), 10, 64)
	if err != nil || before < 1 {
		before = 1 << 62
	} else {
		page.First = "/staff/ideas/?view=" + page.View
	}
	args := []any{before, queueSize + 1}
	if page.Q != "" {
		refs, err := p.seek(c, page.Q)
		if err != nil {
			return err
		}
		where = `i.id IN (?)`
		args = []any{refs, before, queueSize + 1}
	}
	page.Rows, err = db.All[queueRow](c, p.DB, `
		SELECT `+rowColumns+`, b.name AS board, 0 AS moved, 0 AS key_votes, 0 AS key_talk, CAST(0 AS DOUBLE PRECISION) AS key_heat,
			a.name AS author, i.seen_at, i.refused_at
		FROM (SELECT * FROM idea i WHERE `+where+` AND i.number < ? ORDER BY i.number DESC LIMIT ?) i
		JOIN idea_board b ON b.id = i.board_id LEFT JOIN account a ON a.id = i.author_id
		ORDER BY i.number DESC`, args...)
	if err != nil {
		return err
	}
	if len(page.Rows) > queueSize {
		page.Rows = page.Rows[:queueSize]
		page.Next = "/staff/ideas/?" + url.Values{"view": {page.View}, "q": {page.Q}, "after": {strconv.FormatInt(page.Rows[queueSize-1].Number, 10)}}.Encode()
	}
	for _, view := range []string{"new", "moderate"} {
		if page.Tabs[view], err = db.Get[int](c, p.DB, `SELECT count(*) FROM idea i WHERE `+views[view]); err != nil {
			return err
		}
	}
	return c.Render(http.StatusOK, queueView(page))
}

// seek finds ideas for colleagues: by number, or by words also in what is not
// for everybody.
func (p *portal) seek(c *web.Context, q string) ([]string, error) {
	refs := []string{""}
	if n, _ := addressed(strings.TrimPrefix(q, "#")); n > 0 {
		i, err := byAddress(c, p.DB, strconv.FormatInt(n, 10))
		if err == nil {
			refs = append(refs, i.ID)
		} else if !errors.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	found, err := p.Search.Find(c, p.DB, search.Query{Text: q, Readers: []string{"all", "staff:ideas"}, Kinds: []string{"idea"}, Limit: 100, Prefix: true})
	for _, h := range found.Hits {
		refs = append(refs, h.Ref)
	}
	return refs, err
}

// workPage is an idea as colleagues see it.
type workPage struct {
	ideaPage
	Audience  int
	Internal  []Tag
	AllTags   []Tag
	Notes     []noteRow
	Companies []companyRow
	Voters    []voterRow
	Target    *Idea // what it was merged into
	Origins   []origin.Link
	Boards    []Board
	Alike     []Alike
	Status    web.Form[statusForm]
	Edit      web.Form[editForm]
	Merge     web.Form[mergeForm]
	Behalf    web.Form[behalfForm]
	Note      web.Form[noteForm]
}

type companyRow struct {
	Name   string
	Size   string
	Voters int
}

type voterRow struct {
	AccountID string `db:"account_id"`
	Name      string
	Company   string
	VotedAt   time.Time `db:"voted_at"`
	CastBy    *string   `db:"cast_by"`
	Consent   string
}

type editForm struct {
	Title    string   `form:"title" binding:"required,max=120"`
	Body     string   `form:"body" binding:"max=10000"`
	Topic    string   `form:"topic" binding:"required,max=40"`
	Private  bool     `form:"private"`
	Tags     []string `form:"tags"`
	Internal []string `form:"internal"`
}

// workOn reads an idea for colleagues with all that surrounds it.
func (p *portal) workOn(c *web.Context, i Idea) (page workPage, err error) {
	if page.ideaPage, err = p.ideaPage(c, i, true); err != nil {
		return page, err
	}
	people, err := p.audienceOf(c, p.DB, i, c.Account.ID, circle{Voters: true, Limit: everybody})
	if err != nil {
		return page, err
	}
	page.Audience = len(people)
	all, err := db.All[Tag](c, p.DB, `SELECT * FROM idea_tag ORDER BY internal, name`)
	if err != nil {
		return page, err
	}
	page.AllTags = all
	if page.Internal, err = db.All[Tag](c, p.DB, `SELECT t.* FROM idea_tag t JOIN idea_tagged g ON g.tag_id = t.id WHERE g.idea_id = ? AND t.internal ORDER BY t.name`, i.ID); err != nil {
		return page, err
	}
	if page.Notes, err = db.All[noteRow](c, p.DB, `SELECT n.id, n.account_id, a.name, n.body, n.created_at FROM idea_note n LEFT JOIN account a ON a.id = n.account_id WHERE n.idea_id = ? ORDER BY n.created_at, n.id`, i.ID); err != nil {
		return page, err
	}
	if page.Companies, err = companies(c, p.DB, i.ID); err != nil {
		return page, err
	}
	if page.Voters, err = db.All[voterRow](c, p.DB, `
		SELECT v.account_id, a.name, coalesce(k.name, '') AS company, v.voted_at, s.name AS cast_by, v.consent
		FROM idea_vote v JOIN account a ON a.id = v.account_id
		LEFT JOIN company k ON k.id = a.company_id LEFT JOIN account s ON s.id = v.cast_by
		WHERE v.idea_id = ? AND v.counts ORDER BY v.voted_at DESC, v.id LIMIT 100`, i.ID); err != nil {
		return page, err
	}
	if i.MergedInto != nil {
		target, err := byID(c, p.DB, *i.MergedInto)
		if err != nil {
			return page, err
		}
		page.Target = &target
	}
	if page.Origins, err = origin.From(c, p.DB, "idea:"+i.ID); err != nil {
		return page, err
	}
	s, err := p.side(c)
	if err != nil {
		return page, err
	}
	page.Boards = s.Boards
	if i.MergedInto == nil {
		if page.Alike, err = similar(c, p.DB, i.Title, i.BoardID, ""); err != nil {
			return page, err
		}
		page.Alike = slices.DeleteFunc(page.Alike, func(a Alike) bool { return a.ID == i.ID })
	}
	page.Status = web.Form[statusForm]{Prefix: "ideas.status_form", Once: rand.Text(), V: statusForm{Status: i.Status, Expected: i.Expected, Tell: true}}
	page.Edit = web.Form[editForm]{Prefix: "ideas.edit", V: editForm{Title: i.Title, Body: i.Body, Topic: i.BoardID, Private: i.Private, Tags: tagIDs(page.Tags), Internal: tagIDs(page.Internal)}}
	page.Merge = web.Form[mergeForm]{Prefix: "ideas.merge"}
	page.Behalf = web.Form[behalfForm]{Prefix: "ideas.behalf"}
	page.Note = web.Form[noteForm]{Prefix: "ideas.note", Once: rand.Text()}
	return page, nil
}

func tagIDs(all []Tag) (ids []string) {
	for _, t := range all {
		ids = append(ids, t.ID)
	}
	return ids
}

// companies are those whose people voted, the most first: what a colleague
// weighs, and nobody else sees.
func companies(ctx context.Context, on db.Querier, idea string) ([]companyRow, error) {
	return db.All[companyRow](ctx, on, `
		SELECT k.name, k.size, count(*) AS voters
		FROM idea_vote v JOIN account a ON a.id = v.account_id JOIN company k ON k.id = a.company_id
		WHERE v.idea_id = ? AND v.counts GROUP BY k.id, k.name, k.size ORDER BY count(*) DESC, k.name LIMIT 50`, idea)
}

func (p *portal) work(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	page, err := p.workOn(c, i)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, workView(page))
}

func staffPath(i Idea) string { return "/staff/ideas/" + strconv.FormatInt(i.Number, 10) }

// edit changes text, board, tags and who may see it.
func (p *portal) edit(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[editForm]{Prefix: "ideas.edit"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page, err := p.workOn(c, i)
	if err != nil {
		return err
	}
	if ok && !hasBoard(page.Boards, form.V.Topic) {
		form.Wrong(c, "Topic", "oneof")
		ok = false
	}
	if !ok {
		page.Edit = form
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	err = p.write(c, func(tx *db.Tx) error {
		i.Title, i.Body, i.BoardID = text.Line(form.V.Title), form.V.Body, form.V.Topic
		if err := reword(c, tx, i); err != nil {
			return err
		}
		if err := hideOrShow(c, tx, i, form.V.Private, p.Zone, c.Now()); err != nil {
			return err
		}
		if _, err := db.Exec(c, tx, `DELETE FROM idea_tagged WHERE idea_id = ?`, i.ID); err != nil {
			return err
		}
		for _, t := range page.AllTags {
			if has(form.V.Tags, t.ID) || has(form.V.Internal, t.ID) {
				if _, err := db.Exec(c, tx, `INSERT INTO idea_tagged (idea_id, tag_id) VALUES (?, ?)`, i.ID, t.ID); err != nil {
					return err
				}
			}
		}
		if i, err = byID(c, tx, i.ID); err != nil {
			return err
		}
		if i.MergedInto == nil {
			if err := p.originOf(c, tx, i); err != nil {
				return err
			}
		}
		return p.index(c, tx, i.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), "ideas.edit.saved")
}

// markSeen takes an idea off the list of what is new.
func (p *portal) markSeen(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := db.Exec(c, p.DB, `UPDATE idea SET seen_at = ? WHERE id = ? AND seen_at IS NULL`, c.Now(), i.ID); err != nil {
		return err
	}
	return c.RedirectTo("/staff/ideas/", "ideas.seen", i.Title)
}
