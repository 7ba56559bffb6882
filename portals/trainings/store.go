package trainings

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"loket/app/fault"
	"loket/db"
)

// listed is a session with what a list shows of its training and host.
type listed struct {
	Session
	Kind        string
	Title       string
	Lead        string
	About       string
	Products    string
	TState      string    `db:"tstate"`
	HostName    *string   `db:"host_name"`
	RewrittenAt time.Time `db:"rewritten_at"` // the text of the training
}

// Host is the name of who gives it, or empty.
func (l listed) Host() string {
	if l.HostName == nil {
		return ""
	}
	return *l.HostName
}

// HostKey is the id of who gives it, or empty.
func (l listed) HostKey() string {
	if l.HostID == nil {
		return ""
	}
	return *l.HostID
}

const listedColumns = `s.*, t.kind, t.title, t.lead, t.about, t.products, t.state AS tstate, t.changed_at AS rewritten_at, a.name AS host_name`

// agenda is what is on for everybody from now, the first first: 100 at most.
type agendaFilter struct {
	Kind    string
	Lang    string
	Product string
	Now     time.Time
	Limit   int
}

func agenda(ctx context.Context, on db.Querier, f agendaFilter) ([]listed, error) {
	return db.AllNamed[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.starts_at > :now AND s.state = 'open' AND t.state = 'published'
		  AND (:kind = '' OR t.kind = :kind) AND (:lang = '' OR s.lang = :lang)
		  AND (:product = '' OR ' ' || t.products || ' ' LIKE '% ' || :product || ' %')
		ORDER BY s.starts_at, s.id LIMIT :limit`, f)
}

// published is a training that everybody may see, or fault.NotFound.
func published(ctx context.Context, on db.Querier, id string) (Training, error) {
	return db.Get[Training](ctx, on, `SELECT * FROM training WHERE id = ? AND state = 'published'`, id)
}

func trainingByID(ctx context.Context, on db.Querier, id string) (Training, error) {
	return db.Get[Training](ctx, on, `SELECT * FROM training WHERE id = ?`, id)
}

// upcoming are the sessions of a training that one can sign up for.
func upcoming(ctx context.Context, on db.Querier, training string, now time.Time) ([]listed, error) {
	return db.All[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.training_id = ? AND s.state = 'open' AND t.state = 'published' AND s.starts_at > ?
		ORDER BY s.starts_at, s.id LIMIT 50`, training, now)
}

func sessionByID(ctx context.Context, on db.Querier, id string) (listed, error) {
	return db.Get[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.id = ?`, id)
}

// sessionsOf are all sessions of a training, the last first.
func sessionsOf(ctx context.Context, on db.Querier, training string) ([]listed, error) {
	return db.All[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.training_id = ? ORDER BY s.starts_at DESC, s.id LIMIT 200`, training)
}

