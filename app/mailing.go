package app

import (
	"context"
	"fmt"
	"strings"

	"loket/app/jobs"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/db"
)

// mailJob is the work of sending one mail: the id of its row, nothing of its content.
type mailJob struct{ ID string }

// mails lets letters go out through the queue.
func (a *App) mails() error {
	transport, err := mail.OpenTransport(a.Config.Mail)
	if err != nil {
		return fmt.Errorf("LOKET_MAIL: %w", err)
	}
	a.Mail = &mail.Mailer{
		DB: a.DB, Now: a.Now, URL: a.Config.URL, From: a.Config.From, Transport: transport, Brand: a.brand,
		Speak: func(ctx context.Context, lang string) context.Context {
			return a.Site.Catalog.With(ctx, lang, a.Zone, a.Now())
		},
		Queue: func(ctx context.Context, tx *db.Tx, id string) error {
			return a.Jobs.Add(ctx, tx, "mail", jobs.Work{Payload: mailJob{id}, About: "mail:" + id})
		},
	}
	a.Mail.Quiet = a.quiet
	jobs.Handle(a.Jobs, "mail", func(ctx context.Context, j mailJob) error { return a.Mail.Deliver(ctx, j.ID) })
	return nil
}

// quiet keeps letters from who asked to be erased and may still stop that, from
// who asked not to be dealt with for now (GDPR art. 18), and from accounts that
// are closed. Letters about their rights go to everybody.
func (a *App) quiet(ctx context.Context, kind string, accountID *string, address string) (mail.Quiet, error) {
	if strings.HasPrefix(kind, "mydata.") {
		return mail.Goes, nil
	}
	who := ""
	if accountID != nil {
		who = *accountID
	}
	found, err := db.All[struct {
		Disabled bool
		Waiting  bool
	}](ctx, a.DB, `
		SELECT a.disabled_at IS NOT NULL AS disabled,
			EXISTS (SELECT 1 FROM request r WHERE r.account_id = a.id AND r.erase_at IS NOT NULL AND r.answered_at IS NULL AND r.stopped_at IS NULL AND r.choices NOT LIKE ?)
			OR EXISTS (SELECT 1 FROM hold h WHERE h.account_id = a.id AND h.lifted_at IS NULL AND h.kind IN (?, ?, ?)) AS waiting
		FROM account a WHERE a.id = ? OR lower(a.email) = ?`, privacy.OnlyPurpose+"%", privacy.Disputed, privacy.Unlawful, privacy.Pending, who, strings.ToLower(address))
	if err != nil {
		return mail.Goes, err
	}
	quiet := mail.Goes
	for _, one := range found {
		switch {
		case one.Waiting:
			return mail.Waits, nil
		case one.Disabled:
			quiet = mail.Never
		}
	}
	return quiet, nil
}

// brand is who writes the letters.
func (a *App) brand(context.Context) mail.Brand {
	v := a.vendor()
	var known []string
	for _, part := range []string{v.LegalName, v.Address, v.Phone} {
		if part != "" {
			known = append(known, part)
		}
	}
	b := mail.Brand{Name: v.Name, Line: strings.Join(known, " · ")}
	for _, item := range a.Site.MeNav {
		if item.Path == "/privacy/mine" {
			b.MyData = a.Config.URL + item.Path
		}
	}
	return b
}
