package tickets

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/jobs"
	"loket/app/web"
	"loket/db"
)

// What is promised, and the clocks that follow when that changes.

// policies reads what is promised.
func policies(ctx context.Context, on db.Querier) (Policies, error) {
	type row struct {
		Severity    string
		FirstAmount int    `db:"first_amount"`
		FirstUnit   string `db:"first_unit"`
		NextAmount  int    `db:"next_amount"`
		NextUnit    string `db:"next_unit"`
		SolveAmount int    `db:"solve_amount"`
		SolveUnit   string `db:"solve_unit"`
	}
	rows, err := db.All[row](ctx, on, `SELECT * FROM ticket_policy`)
	all := Policies{}
	for _, r := range rows {
		all[r.Severity] = Policy{
			hours.Target{Amount: r.FirstAmount, Unit: hours.Unit(r.FirstUnit)},
			hours.Target{Amount: r.NextAmount, Unit: hours.Unit(r.NextUnit)},
			hours.Target{Amount: r.SolveAmount, Unit: hours.Unit(r.SolveUnit)},
		}
	}
	return all, err
}

// setPolicy changes what is promised for a severity. The clocks that run follow
// by recomputeOpen.
func setPolicy(ctx context.Context, tx *db.Tx, severity string, p Policy) error {
	for _, target := range []*hours.Target{&p.First, &p.Next, &p.Solve} {
		if target.Amount == 0 {
			target.Unit = hours.Minutes
		}
		if err := target.Validate(); err != nil {
			return errors.Join(fault.BadInput, err)
		}
	}
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_policy (severity, first_amount, first_unit, next_amount, next_unit, solve_amount, solve_unit)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (severity) DO UPDATE SET
			first_amount = excluded.first_amount, first_unit = excluded.first_unit,
			next_amount = excluded.next_amount, next_unit = excluded.next_unit,
			solve_amount = excluded.solve_amount, solve_unit = excluded.solve_unit`,
		severity, p.First.Amount, string(p.First.Unit), p.Next.Amount, string(p.Next.Unit), p.Solve.Amount, string(p.Solve.Unit))
	return err
}

// recomputeOpen works out the clocks of the unsolved tickets after the ticket
// with the id after (empty is the first), at most limit of them, and notes what
// changed. It returns the last id it looked at, empty when there are no more.
func recomputeOpen(ctx context.Context, tx *db.Tx, d desk, after string, limit int, actor *account.Account) (last string, changed int, err error) {
	ids, err := db.All[string](ctx, tx, `
		SELECT id FROM ticket WHERE id > ? AND queue IN ('todo', 'waiting', 'snoozed') ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return "", 0, err
	}
	for _, id := range ids {
		last = id
		t, err := ofStaff(ctx, tx, id)
		if err != nil {
			return last, changed, err
		}
		told, err := events(ctx, tx, id)
		if err != nil {
			return last, changed, err
		}
		c, err := clocks(told, d.Policies, d.Calendar)
		if err != nil {
			return last, changed, err
		}
		anew := t
		anew.obey(c, d.Now)
		if same(anew.DueAt, t.DueAt) && same(anew.FirstDueAt, t.FirstDueAt) && same(anew.NextDueAt, t.NextDueAt) && same(anew.SolveDueAt, t.SolveDueAt) {
			continue
		}
		changed++
		if _, _, _, err := apply(ctx, tx, d, id, Change{Actor: actor, Events: []Event{{Kind: Recomputed}}}); err != nil {
			return last, changed, err
		}
	}
	if len(ids) < limit {
		last = ""
	}
	return last, changed, nil
}

func same(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
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

// recomputing is the work of working out the open clocks anew, some tickets at
// a time: after which ticket, and who changed what they follow from.
type recomputing struct{ After, Actor string }

// queueRecompute has the open clocks worked out anew, as part of the change of
// what they follow from.
func (p *portal) queueRecompute(ctx context.Context, tx *db.Tx) error {
	work := recomputing{}
	if c := web.Of(ctx); c != nil && c.Account != nil {
		work.Actor = c.Account.ID
	}
	return p.Jobs.Add(ctx, tx, "tickets.recompute", jobs.Work{Payload: work})
}

func (p *portal) recompute(ctx context.Context, work recomputing) error {
	d, err := p.desk(ctx, p.DB)
	if err != nil {
		return err
	}
	var actor *account.Account
	if work.Actor != "" {
		if found, err := account.ByID(ctx, p.DB, work.Actor); err == nil {
			actor = &found
		}
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		last, _, err := recomputeOpen(ctx, tx, d, work.After, 200, actor)
		if err != nil || last == "" {
			return err
		}
		return p.Jobs.Add(ctx, tx, "tickets.recompute", jobs.Work{Payload: recomputing{last, work.Actor}})
	})
}
