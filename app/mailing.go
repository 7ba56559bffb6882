package app

import (
	"context"
	"fmt"
	"strings"

	"loket/app/jobs"
	"loket/app/mail"
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
	jobs.Handle(a.Jobs, "mail", func(ctx context.Context, j mailJob) error { return a.Mail.Deliver(ctx, j.ID) })
	return nil
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
