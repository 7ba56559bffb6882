package db

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// forEngine hides the migrations of the other engine.
type forEngine struct {
	fs.FS
	other string // the suffix to hide
}

func (f forEngine) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	var mine []fs.DirEntry
	for _, entry := range all {
		if !strings.HasSuffix(entry.Name(), f.other) {
			mine = append(mine, entry)
		}
	}
	return mine, err
}

// Migrate brings the schema up to date: it runs, in the order of their numbers
// and each in a transaction, the files that have not run on this database yet.
// A file whose name ends in .sqlite.sql or .postgres.sql runs on that engine only.
// It refuses a database in which a later program has been.
func (db *DB) Migrate(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if now, known, err := provider.GetVersions(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	} else if now > known {
		return fmt.Errorf("migrate: the database is of a newer loket (version %d, this one knows %d): use that one", now, known)
	}
	return nil
}

// Migrated reports whether every migration has run.
func (db *DB) Migrated(ctx context.Context) (bool, error) {
	provider, err := db.provider()
	if err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	return !pending, err
}

// Fingerprint is the same for the same migrations, and another when one is
// added or changed.
func Fingerprint() string {
	sum := sha256.New()
	err := fs.WalkDir(migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect, other := database.DialectSQLite3, ".postgres.sql"
	options := []goose.ProviderOption{
		// A portal that comes later brings a migration with a number between.
		goose.WithAllowOutofOrder(true),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	}
	if !db.SQLite() {
		dialect, other = database.DialectPostgres, ".sqlite.sql"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	store, err := database.NewStore(dialect, "migration")
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithStore(store))
	return goose.NewProvider("", db.write.DB, forEngine{files, other}, options...)
}
