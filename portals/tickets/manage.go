package tickets

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"loket/app/fault"
	"loket/app/hours"
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

// promisesForm is what is promised: for every severity, in the order of
// severities, the first answer, the next one and the solution.
type promisesForm struct {
	Amounts []string `form:"amount" binding:"len=9,dive,number,max=6"`
	Units   []string `form:"unit" binding:"len=9,dive,oneof=minutes working_days calendar_days"`
}

type promisesPage struct {
	Menu sideMenu
	Form web.Form[promisesForm]
	Open int // tickets whose clocks follow
}

var units = []string{string(hours.Minutes), string(hours.WorkingDays), string(hours.CalendarDays)}

func (p *portal) promises(c *web.Context) error {
	all, err := policies(c, p.DB)
	if err != nil {
		return err
	}
	form := web.NewForm[promisesForm]("tickets.promises")
	for _, severity := range severities {
		for _, target := range []hours.Target{all[severity].First, all[severity].Next, all[severity].Solve} {
			unit := string(target.Unit)
			if unit == "" {
				unit = units[0]
			}
			form.V.Amounts, form.V.Units = append(form.V.Amounts, strconv.Itoa(target.Amount)), append(form.V.Units, unit)
		}
	}
	return p.renderPromises(c, http.StatusOK, form)
}

func (p *portal) renderPromises(c *web.Context, status int, form web.Form[promisesForm]) error {
	page := promisesPage{Form: form}
	var err error
	if page.Menu, err = p.side(c, "/staff/tickets/promises"); err != nil {
		return err
	}
	page.Open = page.Menu.Counts["todo"] + page.Menu.Counts["waiting"] + page.Menu.Counts["snoozed"]
	return c.Render(status, promisesView(page))
}

// savePromises changes what is promised; the clocks of open tickets follow, and
// say so in their history.
func (p *portal) savePromises(c *web.Context) error {
	form := web.NewForm[promisesForm]("tickets.promises")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if len(form.V.Amounts) != 9 || len(form.V.Units) != 9 {
		return fault.BadInput
	}
	promised := Policies{}
	if ok {
		for i, severity := range severities {
			var targets [3]hours.Target
			for j := range targets {
				amount, err := strconv.Atoi(form.V.Amounts[3*i+j])
				if err != nil {
					return errors.Join(fault.BadInput, err)
				}
				targets[j] = hours.Target{Amount: amount, Unit: hours.Unit(form.V.Units[3*i+j])}
				if targets[j].Validate() != nil {
					form.Wrong(c, "Amounts", "large")
				}
			}
			promised[severity] = Policy{targets[0], targets[1], targets[2]}
		}
	}
	if !form.OK() {
		return p.renderPromises(c, http.StatusUnprocessableEntity, form)
	}
	before, err := policies(c, p.DB)
	if err != nil {
		return err
	}
	changed := false
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		changed = false
		for _, severity := range severities {
			if before[severity] == promised[severity] {
				continue
			}
			changed = true
			if err := setPolicy(c, tx, severity, promised[severity]); err != nil {
				return err
			}
			if err := p.audit(c, tx, "promise", severity+" "+targetText(promised[severity])); err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
		return p.queueRecompute(c, tx)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/promises", "tickets.promises.saved")
}

// targetText writes a policy for the log: 240 minutes, 1 working_days, …
func targetText(p Policy) string {
	var all []string
	for _, t := range []hours.Target{p.First, p.Next, p.Solve} {
		all = append(all, strconv.Itoa(t.Amount)+" "+string(t.Unit))
	}
	return strings.Join(all, ", ")
}