// around are the sessions that staff work on: those that end after a moment.
func around(ctx context.Context, on db.Querier, after time.Time) ([]listed, error) {
	return db.All[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.ends_at > ? AND s.state <> 'cancelled' AND t.state <> 'archived'
		ORDER BY s.ends_at, s.id LIMIT 200`, after)
}

func trainings(ctx context.Context, on db.Querier, state string) ([]Training, error) {
	return db.All[Training](ctx, on, `SELECT * FROM training WHERE state = ? ORDER BY changed_at DESC, id LIMIT 200`, state)
}

func registrationByID(ctx context.Context, on db.Querier, id string) (Registration, error) {
	return db.Get[Registration](ctx, on, `SELECT * FROM training_registration WHERE id = ?`, id)
}

// ofSession are those who are in, then those who wait, each in order.
func ofSession(ctx context.Context, on db.Querier, session string) ([]Registration, error) {
	return db.All[Registration](ctx, on, `
		SELECT * FROM training_registration WHERE session_id = ? AND state <> 'cancelled'
		ORDER BY state, position, created_at, id`, session)
}

// ahead is how many wait before r.
func ahead(ctx context.Context, on db.Querier, r Registration) (int, error) {
	if r.Position == nil {
		return 0, nil
	}
	return db.Get[int](ctx, on, `SELECT count(*) FROM training_registration WHERE session_id = ? AND state = 'waiting' AND position < ?`, r.SessionID, *r.Position)
}

// lock takes hold of a session until tx ends: whoever else wants to change its
// seats waits. It returns the session as it is then.
func lock(ctx context.Context, tx *db.Tx, id string) (Session, error) {
	return db.Get[Session](ctx, tx, `UPDATE training_session SET version = version + 1 WHERE id = ? RETURNING *`, id)
}

// place gives r a seat of the locked session, or else the place at the tail of
// the line: while anyone waits, newcomers join behind him.
func place(ctx context.Context, tx *db.Tx, s *Session, r *Registration) error {
	seat, err := db.Exec(ctx, tx, `UPDATE training_session SET taken = taken + 1 WHERE id = ? AND waiting = 0 AND taken < capacity`, s.ID)
	if err != nil {
		return err
	}
	r.SessionID, r.OverAt, r.Position = s.ID, s.EndsAt, nil
	if seat == 1 {
		s.Taken++
		r.State = "in"
		return nil
	}
	if _, err := db.Exec(ctx, tx, `UPDATE training_session SET waiting = waiting + 1, queued = queued + 1 WHERE id = ?`, s.ID); err != nil {
		return err
	}
	s.Waiting++
	s.Queued++
	tail := s.Queued
	r.State, r.Position = "waiting", &tail
	return nil
}

// signedUp is the sign-up of an address for a session, or fault.NotFound.
func signedUp(ctx context.Context, on db.Querier, session, email string) (Registration, error) {
	return db.Get[Registration](ctx, on, `SELECT * FROM training_registration WHERE session_id = ? AND email = ? AND state <> 'cancelled'`, session, email)
}

// leave gives up the place of r in the locked session s. It is fault.Gone when
// there was none any more.
func leave(ctx context.Context, tx *db.Tx, s *Session, r Registration) error {
	counter, update := &s.Taken, `UPDATE training_session SET taken = taken - 1, chairs = CASE WHEN capacity > taken - 1 THEN capacity ELSE taken - 1 END WHERE id = ?`
	if r.State == "waiting" {
		counter, update = &s.Waiting, `UPDATE training_session SET waiting = waiting - 1 WHERE id = ?`
	}
	if _, err := db.Exec(ctx, tx, update, s.ID); err != nil {
		return err
	}
	*counter--
	if r.AttendedAt != nil {
		return countAttended(ctx, tx, s.ID, -1)
	}
	return nil
}

// cancel ends a sign-up; fault.Gone when it has ended already.
func cancel(ctx context.Context, tx *db.Tx, s *Session, r *Registration, by string, now time.Time) error {
	n, err := db.Exec(ctx, tx, `UPDATE training_registration SET state = 'cancelled', position = NULL, held_until = NULL, cancelled_at = ?, cancelled_by = ?,
		over_at = ?, sequence = sequence + 1 WHERE id = ? AND state <> 'cancelled'`, now, by, now, r.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Gone
	}
	if err := leave(ctx, tx, s, *r); err != nil {
		return err
	}
	r.State, r.Position, r.HeldUntil, r.CancelledAt, r.CancelledBy, r.OverAt = "cancelled", nil, nil, &now, by, now
	r.Sequence++
	return nil
}

// promote fills the free seats of the locked session with those who wait, the
// first first, and returns them. Within two hours of the start nobody moves up.
func promote(ctx context.Context, tx *db.Tx, s *Session, now time.Time) (up []Registration, err error) {
	for s.Promotes(now) && s.Waiting > 0 && s.Taken < s.Capacity {
		r, err := db.Get[Registration](ctx, tx, `
			UPDATE training_registration SET state = 'in', position = NULL, told_at = ?
			WHERE state = 'waiting' AND id = (SELECT id FROM training_registration WHERE session_id = ? AND state = 'waiting' ORDER BY position LIMIT 1)
			RETURNING *`, now, s.ID)
		if err != nil {
			return nil, err
		}
		n, err := db.Exec(ctx, tx, `UPDATE training_session SET taken = taken + 1, waiting = waiting - 1 WHERE id = ? AND taken < capacity AND waiting > 0`, s.ID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errors.New("the counts of session " + s.ID + " are not those of its sign-ups")
		}
		s.Taken++
		s.Waiting--
		up = append(up, r)
	}
	return up, nil
}

// confirm notes that the address of r is the person's, once; false when it was known.
func confirm(ctx context.Context, tx *db.Tx, r *Registration, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE training_registration SET confirmed_at = ?, held_until = NULL, told_at = ?
		WHERE id = ? AND confirmed_at IS NULL AND state <> 'cancelled'`, now, now, r.ID)
	if n == 1 {
		r.ConfirmedAt, r.HeldUntil, r.ToldAt = &now, nil, now
	}
	return n == 1, err
}

