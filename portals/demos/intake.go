package demos

import (
	"strings"

	"loket/app"
	"loket/app/fault"
	"loket/app/mail"
	"loket/db"
)

// What another counter hands over.

// takeOver makes a demonstration of what another counter hands over: the person
// gets a mail with a link, and chooses a moment himself.
func (p *portal) takeOver(c ctx, tx *db.Tx, got app.Intake) (string, error) {
	if !mail.Fits(got.Email) {
		return "", fault.BadInput
	}
	all, err := types(c, tx)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fault.BadInput
	}
	b := Booking{ID: newID(), TypeID: all[0].ID, Status: wished, Name: got.Name, Email: got.Email, Phone: got.Phone, Company: got.Company,
		Lang: got.Lang, Zone: p.Zone.String(), CreatedAt: p.Now()}
	if got.AccountID != "" {
		b.AccountID = &got.AccountID
	}
	var wish, notes []string
	if got.Subject != "" {
		wish = append(wish, got.Subject)
	}
	for _, m := range got.Messages {
		if m.Note {
			notes = append(notes, m.Text)
		} else if m.AccountID == "" {
			wish = append(wish, m.Text)
		}
	}
	b.Wish, b.Note = strings.Join(wish, "\n\n"), strings.Join(notes, "\n\n")
	if err := db.Insert(c, tx, "demo_booking", b); err != nil {
		return "", err
	}
	if err := p.put(c, tx, b); err != nil {
		return "", err
	}
	return "/staff/demos/bookings/" + b.ID, p.send(c, tx, note{kind: "wish", t: all[0], b: b, path: "link"}, "")
}
