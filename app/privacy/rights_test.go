package privacy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loket/app/fault"
	"loket/app/privacy"
	"loket/db"
)

// folder keeps files in the world's folder, as the program's file store does.
func (w *world) folder() {
	w.Hooks.Forget = func(ctx context.Context, tx *db.Tx, id string) error {
		tx.OnCommit(func() { os.Remove(filepath.Join(w.dir, "file-"+id)) })
		_, err := db.Exec(ctx, tx, `DELETE FROM file WHERE id = ?`, id)
		return err
	}
	w.Hooks.Open = func(_ context.Context, id string) (io.ReadCloser, error) {
		return os.Open(filepath.Join(w.dir, "file-"+id))
	}
}

func (w *world) file(id, owner, account, name, content string) {
	w.t.Helper()
	w.ok(os.WriteFile(filepath.Join(w.dir, "file-"+id), []byte(content), 0o600))
	var by any
	if account != "" {
		by = account
	}
	w.do(`INSERT INTO file (id, owner, account_id, name, type, size, sha256, created_at) VALUES (?, ?, ?, ?, 'text/plain', 1, '', ?)`, id, owner, by, name, w.now)
}

func (w *world) ticket(id, requester, subject string) {
	w.t.Helper()
	name := w.text(`SELECT name FROM account WHERE id = ?`, requester)
	w.do(`INSERT INTO toy_ticket (id, requester_id, requester, subject, product, active_at) VALUES (?, ?, ?, ?, 'app', ?)`, id, requester, name, subject, w.now)
}

func (w *world) message(id, ticket, author, body string) {
	w.t.Helper()
	w.do(`INSERT INTO toy_ticket_message (id, ticket_id, author_id, body, at) VALUES (?, ?, ?, ?, ?)`, id, ticket, author, body, w.now)
}

func (w *world) mail(id, account, address, body string, sent bool) {
	w.t.Helper()
	var to, at any
	if account != "" {
		to = account
	}
	if sent {
		at = w.now
	}
	w.do(`INSERT INTO mail (id, kind, account_id, address, lang, message_id, subject, text, html, queued_at, sent_at) VALUES (?, 'note', ?, ?, 'nl', ?, ?, ?, ?, ?, ?)`,
		id, to, address, id+"@loket", body, body, "<p>"+body+"</p>", w.now, at)
}

// everywhere counts a marker in every byte of the folder, in a fresh copy of the database, and in every table.
func (w *world) everywhere(markers ...string) (hits []string) {
	w.t.Helper()
	if w.DB.SQLite() {
		w.do(`VACUUM INTO '` + filepath.Join(w.dir, "backup.db") + `'`)
		defer os.Remove(filepath.Join(w.dir, "backup.db"))
	}
	w.ok(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, marker := range markers {
			if n := bytes.Count(bytes.ToLower(content), []byte(strings.ToLower(marker))); n > 0 {
				hits = append(hits, fmt.Sprintf("%s: %d", filepath.Base(path), n))
			}
		}
		return err
	}))
	columns, err := w.DB.Columns(w.ctx)
	w.ok(err)
	for _, c := range columns {
		if c.Type != "TEXT" {
			continue
		}
		var where []string
		var args []any
		for _, marker := range markers {
			where, args = append(where, "lower("+c.Column+") LIKE ?"), append(args, "%"+strings.ToLower(marker)+"%")
		}
		if n := w.count(`SELECT count(*) FROM `+c.Table+` WHERE `+strings.Join(where, " OR "), args...); n > 0 {
			hits = append(hits, fmt.Sprintf("%s.%s: %d", c.Table, c.Column, n))
		}
	}
	return hits
}

