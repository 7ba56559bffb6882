package ideas

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/origin"
	"loket/app/search"
	"loket/app/settings"
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

type noteRow struct {
	ID        string
	AccountID *string `db:"account_id"`
	Name      *string
	Body      string
	CreatedAt time.Time `db:"created_at"`
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

type statusForm struct {
	Status   string `form:"status" binding:"required,oneof=new review planned started completed declined"`
	Response string `form:"response" binding:"max=5000"`
	Expected string `form:"expected" binding:"max=40"`
	Tell     bool   `form:"tell"`
}

type editForm struct {
	Title    string   `form:"title" binding:"required,max=120"`
	Body     string   `form:"body" binding:"max=10000"`
	Topic    string   `form:"topic" binding:"required,max=40"`
	Private  bool     `form:"private"`
	Tags     []string `form:"tags"`
	Internal []string `form:"internal"`
}

type mergeForm struct {
	Into string `form:"into" binding:"required,max=80"`
}

type behalfForm struct {
	Email   string `form:"email" binding:"required,email,max=254"`
	Consent string `form:"consent" binding:"required,max=200"`
}

type noteForm struct {
	Body string `form:"note" binding:"required,max=5000"`
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
		for n := range page.Alike {
			if page.Alike[n].ID == i.ID {
				page.Alike = append(page.Alike[:n:n], page.Alike[n+1:]...)
				break
			}
		}
	}
	edit := editForm{Title: i.Title, Body: i.Body, Topic: i.BoardID, Private: i.Private}
	for _, t := range page.Tags {
		edit.Tags = append(edit.Tags, t.ID)
	}
	for _, t := range page.Internal {
		edit.Internal = append(edit.Internal, t.ID)
	}
	page.Status = web.Form[statusForm]{Prefix: "ideas.status_form", Once: rand.Text(), V: statusForm{Status: i.Status, Expected: i.Expected, Tell: true}}
	page.Edit = web.Form[editForm]{Prefix: "ideas.edit", V: edit}
	page.Merge = web.Form[mergeForm]{Prefix: "ideas.merge"}
	page.Behalf = web.Form[behalfForm]{Prefix: "ideas.behalf"}
	page.Note = web.Form[noteForm]{Prefix: "ideas.note", Once: rand.Text()}
	return page, nil
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

// setStatus decides on an idea and has everybody told who voted or follows.
func (p *portal) setStatus(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[statusForm]{Prefix: "ideas.status_form"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	// What is not done is not done for a reason, and that is told.
	if ok && form.V.Status == statusDeclined && form.V.Response == "" {
		form.Wrong(c, "Response", "why")
		ok = false
	}
	if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Status = form
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	id := rand.Text()
	err = p.write(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, staffPath(i)); err != nil {
			return err
		}
		return p.decide(c, tx, i.ID, id, form.V, c.Account.ID)
	})
	if err != nil {
		return err
	}
	if form.V.Tell {
		return c.RedirectTo(staffPath(i), "ideas.status_form.told")
	}
	return c.RedirectTo(staffPath(i), "ideas.status_form.saved")
}

// decide gives an idea a status, with what is said at it.
func (p *portal) decide(ctx context.Context, tx *db.Tx, id, change string, v statusForm, staff string) error {
	now := p.Now()
	held, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	i := held[0]
	if i.MergedInto != nil {
		return errMerged
	}
	if v.Response == "" && v.Status == i.Status {
		v.Response = i.Response // only the date moved
	}
	var decidedAt *time.Time
	if decided(v.Status) {
		decidedAt = &now
		if i.Status == v.Status && i.DecidedAt != nil {
			decidedAt = i.DecidedAt // said anew, decided then
		}
	}
	_, err = db.Exec(ctx, tx, `
		UPDATE idea SET status = ?, response = ?, reply = ?, expected = ?, status_at = ?, decided_at = ?, seen_at = coalesce(seen_at, ?) WHERE id = ?`,
		v.Status, v.Response, text.Excerpt(v.Response, excerptRunes), v.Expected, now, decidedAt, now, id)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO idea_status (id, idea_id, status, response, expected, account_id, told, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		change, id, v.Status, v.Response, v.Expected, staff, map[bool]int{true: -1, false: 0}[v.Tell], now)
	if err != nil {
		return err
	}
	if i, err = byID(ctx, tx, id); err != nil {
		return err
	}
	if err := p.originOf(ctx, tx, i); err != nil {
		return err
	}
	if err := p.index(ctx, tx, id); err != nil {
		return err
	}
	if err := p.tellOrigins(ctx, tx, i); err != nil {
		return err
	}
	if v.Tell {
		return p.tellStatus(ctx, tx, change)
	}
	return nil
}

