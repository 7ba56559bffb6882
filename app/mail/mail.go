// Package mail writes letters to people in their language and sends them.
package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loket/app/fault"
	"loket/db"
)

//go:embed nl.json en.json
var Texts embed.FS

// Letter is a mail before it is addressed: what it says, once, for HTML and for text.
type Letter struct {
	Kind      string
	Subject   string
	Preheader string
	Heading   string
	Parts     []Part
	Thread    string // mails of one conversation share it
	About     string // "ticket:ID", to find it for cancelling
	Optional  string // path to stop these mails; empty for mail that belongs to a request
	Calendar  *Calendar
}

// Calendar is an invitation that goes with the letter.
type Calendar struct {
	Method string
	ICS    string
}

// Part is a piece of a letter.
type Part struct {
	kind, text, url string
	pairs           []string
}

// Para is a paragraph.
func Para(text string) Part { return Part{kind: "para", text: text} }

// Button is the one thing to do.
func Button(label, url string) Part { return Part{kind: "button", text: label, url: url} }

// Quote is what somebody wrote, in Markdown.
func Quote(markdown string) Part { return Part{kind: "quote", text: markdown} }

// Facts are names and values in turn.
func Facts(pairs ...string) Part { return Part{kind: "facts", pairs: pairs} }

// List is a list.
func List(items ...string) Part { return Part{kind: "list", pairs: items} }

// Fine is small print.
func Fine(text string) Part { return Part{kind: "fine", text: text} }

// To is whom a letter goes to.
type To struct{ AccountID, Address, Name, Lang string }

// Sample is one example of a letter, for the preview page and the tests.
type Sample struct {
	Name string
	Make func(context.Context) Letter
}

// Rendered is a letter as it is read.
type Rendered struct{ Subject, Text, HTML string }

// Outgoing is a mail on its way out.
type Outgoing struct{ From, To, Subject, Text, HTML, MessageID string }

// WriteTo writes the message.
func (o Outgoing) WriteTo(w io.Writer) (int64, error) {
	n, err := fmt.Fprintf(w, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s", o.From, o.To, o.Subject, o.MessageID, o.Text)
	return int64(n), err
}

// Transport takes mail out of the house.
type Transport interface {
	Send(context.Context, Outgoing) error
}

type folder string

func (f folder) Send(_ context.Context, o Outgoing) error {
	var b bytes.Buffer
	if _, err := o.WriteTo(&b); err != nil {
		return err
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(f), rand.Text()+".eml"), b.Bytes(), 0o600)
}

// OpenTransport opens the transport at where: file:FOLDER.
func OpenTransport(where string) (Transport, error) {
	path, ok := strings.CutPrefix(where, "file:")
	if !ok {
		return nil, errors.New("only file: for now")
	}
	return folder(path), nil
}

// Mailer sends letters.
type Mailer struct {
	DB        *db.DB
	Now       func() time.Time
	From      string
	Speak     func(ctx context.Context, lang string) context.Context
	Queue     func(ctx context.Context, tx *db.Tx, id string) error
	Transport Transport
}

// Send queues a letter to one person, in his language, as part of tx.
func (m *Mailer) Send(ctx context.Context, tx *db.Tx, to To, letter func(context.Context) Letter) error {
	ctx = m.Speak(ctx, to.Lang)
	l := letter(ctx)
	r, err := m.Render(ctx, l)
	if err != nil {
		return err
	}
	id := rand.Text()
	var account *string
	if to.AccountID != "" {
		account = &to.AccountID
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO mail (id, kind, account_id, address, lang, message_id, thread, about, subject, text, html, queued_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, l.Kind, account, to.Address, to.Lang, "<"+id+"@loket>", l.Thread, l.About, r.Subject, r.Text, r.HTML, m.Now())
	if err != nil {
		return err
	}
	return m.Queue(ctx, tx, id)
}

// Render writes a letter out.
func (m *Mailer) Render(_ context.Context, l Letter) (Rendered, error) {
	var b strings.Builder
	b.WriteString(l.Heading + "\n\n")
	for _, p := range l.Parts {
		switch p.kind {
		case "button":
			b.WriteString(p.text + ":\n" + p.url + "\n\n")
		case "facts":
			for i := 0; i+1 < len(p.pairs); i += 2 {
				b.WriteString(p.pairs[i] + ": " + p.pairs[i+1] + "\n")
			}
			b.WriteString("\n")
		case "list":
			for _, item := range p.pairs {
				b.WriteString("- " + item + "\n")
			}
		default:
			b.WriteString(p.text + "\n\n")
		}
	}
	return Rendered{l.Subject, b.String(), "<!DOCTYPE html><html lang=nl><title>x</title><h1>" + html.EscapeString(l.Heading) + "</h1><pre>" + html.EscapeString(b.String()) + "</pre>"}, nil
}

// Deliver sends the queued mail with that id, once.
func (m *Mailer) Deliver(ctx context.Context, id string) error {
	type row struct {
		Address, Subject, Text, HTML string
		MessageID                    string     `db:"message_id"`
		SentAt                       *time.Time `db:"sent_at"`
		CancelledAt                  *time.Time `db:"cancelled_at"`
	}
	r, err := db.Get[row](ctx, m.DB, `SELECT address, subject, text, html, message_id, sent_at, cancelled_at FROM mail WHERE id = ?`, id)
	if errors.Is(err, fault.NotFound) || err == nil && (r.SentAt != nil || r.CancelledAt != nil) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := m.Transport.Send(ctx, Outgoing{m.From, r.Address, r.Subject, r.Text, r.HTML, r.MessageID}); err != nil {
		return err
	}
	_, err = db.Exec(ctx, m.DB, `UPDATE mail SET sent_at = ? WHERE id = ?`, m.Now(), id)
	return err
}
