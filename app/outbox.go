package app

import (
	"context"

	"loket/app/privacy"
)

// outbox is the folder of .eml files of a site without a mail server: what goes
// from the table of mails goes from there.
type outbox struct{ *App }

// Name implements privacy.Store.
func (outbox) Name() privacy.Text { return text("Map met mails", "Folder of mails") }

// Holds implements privacy.Store.
func (outbox) Holds() []string { return []string{"mail"} }

// Export adds nothing: every mail is a row, which the export has already.
func (outbox) Export(context.Context, privacy.Subject, *privacy.Archive) (int, error) { return 0, nil }

// Erase removes the files of which the row has gone or was made empty, and
// writes those anew of which the text was scrubbed.
func (o outbox) Erase(ctx context.Context, _ privacy.Subject) (int, error) {
	return o.Mail.Tidy(ctx)
}
