package demos

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// What came of an appointment: a customer, not, or somebody who did not turn up.

// Outcomes that can be recorded on the spot; becoming a customer has a page of its own.
var outcomes = []string{"no_customer", "no_show", "host_no_show"}

// record notes what came of an appointment. That is when its data has done its
// work: it goes in the next night, unless the host did not turn up and the
// prospect gets another moment.
func (p *portal) record(c *web.Context) error {
	outcome := c.PostForm("outcome")
	if outcome == "customer" {
		return c.See("/staff/demos/bookings/" + c.Param("id") + "/customer")
	}
	if !slices.Contains(outcomes, outcome) {
		return c.RedirectWith("/staff/demos/bookings/"+c.Param("id"), web.Flash{Kind: "bad", Text: i18n.T(c, "demos.staff.outcome.choose")})
	}
	early := false
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, h, err := p.of(c, tx)
		if err != nil {
			return err
		}
		now := c.Now()
		if early = b.Status != booked && b.Outcome == "" || b.StartAt == nil || now.Before(b.start()); early || b.Outcome == outcome {
			return nil
		}
		if b.Outcome != "" {
			if err := uncount(c, tx, b, b.Outcome, p.Zone); err != nil {
				return err
			}
		}
		b.Status, b.Outcome, b.OutcomeAt, b.SettledAt = booked, outcome, &now, &now
		n := note{t: t, b: b, h: h}
		switch outcome {
		case "no_show":
			n.kind, n.path = "missed", "/demos/"+t.Slug
		case "host_no_show":
			n.kind, n.path = "sorry", "link"
			b.Status, b.SettledAt = wished, nil
		}
		if err := save(c, tx, b); err != nil {
			return err
		}
		if err := count(c, tx, b, outcome, p.Zone); err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: now, ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo." + outcome, Object: about(b)}); err != nil {
			return err
		}
		if n.kind == "" {
			return nil
		}
		return p.send(c, tx, n, "")
	})
	if err != nil {
		return err
	}
	if early {
		return c.RedirectWith("/staff/demos/bookings/"+c.Param("id"), web.Flash{Kind: "warn", Text: i18n.T(c, "demos.staff.early")})
	}
	return c.RedirectTo("/staff/demos/bookings/"+c.Param("id"), "demos.staff.recorded")
}

func (p *portal) askCustomer(c *web.Context) error {
	b, _, _, err := p.of(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, customerView(b))
}

// makeCustomer moves the prospect to the customer administration.
func (p *portal) makeCustomer(c *web.Context) error {
	plan := strings.TrimSpace(c.PostForm("plan"))
	if len(plan) > 120 {
		return fault.BadInput
	}
	early := false
	var b Booking
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		var err error
		var t Type
		if b, t, _, err = p.of(c, tx); err != nil {
			return err
		}
		now := c.Now()
		if early = b.BookedAt == nil || now.Before(b.start()); early {
			return nil
		}
		if b.Outcome != "" {
			if err := uncount(c, tx, b, b.Outcome, p.Zone); err != nil {
				return err
			}
		}
		if err := count(c, tx, b, "customer", p.Zone); err != nil {
			return err
		}
		if err := p.Search.Remove(c, tx, "demo_booking", b.ID); err != nil {
			return err
		}
		who, err := become(c, tx, b, plan, now, hours.DateOf(now, p.Zone))
		if err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: now, ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo.customer", Object: about(b), AboutID: who.ID}); err != nil {
			return err
		}
		b.AccountID = &who.ID
		return p.send(c, tx, note{kind: "welcome", t: t, b: Booking{ID: b.ID, Name: b.Name, Email: b.Email, Lang: b.Lang, Zone: b.Zone, AccountID: b.AccountID}, path: "/signin/forgot"}, "")
	})
	if err != nil {
		return err
	}
	if early {
		return c.RedirectWith("/staff/demos/bookings/"+c.Param("id"), web.Flash{Kind: "warn", Text: i18n.T(c, "demos.staff.early")})
	}
	return c.RedirectTo("/staff/demos/", "demos.staff.customer.done", b.Name)
}

// Tally is how many demonstrations of a month came to what.
type Tally struct {
	Month, Outcome string
	N              int
}

func count(ctx context.Context, tx *db.Tx, b Booking, outcome string, zone *time.Location) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO demo_tally (month, type_id, outcome, n) VALUES (?, ?, ?, 1)
		ON CONFLICT (month, type_id, outcome) DO UPDATE SET n = demo_tally.n + 1`, b.start().In(zone).Format("2006-01"), b.TypeID, outcome)
	return err
}

func uncount(ctx context.Context, tx *db.Tx, b Booking, outcome string, zone *time.Location) error {
	_, err := db.Exec(ctx, tx, `UPDATE demo_tally SET n = n - 1 WHERE month = ? AND type_id = ? AND outcome = ? AND n > 0`,
		b.start().In(zone).Format("2006-01"), b.TypeID, outcome)
	return err
}

func tallies(ctx context.Context, on db.Querier) ([]Tally, error) {
	return db.All[Tally](ctx, on, `
		SELECT month, outcome, CAST(sum(n) AS BIGINT) AS n FROM demo_tally GROUP BY month, outcome ORDER BY month DESC, outcome LIMIT 48`)
}

// become moves a prospect to the customer administration: a company with an
// agreement from today, and an account for the person, whose address has been
// confirmed. The booking itself goes; nothing of it is kept twice.
func become(ctx context.Context, tx *db.Tx, b Booking, plan string, now time.Time, today hours.Date) (account.Account, error) {
	company, fresh, err := companyOf(ctx, tx, b, now)
	if err != nil {
		return account.Account{}, err
	}
	running, err := db.Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM agreement WHERE company_id = ? AND ended_on IS NULL)`, company)
	if err != nil {
		return account.Account{}, err
	}
	if !running {
		type agreement struct {
			ID        string
			CompanyID string `db:"company_id"`
			Plan      string
			StartedOn string    `db:"started_on"`
			CreatedAt time.Time `db:"created_at"`
		}
		if err := db.Insert(ctx, tx, "agreement", agreement{newID(), company, plan, today.String(), now}); err != nil {
			return account.Account{}, err
		}
	}
	who, err := account.ByEmail(ctx, tx, b.Email)
	if errors.Is(err, fault.NotFound) {
		who = account.Account{Email: b.Email, VerifiedAt: b.BookedAt, Name: b.Name, Phone: b.Phone, Lang: b.Lang, CompanyID: &company, CreatedAt: now}
		who, err = account.Create(ctx, tx, who, fresh)
		return who, errors.Join(err, gone(ctx, tx, b))
	}
	if err != nil {
		return who, err
	}
	if who.Company() == "" && !who.Staff() {
		if err := account.Join(ctx, tx, who.ID, company, false, now); err != nil {
			return who, err
		}
	}
	return who, gone(ctx, tx, b)
}

// companyOf finds the prospect's company, or adds it; the first person of a new
// company manages it.
func companyOf(ctx context.Context, tx *db.Tx, b Booking, now time.Time) (id string, fresh bool, err error) {
	if b.CompanyID != nil {
		return *b.CompanyID, false, nil
	}
	name := cmp.Or(b.Company, b.Name)
	id, err = db.Get[string](ctx, tx, `SELECT id FROM company WHERE lower(name) = ? ORDER BY created_at, id LIMIT 1`, strings.ToLower(name))
	if !errors.Is(err, fault.NotFound) {
		return id, false, err
	}
	c := account.Company{ID: newID(), Name: name, Phone: b.Phone, CreatedAt: now}
	return c.ID, true, db.Insert(ctx, tx, "company", c)
}
