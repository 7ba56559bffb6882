package privacy

import (
	"context"
	"fmt"

	"loket/app/hours"
	"loket/db"
)

// Holding is what is held of a person for one purpose. A purpose that holds
// nothing is also one: "nothing" is an answer.
type Holding struct {
	Purpose *Purpose
	Records []HeldRecord
	Count   int
	First   hours.Date // when the first of it goes; zero: no clock runs
	Last    hours.Date // when the last of it goes
	Objects bool       // the person objects to this purpose
}

// HeldRecord is what one table holds of a person.
type HeldRecord struct {
	Record    *Record
	Count     int
	First     hours.Date
	Last      hours.Date
	While     []Text // during what the clock does not run
	Sentences []Text // the rules
	Why       []Text // what blocks: a hold, the law
}

// Holdings answers "what do you hold on me, why, and until when", by purpose
// in the order of the statement. who.Email counts as proven.
func (e *Engine) Holdings(ctx context.Context, who Subject) ([]Holding, error) {
	r, _, err := e.Published(ctx)
	if err != nil {
		return nil, err
	}
	if who, err = e.complete(ctx, e.DB, who); err != nil {
		return nil, err
	}
	holds, err := e.holds(ctx, e.DB, r)
	if err != nil {
		return nil, err
	}
	list := make([]Holding, 0, len(r.Purposes))
	for _, p := range ptrs(r.Purposes) {
		h := Holding{Purpose: p}
		for _, rec := range ptrs(p.Records) {
			if rec.Of == "" {
				continue
			}
			held, err := e.held(ctx, p, rec, who, holds)
			if err != nil {
				return nil, err
			}
			if held.Count > 0 {
				h.add(held)
			}
		}
		if who.AccountID != "" {
			if h.Objects, err = e.Objects(ctx, e.DB, who.AccountID, p.Key); err != nil {
				return nil, err
			}
		}
		list = append(list, h)
	}
	return list, nil
}

func (h *Holding) add(rec HeldRecord) {
	h.Records = append(h.Records, rec)
	h.Count += rec.Count
	if !rec.First.IsZero() && (h.First.IsZero() || rec.First.Compare(h.First) < 0) {
		h.First = rec.First
	}
	if rec.Last.Compare(h.Last) > 0 {
		h.Last = rec.Last
	}
}

func (e *Engine) held(ctx context.Context, p *Purpose, rec *Record, who Subject, holds heldRows) (HeldRecord, error) {
	h := HeldRecord{Record: rec}
	counts, err := all[int](ctx, e.DB, "SELECT count(*) FROM "+rec.Table+" t WHERE "+rec.Of, who.args(nil))
	if err != nil {
		return h, err
	}
	if h.Count = counts[0]; h.Count == 0 {
		return h, nil
	}
	for _, k := range ptrs(rec.Keep) {
		due, err := e.rows(ctx, e.DB, p, rec, k, rec.Of, who.args(nil), e.Now(), holds)
		if err != nil {
			return h, err
		}
		if len(due) == 0 {
			continue
		}
		h.Sentences = append(h.Sentences, k.Text())
		for _, d := range due {
			day := d.Day
			if d.Blocker == Law && d.Until.Compare(day) > 0 {
				day = d.Until
			}
			if day.IsZero() {
				h.While = addText(h.While, k.While)
			} else {
				if h.First.IsZero() || day.Compare(h.First) < 0 {
					h.First = day
				}
				if day.Compare(h.Last) > 0 {
					h.Last = day
				}
			}
			h.Why = addText(h.Why, d.Why)
		}
	}
	return h, nil
}

func addText(list []Text, t Text) []Text {
	if t.IsZero() {
		return list
	}
	for _, have := range list {
		if have == t {
			return list
		}
	}
	return append(list, t)
}

// keptUntil says for each row of a person in a record until when it stays, in
// words, as the export prints it.
func (e *Engine) keptUntil(ctx context.Context, p *Purpose, rec *Record, where string, who Subject, holds heldRows, lang string) (map[string]string, error) {
	until := map[string]string{}
	for _, k := range ptrs(rec.Keep) {
		due, err := e.rows(ctx, e.DB, p, rec, k, where, who.args(nil), e.Now(), holds)
		if err != nil {
			return nil, err
		}
		for _, d := range due {
			text := d.Day.String()
			switch {
			case d.Blocker == Held:
				text = d.Why.In(lang)
			case d.Blocker == Law && d.Until.Compare(d.Day) > 0:
				text = d.Until.String()
			case d.Day.IsZero():
				text = Text{"zolang " + k.While.NL, "as long as " + k.While.EN}.In(lang)
				if k.While.IsZero() {
					text = k.Sentence(lang)
				}
			}
			if before, ok := until[d.Row]; !ok || d.Action == Deletes && text < before {
				until[d.Row] = text
			}
		}
	}
	if rec.Follows != "" {
		rows, err := all[string](ctx, e.DB, "SELECT CAST(t."+rec.key()+" AS TEXT) FROM "+rec.Table+" t WHERE "+where, who.args(nil))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if until[row] == "" {
				until[row] = fmt.Sprintf(Text{"gaat mee met %s", "goes along with %s"}.In(lang), rec.Follows)
			}
		}
	}
	return until, nil
}

// Seen is who looked at a person's data, from the audit log.
type Seen struct {
	At      db.Time `db:"at"`
	ActorID string  `db:"actor_id"`
	Act     string  `db:"act"`
	Object  string  `db:"object"`
}

// SeenBy lists the last things that others did with a person's data.
func (e *Engine) SeenBy(ctx context.Context, account string, limit int) ([]Seen, error) {
	return db.All[Seen](ctx, e.DB, `SELECT at, actor_id, act, object FROM audit WHERE about_id = ? ORDER BY at DESC, number DESC LIMIT ?`, account, limit)
}