// mark fills every personal column of a person, in every table, with a marker
// of its own, and says which they are.
func (w *world) mark() (markers []string) {
	w.t.Helper()
	w.account("m", "zqaccountemail@example.nl", "zqaccountname zqjansen")
	w.do(`UPDATE account SET phone = '0612345678', password = 'zqaccountpassword' WHERE id = 'm'`)
	w.company("c", "Firma", "")
	w.member("m", "c")
	w.account("colleague", "colleague@example.nl", "Col Lega")
	w.member("colleague", "c")
	mail := "zqaccountemail@example.nl"
	for _, q := range []string{
		`INSERT INTO identity (id, account_id, provider, subject, email, created_at, used_at) VALUES ('1', 'm', 'google', 'zqidentitysubject', 'zqidentityemail@x', ?, ?)`,
		`INSERT INTO session (id, account_id, device, network, created_at, seen_at, expires_at) VALUES ('zqsessionid', 'm', 'zqsessiondevice', 'zqsessionnetwork', ?, ?, ?)`,
		`INSERT INTO attempt (id, what, who, at) VALUES ('1', 'signin', '` + mail + `', ?)`,
		`INSERT INTO audit (number, at, actor_id, network, act, hash) VALUES (1, ?, 'm', 'zqauditnetwork', 'signed in', '')`,
		`INSERT INTO link (id, purpose, account_id, email, created_at, expires_at) VALUES ('zqlinkid', 'verify', 'm', 'zqlinkemail@x', ?, ?)`,
		`INSERT INTO job (id, kind, payload, about, run_at, created_at) VALUES ('1', 'x', 'zqjobpayload', 'account:m', ?, ?)`,
		`INSERT INTO toy_application (id, email, name, letter, received_at) VALUES ('1', '` + mail + `', 'zqapplicationname', 'zqapplicationletter', ?)`,
		`INSERT INTO toy_booking (id, email, name, starts_at) VALUES ('1', '` + mail + `', 'zqbookingname', ?)`,
		`INSERT INTO toy_question (id, email, name, body, received_at) VALUES ('1', '` + mail + `', 'zqquestionname', 'zqquestionbody', ?)`,
		`INSERT INTO toy_idea (id, account_id, title, body, status, author_active_at) VALUES ('1', 'm', 'zqideatitle', 'zqideabody', 'new', ?)`,
		`INSERT INTO consent (id, account_id, purpose, version, wording_hash, given_at, decided_at, how, lang, proof) VALUES ('1', 'm', 'reference', 1, 'x', ?, ?, 'form', 'nl', 'zqconsentproof')`,
	} {
		args := slices.Repeat([]any{w.now}, strings.Count(q, "?"))
		w.do(q, args...)
	}
	w.do(`INSERT INTO toy_event (id, title, ends_at) VALUES ('e', 'Webinar', ?)`, at("2030-01-01"))
	w.do(`INSERT INTO toy_registration (id, event_id, email, name) VALUES ('1', 'e', ?, 'zqregistrationname')`, mail)
	w.ticket("own", "m", "zqticketsubject")
	w.message("1", "own", "m", "zqmessagebody")
	w.file("f1", "toy_ticket_message:1", "m", "zqfilename.txt", "zqfilecontent")
	w.file("f2", "toy_application:1", "", "zqcvname.txt", "zqcvcontent")
	w.mail("mine", "m", mail, "zqmailbody", false)
	w.ticket("shared", "colleague", "Printer")
	w.message("2", "shared", "colleague", "Vraag het Zqaccountname  ZQJANSEN (zqaccountemail@example.nl, +31 6 1234 5678), zei @zqaccountname.zqjansen.")
	return []string{"zqaccountemail", "zqaccountname", "0612345678", "zqidentitysubject", "zqidentityemail", "zqsessiondevice", "zqsessionnetwork", "zqauditnetwork", "zqlinkemail",
		"zqapplicationname", "zqapplicationletter", "zqbookingname", "zqquestionname", "zqquestionbody", "zqideatitle", "zqideabody", "zqconsentproof", "zqregistrationname",
		"zqticketsubject", "zqmessagebody", "zqfilename", "zqfilecontent", "zqcvcontent", "zqmailbody"}
}

func (w *world) export(who privacy.Subject) (map[string]string, privacy.Manifest) {
	w.t.Helper()
	var b bytes.Buffer
	m, err := w.Export(w.ctx, who, &b, privacy.ExportOptions{Lang: "nl"})
	w.ok(err)
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	w.ok(err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		w.ok(err)
		content, err := io.ReadAll(r)
		w.ok(err)
		files[f.Name] = string(content)
	}
	return files, m
}

