package privacy_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"loket/app"
	"loket/app/privacy"
	"loket/db"
)

// outbox is a store that fails as often as it is told to.
type outbox struct {
	letters map[string]string
	fails   int
}

func (o *outbox) Name() privacy.Text { return tx("Postvak", "Outbox") }
func (o *outbox) Holds() []string    { return []string{"mail"} }

func (o *outbox) Export(_ context.Context, s privacy.Subject, to *privacy.Archive) (int, error) {
	if o.letters[s.Email] == "" {
		return 0, nil
	}
	return 1, to.Write("outbox/1.eml", []byte(o.letters[s.Email]))
}

func (o *outbox) Erase(_ context.Context, s privacy.Subject) (int, error) {
	if o.fails > 0 {
		o.fails--
		return 0, errors.New("disk is away")
	}
	n := 0
	if o.letters[s.Email] != "" {
		n = 1
	}
	delete(o.letters, s.Email)
	return n, nil
}

func TestAStoreThatFailsIsTriedAgain(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	box := &outbox{letters: map[string]string{"jan@example.nl": "Beste Jan"}, fails: 1}
	r, err := privacy.New(append(app.HostPurposes(), standInPurposes()...), append(app.HostImpersonal(), standInImpersonal()...), box)
	w.ok(err)
	w.Registry = r
	problems, err := r.Undeclared(w.ctx, w.DB, "mail", "notes")
	w.ok(err)
	if all := strings.Join(problems, "\n"); strings.Contains(all, "store mail") || !strings.Contains(all, "store notes: in the data folder but declared by no store") {
		t.Error(all)
	}
	w.account("jan", "jan@example.nl", "Jan Jansen")
	files, m := w.export(privacy.Subject{AccountID: "jan"})
	if files["outbox/1.eml"] != "Beste Jan" || len(m.Stores) != 1 || m.Stores[0].Count != 1 {
		t.Errorf("store in the export: %+v", m.Stores)
	}
	var told []privacy.Request
	w.Hooks.Reported = func(_ context.Context, _ *db.Tx, r privacy.Request, report privacy.Report) error {
		told = append(told, r)
		return nil
	}
	w.Undo = privacy.Period{}
	var asked privacy.Request
	w.tx(func(tx *db.Tx) (err error) {
		asked, err = w.Ask(w.ctx, tx, privacy.Ask{Type: privacy.Erasure, Subject: privacy.Subject{AccountID: "jan"}, Channel: privacy.ByAccount, Verified: true})
		return err
	})
	if n, err := w.EraseDue(w.ctx); err == nil || n != 0 || len(told) != 0 {
		t.Errorf("%d erased, told %d, %v", n, len(told), err)
	}
	if n, err := w.EraseDue(w.ctx); err != nil || n != 1 || len(told) != 1 || told[0].Email != "jan@example.nl" {
		t.Errorf("%d erased, told %+v, %v", n, told, err)
	}
	done, err := w.Request(w.ctx, asked.ID)
	w.ok(err)
	if len(box.letters) != 0 || done.Email != "" || done.AnsweredAt == nil {
		t.Errorf("%+v", done)
	}
}

