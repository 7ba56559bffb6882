package tickets

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/search"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// What is known already: answers that help again and again, and problems that we
// are working on. Whoever is about to file a ticket sees those that look like
// his, and of a problem he can ask to be kept posted instead.

// Kinds of what is known.
const (
	Answer  = "answer"
	Problem = "problem"
)

// known is an answer or a problem, in one language or in both.
type known struct {
	ID        string
	Kind      string
	TitleNL   string `db:"title_nl"`
	BodyNL    string `db:"body_nl"`
	TitleEN   string `db:"title_en"`
	BodyEN    string `db:"body_en"`
	Helped    int
	CreatedAt time.Time  `db:"created_at"`
	ChangedAt time.Time  `db:"changed_at"`
	SolvedAt  *time.Time `db:"solved_at"` // of a problem: since when it is no more
}

// In is the title and the text in a language, or in the other where there is none.
func (k known) In(lang string) (title, body string) {
	if lang == "en" && k.TitleEN != "" || k.TitleNL == "" {
		return k.TitleEN, k.BodyEN
	}
	return k.TitleNL, k.BodyNL
}

// Title is the title for who reads.
func (k known) Title(ctx context.Context) string {
	title, _ := k.In(i18n.Lang(ctx))
	return title
}

// Body is the text for who reads.
func (k known) Body(ctx context.Context) string {
	_, body := k.In(i18n.Lang(ctx))
	return body
}

// Path is the page of it for everybody.
func (k known) Path() string { return "/tickets/known/" + k.ID }

// StaffPath is where colleagues write it.
func (k known) StaffPath() string { return "/staff/tickets/known/" + k.ID }

// Now reports whether it is a problem that has not been solved.
func (k known) Now() bool { return k.Kind == Problem && k.SolvedAt == nil }

const knownColumns = `k.id, k.kind, k.title_nl, k.body_nl, k.title_en, k.body_en, k.helped, k.created_at, k.changed_at, k.solved_at`

func knownByID(ctx context.Context, on db.Querier, id string) (known, error) {
	return db.Get[known](ctx, on, `SELECT `+knownColumns+` FROM ticket_known k WHERE k.id = ?`, id)
}

// allKnown lists what is known: problems of now, answers that helped most, problems of before.
func allKnown(ctx context.Context, on db.Querier) ([]known, error) {
	return db.All[known](ctx, on, `SELECT `+knownColumns+` FROM ticket_known k
		ORDER BY k.solved_at IS NOT NULL, k.kind DESC, k.helped DESC, k.changed_at DESC, k.id LIMIT 300`)
}

// problemsNow lists the problems that have not been solved, the newest first.
func problemsNow(ctx context.Context, on db.Querier) ([]known, error) {
	return db.All[known](ctx, on, `SELECT `+knownColumns+` FROM ticket_known k
		WHERE k.kind = 'problem' AND k.solved_at IS NULL ORDER BY k.changed_at DESC, k.id LIMIT 20`)
}

// problemsOf lists the known problems that a ticket is about.
func problemsOf(ctx context.Context, on db.Querier, ticket string) ([]known, error) {
	return db.All[known](ctx, on, `SELECT `+knownColumns+` FROM ticket_known_ticket l JOIN ticket_known k ON k.id = l.known_id
		WHERE l.ticket_id = ? ORDER BY k.created_at, k.id`, ticket)
}

// ticketsAbout lists the tickets that are about a known problem.
func ticketsAbout(ctx context.Context, on db.Querier, id string) ([]Ticket, error) {
	return db.All[Ticket](ctx, on, `SELECT `+relatedColumns+` FROM ticket_known_ticket l JOIN ticket t ON t.id = l.ticket_id
		WHERE l.known_id = ? ORDER BY t.number DESC LIMIT 200`, id)
}

// keptPosted lists who hears how far a problem is, and may still be told.
func keptPosted(ctx context.Context, on db.Querier, id string) ([]Person, error) {
	return db.All[Person](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, TRUE AS mail, TRUE AS present, a.verified_at IS NOT NULL AS proven
		FROM ticket_known_follower f JOIN account a ON a.id = f.account_id
		WHERE f.known_id = ? AND a.disabled_at IS NULL ORDER BY a.name, a.id`, id)
}

func keepPosted(ctx context.Context, tx *db.Tx, id, who string, at time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_known_follower (id, known_id, account_id, added_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (known_id, account_id) DO NOTHING`, newID(), id, who, at)
	return err
}