// Case 25, and the marker test.
func TestCase25NothingIsLeft(t *testing.T) {
	w := newWorld(t, "2027-03-01 11:00")
	w.folder()
	markers := w.mark()
	files, manifest := w.export(privacy.Subject{AccountID: "m"})
	everything := ""
	for name, content := range files {
		everything += name + content
	}
	for _, m := range markers {
		if !strings.Contains(everything, m) {
			t.Errorf("the export misses %s", m)
		}
	}
	for _, never := range []string{"zqaccountpassword", "zqsessionid", "zqlinkid", "zqjobpayload", "colleague@example.nl", "Col Lega"} {
		if strings.Contains(everything, never) {
			t.Errorf("the export holds %s", never)
		}
	}
	if len(manifest.Purposes) != len(w.Registry.Purposes) {
		t.Errorf("%d purposes in the manifest", len(manifest.Purposes))
	}

	w.now = at("2027-03-01 12:00")
	var r privacy.Request
	w.tx(func(tx *db.Tx) (err error) {
		r, err = w.Ask(w.ctx, tx, privacy.Ask{Type: privacy.Erasure, Subject: privacy.Subject{AccountID: "m"}, Channel: privacy.ByAccount, Verified: true})
		return err
	})
	if n := w.count(`SELECT count(*) FROM session`); n != 0 || w.count(`SELECT count(*) FROM account WHERE id = 'm' AND disabled_at IS NOT NULL`) != 1 {
		t.Error("not frozen at once")
	}
	w.night("2027-03-02")
	w.now = at("2027-03-04 11:59")
	if n, err := w.EraseDue(w.ctx); err != nil || n != 0 {
		t.Errorf("erased within the window: %d %v", n, err)
	}
	w.now = at("2027-03-04 12:01")
	if _, err := w.Tick(w.ctx); err != nil {
		t.Fatal(err)
	}
	if hits := w.everywhere(append(markers, "12345678", "zqjansen", "zqaccountpassword", "zqjobpayload")...); len(hits) > 0 {
		t.Errorf("left: %v", hits)
	}
	r, err := w.Request(w.ctx, r.ID)
	w.ok(err)
	report, done, err := r.Done()
	w.ok(err)
	if !done || r.AnsweredAt == nil || r.Email != "" || report.Scrubbed < 4 || report.Cancelled != 1 || report.BackupsUntil.String() != "2027-04-08" {
		t.Errorf("report: %+v of %+v", report, r)
	}
	if body := w.text(`SELECT body FROM toy_ticket_message WHERE id = '2'`); body != "Vraag het [verwijderd] ([verwijderd], [verwijderd]), zei [verwijderd]." {
		t.Errorf("colleague's text: %s", body)
	}
	if n := w.count(`SELECT count(*) FROM toy_idea`); n != 0 {
		t.Error("an idea nobody else voted for stays")
	}
	if n := w.count(`SELECT count(*) FROM toy_ticket WHERE id = 'own' AND requester_id IS NULL AND requester = 'Voormalig gebruiker'`); n != 1 {
		t.Error("the shell of the ticket went")
	}
}

func TestUndoRestoresAll(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.ticket("1", "jan", "Printer")
	var r privacy.Request
	w.tx(func(tx *db.Tx) (err error) {
		r, err = w.Ask(w.ctx, tx, privacy.Ask{Type: privacy.Erasure, Subject: privacy.Subject{AccountID: "jan"}, Channel: privacy.ByAccount, Verified: true})
		return err
	})
	w.now = at("2027-03-04 11:00")
	w.tx(func(tx *db.Tx) error { return w.StopErasure(w.ctx, tx, r.ID) })
	w.now = at("2027-03-05 12:00")
	if n, err := w.EraseDue(w.ctx); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if n := w.count(`SELECT count(*) FROM account a JOIN toy_ticket t ON t.requester_id = a.id WHERE a.disabled_at IS NULL AND a.name = 'Jan Jansen'`); n != 1 {
		t.Error("not restored")
	}
	err := w.DB.Tx(w.ctx, func(tx *db.Tx) error { return w.StopErasure(w.ctx, tx, r.ID) })
	if !errors.Is(err, fault.Gone) {
		t.Errorf("stopped twice: %v", err)
	}
}