// tellOrigins tells those who own what an idea, or an idea merged into it, was
// made from.
func (p *portal) tellOrigins(ctx context.Context, tx *db.Tx, i Idea) error {
	made, err := family(ctx, tx, i.ID)
	if err != nil {
		return err
	}
	for _, id := range made {
		if err := p.Origin.Tell(ctx, tx, "idea:"+id, i.Response); err != nil {
			return err
		}
	}
	return nil
}

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

func hasBoard(all []Board, id string) bool {
	for _, b := range all {
		if b.ID == id {
			return true
		}
	}
	return false
}

// approve shows an idea of a moderated board to everybody.
func (p *portal) approve(c *web.Context) error {
	return p.moderate(c, true, "")
}

type refuseForm struct {
	Reason string `form:"reason" binding:"required,max=1000"`
}

// refuse keeps an idea off the board, and tells its author why.
func (p *portal) refuse(c *web.Context) error {
	form := web.Form[refuseForm]{Prefix: "ideas.refuse"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "ideas.refuse.why")})
		i, err := byAddress(c, p.DB, c.Param("id"))
		if err != nil {
			return err
		}
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	return p.moderate(c, false, form.V.Reason)
}

func (p *portal) moderate(c *web.Context, yes bool, reason string) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	now := c.Now()
	err = p.write(c, func(tx *db.Tx) error {
		// What was refused can be placed after all: then nothing has been decided.
		set := `approved_at = ?, refused_at = NULL,
			status = CASE WHEN refused_at IS NULL THEN status ELSE 'new' END,
			response = CASE WHEN refused_at IS NULL THEN response ELSE '' END,
			decided_at = CASE WHEN refused_at IS NULL THEN decided_at END`
		again := ``
		if !yes {
			set, again = `approved_at = NULL, refused_at = ?`, ` AND refused_at IS NULL`
		}
		n, err := db.Exec(c, tx, `UPDATE idea SET `+set+`, seen_at = coalesce(seen_at, ?) WHERE id = ? AND approved_at IS NULL AND merged_into IS NULL`+again, now, now, i.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict // a colleague was first
		}
		if !yes {
			// A refusal is a decision: the term for the author's name runs.
			if _, err := db.Exec(c, tx, `UPDATE idea SET status = 'declined', decided_at = ?, status_at = ?, response = ? WHERE id = ?`, now, now, reason, i.ID); err != nil {
				return err
			}
		}
		if err := relist(c, tx, i.ID); err != nil {
			return err
		}
		if i, err = byID(c, tx, i.ID); err != nil {
			return err
		}
		if err := p.index(c, tx, i.ID); err != nil {
			return err
		}
		if err := p.originOf(c, tx, i); err != nil {
			return err
		}
		return p.tellModerated(c, tx, i, reason)
	})
	if err != nil {
		return err
	}
	if yes {
		return c.RedirectTo(staffPath(i), "ideas.approved")
	}
	return c.RedirectTo(staffPath(i), "ideas.refused")
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

// mergeInto merges an idea into another. Of two colleagues who do it at once,
// one is told that the other was first.
func (p *portal) mergeInto(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[mergeForm]{Prefix: "ideas.merge"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	var to Idea
	status := http.StatusUnprocessableEntity
	if ok {
		to, err = byAddress(c, p.DB, strings.TrimPrefix(form.V.Into, "#"))
		if errors.Is(err, fault.NotFound) {
			form.Wrong(c, "Into", "unknown")
			ok = false
		} else if err != nil {
			return err
		}
	}
	if ok {
		err = p.write(c, func(tx *db.Tx) error {
			target, err := merge(c, tx, i.ID, to.ID, c.Account.ID, p.Zone, c.Now())
			if err != nil {
				return err
			}
			if err := p.index(c, tx, i.ID); err != nil {
				return err
			}
			if err := p.originOf(c, tx, target); err != nil {
				return err
			}
			to = target
			return p.tellMerged(c, tx, i, target)
		})
		for _, known := range []struct {
			err    error
			reason string
		}{{errSelf, "self"}, {errMerged, "merged"}, {errPrivate, "private"}} {
			if errors.Is(err, known.err) {
				form.Wrong(c, "Into", known.reason)
				ok, err = false, nil
				status = http.StatusConflict
			}
		}
		if err != nil {
			return err
		}
	}
	if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Merge = form
		return c.Render(status, workView(page))
	}
	return c.RedirectWith(staffPath(to), web.Flash{Kind: "ok", Text: i18n.T(c, "ideas.merged", i.Title), Undo: staffPath(i) + "/unmerge"})
}

