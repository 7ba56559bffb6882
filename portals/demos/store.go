package demos

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/settings"
	"loket/db"
)

// Type is what can be booked. Lengths are in minutes.
type Type struct {
	ID, Slug                     string
	NameNL                       string `db:"name_nl"`
	NameEN                       string `db:"name_en"`
	AboutNL                      string `db:"about_nl"`
	AboutEN                      string `db:"about_en"`
	PlaceNL                      string `db:"place_nl"`
	PlaceEN                      string `db:"place_en"`
	Minutes, Step, Before, After int
	Notice                       int
	Days, Daily, Weekly          int
	Cutoff                       int // moving and cancelling stops so long before the start
	Sort                         int
	Retired                      bool
	CreatedAt                    time.Time `db:"created_at"`
}

// In picks the text for a language.
func in(lang, nl, en string) string {
	if lang == "nl" {
		return nl
	}
	return en
}

// Name is the type's name in a language.
func (t Type) Name(lang string) string { return in(lang, t.NameNL, t.NameEN) }

// Plan is the type as the rule takes it.
func (t Type) Plan() Plan {
	m := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	return Plan{Duration: m(t.Minutes), Step: m(t.Step), Before: m(t.Before), After: m(t.After), Notice: m(t.Notice), Days: t.Days, Daily: t.Daily, Weekly: t.Weekly}
}

// Host is a colleague with whom can be booked.
type Host struct {
	AccountID string `db:"account_id"`
	Zone      string
	Week      string // hours.Week as JSON: seven lists of windows from Sunday
	Link      string
	Active    bool
	BookedAt  *time.Time `db:"booked_at"`

	Name  string // of the account
	Email string
	Lang  string
}

func (h Host) week() (week hours.Week, err error) {
	return week, json.Unmarshal([]byte(h.Week), &week)
}

// Booking is who comes when, with whom.
type Booking struct {
	ID        string
	TypeID    string  `db:"type_id"`
	HostID    *string `db:"host_id"`
	Status    string
	StartAt   *time.Time `db:"start_at"`
	EndAt     *time.Time `db:"end_at"`
	BlockFrom *time.Time `db:"block_from"`
	BlockTo   *time.Time `db:"block_to"`
	Name      string
	Email     string
	Phone     string
	Company   string
	Wish      string
	Note      string // of colleagues
	Lang      string
	Zone      string
	AccountID *string `db:"account_id"`
	CompanyID *string `db:"company_id"`
	Sequence  int
	Reminded  string
	Asked     int
	Outcome   string
	OutcomeAt *time.Time `db:"outcome_at"`
	CreatedAt time.Time  `db:"created_at"`
	BookedAt  *time.Time `db:"booked_at"`
	HoldUntil *time.Time `db:"hold_until"`
	SettledAt *time.Time `db:"settled_at"`
}

// The states of a booking.
const (
	wished    = "wish"
	held      = "held"
	booked    = "booked"
	cancelled = "cancelled"
	expired   = "expired"
)

// start is when it begins; the zero time of one without a moment.
func (b Booking) start() time.Time {
	if b.StartAt == nil {
		return time.Time{}
	}
	return *b.StartAt
}

func (b Booking) host() string {
	if b.HostID == nil {
		return ""
	}
	return *b.HostID
}

// Live reports whether the booking stands.
func (b Booking) Live() bool { return b.Status == booked || b.Status == held }

func types(ctx context.Context, on db.Querier) ([]Type, error) {
	return db.All[Type](ctx, on, `SELECT * FROM demo_type WHERE NOT retired ORDER BY sort, name_nl, id`)
}

func allTypes(ctx context.Context, on db.Querier) ([]Type, error) {
	return db.All[Type](ctx, on, `SELECT * FROM demo_type ORDER BY retired, sort, name_nl, id`)
}

func typeBySlug(ctx context.Context, on db.Querier, slug string) (Type, error) {
	return db.Get[Type](ctx, on, `SELECT * FROM demo_type WHERE slug = ? AND NOT retired`, slug)
}