func TestCase27Votes(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	w.do(`INSERT INTO toy_idea (id, account_id, title, body, status, anonymous_votes) VALUES ('i', 'jan', 'Donker', 'Groet, Jan Jansen', 'new', 10)`)
	for _, voter := range []string{"jan", "piet"} {
		w.do(`INSERT INTO toy_vote (id, idea_id, account_id, at) VALUES (?, 'i', ?, ?)`, voter, voter, w.now)
	}
	votes := func() int {
		return w.count(`SELECT anonymous_votes + (SELECT count(*) FROM toy_vote) FROM toy_idea`)
	}
	if _, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "jan"}, nil); err != nil {
		t.Fatal(err)
	}
	if author, body := w.text(`SELECT coalesce(account_id, 'Voormalig gebruiker') FROM toy_idea`), w.text(`SELECT body FROM toy_idea`); votes() != 12 || author != "Voormalig gebruiker" || body != "Groet, [verwijderd]" {
		t.Errorf("%d votes, %s, %q", votes(), author, body)
	}
	if _, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "piet"}, nil); err != nil {
		t.Fatal(err)
	}
	if hits := w.everywhere("pietersen", "piet@"); votes() != 12 || len(hits) > 0 {
		t.Errorf("%d votes, left: %v", votes(), hits)
	}
	w.account("kim", "kim@example.nl", "Kim de Wit")
	w.do(`INSERT INTO toy_vote (id, idea_id, account_id, at) VALUES ('kim', 'i', 'kim', ?)`, w.now)
	if _, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "kim"}, []string{"withdraw_votes"}); err != nil {
		t.Fatal(err)
	}
	if votes() != 12 {
		t.Errorf("a vote that was taken back still counts: %d", votes())
	}
}

func TestSharedTicketStaysWithTheCompany(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	w.folder()
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	w.ticket("t", "jan", "Printer van Jan Jansen")
	w.message("1", "t", "jan", "Hij doet niets. Groet, Jan Jansen, 06-12 34 56 78")
	w.message("2", "t", "piet", "Bij mij ook niet, Jan! Jan Jansen had gelijk.")
	w.file("f", "toy_ticket_message:1", "jan", "foto.png", "beeld")
	report, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "jan"}, nil)
	w.ok(err)
	if s := w.text(`SELECT subject FROM toy_ticket`); s != "Printer van [verwijderd]" {
		t.Errorf("subject %q", s)
	}
	if b := w.text(`SELECT body FROM toy_ticket_message WHERE id = '2'`); b != "Bij mij ook niet, Jan! [verwijderd] had gelijk." {
		t.Errorf("Piet's message: %q", b)
	}
	if n := w.count(`SELECT count(*) FROM file`); n != 0 {
		t.Error("his attachment stays")
	}
	if _, err := os.Stat(filepath.Join(w.dir, "file-f")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the bytes of his attachment stay")
	}
	reviews, err := w.Reviews(w.ctx)
	w.ok(err)
	if report.Doubtful != 1 || len(reviews) != 1 || reviews[0].Row != "2" || reviews[0].DueOn != "2027-04-01" {
		t.Fatalf("review: %d, %+v", report.Doubtful, reviews)
	}
	passage, err := w.Passage(w.ctx, reviews[0])
	if err != nil || !strings.Contains(passage.Text, "Jan!") {
		t.Errorf("%+v %v", passage, err)
	}
	w.tx(func(tx *db.Tx) error { return w.Decide(w.ctx, tx, reviews[0].ID, true, "") })
	if b := w.text(`SELECT body FROM toy_ticket_message WHERE id = '2'`); b != "Bij mij ook niet, [verwijderd]! [verwijderd] had gelijk." {
		t.Errorf("after review: %q", b)
	}
	if hits := w.everywhere("jansen"); len(hits) > 0 {
		t.Error(hits)
	}
}

func TestCase29QueuedMail(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.account("c", "c@example.nl", "Cor Smit")
	w.mail("1", "jan", "jan@example.nl", "Je ticket", false)
	w.mail("2", "", "JAN@example.nl", "Je demo", false)
	w.mail("3", "c", "c@example.nl", "Jan Jansen reageerde", false)
	w.mail("4", "c", "c@example.nl", "Nieuws", false)
	w.mail("5", "c", "c@example.nl", "Nog meer", false)
	w.mail("6", "jan", "jan@example.nl", "Welkom Jan Jansen", true)
	report, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "jan"}, nil)
	w.ok(err)
	if n := w.count(`SELECT count(*) FROM mail WHERE cancelled_at IS NOT NULL AND address = ''`); n != 2 || report.Cancelled != 2 {
		t.Errorf("%d cancelled, %d in the report", n, report.Cancelled)
	}
	if s, h := w.text(`SELECT subject FROM mail WHERE id = '3'`), w.text(`SELECT html FROM mail WHERE id = '3'`); s != "[verwijderd] reageerde" || h != "<p>[verwijderd] reageerde</p>" {
		t.Errorf("%q %q", s, h)
	}
	if n := w.count(`SELECT count(*) FROM mail WHERE id = '6' AND address = '' AND text = '' AND subject = '' AND account_id IS NULL AND sent_at IS NOT NULL AND cancelled_at IS NULL`); n != 1 {
		t.Error("the log of sent mail keeps the address or the body")
	}
}