// unmergeIt takes a merge back.
func (p *portal) unmergeIt(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	err = p.write(c, func(tx *db.Tx) error {
		from, to, err := unmerge(c, tx, i.ID, c.Account.ID, p.Zone, c.Now())
		if err != nil {
			return err
		}
		for _, x := range []Idea{from, to} {
			if err := p.index(c, tx, x.ID); err != nil {
				return err
			}
			if err := p.originOf(c, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), "ideas.unmerged", i.Title)
}

// voteFor casts the vote of a customer who asked for it, and tells him.
func (p *portal) voteFor(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err == nil && i.MergedInto != nil {
		i, err = byID(c, p.DB, *i.MergedInto)
	}
	if err != nil {
		return err
	}
	form := web.Form[behalfForm]{Prefix: "ideas.behalf"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	var who account.Account
	if ok {
		who, err = account.ByEmail(c, p.DB, form.V.Email)
		switch {
		case errors.Is(err, fault.NotFound) || err == nil && (!who.Verified() || who.DisabledAt != nil):
			form.Wrong(c, "Email", "unknown")
			ok = false
		case err != nil:
			return err
		case !i.public() && !who.May("ideas") && !i.by(who.ID):
			form.Wrong(c, "Email", "private")
			ok = false
		}
	}
	if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Behalf = form
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	changed := false
	err = p.writeVote(c, func(tx *db.Tx) (err error) {
		if changed, err = castVote(c, tx, i.ID, ballot{Account: who.ID, CastBy: &c.Account.ID, Consent: form.V.Consent}, c.Now()); err != nil || !changed {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Act: "ideas.vote", Object: "idea:" + i.ID, AboutID: who.ID}); err != nil {
			return err
		}
		return p.tellBehalf(c, tx, i, who)
	})
	if errors.Is(err, errMoved) {
		return fault.Conflict
	}
	if err != nil {
		return err
	}
	if !changed {
		return c.RedirectWith(staffPath(i), web.Flash{Kind: "info", Text: i18n.T(c, "ideas.behalf.already", who.Name)})
	}
	return c.RedirectTo(staffPath(i), "ideas.behalf.done", who.Name)
}

// addNote notes something for colleagues only.
func (p *portal) addNote(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[noteForm]{Prefix: "ideas.note"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Note = form
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, staffPath(i)); err != nil {
			return err
		}
		_, err := db.Exec(c, tx, `INSERT INTO idea_note (id, idea_id, account_id, body, created_at) VALUES (?, ?, ?, ?, ?)`, rand.Text(), i.ID, c.Account.ID, form.V.Body, c.Now())
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), "ideas.note.saved")
}

// removeNote takes back a colleague's own note.
func (p *portal) removeNote(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	n, err := db.Exec(c, p.DB, `DELETE FROM idea_note WHERE id = ? AND idea_id = ? AND account_id = ?`, text.Clean(c.Param("note")), i.ID, c.Account.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound
	}
	return c.RedirectTo(staffPath(i), "ideas.note.removed")
}

// hideComment takes a comment off the page.
func (p *portal) hideComment(c *web.Context) error {
	return p.showComment(c, hide, "ideas.hide", "ideas.comment.hidden")
}

// unhideComment puts it back.
func (p *portal) unhideComment(c *web.Context) error {
	return p.showComment(c, unhide, "ideas.unhide", "ideas.comment.unhidden")
}

func (p *portal) showComment(c *web.Context, do func(context.Context, *db.Tx, string, string, *time.Location, time.Time) error, act, said string) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	comment := text.Clean(c.Param("comment"))
	err = p.write(c, func(tx *db.Tx) error {
		if err := do(c, tx, i.ID, comment, p.Zone, c.Now()); err != nil {
			return err
		}
		return account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Act: act, Object: "idea_comment:" + comment})
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), said)
}

