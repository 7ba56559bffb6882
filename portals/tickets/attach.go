package tickets

import (
	"context"
	"errors"
	"io"
	"net/http"

	"loket/app/fault"
	"loket/app/files"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// Files: chosen in a form, kept while it is corrected, and given to who may see
// the ticket.

// draft is the owner of the files that somebody chose for a form that has not
// been sent yet.
func draft(c *web.Context) string { return files.Draft("tickets:" + c.Account.ID) }

// attach takes in the files that were chosen in the form and those that were
// kept from an earlier try, less the one that is dropped. wrong says in the
// visitor's language which file was refused and why.
func (p *portal) attach(c *web.Context) (kept []files.File, wrong string, err error) {
	drop := c.PostForm("drop")
	chosen := c.PostValues("kept")
	for i, id := range chosen {
		if i == 20 || id == drop {
			continue
		}
		f, err := files.One(c, p.DB, draft(c), id)
		if errors.Is(err, fault.NotFound) {
			continue // its day is over, or it went along with another ticket
		}
		if err != nil {
			return nil, "", err
		}
		kept = append(kept, f)
	}
	for _, header := range c.Uploads("attachments") {
		if len(kept) >= 20 {
			return kept, i18n.T(c, "tickets.file.many", 20), nil
		}
		f, err := header.Open()
		if err != nil {
			return kept, "", err
		}
		taken, err := p.take(c, files.CleanName(header.Filename), f)
		f.Close()
		if reason := files.Reason(err); reason != "" {
			wrong = i18n.T(c, "tickets.file."+reason, files.CleanName(header.Filename), i18n.Size(c, header.Size), i18n.Size(c, p.Files.Limits().File))
			continue
		}
		if err != nil {
			return kept, "", err
		}
		kept = append(kept, taken)
	}
	return kept, wrong, nil
}

// take keeps one file as part of the visitor's draft.
func (p *portal) take(c *web.Context, name string, from io.Reader) (kept files.File, err error) {
	upload, err := p.Files.Take(c, name, from)
	if err != nil {
		return kept, err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		kept, err = p.Files.Save(c, tx, upload, draft(c), c.Account.ID)
		return err
	})
	if err != nil {
		err = errors.Join(err, p.Files.Drop(c, upload))
	}
	return kept, err
}

func fileIDs(all []files.File) []string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	return ids
}

// owner is the owner of a message's files.
func owner(m Message) string { return "ticket_message:" + m.ID }

// attachment returns a file of a message of that ticket; those of notes only for colleagues.
func attachment(ctx context.Context, on db.Querier, ticket, file string, staff bool) (files.File, error) {
	return db.Get[files.File](ctx, on, `
		SELECT f.* FROM file f JOIN ticket_message m ON f.owner = 'ticket_message:' || m.id
		WHERE f.id = ? AND m.ticket_id = ? AND (m.kind = 'reply' OR ?)`, file, ticket, staff)
}

// file gives an attachment to who may see its ticket.
func (p *portal) file(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	return p.serve(c, t, false)
}

func (p *portal) staffFile(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return p.serve(c, t, true)
}

// serve answers with a file of a ticket; those of notes are for colleagues.
// Ranges and conditions are answered by the same question as the whole.
func (p *portal) serve(c *web.Context, t Ticket, staff bool) error {
	f, err := attachment(c, p.DB, t.ID, c.Param("file"), staff)
	if err != nil {
		return err
	}
	body, err := p.Files.Open(c, f)
	if err != nil {
		return err
	}
	defer body.Close()
	for name, value := range f.Headers() {
		c.Header(name, value)
	}
	http.ServeContent(c.Writer, c.Request, "", f.CreatedAt, body)
	return nil
}
