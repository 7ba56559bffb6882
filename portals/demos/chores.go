package demos

import (
	"errors"
	"time"

	"loket/db"
)

// remind sends the reminders that are owed. Each is noted in the transaction
// that queues it, so of two workers one sends it.
func (p *portal) remind(c ctx) error {
	now := p.Now()
	soon, err := db.All[Booking](c, p.DB, `
		SELECT * FROM demo_booking WHERE status = 'booked' AND outcome = '' AND start_at > ? AND start_at < ? AND reminded <> 'hour' ORDER BY start_at, id`,
		now, now.Add(26*time.Hour))
	if err != nil {
		return err
	}
	var failed []error
	for _, b := range soon {
		if b.BookedAt == nil {
			continue
		}
		if kind := remind(b.start(), *b.BookedAt, now, p.zoneOf(b.Zone), b.Reminded); kind != "" {
			failed = append(failed, p.DB.Tx(c, func(tx *db.Tx) error { return p.remindOne(c, tx, b, kind) }))
		}
	}
	return errors.Join(failed...)
}

func (p *portal) remindOne(c ctx, tx *db.Tx, b Booking, kind string) error {
	n, err := db.Exec(c, tx, `
		UPDATE demo_booking SET reminded = ? WHERE id = ? AND reminded = ? AND start_at = ? AND status = 'booked'`, kind, b.ID, b.Reminded, b.start())
	if err != nil || n == 0 {
		return err
	}
	t, h, err := around(c, tx, b)
	if err != nil {
		return err
	}
	if err := p.send(c, tx, note{kind: kind, t: t, b: b, h: h, path: "link"}, ""); err != nil || kind != "hour" {
		return err
	}
	return p.sendHost(c, tx, note{kind: "hour", t: t, b: b, h: h}, "")
}

// askOutcomes reminds hosts to record what came of their appointments.
func (p *portal) askOutcomes(c ctx) error {
	now := p.Now()
	open, err := db.All[Booking](c, p.DB, `
		SELECT * FROM demo_booking WHERE status = 'booked' AND outcome = '' AND start_at < ? AND end_at < ? AND asked < 4 AND host_id IS NOT NULL ORDER BY start_at, id`,
		now, now.Add(-time.Hour+time.Microsecond))
	if err != nil {
		return err
	}
	var failed []error
	for _, b := range open {
		if times := ask(*b.EndAt, now); times > b.Asked {
			failed = append(failed, p.DB.Tx(c, func(tx *db.Tx) error { return p.askOne(c, tx, b, times) }))
		}
	}
	return errors.Join(failed...)
}

func (p *portal) askOne(c ctx, tx *db.Tx, b Booking, times int) error {
	n, err := db.Exec(c, tx, `UPDATE demo_booking SET asked = ? WHERE id = ? AND asked = ? AND outcome = ''`, times, b.ID, b.Asked)
	if err != nil || n == 0 {
		return err
	}
	t, h, err := around(c, tx, b)
	if err != nil {
		return err
	}
	return p.sendHost(c, tx, note{kind: "record", t: t, b: b, h: h}, "")
}

// grace is how long somebody who confirms too late finds his request.
const grace = 48 * time.Hour

// expire ends the holds that nobody confirmed in time. Their moment was free
// from that minute on; what they hold goes a little later.
func (p *portal) expire(c ctx) error {
	some, err := db.Get[bool](c, p.DB, `SELECT EXISTS (SELECT 1 FROM demo_booking WHERE status = 'held' AND hold_until <= ?)`, p.Now())
	if err != nil || !some {
		return err
	}
	return p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		over, err := db.All[Booking](c, tx, `SELECT * FROM demo_booking WHERE status = 'held' AND hold_until <= ? ORDER BY hold_until, id LIMIT 500`, p.Now())
		if err != nil {
			return err
		}
		for _, b := range over {
			until := p.Now().Add(grace)
			b.Status, b.SettledAt = expired, &until
			if err := release(c, tx, b.ID); err != nil {
				return err
			}
			if err := save(c, tx, b); err != nil {
				return err
			}
			if err := p.put(c, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
}