// export writes all ideas, private ones marked, as comma-separated values. Every cell is one that a spreadsheet shows, not runs.
func (p *portal) export(c *web.Context) error {
	type line struct {
		Number    int64
		Title     string
		Status    string
		Board     string
		Votes     int
		Comments  int
		Companies int
		CreatedAt time.Time `db:"created_at"`
		StatusAt  time.Time `db:"status_at"`
		Expected  string
		Response  string
		Private   bool
	}
	c.Header("Content-Disposition", `attachment; filename="ideas.csv"`)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	out := csv.NewWriter(c.Writer)
	head := []string{"number", "title", "status", "topic", "votes", "comments", "companies", "created", "status_since", "expected", "response", "private"}
	if err := out.Write(head); err != nil {
		return err
	}
	err := db.Each(c, p.DB, `
		SELECT i.number, i.title, i.status, b.name AS board, i.votes, i.comments, i.created_at, i.status_at, i.expected, i.response, i.private,
			(SELECT count(DISTINCT a.company_id) FROM idea_vote v JOIN account a ON a.id = v.account_id WHERE v.idea_id = i.id AND v.counts) AS companies
		FROM idea i JOIN idea_board b ON b.id = i.board_id WHERE i.merged_into IS NULL ORDER BY i.number`, nil, func(l line) error {
		return out.Write([]string{strconv.FormatInt(l.Number, 10), csvCell(l.Title), l.Status, csvCell(l.Board), strconv.Itoa(l.Votes), strconv.Itoa(l.Comments), strconv.Itoa(l.Companies),
			l.CreatedAt.In(p.Zone).Format(time.DateOnly), l.StatusAt.In(p.Zone).Format(time.DateOnly), csvCell(l.Expected), csvCell(l.Response), strconv.FormatBool(l.Private)})
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// staffNewForm is an idea that a colleague files, perhaps from something of
// another portal.
type staffNewForm struct {
	Title   string `form:"title" binding:"required,max=120"`
	Body    string `form:"body" binding:"max=10000"`
	Topic   string `form:"topic" binding:"required,max=40"`
	Private bool   `form:"private"`
	From    string `form:"from" binding:"max=70"`
	Account string `form:"account" binding:"max=40"` // for whom: he is asked for his vote by mail
}

type staffNewPage struct {
	Form    web.Form[staffNewForm]
	Boards  []Board
	Similar []Alike
	For     *account.Account
}

// staffBlank shows the form, filled in by the address: from=ticket:ID, title,
// body, and account, the id of the person who asked.
func (p *portal) staffBlank(c *web.Context) error {
	form := web.Form[staffNewForm]{Prefix: "ideas.staff_new", Once: rand.Text(), V: staffNewForm{
		Title: text.Line(c.Query("title")), Body: asked(c, "body"), Topic: asked(c, "topic"), From: asked(c, "from"), Account: asked(c, "account")}}
	if form.V.From != "" && !origin.Valid(form.V.From) {
		return fault.NotFound
	}
	return p.staffNewPage(c, http.StatusOK, form)
}

func (p *portal) staffNewPage(c *web.Context, status int, form web.Form[staffNewForm]) error {
	s, err := p.side(c)
	if err != nil {
		return err
	}
	page := staffNewPage{Form: form, Boards: s.openBoards()}
	if form.V.Account != "" {
		who, err := account.ByID(c, p.DB, form.V.Account)
		if err != nil {
			return err
		}
		page.For = &who
	}
	if form.V.Title != "" {
		if page.Similar, err = similar(c, p.DB, form.V.Title, form.V.Topic, ""); err != nil {
			return err
		}
	}
	return c.Render(status, staffNewView(page))
}

// staffCreate files the idea. What it was made from is kept, and the person who
// asked gets a link with which he can have his vote go along.
func (p *portal) staffCreate(c *web.Context) error {
	form := web.Form[staffNewForm]{Prefix: "ideas.staff_new"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if form.V.From != "" && !origin.Valid(form.V.From) {
		return fault.BadInput
	}
	s, err := p.side(c)
	if err != nil {
		return err
	}
	if ok && !hasBoard(s.openBoards(), form.V.Topic) {
		form.Wrong(c, "Topic", "oneof")
		ok = false
	}
	if !ok {
		return p.staffNewPage(c, http.StatusUnprocessableEntity, form)
	}
	var who *account.Account
	if form.V.Account != "" {
		found, err := account.ByID(c, p.DB, form.V.Account)
		if err != nil {
			return err
		}
		who = &found
	}
	now := c.Now()
	idea := Idea{ID: rand.Text(), BoardID: form.V.Topic, AuthorID: &c.Account.ID, Title: text.Line(form.V.Title), Body: form.V.Body, Private: form.V.Private, CreatedAt: now, ApprovedAt: &now, SeenAt: &now}
	err = p.write(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/ideas/"+idea.ID); err != nil {
			return err
		}
		if idea, err = insert(c, tx, idea); err != nil {
			return err
		}
		if err := p.Search.Put(c, tx, document(idea)); err != nil {
			return err
		}
		return p.madeFrom(c, tx, idea, form.V.From, who)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(idea), "ideas.staff_new.sent", idea.Number)
}

// madeFrom keeps what an idea was made from, if anything, and asks the person who
// asked for it, if anybody, by mail whether his vote may go along.
func (p *portal) madeFrom(ctx context.Context, tx *db.Tx, idea Idea, from string, who *account.Account) error {
	if from != "" {
		l := origin.Link{Source: from, Made: "idea:" + idea.ID, Path: idea.Path(), Title: idea.Title, State: idea.Status, Shown: idea.public()}
		if who != nil {
			l.AccountID = &who.ID
		}
		if err := origin.Keep(ctx, tx, l, p.Now()); err != nil {
			return err
		}
	}
	if who == nil || !who.Verified() || !idea.public() || !idea.Open() {
		return nil
	}
	voted, err := db.Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM idea_vote WHERE idea_id = ? AND account_id = ?)`, idea.ID, who.ID)
	if err != nil || voted {
		return err
	}
	secret, err := links.Make(ctx, tx, links.Link{Purpose: agreeLink, AccountID: &who.ID, Email: who.Email, Subject: idea.ID}, p.Now(), 30*24*time.Hour)
	if err != nil {
		return err
	}
	return p.askVote(ctx, tx, *who, idea, secret)
}

// joinIdea notes that an idea that is there already was asked for in something
// of another portal too.
func (p *portal) joinIdea(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err == nil && i.MergedInto != nil {
		i, err = byID(c, p.DB, *i.MergedInto)
	}
	if err != nil {
		return err
	}
	from := text.Clean(c.PostForm("from"))
	if !origin.Valid(from) {
		return fault.BadInput
	}
	var who *account.Account
	if id := text.Clean(c.PostForm("account")); id != "" {
		found, err := account.ByID(c, p.DB, id)
		if err != nil {
			return err
		}
		who = &found
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		held, err := lock(c, tx, i.ID)
		if err != nil {
			return err
		}
		made, err := origin.Of(c, tx, from)
		if err != nil || slices.ContainsFunc(made, func(l origin.Link) bool { return l.Made == "idea:"+i.ID }) {
			return err
		}
		return p.madeFrom(c, tx, held[0], from, who)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), "ideas.staff_new.joined")
}

// boardsPage is where boards, tags and synonyms are set up.
type boardsPage struct {
	Boards   []Board
	Tags     []Tag
	Synonyms []synonymRow
	Products []settings.Product
	Form     web.Form[boardForm] // of a new board
	Wrong    string              // the id of the board that was filled in wrongly
	Board    web.Form[boardForm] // and how
	TagForm  web.Form[tagForm]
	Words    web.Form[synonymForm]
	Counts   map[string]int
}

type synonymRow struct {
	ID    string
	Board *string
	Terms string
}

type boardForm struct {
	Name      string `form:"name" binding:"required,max=60"`
	Product   string `form:"product" binding:"max=60"`
	About     string `form:"about" binding:"max=200"`
	Position  int    `form:"position" binding:"gte=0,lte=1000"`
	Moderated bool   `form:"moderated"`
	Closed    bool   `form:"closed"`
}

type tagForm struct {
	Tag      string `form:"tag" binding:"required,max=40"`
	Internal bool   `form:"internal"`
}

type synonymForm struct {
	Terms string `form:"terms" binding:"required,max=400"`
	Topic string `form:"topic" binding:"max=40"`
}

func (p *portal) readBoards(c *web.Context) (page boardsPage, err error) {
	if page.Boards, err = boards(c, p.DB); err != nil {
		return page, err
	}
	if page.Tags, err = db.All[Tag](c, p.DB, `SELECT * FROM idea_tag ORDER BY internal, name`); err != nil {
		return page, err
	}
	if page.Synonyms, err = db.All[synonymRow](c, p.DB, `SELECT s.id, b.name AS board, s.terms FROM idea_synonym s LEFT JOIN idea_board b ON b.id = s.board_id ORDER BY b.name, s.terms`); err != nil {
		return page, err
	}
	if page.Products, err = p.Settings.Products(c); err != nil {
		return page, err
	}
	page.Form = web.Form[boardForm]{Prefix: "ideas.board"}
	page.TagForm = web.Form[tagForm]{Prefix: "ideas.tag"}
	page.Words = web.Form[synonymForm]{Prefix: "ideas.synonym"}
	return page, nil
}

func (p *portal) boardsPage(c *web.Context) error {
	page, err := p.readBoards(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, boardsView(page))
}

func (p *portal) addBoard(c *web.Context) error { return p.keepBoard(c, "") }

func (p *portal) saveBoard(c *web.Context) error { return p.keepBoard(c, text.Clean(c.Param("id"))) }

func (p *portal) keepBoard(c *web.Context, id string) error {
	form := web.Form[boardForm]{Prefix: "ideas.board"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		page, err := p.readBoards(c)
		if err != nil {
			return err
		}
		if id == "" {
			page.Form = form
		} else {
			page.Wrong, page.Board = id, form
		}
		return c.Render(http.StatusUnprocessableEntity, boardsView(page))
	}
	v := form.V
	b := Board{ID: id, Name: v.Name, Product: v.Product, About: v.About, Moderated: v.Moderated, Position: v.Position}
	if v.Closed {
		now := c.Now()
		b.ClosedAt = &now
	}
	err = p.write(c, func(tx *db.Tx) error {
		if id == "" {
			b.ID = rand.Text()
			return db.Insert(c, tx, "idea_board", b)
		}
		n, err := db.ExecNamed(c, tx, `UPDATE idea_board SET name = :name, product = :product, about = :about, moderated = :moderated, position = :position,
			closed_at = :closed_at WHERE id = :id`, b)
		if err == nil && n == 0 {
			return fault.NotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/ideas/boards", "ideas.board.saved", v.Name)
}

func (p *portal) addTag(c *web.Context) error {
	form := web.Form[tagForm]{Prefix: "ideas.tag"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok {
		err = p.write(c, func(tx *db.Tx) error {
			return db.Insert(c, tx, "idea_tag", Tag{rand.Text(), form.V.Tag, form.V.Internal})
		})
		if errors.Is(err, fault.Conflict) {
			form.Wrong(c, "Tag", "taken")
			ok, err = false, nil
		}
		if err != nil {
			return err
		}
	}
	if !ok {
		page, err := p.readBoards(c)
		if err != nil {
			return err
		}
		page.TagForm = form
		return c.Render(http.StatusUnprocessableEntity, boardsView(page))
	}
	return c.RedirectTo("/staff/ideas/boards", "ideas.tag.saved", form.V.Tag)
}

func (p *portal) removeTag(c *web.Context) error {
	return p.remove(c, `DELETE FROM idea_tag WHERE id = ?`, "ideas.tag.removed")
}

func (p *portal) addSynonym(c *web.Context) error {
	form := web.Form[synonymForm]{Prefix: "ideas.synonym"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && !strings.Contains(strings.Trim(form.V.Terms, ", "), ",") {
		form.Wrong(c, "Terms", "two")
		ok = false
	}
	page, err := p.readBoards(c)
	if err != nil {
		return err
	}
	if ok && form.V.Topic != "" && !hasBoard(page.Boards, form.V.Topic) {
		form.Wrong(c, "Topic", "oneof")
		ok = false
	}
	if !ok {
		page.Words = form
		return c.Render(http.StatusUnprocessableEntity, boardsView(page))
	}
	err = p.write(c, func(tx *db.Tx) error {
		var board *string
		if form.V.Topic != "" {
			board = &form.V.Topic
		}
		_, err := db.Exec(c, tx, `INSERT INTO idea_synonym (id, board_id, terms) VALUES (?, ?, ?)`, rand.Text(), board, form.V.Terms)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/ideas/boards", "ideas.synonym.saved")
}

func (p *portal) removeSynonym(c *web.Context) error {
	return p.remove(c, `DELETE FROM idea_synonym WHERE id = ?`, "ideas.synonym.removed")
}

func (p *portal) remove(c *web.Context, query, key string) error {
	err := p.write(c, func(tx *db.Tx) error {
		n, err := db.Exec(c, tx, query, text.Clean(c.Param("id")))
		if err == nil && n == 0 {
			return fault.NotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/ideas/boards", key)
}