// invited notes that the person has the appointment in his calendar.
func invited(ctx context.Context, tx *db.Tx, r *Registration) error {
	r.Invited = true
	_, err := db.Exec(ctx, tx, `UPDATE training_registration SET invited = TRUE WHERE id = ?`, r.ID)
	return err
}

// move puts r, which has a place in one session, into another one: both are
// locked, in the order of their ids. It is fault.Conflict when there is no seat
// in the other one for somebody who had one.
func move(ctx context.Context, tx *db.Tx, r *Registration, to string, now time.Time) (from, into Session, err error) {
	ids := []string{r.SessionID, to}
	slices.Sort(ids)
	locked := map[string]*Session{}
	for _, id := range ids {
		s, err := lock(ctx, tx, id)
		if err != nil {
			return from, into, err
		}
		locked[id] = &s
	}
	was, err := registrationByID(ctx, tx, r.ID)
	if err != nil {
		return from, into, err
	}
	if was.State == "cancelled" || was.SessionID != r.SessionID {
		return from, into, fault.Gone
	}
	old, other := locked[r.SessionID], locked[to]
	*r = was
	if was.State == "in" && other.Free() == 0 {
		return from, into, fault.Conflict
	}
	if err := leave(ctx, tx, old, was); err != nil {
		return from, into, err
	}
	if err := place(ctx, tx, other, r); err != nil {
		return from, into, err
	}
	r.Sequence, r.ToldAt, r.Reminded, r.AttendedAt = r.Sequence+1, now, 0, nil
	_, err = db.ExecNamed(ctx, tx, `UPDATE training_registration SET session_id = :session_id, state = :state, position = :position, over_at = :over_at,
		sequence = :sequence, told_at = :told_at, reminded = 0, attended_at = NULL WHERE id = :id`, r)
	return *old, *other, err
}

// attend notes that somebody was there, or was not; it says whether that changed anything.
func attend(ctx context.Context, tx *db.Tx, session, id string, there bool, now time.Time) (bool, error) {
	var n int64
	var err error
	step := 1
	if there {
		n, err = db.Exec(ctx, tx, `UPDATE training_registration SET attended_at = ? WHERE id = ? AND session_id = ? AND state = 'in' AND attended_at IS NULL`, now, id, session)
	} else {
		step = -1
		n, err = db.Exec(ctx, tx, `UPDATE training_registration SET attended_at = NULL WHERE id = ? AND session_id = ? AND attended_at IS NOT NULL`, id, session)
	}
	if err != nil || n == 0 {
		return false, err
	}
	return true, countAttended(ctx, tx, session, step)
}

func countAttended(ctx context.Context, tx *db.Tx, session string, step int) error {
	_, err := db.Exec(ctx, tx, `UPDATE training_session SET attended = attended + ? WHERE id = ?`, step, session)
	return err
}

// extraSeat takes one more seat, beyond the capacity if need be.
func extraSeat(ctx context.Context, tx *db.Tx, session string) error {
	_, err := db.Exec(ctx, tx, `UPDATE training_session SET taken = taken + 1, chairs = CASE WHEN chairs > taken THEN chairs ELSE taken + 1 END WHERE id = ?`, session)
	return err
}

// comeIn gives r, who waits for the locked session s, a seat at the door.
func comeIn(ctx context.Context, tx *db.Tx, s Session, r *Registration) error {
	if _, err := db.Exec(ctx, tx, `UPDATE training_registration SET state = 'in', position = NULL WHERE id = ?`, r.ID); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `UPDATE training_session SET waiting = waiting - 1 WHERE id = ?`, s.ID); err != nil {
		return err
	}
	r.State, r.Position = "in", nil
	return extraSeat(ctx, tx, s.ID)
}

