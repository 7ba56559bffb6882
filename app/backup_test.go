package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/apptest"
	"loket/app/files"
	"loket/app/privacy"
	"loket/db"
	"loket/portals"
)

// TestBackupAndRestore: a site is backed up while it is in use; Jan is erased
// after that; the site burns down and is restored: all is there but Jan, whom
// the ledger has erased again, in the texts of others too.
func TestBackupAndRestore(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.RunJobs()
	jan, piet := a.Customer("Jan"), a.Customer("Piet")
	up, err := a.Files.Take(t.Context(), "plan.txt", strings.NewReader("het plan van Piet"))
	a.Fatal(err)
	var kept files.File
	a.Tx(func(tx *db.Tx) (err error) {
		if kept, err = a.Files.Save(t.Context(), tx, up, "ticket_message:x", piet.Account.ID); err != nil {
			return err
		}
		_, err = a.Privacy.LogBreach(t.Context(), tx, privacy.Breach{DiscoveredAt: a.Now(), Facts: "Gebeld met jan@example.com over een laptop."})
		return err
	})
	saved := filepath.Join(t.TempDir(), "site.zip")
	made, err := app.Backup(t.Context(), a.Config, a.DB, a.Files, a.Now(), saved)
	a.Fatal(err)
	if len(made.Missing) > 0 || len(made.Parts) < 2 {
		t.Errorf("in the backup: %+v", made)
	}
	if info, err := os.Stat(saved); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the backup: %v %v", info.Mode(), err)
	}
	_, err = a.Privacy.EraseNow(t.Context(), privacy.Subject{AccountID: jan.Account.ID}, nil)
	a.Fatal(err)

	there := t.TempDir()
	cfg := a.Config
	cfg.DB = "sqlite:" + filepath.Join(there, "loket.db") + "?_synchronous=OFF"
	cfg.Mail = "file:" + filepath.Join(there, "mail")
	ledger, err := os.ReadFile(a.Config.Ledger())
	a.Fatal(err)
	a.Fatal(os.WriteFile(cfg.Ledger(), ledger, 0o600))
	store, err := files.Open(t.Context(), "file:"+filepath.Join(there, "files"), a.Now, files.Limits{})
	a.Fatal(err)
	_, err = app.Restore(t.Context(), cfg, store, saved, time.Time{})
	a.Fatal(err)
	d, err := db.Open(cfg.DB)
	a.Fatal(err)
	t.Cleanup(func() { d.Close() })
	back, err := app.New(app.Parts{Config: cfg, DB: d, Files: store, Secret: a.Secret, Now: a.Now, Passwords: account.CheapHasher()}, portals.All...)
	a.Fatal(err)
	if found, err := db.Get[int](t.Context(), d, `SELECT count(*) FROM account WHERE email = 'jan@example.com'`); err != nil || found != 1 {
		t.Fatalf("before the replay Jan is in the backup %d times: %v", found, err)
	}
	again, err := back.ReplayAll(t.Context(), "")
	a.Fatal(err)
	if again == 0 {
		t.Error("nothing was replayed")
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM account WHERE email = 'jan@example.com'`:            0,
		`SELECT count(*) FROM account WHERE email = 'piet@example.com'`:           1,
		`SELECT count(*) FROM breach WHERE facts LIKE '%jan@example.com%'`:        0,
		`SELECT count(*) FROM breach WHERE facts LIKE '%laptop%'`:                 1,
		`SELECT count(*) FROM session`:                                            0,
		`SELECT count(*) FROM file WHERE sha256 <> '' AND owner LIKE 'ticket_m%'`: 1,
	} {
		if n, err := db.Get[int](t.Context(), d, query); err != nil || n != want {
			t.Errorf("%s: %d, want %d: %v", query, n, want, err)
		}
	}
	in, err := store.Open(t.Context(), kept)
	a.Fatal(err)
	defer in.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(in); err != nil || b.String() != "het plan van Piet" {
		t.Errorf("the file is %q: %v", b.String(), err)
	}
	if again, err := back.ReplayAll(t.Context(), ""); err != nil || again != 0 {
		t.Errorf("replayed twice: %d %v", again, err)
	}
	if _, err := app.Restore(t.Context(), cfg, store, saved, time.Time{}); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("restored over a site: %v", err)
	}
}

// TestRestoreInAMess: the first try was broken off, and of the site that burnt
// down SQLite's log is still there. The second try is the site as it was backed
// up, without the file that had lost its bytes.
func TestRestoreInAMess(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	for _, name := range []string{"kept.txt", "lost.txt"} {
		up, err := a.Files.Take(t.Context(), name, strings.NewReader(name))
		a.Fatal(err)
		a.Tx(func(tx *db.Tx) error {
			_, err := a.Files.Save(t.Context(), tx, up, "ticket_message:x", "")
			return err
		})
		if name == "lost.txt" {
			a.Fatal(a.Files.Drop(t.Context(), up))
		}
	}
	saved := filepath.Join(t.TempDir(), "site.zip")
	made, err := app.Backup(t.Context(), a.Config, a.DB, a.Files, a.Now(), saved)
	a.Fatal(err)
	if len(made.Missing) != 1 {
		t.Errorf("missing: %v", made.Missing)
	}
	cfg, there := a.Config, t.TempDir()
	path := filepath.Join(there, "data", "loket.db")
	cfg.DB = "sqlite:" + path
	store, err := files.Open(t.Context(), "file:"+filepath.Join(there, "files"), a.Now, files.Limits{})
	a.Fatal(err)
	over, stop := context.WithCancel(t.Context())
	stop()
	if _, err := app.Restore(over, cfg, store, saved, time.Time{}); err == nil {
		t.Fatal("it was not broken off")
	}
	if a.DB.SQLite() {
		a.Customer("Piet")
		log, err := os.ReadFile(a.DB.Path() + "-wal")
		a.Fatal(err)
		if len(log) == 0 {
			t.Fatal("there is no log to leave behind")
		}
		a.Fatal(os.WriteFile(path+"-wal", log, 0o600))
	}
	_, err = app.Restore(t.Context(), cfg, store, saved, time.Time{})
	a.Fatal(err)
	d, err := db.Open(cfg.DB)
	a.Fatal(err)
	defer d.Close()
	a.Fatal(d.Check(t.Context()))
	for query, want := range map[string]int{
		`SELECT count(*) FROM account WHERE email = 'jan@example.com'`:  1,
		`SELECT count(*) FROM account WHERE email = 'piet@example.com'`: 0,
		`SELECT count(*) FROM file WHERE name = 'kept.txt'`:             1,
		`SELECT count(*) FROM file WHERE name = 'lost.txt'`:             0,
	} {
		if n, err := db.Get[int](t.Context(), d, query); err != nil || n != want {
			t.Errorf("%s: %d, want %d: %v", query, n, want, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(there, "data", "restore-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestOldBackup: what was erased more than 35 days ago is no longer in the ledger
// by its key, so a backup from before then would bring people back.
func TestOldBackup(t *testing.T) {
	a := apptest.New(t, portals.All...)
	saved := filepath.Join(t.TempDir(), "site.zip")
	_, err := app.Backup(t.Context(), a.Config, a.DB, a.Files, a.Now(), saved)
	a.Fatal(err)
	for _, later := range []struct {
		days    int
		refused bool
	}{{36, true}, {34, false}} {
		there := t.TempDir()
		cfg := a.Config
		cfg.DB = "sqlite:" + filepath.Join(there, "loket.db")
		_, err := app.Restore(t.Context(), cfg, a.Files, saved, a.Now().AddDate(0, 0, later.days).Add(-app.BackupsFor))
		if refused := err != nil && strings.Contains(err.Error(), "longer ago"); refused != later.refused {
			t.Errorf("after %d days: %v", later.days, err)
		}
		if left, err := os.ReadDir(there); err != nil || later.refused != (len(left) == 0) {
			t.Errorf("after %d days there is %v: %v", later.days, left, err)
		}
	}
}

// TestDamagedBackup: nothing is touched when a sum is wrong.
func TestDamagedBackup(t *testing.T) {
	a := apptest.New(t, portals.All...)
	saved := filepath.Join(t.TempDir(), "site.zip")
	_, err := app.Backup(t.Context(), a.Config, a.DB, a.Files, a.Now(), saved)
	a.Fatal(err)
	whole, err := os.ReadFile(saved)
	a.Fatal(err)
	whole[len(whole)/2] ^= 0xff
	a.Fatal(os.WriteFile(saved, whole, 0o600))
	there := t.TempDir()
	cfg := a.Config
	cfg.DB = "sqlite:" + filepath.Join(there, "loket.db")
	if _, err := app.Restore(t.Context(), cfg, a.Files, saved, time.Time{}); err == nil {
		t.Error("a damaged backup was restored")
	}
	if left, err := os.ReadDir(there); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestPrivacyCommands: what the dry run lists is what the run does; the export
// is a file, the register a table, erasing says what was done.
func TestPrivacyCommands(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.RunJobs()
	loner := a.Loner("Jan")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET active_at = ? WHERE id = ?`, a.Now().AddDate(0, -11, 0), loner.Account.ID)
		return err
	})
	ctx := context.Background()
	lines := func(run app.PrivacyRun) []string {
		var b bytes.Buffer
		a.Fatal(a.RunPrivacy(ctx, &b, run))
		return strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\n' })
	}
	at := time.Date(2026, 12, 24, 4, 15, 0, 0, a.Zone)
	if before := lines(app.PrivacyRun{At: time.Date(2026, 12, 22, 4, 15, 0, 0, a.Zone), Dry: true}); len(before) != 0 {
		t.Errorf("due too early: %v", before)
	}
	dry := lines(app.PrivacyRun{At: at, Dry: true, JSON: true})
	found := false
	for _, line := range dry {
		var row struct{ Purpose, Table, Row, Rule, Trigger, Due, Blocker string }
		a.Fatal(json.Unmarshal([]byte(line), &row))
		if row.Table == "account" && row.Row == loner.Account.ID {
			found = true
			if row.Due != "2026-12-23T04:15:00+01:00" || !strings.HasPrefix(row.Trigger, "2025-12-23") || row.Rule == "" {
				t.Errorf("the row: %s", line)
			}
		}
	}
	if !found {
		t.Errorf("Jan is not due: %v", dry)
	}
	ran := lines(app.PrivacyRun{At: at, JSON: true})
	if strings.Join(ran, "\n") != strings.Join(dry, "\n") {
		t.Errorf("the run did\n%v\nand not\n%v", ran, dry)
	}
	if again := lines(app.PrivacyRun{At: at}); len(again) != 0 {
		t.Errorf("a second run does %v", again)
	}

	piet := a.Customer("Piet")
	path := filepath.Join(t.TempDir(), "piet.zip")
	a.Fatal(a.PrivacyExport(ctx, piet.Account.Email, path))
	content, err := os.ReadFile(path)
	a.Fatal(err)
	if !bytes.Contains(unzipped(t, content), []byte("piet@example.com")) {
		t.Error("Piet's export is not about Piet")
	}
	var b bytes.Buffer
	a.Fatal(a.PrivacyRegister(ctx, &b, true))
	if !strings.HasPrefix(b.String(), "key,") || strings.Count(b.String(), "\n") < 5 {
		t.Errorf("register:\n%s", b.String())
	}
	b.Reset()
	a.Fatal(a.PrivacyErase(ctx, &b, piet.Account.Email))
	if !strings.Contains(b.String(), "portal: deleted") || strings.Contains(b.String(), "piet@") {
		t.Errorf("erase says:\n%s", b.String())
	}
}