func TestFloorAndHoldInAnErasure(t *testing.T) {
	w := newWorld(t, "2026-06-01 12:00")
	w.company("c", "Firma", "2026-06-30")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	w.do(`INSERT INTO invoice (id, number, company_id, account_id, addressee, cents, issued_on, created_at) VALUES ('f', '2026-1', 'c', 'jan', 'J. Jansen', 12100, '2026-05-05', ?)`, w.now)
	w.ticket("held", "jan", "Geschil")
	w.ticket("free", "jan", "Printer")
	w.tx(func(tx *db.Tx) error {
		_, err := w.Hold(w.ctx, tx, privacy.Hold{Kind: privacy.Claim, Table: "toy_ticket", Row: "held", Reason: "geschil 12", ReviewOn: "2027-01-01"})
		return err
	})
	report, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "jan"}, nil)
	w.ok(err)
	kept := map[string]string{}
	for _, line := range report.Purposes {
		if line.Kept > 0 {
			kept[line.Purpose] = fmt.Sprintf("%d until %v: %s", line.Kept, line.Until, line.Why[0].NL)
		}
	}
	if !strings.HasPrefix(kept["billing"], "1 until 2034-01-01: De Belastingdienst") || !strings.HasPrefix(kept["support"], "1 until 2027-01-01: vastgehouden: geschil 12") || !strings.HasPrefix(kept["portal"], "1 until 2027-01-01") {
		t.Errorf("kept: %v", kept)
	}
	if s := w.text(`SELECT subject FROM toy_ticket WHERE id = 'held'`); s != "Geschil" {
		t.Error("a held row was touched")
	}
	if s := w.text(`SELECT subject FROM toy_ticket WHERE id = 'free'`); s != "" {
		t.Error("a free row was not")
	}
}

func TestRestoreReplaysErasures(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	if !w.DB.SQLite() {
		t.Log("the backup of PostgreSQL is a copy made by its own tools; the replay is the same code")
		return
	}
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	w.ticket("t", "piet", "Printer")
	w.message("1", "t", "piet", "Jan Jansen zei het al.")
	w.do(`INSERT INTO toy_idea (id, account_id, title, body, status) VALUES ('i', 'piet', 'Donker', '', 'new')`)
	w.do(`INSERT INTO toy_vote (id, idea_id, account_id, at) VALUES ('v', 'i', 'jan', ?)`, w.now)
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-01-20 16:00"))
	w.application("a", "2027-01-10 09:00", "v")
	backup := filepath.Join(t.TempDir(), "backup.db")
	w.do(`VACUUM INTO '` + backup + `'`)
	if _, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "jan"}, nil); err != nil {
		t.Fatal(err)
	}
	w.night("2027-03-04")
	ledger, err := os.ReadFile(w.Ledger)
	w.ok(err)
	if strings.Contains(strings.ToLower(string(ledger)), "jansen") || strings.Contains(string(ledger), "@") {
		t.Errorf("the ledger names somebody: %s", ledger)
	}
	restored, err := db.Open("sqlite:" + backup + "?_synchronous=OFF")
	w.ok(err)
	defer restored.Close()
	w.Engine.DB = restored
	w.now = at("2027-03-10 12:00")
	n, err := w.Replay(w.ctx, w.Ledger)
	w.ok(err)
	if n < 3 || w.count(`SELECT count(*) FROM account WHERE id = 'jan'`) != 0 || w.count(`SELECT count(*) FROM toy_application`) != 0 || w.count(`SELECT anonymous_votes FROM toy_idea`) != 1 {
		t.Errorf("replayed %d", n)
	}
	if b := w.text(`SELECT body FROM toy_ticket_message`); b != "[verwijderd] zei het al." {
		t.Errorf("in another's text: %q", b)
	}
	if again, err := w.Replay(w.ctx, w.Ledger); err != nil || again != 0 {
		t.Errorf("replayed twice: %d %v", again, err)
	}
}