func typeByID(ctx context.Context, on db.Querier, id string) (Type, error) {
	return db.Get[Type](ctx, on, `SELECT * FROM demo_type WHERE id = ?`, id)
}

func bookingByID(ctx context.Context, on db.Querier, id string) (Booking, error) {
	return db.Get[Booking](ctx, on, `SELECT * FROM demo_booking WHERE id = ?`, id)
}

const hostColumns = `h.account_id, h.zone, h.week, h.link, h.active, h.booked_at, a.name, a.email, a.lang`

// allHosts begins at the few hosts: left to choose, SQLite begins at the many accounts.
func allHosts(ctx context.Context, on db.Querier) ([]Host, error) {
	return db.All[Host](ctx, on, `SELECT `+hostColumns+` FROM demo_host h CROSS JOIN account a WHERE a.id = h.account_id ORDER BY a.name, a.id`)
}

func hostByID(ctx context.Context, on db.Querier, id string) (Host, error) {
	return db.Get[Host](ctx, on, `SELECT `+hostColumns+` FROM demo_host h JOIN account a ON a.id = h.account_id WHERE h.account_id = ?`, id)
}

// hostOf is the colleague of a booking; nobody when it has none, or his account
// is gone.
func hostOf(ctx context.Context, on db.Querier, b Booking) (Host, error) {
	if b.HostID == nil {
		return Host{}, nil
	}
	h, err := hostByID(ctx, on, *b.HostID)
	if errors.Is(err, fault.NotFound) {
		return Host{}, nil
	}
	return h, err
}

// hostsOf are the colleagues who give demonstrations of a type, whose turn it
// is first: who has been booked the longest ago.
func hostsOf(ctx context.Context, on db.Querier, typeID string) ([]Host, error) {
	hosts, err := db.All[Host](ctx, on, `
		SELECT `+hostColumns+` FROM demo_type_host th
		JOIN demo_host h ON h.account_id = th.account_id JOIN account a ON a.id = h.account_id
		WHERE th.type_id = ? AND h.active AND a.disabled_at IS NULL ORDER BY a.name, a.id`, typeID)
	slices.SortStableFunc(hosts, func(x, y Host) int {
		switch {
		case x.BookedAt == nil && y.BookedAt == nil:
			return 0
		case x.BookedAt == nil:
			return -1
		case y.BookedAt == nil:
			return 1
		}
		return x.BookedAt.Compare(*y.BookedAt)
	})
	return hosts, err
}

// ownerOf is the colleague who looks after the prospect's company, by its id or
// by the name that he typed; empty when nobody does.
func ownerOf(ctx context.Context, on db.Querier, b Booking) (string, error) {
	id := ""
	if b.CompanyID != nil {
		id = *b.CompanyID
	}
	owner, err := db.Get[string](ctx, on, `
		SELECT o.account_id FROM demo_owner o JOIN company c ON c.id = o.company_id
		WHERE o.company_id = ? OR ? = '' AND lower(c.name) = ? AND c.name <> '' ORDER BY c.name LIMIT 1`, id, id, strings.ToLower(b.Company))
	if errors.Is(err, fault.NotFound) {
		return "", nil
	}
	return owner, err
}

// longest is more than any booking takes with its buffers: what began earlier is over.
const longest = 24 * time.Hour

// blocks is what hosts have in [from, to): bookings that stand and time off.
// except is a booking that is left out, because it is about to move.
func blocks(ctx context.Context, on db.Querier, hosts []Host, t Type, except string, from, to, now time.Time) (map[string][]Block, error) {
	all := map[string][]Block{}
	if len(hosts) == 0 {
		return all, nil
	}
	ids := make([]string, len(hosts))
	for i, h := range hosts {
		ids[i] = h.AccountID
	}
	type row struct {
		HostID    string     `db:"host_id"`
		TypeID    string     `db:"type_id"`
		BlockFrom time.Time  `db:"block_from"`
		BlockTo   time.Time  `db:"block_to"`
		StartAt   *time.Time `db:"start_at"`
	}
	taken, err := db.All[row](ctx, on, `
		SELECT host_id, type_id, block_from, block_to, start_at FROM demo_booking
		WHERE host_id IN (?) AND block_from > ? AND block_to > ? AND block_from < ? AND id <> ?
		  AND (status = 'booked' OR status = 'held' AND hold_until > ?)
		UNION ALL
		SELECT account_id, '', from_at, to_at, NULL FROM demo_off WHERE account_id IN (?) AND to_at > ? AND from_at < ?`,
		ids, from.Add(-longest), from, to, except, now, ids, from, to)
	for _, r := range taken {
		b := Block{From: r.BlockFrom, To: r.BlockTo, Counts: r.TypeID == t.ID}
		if r.StartAt != nil {
			b.Start = *r.StartAt
		}
		all[r.HostID] = append(all[r.HostID], b)
	}
	return all, err
}

