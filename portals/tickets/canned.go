package tickets

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/files"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// cannedReply is a text that colleagues use again and again, and what is done
// with the ticket then.
type cannedReply struct {
	ID        string
	Title     string
	BodyNL    string    `db:"body_nl"`
	BodyEN    string    `db:"body_en"`
	Status    string    `db:"then_status"`
	Tags      string    `db:"then_tags"`
	Mine      bool      `db:"then_mine"`
	ChangedAt time.Time `db:"changed_at"`
}

func cannedReplies(ctx context.Context, on db.Querier) ([]cannedReply, error) {
	return db.All[cannedReply](ctx, on, `SELECT * FROM canned_reply ORDER BY title, id LIMIT 200`)
}

func cannedByID(ctx context.Context, on db.Querier, id string) (cannedReply, error) {
	return db.Get[cannedReply](ctx, on, `SELECT * FROM canned_reply WHERE id = ?`, id)
}

// placeholders are what a canned reply may call by name.
var placeholders = []string{"{name}", "{ticket}", "{subject}", "{company}", "{agent}"}

// filledIn is the text of a canned reply for a ticket, in the language of its
// customer; where it has none in that language, in the other.
func (r cannedReply) filledIn(page staffPage, agent string) string {
	body := r.BodyNL
	if page.Requester.Lang == "en" && r.BodyEN != "" || body == "" {
		body = r.BodyEN
	}
	return strings.NewReplacer("{name}", page.Requester.First(), "{ticket}", page.Ticket.Ref(), "{subject}", page.Ticket.Subject,
		"{company}", page.Company.Name, "{agent}", agent).Replace(body)
}

// insertCanned puts a canned reply into the answer that is being written; it is
// not sent yet.
func (p *portal) insertCanned(c *web.Context, t Ticket, form web.Form[answerForm], kept []files.File) error {
	form.Errors = nil
	r, err := cannedByID(c, p.DB, form.V.Canned)
	if errors.Is(err, fault.NotFound) {
		return p.renderStaff(c, http.StatusOK, t, form, kept)
	}
	if err != nil {
		return err
	}
	page := staffPage{Ticket: t}
	if err := p.customerOf(c, &page); err != nil {
		return err
	}
	form.V.Body = strings.TrimSpace(form.V.Body + "\n\n" + r.filledIn(page, c.Account.First()))
	form.V.Used, form.V.Then = r.ID, r.Status
	return p.renderStaff(c, http.StatusOK, t, form, kept)
}

// used is the canned reply that an answer was made with; none when it has gone since.
func (p *portal) used(c *web.Context, id string) (cannedReply, error) {
	if id == "" {
		return cannedReply{}, nil
	}
	r, err := cannedByID(c, p.DB, id)
	if errors.Is(err, fault.NotFound) {
		return cannedReply{}, nil
	}
	return r, err
}

// cannedForm is a canned reply as colleagues write it.
type cannedForm struct {
	Title  string `form:"title" binding:"required,max=100"`
	BodyNL string `form:"body_nl" binding:"required_without=BodyEN,max=10000"`
	BodyEN string `form:"body_en" binding:"max=10000"`
	Status string `form:"status" binding:"omitempty,oneof=open pending on-hold solved"`
	Tags   string `form:"tags" binding:"max=300"`
	Mine   bool   `form:"mine"`
}

type cannedPage struct {
	Menu sideMenu
	All  []cannedReply
	ID   string // of the one that is edited: new for a new one
	Form web.Form[cannedForm]
}

func (p *portal) cannedList(c *web.Context) error {
	page := cannedPage{}
	var err error
	if page.All, err = cannedReplies(c, p.DB); err != nil {
		return err
	}
	if page.Menu, err = p.side(c, "/staff/tickets/replies"); err != nil {
		return err
	}
	return c.Render(http.StatusOK, cannedListView(page))
}

func (p *portal) cannedEdit(c *web.Context) error {
	page := cannedPage{ID: c.Param("reply"), Form: web.NewForm[cannedForm]("tickets.text")}
	if page.ID != "new" {
		r, err := cannedByID(c, p.DB, page.ID)
		if err != nil {
			return err
		}
		page.Form.V = cannedForm{r.Title, r.BodyNL, r.BodyEN, r.Status, r.Tags, r.Mine}
	}
	return p.renderCanned(c, http.StatusOK, page)
}

func (p *portal) renderCanned(c *web.Context, status int, page cannedPage) error {
	var err error
	if page.Menu, err = p.side(c, "/staff/tickets/replies"); err != nil {
		return err
	}
	return c.Render(status, cannedEditView(page))
}

func (p *portal) cannedSave(c *web.Context) error {
	page := cannedPage{ID: c.Param("reply"), Form: web.NewForm[cannedForm]("tickets.text")}
	ok, err := page.Form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		return p.renderCanned(c, http.StatusUnprocessableEntity, page)
	}
	v := page.Form.V
	r := cannedReply{page.ID, v.Title, v.BodyNL, v.BodyEN, v.Status, strings.Join(tagList(v.Tags), " "), v.Mine, c.Now()}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if r.ID == "new" {
			if err := c.Once(tx, page.Form.Once, "/staff/tickets/replies"); err != nil {
				return err
			}
			r.ID = newID()
			return db.Insert(c, tx, "canned_reply", r)
		}
		n, err := db.ExecNamed(c, tx, `
			UPDATE canned_reply SET title = :title, body_nl = :body_nl, body_en = :body_en, then_status = :then_status,
				then_tags = :then_tags, then_mine = :then_mine, changed_at = :changed_at
			WHERE id = :id`, r)
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/replies", "tickets.canned.saved", r.Title)
}

func (p *portal) cannedDrop(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		n, err := db.Exec(c, tx, `DELETE FROM canned_reply WHERE id = ?`, c.Param("reply"))
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/replies", "tickets.canned.dropped")
}

// cannedDoes says what a canned reply does with a ticket besides its text.
func cannedDoes(ctx context.Context, r cannedReply) string {
	var all []string
	if r.Status != "" {
		all = append(all, i18n.T(ctx, "tickets.canned.does.status", i18n.T(ctx, "tickets.status."+r.Status)))
	}
	if r.Tags != "" {
		all = append(all, i18n.T(ctx, "tickets.canned.does.tags", r.Tags))
	}
	if r.Mine {
		all = append(all, i18n.T(ctx, "tickets.canned.does.mine"))
	}
	return strings.Join(all, ", ")
}
