package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"loket/app/jobs"
)

// Outgoing is a letter on its way to one address.
type Outgoing struct {
	ID                      string
	QueuedAt                time.Time
	To, Subject, Text, HTML string
	msg                     *gomail.Msg
	last                    bool // see Once
}

// WriteTo writes the letter as it goes over the wire (RFC 5322).
func (o Outgoing) WriteTo(w io.Writer) (int64, error) { return o.msg.WriteTo(w) }

// Transport is how letters leave. An error that is jobs.Permanent will not get
// better; none names the receiver.
type Transport interface {
	Send(ctx context.Context, o Outgoing) error
}

// OpenTransport opens the transport of a setting: file:FOLDER keeps .eml files,
// smtp://USER:PASSWORD@HOST:PORT sends with STARTTLS, smtps:// with TLS.
func OpenTransport(where string) (Transport, error) { return openTransport(where, patience) }

func openTransport(where string, wait time.Duration) (Transport, error) {
	if path, ok := strings.CutPrefix(where, "file:"); ok && path != "" {
		path = strings.TrimPrefix(path, "//")
		return folder(path), os.MkdirAll(path, 0o700)
	}
	u, err := url.Parse(where)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		// The setting may hold a password: it is not repeated.
		return nil, errors.New("mail: the setting must be file:FOLDER, smtp://USER:PASSWORD@HOST:PORT or smtps://…")
	}
	return newServer(u, wait)
}

// message is the letter as RFC 5322 and MIME want it. What comes from people is
// encoded; no value can begin a header of its own.
func (m *Mailer) message(r row) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, err
	}
	msg.FromMailAddress(from)
	if err := msg.To(r.Address); err != nil {
		return nil, err
	}
	if r.ReplyTo != "" {
		if err := msg.ReplyTo(r.ReplyTo); err != nil {
			return nil, err
		}
	}
	msg.Subject(r.Subject)
	msg.SetDateWithValue(r.QueuedAt)
	msg.SetMessageIDWithValue(strings.Trim(r.MessageID, "<>"))
	if r.Thread != "" {
		msg.SetGenHeaderPreformatted("In-Reply-To", r.Thread)
		msg.SetGenHeaderPreformatted("References", r.Thread)
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday reply answers it
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader("Content-Language", r.Lang)
	if u, err := url.Parse(r.Unsubscribe); err == nil && u.Host != "" {
		msg.SetGenHeaderPreformatted("List-Unsubscribe", "<"+u.String()+">")
		if u.Scheme == "https" { // RFC 8058, section 3.1
			msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
		}
	}
	msg.SetBodyString(gomail.TypeTextPlain, r.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, r.HTML)
	if r.Calendar != "" {
		method := strings.ToUpper(r.CalendarMethod)
		if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || method == "" {
			return nil, errors.New("calendar method")
		}
		kind := gomail.ContentType("text/calendar; method=" + method)
		msg.AddAlternativeString(kind, r.Calendar)
		if err := msg.AttachReader("invite.ics", strings.NewReader(r.Calendar), gomail.WithFileContentType("application/ics")); err != nil {
			return nil, err
		}
	}
	return msg, nil
}

// folder keeps letters as .eml files, for a site without a mail server and for
// tests. A letter that is sent twice is one file.
type folder string

func (f folder) Send(_ context.Context, o Outgoing) error {
	return f.write(o.QueuedAt.UTC().Format("20060102-150405.000000")+"-"+o.ID+".eml", o)
}

func (f folder) write(name string, o Outgoing) error {
	name = filepath.Join(string(f), name)
	if o.last {
		// It is not on its way to anybody from here, and the address is to be forgotten.
		o.msg.SetAddrHeaderIgnoreInvalid(gomail.HeaderTo)
		o.msg.SetGenHeaderPreformatted("To", "undisclosed-recipients:;")
	}
	temp, err := os.OpenFile(name+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = o.WriteTo(temp)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	if err := os.Rename(temp.Name(), name); err != nil {
		return err
	}
	dir, err := os.Open(string(f))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// patience is how long we wait for a server to be reached, and then for it to
// take a letter.
const patience = 45 * time.Second

// server sends by SMTP, a connection a letter.
type server struct{ client *gomail.Client }

func newServer(u *url.URL, wait time.Duration) (*server, error) {
	options := []gomail.Option{gomail.WithTimeout(wait), gomail.WithoutNoop(), gomail.WithoutRset()}
	port, auth := 587, gomail.SMTPAuthAutoDiscover
	switch {
	case u.Scheme == "smtps":
		port = 465
		options = append(options, gomail.WithSSL())
	case loopback(u.Hostname()):
		// Only to this machine may a letter travel unsealed. A server that wants it
		// sealed gets it so, with whatever certificate it made for itself: nobody
		// stands in between.
		port, auth = 25, gomail.SMTPAuthPlainNoEnc
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic),
			gomail.WithTLSConfig(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})) //nolint:gosec // see above
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		var err error
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("mail: the port is no number")
		}
	}
	options = append(options, gomail.WithPort(port))
	if password, ok := u.User.Password(); ok {
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	return &server{client}, err
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *server) Send(ctx context.Context, o Outgoing) error {
	conn, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("mail: no connection with the server: %w", scrubbed(err))
	}
	err = s.client.SendWithSMTPClient(conn, o.msg)
	if o.msg.IsDelivered() {
		// What goes wrong after the server has taken it is no reason to send it again.
		_ = s.client.CloseWithSMTPClient(conn)
		return nil
	}
	_ = conn.Close()
	return scrubbed(err)
}

// scrubbed keeps of an SMTP failure what a log may hold: its code, and at which
// step. The words of the server may name the receiver.
func scrubbed(err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		var network *net.OpError
		if errors.As(err, &network) {
			return errors.New(network.Op + ": " + network.Err.Error())
		}
		return errors.New("the server did not go along")
	}
	said := fmt.Errorf("mail: %s: code %d %s", failed.Reason, failed.ErrorCode(), failed.EnhancedStatusCode())
	if failed.ErrorCode() >= 500 { // RFC 5321, section 4.2.1: do not repeat
		return errors.Join(jobs.Permanent, said)
	}
	return said
}
