package mail

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/db"
)

// Mailer writes and sends letters.
type Mailer struct {
	DB        *db.DB
	Now       func() time.Time
	URL       string // of the site; its host is the right side of every Message-ID
	From      string // sender: an address, or "Name <address>"
	Transport Transport
	// Speak returns a context in which texts come out in the language with that code.
	Speak func(ctx context.Context, lang string) context.Context
	// Queue has Deliver called for the letter with that id once tx has been committed.
	Queue func(ctx context.Context, tx *db.Tx, id string) error
	// Brand is who writes, in the language of ctx; nil is Loket without an address.
	Brand func(ctx context.Context) Brand
	// Quiet says whether a letter goes out now; nil: always.
	Quiet func(ctx context.Context, kind string, accountID *string, address string) (Quiet, error)
}

// host is that of the site, for a Message-ID.
func (m *Mailer) host() string {
	if u, err := url.Parse(m.URL); err == nil && u.Hostname() != "" {
		if host, err := idna.Lookup.ToASCII(u.Hostname()); err == nil {
			return host
		}
	}
	return "localhost"
}

// To is who a letter goes to: an account, or somebody of whom only the address is known.
type To struct {
	AccountID string // empty for none
	Address   string
	Name      string
	Lang      string // nl or en; anything else is the first language of the site
}

// row is a letter as it is kept.
type row struct {
	ID             string
	Kind           string
	AccountID      *string `db:"account_id"`
	Address        string
	Lang           string
	MessageID      string `db:"message_id"`
	Thread         string
	ReplyTo        string `db:"reply_to"`
	Unsubscribe    string
	About          string
	Subject        string
	Text           string
	HTML           string
	Calendar       string
	CalendarMethod string     `db:"calendar_method"`
	QueuedAt       time.Time  `db:"queued_at"`
	SentAt         *time.Time `db:"sent_at"`
	CancelledAt    *time.Time `db:"cancelled_at"`
}

// Send composes a letter in the language of the receiver and queues it, as part
// of tx. An address that is none, or more than one, is fault.BadInput.
func (m *Mailer) Send(ctx context.Context, tx *db.Tx, to To, compose func(context.Context) Letter) error {
	address, err := oneAddress(to.Address)
	if err != nil {
		return err
	}
	ctx = m.Speak(ctx, to.Lang)
	l := compose(ctx)
	drawn, err := m.Render(ctx, l)
	if err != nil {
		return fmt.Errorf("letter %s: %w", l.Kind, err)
	}
	r := row{
		ID: rand.Text(), Kind: l.Kind, Address: address, Lang: i18n.Lang(ctx),
		MessageID: "<" + strings.ToLower(rand.Text()) + "@" + m.host() + ">", Thread: m.thread(l.Thread), Unsubscribe: m.absolute(l.Optional), About: l.About,
		Subject: drawn.Subject, Text: drawn.Text, HTML: drawn.HTML,
		QueuedAt: m.Now(),
	}
	if l.Calendar != nil {
		r.Calendar, r.CalendarMethod = l.Calendar.ICS, l.Calendar.Method
	}
	if to.AccountID != "" {
		r.AccountID = &to.AccountID
	}
	if l.ReplyTo != "" {
		if r.ReplyTo, err = oneAddress(l.ReplyTo); err != nil {
			return err
		}
	}
	if err := db.Insert(ctx, tx, "mail", r); err != nil {
		return err
	}
	return m.Queue(ctx, tx, r.ID)
}

// Render makes a letter into what is sent, in the language of ctx.
func (m *Mailer) Render(ctx context.Context, l Letter) (Rendered, error) {
	brand := Brand{Name: "Loket", MyData: m.absolute("/privacy/mine")}
	if m.Brand != nil {
		brand = m.Brand(ctx)
	}
	l.Optional = m.absolute(l.Optional)
	return render(ctx, l, brand)
}

// absolute makes a path of this site a URL.
func (m *Mailer) absolute(path string) string {
	if strings.HasPrefix(path, "/") {
		return strings.TrimSuffix(m.URL, "/") + path
	}
	return path
}

// thread is the Message-ID that the letters of one thread refer to: one that
// they answer, or one made from what the thread is about.
func (m *Mailer) thread(about string) string {
	if about == "" || messageID(about) {
		return about
	}
	sum := sha256.Sum256([]byte(about))
	return "<" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])) + "@" + m.host() + ">"
}