func TestTombstonesBecomeNumbers(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.do(`INSERT INTO toy_booking (id, email, name, starts_at, outcome, outcome_at) VALUES ('b1', 'x@example.nl', 'X', ?, 'none', ?)`, w.now, w.now)
	w.want("2027-02-02", "toy_booking/b1")
	w.night("2027-03-01")
	if w.count(`SELECT count(*) FROM erasure WHERE row_id = 'b1'`) != 1 {
		t.Error("too early")
	}
	w.night("2027-03-10")
	ledger, err := os.ReadFile(w.Ledger)
	w.ok(err)
	if w.count(`SELECT count(*) FROM erasure`) != 0 || w.count(`SELECT total FROM erasure_count WHERE table_name = 'toy_booking'`) != 1 || strings.Contains(string(ledger), "b1") {
		t.Error("the key of the row is still there")
	}
}

func TestImprobableShareWaitsForConfirmation(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.do(`INSERT INTO toy_event (id, title, ends_at) VALUES ('past', 'x', ?), ('next', 'y', ?)`, at("2027-02-01 12:00"), at("2027-12-01"))
	for i := range 120 {
		event := "next"
		if i < 40 {
			event = "past"
		}
		w.do(`INSERT INTO toy_registration (id, event_id, email, name) VALUES (?, ?, 'x', 'x')`, fmt.Sprintf("%03d", i), event)
	}
	w.want("2027-02-02", "")
	health, err := w.Health(w.ctx)
	w.ok(err)
	if health.Guarded != 40 || !health.Yellow() {
		t.Errorf("no alarm: %+v", health)
	}
	res, err := w.Run(w.ctx, w.now, true)
	w.ok(err)
	if res.Run.Erased != 40 || w.count(`SELECT count(*) FROM toy_registration`) != 80 {
		t.Errorf("after confirmation: %+v", res.Run)
	}
}

func TestRecentActivityContradicts(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.ticket("t", "jan", "Printer")
	w.do(`UPDATE toy_ticket SET resolved_at = ?, active_at = ?`, at("2026-12-01"), at("2027-01-31 12:00"))
	w.want("2027-02-02", "")
	due, err := w.Due(w.ctx, w.now, false)
	w.ok(err)
	if len(due) != 1 || due[0].Blocker != privacy.Recent {
		t.Errorf("%+v", due)
	}
	w.want("2027-03-02", "toy_ticket/t")
}

func TestOneFailingRowTakesNoOtherWithIt(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.do(`CREATE TABLE keeps (id TEXT PRIMARY KEY REFERENCES toy_booking (id))`)
	for _, id := range []string{"1", "2", "3"} {
		w.do(`INSERT INTO toy_booking (id, email, name, starts_at, outcome, outcome_at) VALUES (?, 'x', 'x', ?, 'none', ?)`, id, w.now, w.now)
	}
	w.do(`INSERT INTO keeps (id) VALUES ('2')`)
	w.now = at("2027-02-02")
	res, err := w.Run(w.ctx, w.now, false)
	w.ok(err)
	if len(res.Failures) != 1 || res.Run.Erased != 2 || res.Run.Failed != 1 || w.text(`SELECT id FROM toy_booking`) != "2" {
		t.Errorf("%+v %v", res.Run, res.Failures)
	}
	w.do(`DELETE FROM keeps`)
	w.want("2027-02-03", "toy_booking/2")
}

func TestOnlyOneRunAtATime(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.do(`INSERT INTO chore (name, leased_until) VALUES ('privacy-run', ?)`, at("2027-02-02 05:00"))
	w.now = at("2027-02-02")
	if _, err := w.Run(w.ctx, w.now, false); !errors.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
	w.now = at("2027-02-02 05:01")
	if _, err := w.Run(w.ctx, w.now, false); err != nil {
		t.Errorf("a lease that ran out: %v", err)
	}
}

func TestSomebodyElsesAddressGivesNothing(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.application("victim", "2027-02-10 09:00", nil)
	w.do(`INSERT INTO account (id, email, name, created_at, active_at) VALUES ('thief', 'victim@example.nl', 'Dief', ?, ?)`, w.now, w.now)
	files, _ := w.export(privacy.Subject{AccountID: "thief"})
	if strings.Contains(files["data.json"], "Sol Licitant") {
		t.Error("an address that was never proven opens somebody's data")
	}
	holdings, err := w.Holdings(w.ctx, privacy.Subject{AccountID: "thief"})
	w.ok(err)
	for _, h := range holdings {
		if h.Purpose.Key == "jobs" && h.Count > 0 {
			t.Error("holdings of somebody else")
		}
	}
}