func TestTheSearchIndexFollows(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	var heard []string
	w.Hooks.Unindex = func(_ context.Context, _ *db.Tx, kind, ref string) error {
		heard = append(heard, "out "+kind+" "+ref)
		return nil
	}
	w.Hooks.Reindex = func(_ context.Context, _ *db.Tx, kind, ref string) error {
		heard = append(heard, "anew "+kind+" "+ref)
		return nil
	}
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	w.do(`INSERT INTO toy_idea (id, account_id, title, body, status) VALUES ('own', 'jan', 'a', 'b', 'new'), ('other', 'piet', 'Jan Jansen helpt', 'b', 'new')`)
	w.ticket("t", "jan", "Printer")
	if _, err := w.EraseNow(w.ctx, privacy.Subject{AccountID: "jan"}, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(heard, ", "); got != "out idea own, anew ticket t, anew idea other" {
		t.Error(got)
	}
}

func TestTheLedgerSurvivesACutLine(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	w.ok(os.WriteFile(w.Ledger, []byte(`{"id":"half","at":"2027-`), 0o600))
	w.do(`INSERT INTO toy_booking (id, email, name, starts_at, outcome, outcome_at) VALUES ('b1', 'x', 'x', ?, 'none', ?)`, w.now, w.now)
	w.want("2027-02-02", "toy_booking/b1")
	w.do(`DELETE FROM erasure`) // as an older database would have it
	w.do(`INSERT INTO toy_booking (id, email, name, starts_at) VALUES ('b1', 'x', 'x', ?)`, w.now)
	if n, err := w.Replay(w.ctx, w.Ledger); err != nil || n != 1 {
		t.Errorf("%d %v", n, err)
	}
}

func TestPreviewByNight(t *testing.T) {
	w := newWorld(t, "2027-02-01 12:00")
	for i, day := range []string{"2027-01-03 10:00", "2027-01-04 10:00"} {
		w.do(`INSERT INTO toy_booking (id, email, name, starts_at) VALUES (?, 'x', 'x', ?)`, string(rune('a'+i)), at(day))
	}
	nights, err := w.Preview(w.ctx, at("2027-02-04"))
	w.ok(err)
	var got []string
	for _, n := range nights {
		got = append(got, n.At.In(amsterdam).Format("01-02 15:04 ")+taken(n.Due))
	}
	if s := strings.Join(got, ", "); s != "02-02 04:15 toy_booking/a, 02-03 04:15 toy_booking/b, 02-04 04:15 " {
		t.Error(s)
	}
	line, err := json.Marshal(nights[0].Due[0])
	w.ok(err)
	for _, part := range []string{`"purpose":"demo"`, `"table":"toy_booking"`, `"row":"a"`, `"rule":"demo.toy_booking"`, `"trigger":"2027-01-03T10:00:00+01:00"`, `"due":"2027-02-02T04:15:00+01:00"`} {
		if !strings.Contains(string(line), part) {
			t.Errorf("%s misses %s", line, part)
		}
	}
}

func TestAHoldHidesARow(t *testing.T) {
	w := newWorld(t, "2027-02-01 12:00")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	for id, who := range map[string]string{"1": "jan", "2": "piet", "3": "piet"} {
		w.ticket(id, who, "x")
	}
	w.tx(func(tx *db.Tx) error {
		if _, err := w.Hold(w.ctx, tx, privacy.Hold{Kind: privacy.Disputed, AccountID: "jan", Reason: "klopt niet", ReviewOn: "2027-05-01"}); err != nil {
			return err
		}
		_, err := w.Hold(w.ctx, tx, privacy.Hold{Kind: privacy.Claim, Table: "toy_ticket", Row: "3", Reason: "geschil", ReviewOn: "2027-05-01"})
		return err
	})
	if id := w.text(`SELECT id FROM toy_ticket t WHERE ` + privacy.Unheld("toy_ticket", "requester_id")); id != "2" {
		t.Error(id)
	}
	for _, bad := range []privacy.Hold{{Kind: privacy.Claim, Table: "toy_ticket", Row: "1", Reason: "", ReviewOn: "2027-05-01"}, {Kind: privacy.Claim, Table: "toy_ticket", Row: "1", Reason: "x", ReviewOn: "2028-05-01"},
		{Kind: privacy.Claim, Reason: "x", ReviewOn: "2027-05-01"}, {Kind: privacy.Claim, Table: "nothing", Row: "1", Reason: "x", ReviewOn: "2027-05-01"}} {
		if err := w.DB.Tx(w.ctx, func(tx *db.Tx) error { _, err := w.Hold(w.ctx, tx, bad); return err }); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	w.now = w.now.Add(90 * 24 * time.Hour)
	health, err := w.Health(w.ctx)
	w.ok(err)
	if health.HoldsToSee != 2 {
		t.Errorf("%+v", health)
	}
}

// An applicant without an account is named in a colleague's text; after a
// restore the same is erased again, and what came since is left alone.
func TestReplayKnowsPeopleWithoutAnAccount(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	w.ticket("t", "piet", "Printer")
	w.message("1", "t", "piet", "Sol Licitant belde (sol@example.nl).")
	w.application("sol", "2027-02-10 09:00", nil)
	restore := func() {
		w.do(`UPDATE toy_ticket_message SET body = 'Sol Licitant belde (sol@example.nl).' WHERE id = '1'`)
		w.application("sol", "2027-02-10 09:00", nil)
	}
	check := func(when string) {
		t.Helper()
		if b, n := w.text(`SELECT body FROM toy_ticket_message WHERE id = '1'`), w.count(`SELECT count(*) FROM toy_application`); b != "[verwijderd] belde ([verwijderd])." || n != 0 {
			t.Errorf("%s: %q, %d applications", when, b, n)
		}
	}
	if _, err := w.EraseNow(w.ctx, privacy.Subject{Email: "SOL@example.nl"}, nil); err != nil {
		t.Fatal(err)
	}
	check("erased")
	restore()
	w.do(`DELETE FROM erasure`)
	if n, err := w.Replay(w.ctx, w.Ledger); err != nil || n != 1 {
		t.Errorf("%d %v", n, err)
	}
	check("replayed")
	w.application("sol", "2027-03-01 09:00", nil) // he applies again: a new row
	if n, err := w.Replay(w.ctx, w.Ledger); err != nil || n != 0 || w.count(`SELECT count(*) FROM toy_application`) != 1 {
		t.Errorf("the next start erased what is new: %d %v", n, err)
	}
}

func TestFilesGoWithTheMessagesOfATicket(t *testing.T) {
	w := newWorld(t, "2027-01-01 12:00")
	w.folder()
	w.company("c", "Firma", "")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	for _, id := range []string{"closed", "open"} {
		w.ticket(id, "jan", "Printer")
		w.message("m-"+id, id, "jan", "Zie foto")
		w.file("f-"+id, "toy_ticket_message:m-"+id, "jan", "foto.png", "beeld")
	}
	w.do(`UPDATE toy_ticket SET settled_at = ? WHERE id = 'closed'`, at("2027-03-01 12:00"))
	w.want("2027-03-02", "toy_ticket/closed")
	if left := w.text(`SELECT id FROM file`); left != "f-open" {
		t.Errorf("left: %s", left)
	}
	for id, there := range map[string]bool{"closed": false, "open": true} {
		if _, err := os.Stat(w.dir + "/file-f-" + id); (err == nil) != there {
			t.Errorf("bytes of %s: %v", id, err)
		}
	}
}
