package tickets

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// Who takes part in a ticket, and which mails of it somebody gets.

// Person is somebody in a ticket.
type Person struct {
	ID      string
	Email   string
	Name    string
	Lang    string
	Role    string
	Mail    bool // follows by mail
	Present bool // may see the ticket now
	Proven  bool // has shown that the address is his
}

// Ours reports whether the person is a colleague.
func (p Person) Ours() bool { return p.Role == account.StaffRole || p.Role == account.AdminRole }

// First is the first word of the name.
func (p Person) First() string {
	name, _, _ := strings.Cut(p.Name, " ")
	return name
}

func personOf(a account.Account) Person {
	return Person{ID: a.ID, Email: a.Email, Name: a.Name, Lang: a.Lang, Role: a.Role, Mail: true, Present: true, Proven: a.Verified()}
}

// participants lists who takes part in a ticket, the requester first. Present
// are those who belong to its company now.
func participants(ctx context.Context, on db.Querier, t Ticket) ([]Person, error) {
	return db.All[Person](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, p.mail, a.verified_at IS NOT NULL AS proven,
			a.disabled_at IS NULL AND (CAST(? AS TEXT) = '' OR EXISTS (
				SELECT 1 FROM membership m WHERE m.account_id = a.id AND m.company_id = ? AND m.ended_at IS NULL)) AS present
		FROM ticket_participant p JOIN account a ON a.id = p.account_id
		WHERE p.ticket_id = ? ORDER BY a.id <> ?, a.name, a.id`, t.Company(), t.Company(), t.ID, t.Requester())
}

// people returns the accounts with those ids, by id.
func people(ctx context.Context, on db.Querier, ids []string) (map[string]Person, error) {
	found := map[string]Person{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := db.All[Person](ctx, on, `SELECT id, email, name, lang, role, FALSE AS mail, TRUE AS present, verified_at IS NOT NULL AS proven FROM account WHERE id IN (?)`, ids)
	for _, p := range rows {
		found[p.ID] = p
	}
	return found, err
}

// colleague returns the member of a company with that address or id, or fault.NotFound.
func colleague(ctx context.Context, on db.Querier, company, who string) (Person, error) {
	return db.Get[Person](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, TRUE AS mail, TRUE AS present, a.verified_at IS NOT NULL AS proven
		FROM membership m JOIN account a ON a.id = m.account_id
		WHERE m.company_id = ? AND m.ended_at IS NULL AND a.disabled_at IS NULL AND (a.email = ? OR a.id = ?)`, company, account.Address(who), who)
}

// takesPart reports whether an account takes part in a ticket.
func takesPart(ctx context.Context, on db.Querier, ticket, who string) (bool, error) {
	return db.Get[bool](ctx, on, `SELECT EXISTS (SELECT 1 FROM ticket_participant WHERE ticket_id = ? AND account_id = ?)`, ticket, who)
}

// join lets an account take part in a ticket and follow it by mail.
func join(ctx context.Context, tx *db.Tx, ticket, who string, at time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_participant (id, ticket_id, account_id, mail, added_at) VALUES (?, ?, ?, TRUE, ?)
		ON CONFLICT (ticket_id, account_id) DO NOTHING`, rand.Text(), ticket, who, at)
	return err
}

// leave ends the part that an account takes in a ticket.
func leave(ctx context.Context, tx *db.Tx, ticket, who string) error {
	n, err := db.Exec(ctx, tx, `DELETE FROM ticket_participant WHERE ticket_id = ? AND account_id = ?`, ticket, who)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	return err
}

// follow sets whether an account follows a ticket by mail.
func follow(ctx context.Context, tx *db.Tx, ticket, who string, mail bool, at time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_participant (id, ticket_id, account_id, mail, added_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (ticket_id, account_id) DO UPDATE SET mail = excluded.mail`, rand.Text(), ticket, who, mail, at)
	return err
}

// mayAdd reports whether somebody who takes part may let others read along; to
// a private ticket only who keeps it to himself may.
func (t *Ticket) mayAdd(who string) bool { return !t.Private || t.Requester() == who }

// welcome has people read along from now on, and tells them.
func (p *portal) welcome(c *web.Context, tx *db.Tx, d desk, t Ticket, who []Person) (Ticket, error) {
	if len(who) == 0 {
		return t, nil
	}
	var told []Event
	for _, person := range who {
		if err := join(c, tx, t.ID, person.ID, d.Now); err != nil {
			return t, err
		}
		told = append(told, Event{Kind: Joined, AboutID: &person.ID})
	}
	_, after, _, err := apply(c, tx, d, t.ID, Change{Actor: c.Account, Events: told})
	if err != nil {
		return t, err
	}
	for _, person := range who {
		if err := p.send(c, tx, person, added(p, after, c.Account.Name)); err != nil {
			return t, err
		}
	}
	return after, nil
}

