// Package origin remembers what was made from what: an idea from a ticket. The
// portals on both ends know each other only by name (KIND:ID) and by what is
// kept here, so neither imports the other.
//
// The maker calls Keep when it makes the thing, Changed when its title or state
// changes, and Registry.Tell when those who own the source should act (it
// shipped). The owner of the source lists what was made with Of, and registers
// with Registry.Handle what to do when it is told.
package origin

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"time"

	"loket/db"
)

// Link is one thing that was made from another.
type Link struct {
	ID        string
	Source    string    // ticket:ID
	Made      string    // idea:ID
	Path      string    // page of what was made
	Title     string    // of what was made
	State     string    // of what was made, as its portal names it: planned, completed
	Shown     bool      // whether everybody may see what was made; if not, only colleagues
	AccountID *string   `db:"account_id"` // for whom it was made
	CreatedAt time.Time `db:"created_at"`
	ChangedAt time.Time `db:"changed_at"`
}

var name = regexp.MustCompile(`^[a-z]{2,20}:[A-Za-z0-9]{1,40}$`)

// Valid reports whether s names a thing: KIND:ID.
func Valid(s string) bool { return name.MatchString(s) }

// Keep notes that l.Made was made from l.Source. Noting it twice is once.
func Keep(ctx context.Context, tx *db.Tx, l Link, now time.Time) error {
	l.ID, l.CreatedAt, l.ChangedAt = rand.Text(), now, now
	_, err := db.ExecNamed(ctx, tx, `
		INSERT INTO origin (id, source, made, path, title, state, shown, account_id, created_at, changed_at)
		VALUES (:id, :source, :made, :path, :title, :state, :shown, :account_id, :created_at, :changed_at)
		ON CONFLICT (source, made) DO NOTHING`, l)
	return err
}

// Changed brings what is known of made up to date.
func Changed(ctx context.Context, tx *db.Tx, made, path, title, state string, shown bool, now time.Time) error {
	_, err := db.Exec(ctx, tx, `UPDATE origin SET path = ?, title = ?, state = ?, shown = ?, changed_at = ? WHERE made = ?`, path, title, state, shown, now, made)
	return err
}

// Of lists what was made from source, the oldest first.
func Of(ctx context.Context, on db.Querier, source string) ([]Link, error) {
	return db.All[Link](ctx, on, `SELECT * FROM origin WHERE source = ? ORDER BY created_at, id`, source)
}

// From lists what made was made from, the oldest first.
func From(ctx context.Context, on db.Querier, made string) ([]Link, error) {
	return db.All[Link](ctx, on, `SELECT * FROM origin WHERE made = ? ORDER BY created_at, id`, made)
}

// Forget drops every link from or to a thing that is gone.
func Forget(ctx context.Context, tx *db.Tx, thing string) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM origin WHERE source = ? OR made = ?`, thing, thing)
	return err
}

// News is what the owner of a source is told about what was made from it.
type News struct {
	Link
	Text string // what was said at it, in Markdown; empty when nothing was
}

// Handler acts on news about something made from a source of its kind, as part
// of tx.
type Handler func(ctx context.Context, tx *db.Tx, n News) error

// Registry knows who owns which kind of source.
type Registry struct{ owners map[string]Handler }

// NewRegistry returns a registry without owners.
func NewRegistry() *Registry { return &Registry{map[string]Handler{}} }

// Handle has h told about what is made from sources of a kind ("ticket").
func (r *Registry) Handle(kind string, h Handler) { r.owners[kind] = h }

// Tell tells the owner of each source of made, as part of tx. A kind that nobody
// owns (its portal is not in this program) is passed over.
func (r *Registry) Tell(ctx context.Context, tx *db.Tx, made, text string) error {
	links, err := From(ctx, tx, made)
	if err != nil {
		return err
	}
	for _, l := range links {
		kind, _, _ := strings.Cut(l.Source, ":")
		if h, ok := r.owners[kind]; ok {
			if err := h(ctx, tx, News{l, text}); err != nil {
				return err
			}
		}
	}
	return nil
}
