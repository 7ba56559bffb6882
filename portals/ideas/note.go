package ideas

import (
	"crypto/rand"
	"net/http"
	"time"

	"loket/app/fault"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Notes about an idea that only colleagues read.

type noteRow struct {
	ID        string
	AccountID *string `db:"account_id"`
	Name      *string
	Body      string
	CreatedAt time.Time `db:"created_at"`
}

type noteForm struct {
	Body string `form:"note" binding:"required,max=5000"`
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