// letIn has somebody read along from now on, unless he does.
func (p *portal) letIn(c *web.Context, t Ticket, who Person) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	return p.DB.Tx(c, func(tx *db.Tx) error {
		already, err := takesPart(c, tx, t.ID, who.ID)
		if err != nil || already {
			return err
		}
		after, err := p.welcome(c, tx, d, t, []Person{who})
		if err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
}

// sendAway ends that somebody reads along; fault.NotFound when he does not, or
// when he is the requester, who stays.
func (p *portal) sendAway(c *web.Context, t Ticket, who string) error {
	if who == t.Requester() || who == "" {
		return fault.NotFound
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	return p.DB.Tx(c, func(tx *db.Tx) error {
		if err := leave(c, tx, t.ID, who); err != nil {
			return err
		}
		_, after, _, err := apply(c, tx, d, t.ID, Change{Actor: c.Account, Events: []Event{{Kind: Left, AboutID: &who}}})
		if err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
}

// addPerson has a colleague of the same company read along.
func (p *portal) addPerson(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	if !t.mayAdd(c.Account.ID) {
		return fault.Forbidden
	}
	who, err := colleague(c, p.DB, t.Company(), strings.TrimSpace(c.PostForm("email")))
	if errors.Is(err, fault.NotFound) {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.people.unknown")})
		return p.renderShow(c, http.StatusUnprocessableEntity, t, web.NewForm[replyForm]("tickets.reply"), nil)
	}
	if err != nil {
		return err
	}
	if err := p.letIn(c, t, who); err != nil {
		return err
	}
	return c.RedirectTo(t.Path(), "tickets.people.added", who.Name)
}

// removePerson ends that somebody reads along; the requester stays. The
// requester may send anybody away, the others only themselves.
func (p *portal) removePerson(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	who := c.PostForm("account")
	if who == t.Requester() || who == "" {
		return fault.NotFound
	}
	if t.Requester() != c.Account.ID && who != c.Account.ID {
		return fault.Forbidden
	}
	if err := p.sendAway(c, t, who); err != nil {
		return err
	}
	if who == c.Account.ID {
		return c.RedirectTo("/tickets/", "tickets.people.left")
	}
	return c.RedirectTo(t.Path(), "tickets.people.removed")
}

// staffAdd has a colleague of the customer read along.
func (p *portal) staffAdd(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	who, err := colleague(c, p.DB, t.Company(), strings.TrimSpace(c.PostForm("account")))
	if errors.Is(err, fault.NotFound) {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.cc.unknown")})
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
	}
	if err != nil {
		return err
	}
	if err := p.letIn(c, t, who); err != nil {
		return err
	}
	return c.RedirectTo(backTo(c, t.ID), "tickets.people.added", who.Name)
}

// staffRemove ends that somebody reads along; the requester stays.
func (p *portal) staffRemove(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	who := c.PostForm("account")
	if err := p.sendAway(c, t, who); err != nil {
		return err
	}
	return c.RedirectTo(backTo(c, t.ID), "tickets.people.removed")
}

// setFollow starts or stops the mails of a ticket to who asks.
func (p *portal) setFollow(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	mail := c.PostForm("follow") == "true"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := follow(c, tx, t.ID, c.Account.ID, mail, c.Now()); err != nil {
			return err
		}
		return p.index(c, tx, t)
	})
	if err != nil {
		return err
	}
	if mail {
		return c.RedirectTo(t.Path(), "tickets.follow.on")
	}
	return c.RedirectTo(t.Path(), "tickets.follow.off")
}

// staffFollow starts or stops the mails of a ticket to a colleague.
func (p *portal) staffFollow(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	follow := c.PostForm("follow") == "true"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if !follow {
			_, err := db.Exec(c, tx, `DELETE FROM ticket_follower WHERE ticket_id = ? AND account_id = ?`, t.ID, c.Account.ID)
			return err
		}
		_, err := db.Exec(c, tx, `
			INSERT INTO ticket_follower (id, ticket_id, account_id, added_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (ticket_id, account_id) DO NOTHING`, newID(), t.ID, c.Account.ID, c.Now())
		return err
	})
	if err != nil {
		return err
	}
	if follow {
		return c.RedirectTo(backTo(c, t.ID), "tickets.follow.on")
	}
	return c.RedirectTo(backTo(c, t.ID), "tickets.follow.off")
}