// diaries reads when these hosts can be booked between two moments. Dates on
// which the desk is closed, holidays among them, are days off, unless a host has hours for
// that very date.
func (p *portal) diaries(ctx context.Context, on db.Querier, hosts []Host, t Type, except string, from, to, now time.Time) (map[string]Diary, error) {
	// A limit per week needs the whole week of the first and the last day.
	from, to = from.AddDate(0, 0, -9), to.AddDate(0, 0, 9)
	calendar, err := settings.Get(ctx, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return nil, err
	}
	busy, err := blocks(ctx, on, hosts, t, except, from, to, now)
	if err != nil {
		return nil, err
	}
	days, err := datesOf(ctx, on, hosts, hours.DateOf(from, time.UTC).AddDays(-1))
	if err != nil {
		return nil, err
	}
	all := map[string]Diary{}
	for _, h := range hosts {
		d := Diary{Dated: map[hours.Date][]hours.Window{}, Busy: busy[h.AccountID]}
		if d.Zone, err = hours.Zone(h.Zone); err != nil {
			return nil, err
		}
		if d.Week, err = h.week(); err != nil {
			return nil, err
		}
		first, last := hours.DateOf(from, d.Zone), hours.DateOf(to, d.Zone)
		for day := first; day.Compare(last) <= 0; day = day.AddDays(1) {
			if windows, own := calendar.Exceptions[day]; own && len(windows) == 0 || !own && calendar.Free(day) != "" {
				d.Dated[day] = nil
			}
		}
		for _, day := range days[h.AccountID] {
			date, err := hours.ParseDate(day.Day)
			if err != nil {
				return nil, err
			}
			if d.Dated[date], err = hours.ParseWindows(day.Windows); err != nil {
				return nil, err
			}
		}
		all[h.AccountID] = d
	}
	return all, nil
}

// slots are the moments in [from, to) at which the type can be booked with somebody.
func (p *portal) slots(ctx context.Context, on db.Querier, t Type, except string, from, to time.Time) ([]time.Time, error) {
	now := p.Now()
	hosts, err := hostsOf(ctx, on, t.ID)
	if err != nil {
		return nil, err
	}
	diaries, err := p.diaries(ctx, on, hosts, t, except, from, to, now)
	if err != nil {
		return nil, err
	}
	var starts []time.Time
	for _, d := range diaries {
		starts = append(starts, Slots(t.Plan(), d, from, to, now)...)
	}
	slices.SortFunc(starts, time.Time.Compare)
	return slices.CompactFunc(starts, time.Time.Equal), nil
}

// next are the first free moments of a type from a moment on, within its window.
func (p *portal) next(ctx context.Context, on db.Querier, t Type, except string, from time.Time, most int) ([]time.Time, error) {
	var found []time.Time
	for range 9 {
		to := from.AddDate(0, 0, 14)
		starts, err := p.slots(ctx, on, t, except, from, to)
		if err != nil {
			return nil, err
		}
		if found = append(found, starts...); len(found) >= most {
			return found[:most], nil
		}
		from = to
	}
	return found, nil
}

// lock has bookings come one after the other until tx ends: limits, turns and
// free time are judged by one at a time.
func lock(ctx context.Context, tx *db.Tx) error {
	_, err := db.Next(ctx, tx, "demos")
	return err
}

