package trainings

import (
	"context"
	"errors"
	"time"

	"loket/app/fault"
	"loket/db"
)

// remind sends the reminders that are due. Each is claimed in the transaction
// that queues its mail, so of two that try one sends it.
func (p *portal) remind(ctx context.Context) error {
	now := p.Now()
	sessions, err := nearing(ctx, p.DB, now)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if reminder(s.Session, time.Time{}, 0, now) == 0 {
			continue
		}
		people, err := toRemind(ctx, p.DB, s.Session)
		if err != nil {
			return err
		}
		for _, r := range people {
			if err := p.remindOne(ctx, s, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *portal) remindOne(ctx context.Context, s listed, r Registration) error {
	which := reminder(s.Session, r.ToldAt, r.Reminded, p.Now())
	if which == 0 {
		return nil
	}
	letter := remindDay
	if kindOf(which) != dayBefore {
		letter = remindSoon
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		mine, err := claimReminder(ctx, tx, r.ID, which)
		if err != nil || !mine {
			return err
		}
		return p.tell(ctx, tx, letter, s, &r, "")
	})
}

// letGo gives up the places that were held for an address that nobody confirmed.
func (p *portal) letGo(ctx context.Context) error {
	late, err := lapsed(ctx, p.DB, p.Now())
	if err != nil {
		return err
	}
	for _, r := range late {
		err := p.DB.Tx(ctx, func(tx *db.Tx) error {
			fresh, err := registrationByID(ctx, tx, r.ID)
			if err != nil || fresh.HeldUntil == nil { // confirmed in the meantime
				return err
			}
			return p.giveUp(ctx, tx, r.ID, "", "unconfirmed")
		})
		if err != nil && !errors.Is(err, fault.Gone) && !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Conflict) {
			return err
		}
	}
	if err := p.closeLines(ctx); err != nil {
		return err
	}
	return p.fillGaps(ctx)
}

// closeLines tells those who still wait when nobody moves up any more, once.
// Who joined the line after that was told so on his page.
func (p *portal) closeLines(ctx context.Context) error {
	now := p.Now()
	inVain, err := db.All[Registration](ctx, p.DB, `
		SELECT r.* FROM training_registration r JOIN training_session s ON s.id = r.session_id
		WHERE s.starts_at > ? AND s.starts_at <= ? AND s.state = 'open' AND r.state = 'waiting' AND r.confirmed_at IS NOT NULL AND r.reminded = 0
		LIMIT 1000`, now, now.Add(noPromotion))
	if err != nil {
		return err
	}
	for _, r := range inVain {
		s, err := sessionByID(ctx, p.DB, r.SessionID)
		if err != nil {
			return err
		}
		err = p.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := db.Exec(ctx, tx, `UPDATE training_registration SET reminded = 1 WHERE id = ? AND session_id = ? AND reminded = 0 AND state = 'waiting'`, r.ID, s.ID)
			if err != nil || n == 0 || !r.ToldAt.Before(s.StartsAt.Add(-noPromotion)) {
				return err
			}
			return p.tell(ctx, tx, lineClosed, s, &r, "")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forget drops the mails that were still on their way when the night erased
// the sign-up that they are about.
func (p *portal) forget(ctx context.Context) error {
	_, err := db.Exec(ctx, p.DB, `DELETE FROM mail WHERE about LIKE 'training_registration:%' AND sent_at IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM training_registration r WHERE mail.about = 'training_registration:' || r.id)`)
	return err
}

// fillGaps lets people move up where a seat came free by itself: somebody who
// had it asked to be erased.
func (p *portal) fillGaps(ctx context.Context) error {
	ids, err := db.All[string](ctx, p.DB, `SELECT id FROM training_session WHERE starts_at > ? AND state = 'open' AND waiting > 0 AND taken < capacity`, p.Now().Add(noPromotion))
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := p.DB.Tx(ctx, func(tx *db.Tx) error {
			s, err := lock(ctx, tx, id)
			if err != nil {
				return err
			}
			full, err := sessionByID(ctx, tx, id)
			if err != nil {
				return err
			}
			return p.fill(ctx, tx, s, full)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// certify sends a certificate to everybody who was there, once the host has had
// time to correct the list, or at once when the night is about to erase it.
func (p *portal) certify(ctx context.Context) error {
	now := p.Now()
	over := now.Add(-certifiedAfter)
	if p.Privacy.NextRun(now.Add(-time.Minute)).Sub(now) <= certifiedAfter {
		over = now
	}
	type due struct {
		ID        string
		SessionID string `db:"session_id"`
	}
	people, err := db.All[due](ctx, p.DB, `
		SELECT r.id, r.session_id
		FROM training_session s JOIN training t ON t.id = s.training_id JOIN training_registration r ON r.session_id = s.id
		WHERE s.ends_at > ? AND s.ends_at <= ? AND t.certificate AND s.state = 'open'
		  AND r.state = 'in' AND r.attended_at IS NOT NULL AND r.confirmed_at IS NOT NULL AND r.certified_at IS NULL
		LIMIT 1000`, now.AddDate(0, 0, -7), over)
	if err != nil {
		return err
	}
	for _, d := range people {
		s, err := sessionByID(ctx, p.DB, d.SessionID)
		if err != nil {
			return err
		}
		err = p.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := db.Exec(ctx, tx, `UPDATE training_registration SET certified_at = ? WHERE id = ? AND certified_at IS NULL`, now, d.ID)
			if err != nil || n == 0 {
				return err
			}
			r, err := registrationByID(ctx, tx, d.ID)
			if err != nil {
				return err
			}
			return p.issue(ctx, tx, s, r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