// knownDocs are the entries in the index of what is known, one for each language
// that it is written in. A problem that has been solved is not offered any more.
func knownDocs(k known) []search.Doc {
	var docs []search.Doc
	for lang, written := range map[string][2]string{"nl": {k.TitleNL, k.BodyNL}, "en": {k.TitleEN, k.BodyEN}} {
		if written[0] != "" && k.SolvedAt == nil {
			docs = append(docs, search.Doc{Kind: "ticket_known", Ref: k.ID + "." + lang, Path: k.Path(), Title: written[0], Body: text.Plain(written[1]), At: k.ChangedAt, Readers: []string{"all"}})
		}
	}
	return docs
}

// indexKnown makes what is known findable as it is now.
func (p *portal) indexKnown(ctx context.Context, tx *db.Tx, k known) error {
	for _, lang := range []string{".nl", ".en"} {
		if err := p.Search.Remove(ctx, tx, "ticket_known", k.ID+lang); err != nil {
			return err
		}
	}
	for _, doc := range knownDocs(k) {
		if err := p.Search.Put(ctx, tx, doc); err != nil {
			return err
		}
	}
	return nil
}

// knownDocument is what the index has of what is known, in one language.
func knownDocument(ctx context.Context, on db.Querier, ref string) (search.Doc, error) {
	id, _, _ := strings.Cut(ref, ".")
	k, err := knownByID(ctx, on, id)
	if err != nil {
		return search.Doc{}, err
	}
	for _, doc := range knownDocs(k) {
		if doc.Ref == ref {
			return doc, nil
		}
	}
	return search.Doc{}, fault.NotFound
}

// knownLike finds what is known and looks like a text, three at most.
func (p *portal) knownLike(ctx context.Context, typed string) ([]known, error) {
	hits, err := p.Search.Similar(ctx, p.DB, search.Query{Text: typed, Readers: []string{"all"}, Kinds: []string{"ticket_known"}, Limit: 6})
	if err != nil {
		return nil, err
	}
	var found []known
	for _, hit := range hits {
		id, _, _ := strings.Cut(hit.Ref, ".")
		if len(found) == 3 || slices.ContainsFunc(found, func(k known) bool { return k.ID == id }) {
			continue
		}
		k, err := knownByID(ctx, p.DB, id)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, k)
	}
	return found, nil
}

// knownPage is what is known, or one piece of it, as everybody reads it.
type knownPage struct {
	All       []known
	One       known
	Following bool
	Customer  bool
	Once      string
}

// knownList shows all that is known, except problems that have been solved.
func (p *portal) knownList(c *web.Context) error {
	all, err := allKnown(c, p.DB)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(k known) bool { return k.SolvedAt != nil })
	return c.Render(http.StatusOK, knownListView(knownPage{All: all}))
}

func (p *portal) knownShow(c *web.Context) error {
	k, err := knownByID(c, p.DB, c.Param("known"))
	if err != nil {
		return err
	}
	page := knownPage{One: k, Once: web.NewForm[struct{}]("tickets.known").Once}
	if c.Account != nil {
		page.Customer = !c.Account.Staff()
		page.Following, err = db.Get[bool](c, p.DB, `SELECT EXISTS (SELECT 1 FROM ticket_known_follower WHERE known_id = ? AND account_id = ?)`, k.ID, c.Account.ID)
		if err != nil {
			return err
		}
	}
	return c.Render(http.StatusOK, knownView(page))
}

// knownFollow starts or stops the mails about a problem.
func (p *portal) knownFollow(c *web.Context) error {
	k, err := knownByID(c, p.DB, c.Param("known"))
	if err != nil {
		return err
	}
	follow := c.PostForm("follow") != "false"
	if follow && !k.Now() {
		return fault.Conflict
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if follow {
			return keepPosted(c, tx, k.ID, c.Account.ID, c.Now())
		}
		_, err := db.Exec(c, tx, `DELETE FROM ticket_known_follower WHERE known_id = ? AND account_id = ?`, k.ID, c.Account.ID)
		return err
	})
	if err != nil {
		return err
	}
	if follow {
		return c.RedirectTo(k.Path(), "tickets.known.followed")
	}
	return c.RedirectTo(k.Path(), "tickets.known.unfollowed")
}

// knownHelped counts that an answer saved somebody a ticket. Who it was is not kept.
func (p *portal) knownHelped(c *web.Context) error {
	k, err := knownByID(c, p.DB, c.Param("known"))
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, c.PostForm("once"), "/tickets/"); err != nil {
			return err
		}
		_, err := db.Exec(c, tx, `UPDATE ticket_known SET helped = helped + 1 WHERE id = ?`, k.ID)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/tickets/", "tickets.known.helped.thanks")
}