// free is the host with whom the booking can begin at start: the one it has, the
// owner of the company, else whose turn it is; or only the one named. fault.Conflict:
// nobody is free. The caller has the lock.
func (p *portal) free(ctx context.Context, tx *db.Tx, t Type, b Booking, start time.Time, only string) (Host, error) {
	now := p.Now()
	hosts, err := hostsOf(ctx, tx, t.ID)
	if err != nil {
		return Host{}, err
	}
	owner, err := ownerOf(ctx, tx, b)
	if err != nil {
		return Host{}, err
	}
	rank := func(h Host) int {
		switch h.AccountID {
		case b.host():
			return 0
		case owner:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(hosts, func(x, y Host) int { return cmp.Compare(rank(x), rank(y)) })
	diaries, err := p.diaries(ctx, tx, hosts, t, b.ID, start, start.Add(24*time.Hour), now)
	if err != nil {
		return Host{}, err
	}
	for _, h := range hosts {
		if (only == "" || only == h.AccountID) && Free(t.Plan(), diaries[h.AccountID], start, now) {
			return h, nil
		}
	}
	return Host{}, fault.Conflict
}

// enough is errEnough when a person has as many appointments ahead as one can have.
func enough(ctx context.Context, on db.Querier, b Booking, now time.Time) error {
	n, err := db.Get[int](ctx, on, `SELECT count(*) FROM demo_booking WHERE lower(email) = ? AND status = 'booked' AND start_at > ? AND id <> ?`, account.Address(b.Email), now, b.ID)
	if err == nil && n >= mostAhead {
		err = errEnough
	}
	return err
}

// known reports whether the address of a booking has been shown to be a person's:
// here, or by signing up with it.
func known(ctx context.Context, on db.Querier, b Booking) (bool, error) {
	if b.BookedAt != nil {
		return true, nil
	}
	who, err := account.ByEmail(ctx, on, b.Email)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return who.Verified(), err
}

const piece = 300 // seconds: lengths, buffers and windows are whole multiples

// take gives b the moment with that host, and marks his time as taken. The row
// of b is there already.
func (p *portal) take(ctx context.Context, tx *db.Tx, t Type, b *Booking, h Host, start time.Time) error {
	plan, now := t.Plan(), p.Now()
	end, from, to := start.Add(plan.Duration), start.Add(-plan.Before), start.Add(plan.Duration+plan.After)
	b.HostID, b.StartAt, b.EndAt, b.BlockFrom, b.BlockTo = &h.AccountID, &start, &end, &from, &to
	// Holds that nobody confirmed give their time back before it is taken anew.
	if _, err := db.Exec(ctx, tx, `DELETE FROM demo_taken WHERE booking_id = ? OR booking_id IN (SELECT id FROM demo_booking WHERE status = 'held' AND hold_until <= ?)`, b.ID, now); err != nil {
		return err
	}
	for at := from.Unix() / piece; at*piece < to.Unix(); at++ {
		if _, err := db.Exec(ctx, tx, `INSERT INTO demo_taken (host_id, piece, booking_id) VALUES (?, ?, ?)`, h.AccountID, at, b.ID); err != nil {
			return err
		}
	}
	if _, err := db.Exec(ctx, tx, `UPDATE demo_host SET booked_at = ? WHERE account_id = ?`, now, h.AccountID); err != nil {
		return err
	}
	return save(ctx, tx, *b)
}

// save writes what can change of a booking.
func save(ctx context.Context, tx *db.Tx, b Booking) error {
	_, err := db.ExecNamed(ctx, tx, `
		UPDATE demo_booking SET type_id = :type_id, host_id = :host_id, status = :status, start_at = :start_at, end_at = :end_at,
			block_from = :block_from, block_to = :block_to, sequence = :sequence, reminded = :reminded, asked = :asked,
			outcome = :outcome, outcome_at = :outcome_at, booked_at = :booked_at, hold_until = :hold_until, settled_at = :settled_at
		WHERE id = :id`, b)
	return err
}

// release gives the time of a booking back.
func release(ctx context.Context, tx *db.Tx, id string) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM demo_taken WHERE booking_id = ?`, id)
	return err
}

// Line is a booking in a list of staff.
type Line struct {
	Booking
	TypeNL   string `db:"type_nl"`
	TypeEN   string `db:"type_en"`
	HostName string `db:"host_name"`
}

const lines = `SELECT b.*, t.name_nl AS type_nl, t.name_en AS type_en, coalesce(a.name, '') AS host_name
	FROM %s b JOIN demo_type t ON t.id = b.type_id LEFT JOIN account a ON a.id = b.host_id`

func linesOf(ctx context.Context, on db.Querier, page, order string, args ...any) ([]Line, error) {
	return db.All[Line](ctx, on, strings.Replace(lines, "%s", "("+page+")", 1)+" ORDER BY "+order, args...)
}

// unrecorded are the appointments that are over without anyone having said what came of them.
func unrecorded(ctx context.Context, on db.Querier, host string, now time.Time) ([]Line, error) {
	return linesOf(ctx, on, `
		SELECT * FROM demo_booking WHERE status = 'booked' AND outcome = '' AND start_at < ? AND end_at < ? AND (? = '' OR host_id = ?)
		ORDER BY start_at LIMIT 50`, "b.start_at, b.id", now, now, host, host)
}

// upcoming are the appointments from a moment on.
func upcoming(ctx context.Context, on db.Querier, host string, from, now time.Time) ([]Line, error) {
	return linesOf(ctx, on, `
		SELECT * FROM demo_booking WHERE start_at >= ? AND (status = 'booked' OR status = 'held' AND hold_until > ?) AND (? = '' OR host_id = ?)
		ORDER BY start_at, id LIMIT 100`, "b.start_at, b.id", from, now, host, host)
}

// absence is when a host is off, with who he is.
type absence struct {
	Off
	AccountID string `db:"account_id"`
	Name      string
	Zone      string
}

// offBetween is the time off of a host, or of all, that has something of [from, to).
func offBetween(ctx context.Context, on db.Querier, host string, from, to time.Time) ([]absence, error) {
	return db.All[absence](ctx, on, `
		SELECT o.id, o.from_at, o.to_at, o.account_id, a.name, h.zone
		FROM demo_off o JOIN account a ON a.id = o.account_id JOIN demo_host h ON h.account_id = o.account_id
		WHERE o.to_at > ? AND o.from_at < ? AND (? = '' OR o.account_id = ?) ORDER BY o.from_at, o.id LIMIT 500`, from, to, host, host)
}

// wishes are those who may choose a moment and have not.
func wishes(ctx context.Context, on db.Querier) ([]Line, error) {
	return linesOf(ctx, on, `SELECT * FROM demo_booking WHERE status = 'wish' ORDER BY created_at, id LIMIT 100`, "b.created_at, b.id")
}

// datesOf is daysOf for several hosts at once.
func datesOf(ctx context.Context, on db.Querier, hosts []Host, from hours.Date) (map[string][]Day, error) {
	all := map[string][]Day{}
	if len(hosts) == 0 {
		return all, nil
	}
	ids := make([]string, len(hosts))
	for i, h := range hosts {
		ids[i] = h.AccountID
	}
	type row struct {
		AccountID string `db:"account_id"`
		Day
	}
	rows, err := db.All[row](ctx, on, `SELECT account_id, day, windows FROM demo_day WHERE account_id IN (?) AND day >= ?`, ids, from.String())
	for _, r := range rows {
		all[r.AccountID] = append(all[r.AccountID], r.Day)
	}
	return all, err
}

// gone erases a booking whose data has moved elsewhere.
func gone(ctx context.Context, tx *db.Tx, b Booking) error {
	if _, err := db.Exec(ctx, tx, `DELETE FROM link WHERE purpose = 'demos.booking' AND subject = ?`, b.ID); err != nil {
		return err
	}
	_, err := db.Exec(ctx, tx, `DELETE FROM demo_booking WHERE id = ?`, b.ID)
	return err
}