func TestExportIsWhole(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.folder()
	w.company("c", "Firma", "")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	w.account("daan", "daan@example.nl", "Daan Desk")
	w.do(`UPDATE account SET role = 'staff' WHERE id = 'daan'`)
	w.ticket("t", "jan", "Printer")
	w.message("1", "t", "jan", "Hij doet niets.")
	w.message("2", "t", "daan", "Bel collega@elders.nl of jan@example.nl.")
	w.do(`INSERT INTO toy_ticket_message (id, ticket_id, author_id, internal, body, at) VALUES ('3', 't', 'jan', TRUE, 'interne notitie', ?)`, w.now)
	w.file("f", "toy_ticket_message:1", "jan", "../../foto.png", "beeld")
	files, m := w.export(privacy.Subject{AccountID: "jan"})
	for _, name := range []string{"index.html", "data.json", "portable.json", "statement.html", "manifest.json", "files/f-.._.._foto.png"} {
		if _, ok := files[name]; !ok {
			t.Errorf("no %s in %v", name, slices.Collect(func(yield func(string) bool) {
				for n := range files {
					if !yield(n) {
						return
					}
				}
			}))
		}
	}
	data := files["data.json"]
	if strings.Contains(data, "collega@elders.nl") || !strings.Contains(data, "of jan@example.nl.") || strings.Contains(data, "interne notitie") || strings.Contains(data, `"daan"`) {
		t.Error(data)
	}
	if !strings.Contains(files["portable.json"], "Hij doet niets.") || strings.Contains(files["portable.json"], "Bel ") {
		t.Error(files["portable.json"])
	}
	for _, f := range m.Files {
		if sum := sha256.Sum256([]byte(files[f.Name])); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(files[f.Name])) != f.Size {
			t.Errorf("%s: its sum is wrong", f.Name)
		}
	}
	if len(m.Files) != len(files)-1 {
		t.Errorf("%d files in the manifest, %d in the zip", len(m.Files), len(files))
	}
	if !strings.Contains(files["index.html"], "Wij bewaren hiervoor niets van je.") {
		t.Error("an empty purpose does not say so")
	}
	var parsed []struct {
		Key    string
		Tables []struct {
			Table string
			Rows  []struct {
				KeptUntil string `json:"kept_until"`
			}
		}
	}
	w.ok(json.Unmarshal([]byte(data), &parsed))
	if len(parsed) != len(w.Registry.Purposes) || !strings.Contains(parsed[0].Tables[0].Rows[0].KeptUntil, "zolang de overeenkomst") {
		t.Errorf("kept until: %+v", parsed[0])
	}
}

func TestHoldingsSayUntilWhen(t *testing.T) {
	w := newWorld(t, "2027-02-01 12:00")
	w.company("c", "Firma", "2027-01-31")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	w.do(`INSERT INTO invoice (id, number, company_id, account_id, addressee, cents, issued_on, created_at) VALUES ('f', '1', 'c', 'jan', 'J', 1, '2026-05-05', ?)`, w.now)
	until := map[string]string{}
	holdings, err := w.Holdings(w.ctx, privacy.Subject{AccountID: "jan"})
	w.ok(err)
	for _, h := range holdings {
		until[h.Purpose.Key] = fmt.Sprintf("%d until %v", h.Count, h.Last)
	}
	if until["portal"] != "2 until 2028-01-31" || until["billing"] != "1 until 2034-01-01" || until["jobs"] != "0 until 0000-00-00" {
		t.Errorf("%v", until)
	}
}

func TestEraseACompany(t *testing.T) {
	w := newWorld(t, "2027-02-01 12:00")
	w.company("c", "Zzfirma", "")
	for _, id := range []string{"a", "b"} {
		w.account(id, id+"@zzfirma.nl", "Lid "+id)
		w.member(id, "c")
	}
	w.do(`INSERT INTO invoice (id, number, company_id, account_id, addressee, cents, issued_on, created_at) VALUES ('f', '1', 'c', 'a', 'Boekhouding', 1, '2026-05-05', ?)`, w.now)
	reports, err := w.EraseCompany(w.ctx, "c")
	w.ok(err)
	if len(reports) != 2 || w.count(`SELECT count(*) FROM account`) != 0 || w.count(`SELECT count(*) FROM invoice`) != 1 {
		t.Errorf("%d reports", len(reports))
	}
	if hits := w.everywhere("zzfirma"); len(hits) > 0 {
		t.Error(hits)
	}
}