// knownForm is what colleagues write.
type knownForm struct {
	Kind    string `form:"kind" binding:"required,oneof=answer problem"`
	TitleNL string `form:"title_nl" binding:"required_without=TitleEN,max=200"`
	BodyNL  string `form:"body_nl" binding:"required_with=TitleNL,max=10000"`
	TitleEN string `form:"title_en" binding:"max=200"`
	BodyEN  string `form:"body_en" binding:"required_with=TitleEN,max=10000"`
	Tell    bool   `form:"tell"` // mail who follows
}

// knownEdit is the page on which colleagues write one.
type knownEdit struct {
	Menu      sideMenu
	ID        string // new for a new one
	Form      web.Form[knownForm]
	One       known
	Followers int
	Tickets   []Ticket
}

func (p *portal) knownStaffList(c *web.Context) error {
	all, err := allKnown(c, p.DB)
	if err != nil {
		return err
	}
	menu, err := p.side(c, "/staff/tickets/known")
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, knownStaffView(menu, all))
}

func (p *portal) knownWrite(c *web.Context) error {
	form := web.NewForm[knownForm]("tickets.known.form")
	form.V.Kind = Answer
	if c.Query("kind") == Problem {
		form.V.Kind = Problem
	}
	if c.Param("known") != "new" {
		k, err := knownByID(c, p.DB, c.Param("known"))
		if err != nil {
			return err
		}
		form.V = knownForm{Kind: k.Kind, TitleNL: k.TitleNL, BodyNL: k.BodyNL, TitleEN: k.TitleEN, BodyEN: k.BodyEN}
	}
	return p.renderKnown(c, http.StatusOK, form)
}

func (p *portal) renderKnown(c *web.Context, status int, form web.Form[knownForm]) error {
	page := knownEdit{ID: c.Param("known"), Form: form}
	var err error
	if page.ID != "new" {
		if page.One, err = knownByID(c, p.DB, page.ID); err != nil {
			return err
		}
		followers, err := keptPosted(c, p.DB, page.ID)
		if err != nil {
			return err
		}
		page.Followers = len(followers)
		if page.Tickets, err = ticketsAbout(c, p.DB, page.ID); err != nil {
			return err
		}
	}
	if page.Menu, err = p.side(c, "/staff/tickets/known"); err != nil {
		return err
	}
	return c.Render(status, knownEditView(page))
}

func (p *portal) knownSave(c *web.Context) error {
	form := web.NewForm[knownForm]("tickets.known.form")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.renderKnown(c, http.StatusUnprocessableEntity, form)
	}
	v, now := form.V, c.Now()
	k := known{ID: newID(), CreatedAt: now}
	fresh := c.Param("known") == "new"
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if err := c.Once(tx, form.Once, "/staff/tickets/known"); err != nil {
			return err
		}
		if !fresh {
			if k, err = knownByID(c, tx, c.Param("known")); err != nil {
				return err
			}
		}
		k.TitleNL, k.BodyNL, k.TitleEN, k.BodyEN, k.ChangedAt = v.TitleNL, v.BodyNL, v.TitleEN, v.BodyEN, now
		if fresh {
			k.Kind = v.Kind
			err = db.Insert(c, tx, "ticket_known", k)
		} else {
			_, err = db.ExecNamed(c, tx, `
				UPDATE ticket_known SET title_nl = :title_nl, body_nl = :body_nl, title_en = :title_en, body_en = :body_en, changed_at = :changed_at
				WHERE id = :id`, k)
		}
		if err != nil {
			return err
		}
		if v.Tell && k.Now() {
			if err := p.tellKnown(c, tx, k, "known_update"); err != nil {
				return err
			}
		}
		return p.indexKnown(c, tx, k)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/known", "tickets.known.saved", k.Title(c))
}

// knownSolve says that a problem is no more, or is there again, and tells who follows it.
func (p *portal) knownSolve(c *web.Context) error {
	solve, now := c.PostForm("solved") != "false", c.Now()
	var k known
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		// Two colleagues at once tell it once.
		n, err := db.Exec(c, tx, `UPDATE ticket_known SET changed_at = ? WHERE id = ? AND kind = 'problem' AND (solved_at IS NULL) = ?`, now, c.Param("known"), solve)
		if err != nil {
			return err
		}
		if k, err = knownByID(c, tx, c.Param("known")); err != nil || n == 0 {
			return err
		}
		kind := "known_back"
		if k.SolvedAt = nil; solve {
			k.SolvedAt, kind = &now, "known_solved"
		}
		if _, err := db.Exec(c, tx, `UPDATE ticket_known SET solved_at = ? WHERE id = ?`, k.SolvedAt, k.ID); err != nil {
			return err
		}
		if err := p.tellKnown(c, tx, k, kind); err != nil {
			return err
		}
		return p.indexKnown(c, tx, k)
	})
	if err != nil {
		return err
	}
	if solve {
		return c.RedirectTo(k.StaffPath(), "tickets.known.solved")
	}
	return c.RedirectTo(k.StaffPath(), "tickets.known.again")
}

