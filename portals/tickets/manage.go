package tickets

import (
	"net/http"
	"slices"
	"strings"

	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

// What colleagues set up for this counter: what is promised, and which teams
// and tags there are.

// deskSettings are the words that the desk works with.
type deskSettings struct {
	Teams []string
	Tags  []string // offered where tags are typed; others may be used as well
}

var deskKey = settings.Key[deskSettings]{Name: "tickets.desk"}

// deskForm is the settings as they are typed: one a line.
type deskForm struct {
	Teams string `form:"teams" binding:"max=2000"`
	Tags  string `form:"tags" binding:"max=4000"`
}

type deskPage struct {
	Menu sideMenu
	Form web.Form[deskForm]
}

func (p *portal) deskPage(c *web.Context) error {
	desk, err := settings.Get(c, p.Settings, deskKey)
	if err != nil {
		return err
	}
	form := web.NewForm[deskForm]("tickets.desk_settings")
	form.V = deskForm{strings.Join(desk.Teams, "\n"), strings.Join(desk.Tags, "\n")}
	return p.renderDesk(c, http.StatusOK, form)
}

func (p *portal) renderDesk(c *web.Context, status int, form web.Form[deskForm]) error {
	menu, err := p.side(c, "/staff/tickets/settings")
	if err != nil {
		return err
	}
	return c.Render(status, deskView(deskPage{menu, form}))
}

func (p *portal) saveDesk(c *web.Context) error {
	form := web.NewForm[deskForm]("tickets.desk_settings")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	teams := wordLines(form.V.Teams)
	if slices.ContainsFunc(teams, func(team string) bool { return len([]rune(team)) > 60 }) {
		form.Wrong(c, "Teams", "long")
	}
	if !ok || !form.OK() {
		return p.renderDesk(c, http.StatusUnprocessableEntity, form)
	}
	var tags []string
	for _, line := range wordLines(form.V.Tags) {
		for _, tag := range tagList(line) {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	slices.Sort(tags)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := settings.Put(c, tx, p.Settings, deskKey, deskSettings{teams, tags}); err != nil {
			return err
		}
		return p.audit(c, tx, "setting", "tickets.desk")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/settings", "tickets.desk_settings.saved")
}

// wordLines are the lines of a text, each once, without the empty ones.
func wordLines(typed string) []string {
	var all []string
	for line := range strings.Lines(typed) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}
