package app

import (
	"context"

	"loket/app/jobs"
	"loket/app/mail"
	"loket/db"
)

// mailJob is the work of sending one mail: the id of its row, nothing of its content.
type mailJob struct{ ID string }

// mails lets letters go out through the queue.
func (a *App) mails(transport mail.Transport) error {
	a.Mail = &mail.Mailer{
		DB: a.DB, Now: a.Now, From: a.Config.From, Transport: transport,
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
