package demos

import (
	"errors"
	"net/http"
	"regexp"
	"slices"

	"loket/app/fault"
	"loket/app/web"
	"loket/db"
)

// Kinds of demonstration, as colleagues set them up.

func (p *portal) typeList(c *web.Context) error {
	all, err := allTypes(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, typesView(all))
}

type typeForm struct {
	NameNL  string   `form:"name_nl" binding:"required,max=120"`
	NameEN  string   `form:"name_en" binding:"required,max=120"`
	Slug    string   `form:"slug" binding:"required,max=60"`
	AboutNL string   `form:"about_nl" binding:"max=2000"`
	AboutEN string   `form:"about_en" binding:"max=2000"`
	PlaceNL string   `form:"place_nl" binding:"max=120"`
	PlaceEN string   `form:"place_en" binding:"max=120"`
	Minutes int      `form:"minutes" binding:"min=5,max=480"`
	Step    int      `form:"step" binding:"min=0,max=480"`
	Before  int      `form:"before" binding:"min=0,max=240"`
	After   int      `form:"after" binding:"min=0,max=240"`
	Notice  int      `form:"notice" binding:"min=0,max=43200"`
	Days    int      `form:"days" binding:"min=1,max=120"`
	Daily   int      `form:"daily" binding:"min=0,max=50"`
	Weekly  int      `form:"weekly" binding:"min=0,max=200"`
	Cutoff  int      `form:"cutoff" binding:"min=0,max=10080"`
	Retired bool     `form:"retired"`
	Hosts   []string `form:"hosts" binding:"max=100"`
}

var slugRule = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (p *portal) newType(c *web.Context) error {
	form := web.NewForm[typeForm]("demos.type")
	form.V = typeForm{Minutes: 30, Step: 30, After: 15, Notice: 240, Days: 60, Cutoff: 120, PlaceNL: "Online, link volgt per mail", PlaceEN: "Online, link follows by mail"}
	hosts, err := allHosts(c, p.DB)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		form.V.Hosts = append(form.V.Hosts, h.AccountID)
	}
	return c.Render(http.StatusOK, typeView(form, hosts, ""))
}

func (p *portal) editType(c *web.Context) error {
	t, err := typeByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	hosts, err := allHosts(c, p.DB)
	if err != nil {
		return err
	}
	form := web.NewForm[typeForm]("demos.type")
	form.V = typeForm{t.NameNL, t.NameEN, t.Slug, t.AboutNL, t.AboutEN, t.PlaceNL, t.PlaceEN, t.Minutes, t.Step, t.Before, t.After, t.Notice, t.Days, t.Daily, t.Weekly, t.Cutoff, t.Retired, nil}
	if form.V.Hosts, err = db.All[string](c, p.DB, `SELECT account_id FROM demo_type_host WHERE type_id = ?`, t.ID); err != nil {
		return err
	}
	return c.Render(http.StatusOK, typeView(form, hosts, t.Slug))
}

func (p *portal) saveType(c *web.Context) error {
	id := c.Param("id")
	t := Type{ID: newID(), CreatedAt: c.Now()}
	if id != "" {
		var err error
		if t, err = typeByID(c, p.DB, id); err != nil {
			return err
		}
	}
	hosts, err := allHosts(c, p.DB)
	if err != nil {
		return err
	}
	form := web.Form[typeForm]{Prefix: "demos.type"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	v := form.V
	if form.Errors["Slug"] == "" && (!slugRule.MatchString(v.Slug) || v.Slug == "sent") {
		form.Wrong(c, "Slug", "form")
	}
	for _, f := range []struct {
		name string
		n    int
	}{{"Minutes", v.Minutes}, {"Step", v.Step}, {"Before", v.Before}, {"After", v.After}} {
		if f.n%5 != 0 && form.Errors[f.name] == "" {
			form.Wrong(c, f.name, "five")
		}
	}
	for _, h := range v.Hosts {
		if !slices.ContainsFunc(hosts, func(host Host) bool { return host.AccountID == h }) {
			form.Wrong(c, "Hosts", "oneof")
		}
	}
	if form.OK() {
		slug := t.Slug
		t = Type{t.ID, v.Slug, v.NameNL, v.NameEN, v.AboutNL, v.AboutEN, v.PlaceNL, v.PlaceEN, v.Minutes, v.Step, v.Before, v.After, v.Notice, v.Days, v.Daily, v.Weekly, v.Cutoff, t.Sort, v.Retired, t.CreatedAt}
		err = p.DB.Tx(c, func(tx *db.Tx) error { return p.keepType(c, tx, t, slug == "", v.Hosts) })
		if errors.Is(err, fault.Conflict) {
			form.Wrong(c, "Slug", "taken")
		} else if err != nil {
			return err
		}
	}
	if !form.OK() {
		return c.Render(http.StatusUnprocessableEntity, typeView(form, hosts, t.Slug))
	}
	return c.RedirectTo("/staff/demos/types", "demos.staff.saved")
}

func (p *portal) keepType(c ctx, tx *db.Tx, t Type, fresh bool, hosts []string) error {
	if err := lock(c, tx); err != nil {
		return err
	}
	if fresh {
		if err := db.Insert(c, tx, "demo_type", t); err != nil {
			return err
		}
	} else if _, err := db.ExecNamed(c, tx, `
		UPDATE demo_type SET slug = :slug, name_nl = :name_nl, name_en = :name_en, about_nl = :about_nl, about_en = :about_en,
			place_nl = :place_nl, place_en = :place_en, minutes = :minutes, step = :step, before = :before, after = :after, notice = :notice,
			days = :days, daily = :daily, weekly = :weekly, cutoff = :cutoff, retired = :retired WHERE id = :id`, t); err != nil {
		return err
	}
	if _, err := db.Exec(c, tx, `DELETE FROM demo_type_host WHERE type_id = ?`, t.ID); err != nil {
		return err
	}
	for _, h := range hosts {
		if _, err := db.Exec(c, tx, `INSERT INTO demo_type_host (type_id, account_id) VALUES (?, ?) ON CONFLICT (type_id, account_id) DO NOTHING`, t.ID, h); err != nil {
			return err
		}
	}
	return p.Search.Put(c, tx, typeDoc(t))
}