func (p *portal) knownDrop(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		k, err := knownByID(c, tx, c.Param("known"))
		if err != nil {
			return err
		}
		if _, err := db.Exec(c, tx, `DELETE FROM ticket_known WHERE id = ?`, k.ID); err != nil {
			return err
		}
		for _, lang := range []string{".nl", ".en"} {
			if err := p.Search.Remove(c, tx, "ticket_known", k.ID+lang); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/known", "tickets.known.dropped")
}

// tellKnown mails who follows a problem how far it is.
func (p *portal) tellKnown(ctx context.Context, tx *db.Tx, k known, kind string) error {
	all, err := keptPosted(ctx, tx, k.ID)
	if err != nil {
		return err
	}
	for _, who := range all {
		if err := p.send(ctx, tx, who, p.knownLetter(k, kind)); err != nil {
			return err
		}
	}
	return nil
}

// knownLetter tells how far a problem is: known_update, known_solved or known_back.
func (p *portal) knownLetter(k known, kind string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail."+kind+".text")), mail.Quote(k.Body(ctx)),
			mail.Button(i18n.T(ctx, "tickets.mail.known.open"), p.Site.URL+k.Path()), mail.Fine(i18n.T(ctx, "tickets.mail.known.fine"))}
		return mail.Letter{Kind: "tickets." + kind, Subject: i18n.T(ctx, "tickets.mail."+kind+".subject", k.Title(ctx)),
			Preheader: i18n.T(ctx, "tickets.mail."+kind+".text"), Heading: k.Title(ctx), Parts: parts, Thread: "ticket_known:" + k.ID, About: "ticket_known:" + k.ID}
	}
}

// setKnown says that a ticket is about a known problem, or no longer. Who asked
// hears from then on how far it is.
func (p *portal) setKnown(c *web.Context) error {
	id := c.Param("id")
	k, err := knownByID(c, p.DB, c.PostForm("known"))
	if err != nil {
		return err
	}
	off := c.PostForm("off") != ""
	if !off && !k.Now() {
		return fault.Conflict
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		t, err := locked(c, tx, id)
		if err != nil {
			return err
		}
		statement := `INSERT INTO ticket_known_ticket (known_id, ticket_id) VALUES (?, ?) ON CONFLICT (known_id, ticket_id) DO NOTHING`
		kind := Known
		if off {
			statement, kind = `DELETE FROM ticket_known_ticket WHERE known_id = ? AND ticket_id = ?`, Unknown
		}
		if n, err := db.Exec(c, tx, statement, k.ID, id); err != nil || n == 0 {
			return err
		}
		if !off && t.RequesterID != nil {
			if err := keepPosted(c, tx, k.ID, *t.RequesterID, d.Now); err != nil {
				return err
			}
		}
		_, _, _, err = apply(c, tx, d, id, Change{Actor: c.Account, Events: []Event{{Kind: kind, Value: k.ID}}})
		return err
	})
	if err != nil {
		return err
	}
	if off {
		return c.RedirectTo(backTo(c, id), "tickets.known.untied")
	}
	return c.RedirectTo(backTo(c, id), "tickets.known.tied", k.Title(c))
}

// knownOf reads which known problems a ticket is about, which it may be about,
// and which there are.
func (p *portal) knownOf(c *web.Context, page *staffPage) error {
	var err error
	if page.About, err = problemsOf(c, p.DB, page.Ticket.ID); err != nil {
		return err
	}
	if page.Problems, err = problemsNow(c, p.DB); err != nil || len(page.Problems) == 0 || finished(page.Ticket.Status) {
		return err
	}
	page.Problems = slices.DeleteFunc(page.Problems, func(k known) bool {
		return slices.ContainsFunc(page.About, func(has known) bool { return has.ID == k.ID })
	})
	if len(page.About) > 0 {
		return nil
	}
	like, err := p.knownLike(c, page.Ticket.Subject+" "+question(page.Entries))
	for i := range like {
		if like[i].Now() {
			page.Maybe = &like[i]
			break
		}
	}
	return err
}
