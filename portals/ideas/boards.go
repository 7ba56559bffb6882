package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/settings"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Boards, tags and synonyms: how colleagues set the portal up.

// Board gathers the ideas about one product.
type Board struct {
	ID        string
	Name      string
	Product   string
	About     string
	Moderated bool
	Position  int
	ClosedAt  *time.Time `db:"closed_at"`
}

// boards lists the boards in the order of the menus.
func boards(ctx context.Context, on db.Querier) ([]Board, error) {
	return db.All[Board](ctx, on, `SELECT * FROM idea_board ORDER BY position, name, id`)
}

func hasBoard(all []Board, id string) bool {
	return slices.ContainsFunc(all, func(b Board) bool { return b.ID == id })
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

// Tag is a word about ideas; an internal one is for colleagues only.
type Tag struct {
	ID       string
	Name     string
	Internal bool
}
