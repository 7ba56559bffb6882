package tickets

import (
	"context"
	"errors"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/db"
)

// warnAhead is how much working time is left of a promise when colleagues are
// warned that it is about to break.
const warnAhead = time.Hour

// since is when the clock that is due first began to run: with its name, what
// tells one promise of a ticket from another.
func (t *Ticket) since() time.Time {
	if t.DueClock == Next && t.WaitingSince != nil {
		return *t.WaitingSince
	}
	return t.CreatedAt
}

// warn tells, once for every promise, whose ticket it is that it is about to
// break; of nobody's ticket it tells all who work in tickets. Only while the
// desk is open: what breaks before it opens again is told before it closes.
func (p *portal) warn(ctx context.Context) error {
	d, err := p.desk(ctx, p.DB)
	if err != nil || !d.Calendar.Open(d.Now) {
		return err
	}
	soon, err := d.Calendar.Add(d.Now, warnAhead)
	if err != nil {
		return err
	}
	if soon, err = d.Calendar.NextOpening(soon); err != nil {
		return err
	}
	all, err := unwarned(ctx, p.DB, d.Now, soon)
	if err != nil || len(all) == 0 {
		return err
	}
	agents, err := account.Agents(ctx, p.DB, "tickets")
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range all {
		failed = append(failed, p.DB.Tx(ctx, func(tx *db.Tx) error { return p.warnOf(ctx, tx, d, t, agents) }))
	}
	return errors.Join(failed...)
}

// unwarned lists the tickets with a promise that breaks after now and by soon,
// of which nobody has been told, the first to break first. What is late already
// stands on top of the list; nobody is told that more of it breaks.
func unwarned(ctx context.Context, on db.Querier, now, soon time.Time) ([]Ticket, error) {
	return db.All[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t
		WHERE t.due_at > ? AND t.due_at <= ? AND NOT EXISTS (
			SELECT 1 FROM ticket_warning w WHERE w.ticket_id = t.id AND w.clock = t.due_clock
				AND w.since = CASE WHEN t.due_clock = 'next' THEN t.waiting_since ELSE t.created_at END)
		ORDER BY t.due_at, t.id LIMIT 200`, now, soon)
}

func (p *portal) warnOf(ctx context.Context, tx *db.Tx, d desk, t Ticket, agents []account.Account) error {
	n, err := db.Exec(ctx, tx, `INSERT INTO ticket_warning (ticket_id, clock, since) VALUES (?, ?, ?) ON CONFLICT (ticket_id, clock, since) DO NOTHING`, t.ID, t.DueClock, t.since())
	if err != nil || n == 0 {
		return err
	}
	told := agents
	for i, a := range agents {
		if a.ID == t.Assignee() {
			told = agents[i : i+1]
		}
	}
	left := d.Calendar.Working(d.Now, *t.DueAt)
	for _, a := range told {
		if err := p.send(ctx, tx, personOf(a), warning(p, t, left)); err != nil {
			return err
		}
	}
	return nil
}

// warning tells a colleague that a promise is about to break, with how much
// working time is left.
func warning(p *portal, t Ticket, left time.Duration) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		facts := []string{i18n.T(ctx, "tickets.mail.warning.what"), i18n.T(ctx, "tickets.clock."+t.DueClock), i18n.T(ctx, "tickets.mail.warning.by"), i18n.DateTime(ctx, *t.DueAt),
			i18n.T(ctx, "tickets.mail.severity"), i18n.T(ctx, "tickets.props.severity."+t.Severity)}
		text := i18n.T(ctx, "tickets.mail.warning.text", i18n.Span(ctx, left.Round(time.Minute)))
		if t.AssigneeID == nil {
			text += " " + i18n.T(ctx, "tickets.mail.warning.nobody")
		}
		return letter(ctx, "warning", t, mail.Para(text), mail.Facts(facts...), mail.Button(i18n.T(ctx, "tickets.mail.open"), p.Site.URL+t.StaffPath()))
	}
}