// messageID reports whether s can stand in a References header (RFC 5322, section 3.6.4).
func messageID(s string) bool {
	return len(s) > 4 && len(s) < 500 && s[0] == '<' && s[len(s)-1] == '>' && strings.Count(s, "@") == 1 &&
		!strings.ContainsFunc(s[1:len(s)-1], func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}

// oneAddress returns s as the one bare address that it must be, as it goes over the wire.
func oneAddress(s string) (string, error) {
	address, ok := account.Wire(s)
	if !ok {
		return "", fmt.Errorf("not one mail address: %w", fault.BadInput)
	}
	return address, nil
}

// Fits reports whether s is one address that letters can go to.
func Fits(s string) bool {
	_, err := oneAddress(s)
	return err == nil
}

// Deliver sends the letter with that id, unless it was sent, cancelled or erased
// already. An error that is jobs.Permanent will not get better. No error names
// the address or the text.
func (m *Mailer) Deliver(ctx context.Context, id string) error {
	r, err := db.Get[row](ctx, m.DB, `SELECT * FROM mail WHERE id = ?`, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || r.SentAt != nil || r.CancelledAt != nil {
		return err
	}
	if m.Quiet != nil {
		switch quiet, err := m.Quiet(ctx, r.Kind, r.AccountID, r.Address); {
		case err != nil:
			return err
		case quiet == Waits:
			return nil
		case quiet == Never:
			_, err := db.Exec(ctx, m.DB, `UPDATE mail SET cancelled_at = ? WHERE id = ? AND sent_at IS NULL`, m.Now(), id)
			return err
		}
	}
	msg, err := m.message(r)
	if err != nil {
		return errors.Join(jobs.Permanent, errors.New("mail: the letter cannot be written"))
	}
	last := strings.HasPrefix(r.About, Once)
	if err := m.Transport.Send(ctx, Outgoing{r.ID, r.QueuedAt, r.Address, r.Subject, r.Text, r.HTML, msg, last}); err != nil {
		return err
	}
	if err := m.noted(ctx, id); err != nil || !last {
		return err
	}
	return m.forget(ctx, id)
}

// noted writes down that a letter has gone. As long as nothing can be written it
// tries again, for a letter that is not noted goes twice.
func (m *Mailer) noted(ctx context.Context, id string) error {
	for {
		_, err := db.Exec(context.WithoutCancel(ctx), m.DB, `UPDATE mail SET sent_at = ? WHERE id = ?`, m.Now(), id)
		if !errors.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// Quiet is whether a letter goes out now.
type Quiet int

const (
	Goes  Quiet = iota
	Waits       // until Resume
	Never       // it is cancelled
)

// Resume queues again the letters to an account that waited.
func (m *Mailer) Resume(ctx context.Context, tx *db.Tx, accountID string) error {
	waiting, err := db.All[string](ctx, tx, `SELECT id FROM mail 
		WHERE (account_id = ? OR lower(address) = (SELECT lower(email) FROM account WHERE id = ?)) AND sent_at IS NULL AND cancelled_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM job WHERE job.about = 'mail:' || mail.id) ORDER BY queued_at, id`, accountID, accountID)
	for _, id := range waiting {
		err = errors.Join(err, m.Queue(ctx, tx, id))
	}
	return err
}

// Cancel takes back the letters about something that have not been sent.
func (m *Mailer) Cancel(ctx context.Context, tx *db.Tx, about string) error {
	_, err := db.Exec(ctx, tx, `UPDATE mail SET cancelled_at = ? WHERE about = ? AND sent_at IS NULL AND cancelled_at IS NULL`, m.Now(), about)
	return err
}

// CancelTo takes back all letters to an account or an address that have not been
// sent; an empty one is nobody.
func (m *Mailer) CancelTo(ctx context.Context, tx *db.Tx, accountID, address string) error {
	_, err := db.Exec(ctx, tx, `
		UPDATE mail SET cancelled_at = ?
		WHERE ((account_id = ? AND account_id <> '') OR (lower(address) = ? AND address <> '')) AND sent_at IS NULL AND cancelled_at IS NULL`,
		m.Now(), accountID, strings.ToLower(strings.TrimSpace(address)))
	return err
}