// reschedule notes for everybody of a session that its time or place changed:
// the next version of his invitation, and reminders from the start.
func reschedule(ctx context.Context, tx *db.Tx, s Session, now time.Time) error {
	_, err := db.Exec(ctx, tx, `UPDATE training_registration SET sequence = sequence + 1, told_at = ?, reminded = 0, over_at = ?
		WHERE session_id = ? AND state <> 'cancelled'`, now, s.EndsAt, s.ID)
	return err
}

// lapsed are the sign-ups that held a place too long without confirming.
func lapsed(ctx context.Context, on db.Querier, now time.Time) ([]Registration, error) {
	return db.All[Registration](ctx, on, `SELECT * FROM training_registration WHERE held_until IS NOT NULL AND held_until <= ? ORDER BY held_until LIMIT 500`, now)
}

// nearing are the sessions of which reminders may be due: those that begin soon,
// or have begun and are not over.
func nearing(ctx context.Context, on db.Querier, now time.Time) ([]listed, error) {
	return db.All[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.ends_at > ? AND s.starts_at <= ? AND s.state = 'open' AND t.state = 'published'`, now, now.Add(26*time.Hour))
}

// toRemind are those of a session who have not had its last reminder.
func toRemind(ctx context.Context, on db.Querier, s Session) ([]Registration, error) {
	return db.All[Registration](ctx, on, `SELECT * FROM training_registration WHERE session_id = ? AND state = 'in' AND confirmed_at IS NOT NULL AND reminded < ?`, s.ID, soonBefore*max(1, s.Times))
}

// claimReminder notes a reminder as sent: of two who try, one may send it.
func claimReminder(ctx context.Context, tx *db.Tx, id string, which int) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE training_registration SET reminded = ? WHERE id = ? AND reminded < ? AND state = 'in'`, which, id, which)
	return n == 1, err
}

// next is the first session that everybody may come to, or fault.NotFound.
func next(ctx context.Context, on db.Querier, now time.Time) (listed, error) {
	all, err := agenda(ctx, on, agendaFilter{Now: now, Limit: 1})
	if err == nil && len(all) == 0 {
		err = fault.NotFound
	}
	return all1(all), err
}

func all1(all []listed) listed {
	if len(all) == 0 {
		return listed{}
	}
	return all[0]
}

// ofPerson are the sign-ups of an account or address for what is still to come.
func ofPerson(ctx context.Context, on db.Querier, account, email string, now time.Time) ([]listed, error) {
	return db.All[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM (SELECT DISTINCT session_id FROM training_registration
			WHERE (account_id = ? OR email = ?) AND state <> 'cancelled' AND confirmed_at IS NOT NULL) r
		JOIN training_session s ON s.id = r.session_id JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.ends_at > ? ORDER BY s.starts_at LIMIT 50`, cmp.Or(account, "(none)"), cmp.Or(email, "(none)"), now)
}

// signUpsOf are the sign-ups of an account, and of its address where that was
// confirmed, for what is still to come.
func signUpsOf(ctx context.Context, on db.Querier, account, email string, now time.Time) ([]Registration, error) {
	return db.All[Registration](ctx, on, `
		SELECT r.* FROM training_registration r JOIN training_session s ON s.id = r.session_id
		WHERE (r.account_id = ? OR r.email = ?) AND r.state <> 'cancelled' AND r.confirmed_at IS NOT NULL AND s.ends_at > ? LIMIT 200`, account, email, now)
}

// between are the sessions that have something of [from, to).
func between(ctx context.Context, on db.Querier, from, to time.Time) ([]listed, error) {
	return db.All[listed](ctx, on, `
		SELECT `+listedColumns+`
		FROM training_session s JOIN training t ON t.id = s.training_id LEFT JOIN account a ON a.id = s.host_id
		WHERE s.ends_at > ? AND s.starts_at < ? AND s.state <> 'cancelled' AND t.state <> 'archived' ORDER BY s.starts_at, s.id LIMIT 500`, from, to)
}
