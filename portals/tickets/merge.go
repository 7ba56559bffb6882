package tickets

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Two tickets about one thing: linked, merged into one, or one taken in two.

// mergeForm says which tickets go into which.
type mergeForm struct {
	IDs    []string `form:"id" binding:"required,max=50,dive,max=40"`
	Into   string   `form:"into" binding:"max=40"`   // the id of the ticket that stays
	Number string   `form:"number" binding:"max=20"` // or its number, as people write it
}

// mergePage is the page that asks which ticket stays.
type mergePage struct {
	Menu   sideMenu
	Form   web.Form[mergeForm]
	From   []Ticket
	Offers []Ticket // the tickets that may stay
}

func (p *portal) mergePage(c *web.Context) error {
	form := web.NewForm[mergeForm]("tickets.merge")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return fault.NotFound
	}
	return p.renderMerge(c, http.StatusOK, form)
}

func (p *portal) renderMerge(c *web.Context, status int, form web.Form[mergeForm]) error {
	page := mergePage{Form: form}
	for _, id := range form.V.IDs {
		t, err := ofStaff(c, p.DB, id)
		if err != nil {
			return err
		}
		page.From = append(page.From, t)
	}
	slices.SortFunc(page.From, func(a, b Ticket) int { return int(a.Number - b.Number) })
	if len(page.From) > 1 {
		page.Offers = page.From
	} else {
		var err error
		if page.Offers, err = openOf(c, p.DB, page.From[0], 10); err != nil {
			return err
		}
	}
	if page.Form.V.Into == "" && page.Form.V.Number == "" && len(page.Offers) > 0 {
		page.Form.V.Into = page.Offers[0].ID
	}
	var err error
	if page.Menu, err = p.side(c, ""); err != nil {
		return err
	}
	return c.Render(status, mergeView(page))
}

// merge closes tickets that go on in another one. Both histories stay where
// they are; the customer is told; it can be taken back.
func (p *portal) merge(c *web.Context) error {
	form := web.Form[mergeForm]{Prefix: "tickets.merge"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return fault.BadInput
	}
	into := form.V.Into
	if form.V.Number != "" {
		id, err := p.byRef(c, form.V.Number)
		if errors.Is(err, fault.NotFound) {
			form.Wrong(c, "Number", "unknown")
			return p.renderMerge(c, http.StatusUnprocessableEntity, form)
		}
		if err != nil {
			return err
		}
		into = id
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	var reason string
	var target Ticket
	merged := 0
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		reason, merged = "", 0
		if err := c.Once(tx, form.Once, "/staff/tickets/"+into); err != nil {
			return err
		}
		var err error
		if target, err = p.lockForMerge(c, tx, append(slices.Clone(form.V.IDs), into), into); err != nil {
			return err
		}
		for _, id := range form.V.IDs {
			if id == into && len(form.V.IDs) > 1 { // the one that stays, among those that were ticked
				continue
			}
			from, err := ofStaff(c, tx, id)
			if err != nil {
				return err
			}
			if reason = refused(from, target); reason != "" {
				return fault.Conflict
			}
			if err := p.mergeOne(c, tx, d, from, target); err != nil {
				return err
			}
			merged++
		}
		return nil
	})
	if errors.Is(err, fault.Conflict) && reason != "" {
		form.Wrong(c, "Into", reason)
		return p.renderMerge(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(target.StaffPath(), web.Flash{Kind: "ok", Text: i18n.N(c, "tickets.merge.done", merged, target.Ref())})
}

// lockForMerge locks tickets in the order of their ids, so that two merges at
// once wait for each other, and returns the one that stays: the end of the
// chain when it was merged itself.
func (p *portal) lockForMerge(c *web.Context, tx *db.Tx, ids []string, into string) (Ticket, error) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if _, err := locked(c, tx, id); err != nil {
			return Ticket{}, err
		}
	}
	for range 20 {
		t, err := locked(c, tx, into)
		if err != nil || t.MergedID == nil {
			return t, err
		}
		into = *t.MergedID
	}
	return Ticket{}, fault.Conflict
}

// refused says in a word why a ticket cannot go into another; nothing when it can.
func refused(from, into Ticket) string {
	switch {
	case from.ID == into.ID:
		return "itself"
	case from.MergedID != nil:
		return "merged"
	case into.Status == Closed:
		return "closed"
	case from.Company() != into.Company(), from.CompanyID == nil && from.Requester() != into.Requester():
		// Its customer would read what is another's.
		return "other"
	case into.Private && from.Requester() != into.Requester():
		// He keeps it to himself and whom he chose; a merge would bring in others.
		return "private"
	}
	return ""
}

func (p *portal) mergeOne(c *web.Context, tx *db.Tx, d desk, from, into Ticket) error {
	before, after, _, err := apply(c, tx, d, from.ID, Change{
		Actor: c.Account, Events: []Event{{Kind: Merged, Value: into.ID}},
		Edit: func(t *Ticket) { t.Status, t.MergedID = Closed, &into.ID },
	})
	if err != nil {
		return err
	}
	told := []Event{{Kind: Merged, Value: from.ID}}
	if before.WaitingSince != nil {
		// Who waits for an answer goes on waiting, for what was promised since he wrote.
		told = append(told, Event{Kind: Asked, Value: before.WaitingSince.UTC().Format(time.RFC3339Nano)})
	}
	who, err := participants(c, tx, from)
	if err != nil {
		return err
	}
	for _, person := range who {
		already, err := takesPart(c, tx, into.ID, person.ID)
		if err != nil {
			return err
		}
		if already || !person.Present {
			continue
		}
		if err := join(c, tx, into.ID, person.ID, d.Now); err != nil {
			return err
		}
		told = append(told, Event{Kind: Joined, AboutID: &person.ID})
	}
	if _, into, _, err = apply(c, tx, d, into.ID, Change{Actor: c.Account, Events: told}); err != nil {
		return err
	}
	for _, person := range who {
		if person.Mail && person.Present {
			if err := p.send(c, tx, person, mergedMail(p, before, into)); err != nil {
				return err
			}
		}
	}
	if err := p.audit(c, tx, "ticket.merge", "ticket:"+from.ID+" ticket:"+into.ID); err != nil {
		return err
	}
	if err := p.index(c, tx, after); err != nil {
		return err
	}
	return p.index(c, tx, into)
}

// unmerge takes a merge back: the ticket is open again, as it was before, and
// whoever came along only by the merge reads the other no more.
func (p *portal) unmerge(c *web.Context) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	id := c.Param("id")
	var t Ticket
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		var err error
		if t, err = locked(c, tx, id); err != nil {
			return err
		}
		if t.MergedID == nil {
			return fault.Conflict
		}
		into := *t.MergedID
		told, err := events(c, tx, id)
		if err != nil {
			return err
		}
		status, seqs := beforeMerge(told, into)
		change := Change{
			Actor: c.Account, Events: []Event{{Kind: Unmerged, Value: into}, {Kind: Undone, Value: seqs}},
			Edit: func(t *Ticket) { t.Status, t.MergedID = status, nil },
		}
		_, after, _, err := apply(c, tx, d, id, change)
		if err != nil {
			return err
		}
		if err := p.unjoin(c, tx, d, into, id); err != nil {
			return err
		}
		if err := p.audit(c, tx, "ticket.unmerge", "ticket:"+id+" ticket:"+into); err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(t.StaffPath(), "tickets.merge.undone", t.Ref())
}

// beforeMerge is the status that a ticket had before it was merged into
// another, and the numbers of the events by which the merge closed it.
func beforeMerge(told []Event, into string) (status, seqs string) {
	status = Fresh
	for i, e := range told {
		if e.Kind == Merged && e.Value == into {
			for _, later := range told[i+1:] {
				if later.Kind == ToStatus && later.At.Equal(e.At) {
					return status, strconv.FormatInt(later.Seq, 10)
				}
			}
			return status, ""
		}
		if e.Kind == ToStatus {
			status = e.Value
		}
	}
	return status, ""
}

// unjoin ends that those read along in a ticket who came with a merge of from.
func (p *portal) unjoin(c *web.Context, tx *db.Tx, d desk, into, from string) error {
	told, err := events(c, tx, into)
	if err != nil {
		return err
	}
	happened := []Event{{Kind: Unmerged, Value: from}}
	for i, e := range told {
		if e.Kind != Merged || e.Value != from {
			continue
		}
		for _, later := range told[i+1:] {
			if later.Kind == Asked && later.Value != "" && later.At.Equal(e.At) {
				happened = append(happened, Event{Kind: Undone, Value: strconv.FormatInt(later.Seq, 10)})
			}
			if later.Kind == Joined && later.AboutID != nil && later.At.Equal(e.At) {
				err := leave(c, tx, into, *later.AboutID)
				if errors.Is(err, fault.NotFound) {
					continue
				}
				if err != nil {
					return err
				}
				happened = append(happened, Event{Kind: Left, AboutID: later.AboutID})
			}
		}
	}
	_, after, _, err := apply(c, tx, d, into, Change{Actor: c.Account, Events: happened})
	if err != nil {
		return err
	}
	return p.index(c, tx, after)
}

// byRef returns the id of the ticket with a number as people write it: TK-1042, #1042, 1042.
func (p *portal) byRef(c *web.Context, ref string) (string, error) {
	ref = strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(ref)), "#"), "TK-")
	number, err := strconv.ParseInt(ref, 10, 64)
	if err != nil {
		return "", fault.NotFound
	}
	return byNumber(c, p.DB, number)
}

// link links a ticket with another, by its number.
func (p *portal) link(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	other, err := p.byRef(c, c.PostForm("number"))
	if errors.Is(err, fault.NotFound) || other == t.ID {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.link.unknown")})
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
	}
	if err != nil {
		return err
	}
	if err := p.relink(c, t.ID, other, Linked, `INSERT INTO ticket_link (ticket_id, other_id) VALUES (?, ?) ON CONFLICT (ticket_id, other_id) DO NOTHING`); err != nil {
		return err
	}
	return c.RedirectTo(backTo(c, t.ID), "tickets.link.done")
}

// unlink ends that two tickets are linked.
func (p *portal) unlink(c *web.Context) error {
	id := c.Param("id")
	if err := p.relink(c, id, c.PostForm("other"), Unlinked, `DELETE FROM ticket_link WHERE ticket_id = ? AND other_id = ?`); err != nil {
		return err
	}
	return c.RedirectTo(backTo(c, id), "tickets.link.undone")
}

// relink runs a statement on the link between two tickets, and notes in both
// what it changed.
func (p *portal) relink(c *web.Context, id, other, kind, statement string) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	low, high := min(id, other), max(id, other)
	return p.DB.Tx(c, func(tx *db.Tx) error {
		a, err := locked(c, tx, low)
		if err != nil {
			return err
		}
		b, err := locked(c, tx, high)
		if err != nil {
			return err
		}
		if n, err := db.Exec(c, tx, statement, low, high); err != nil || n == 0 {
			return err
		}
		for _, pair := range [][2]Ticket{{a, b}, {b, a}} {
			if _, _, _, err := apply(c, tx, d, pair[0].ID, Change{Actor: c.Account, Events: []Event{{Kind: kind, Value: pair[1].Ref()}}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// splitForm takes a message out of a conversation, into a ticket of its own.
type splitForm struct {
	Message  string `form:"m" binding:"required,max=40"`
	Subject  string `form:"subject" binding:"required,max=200"`
	Severity string `form:"severity" binding:"required,oneof=blocks hinders question"`
}

type splitPage struct {
	Menu    sideMenu
	Ticket  Ticket
	Message Message
	Who     Person
	Form    web.Form[splitForm]
}

// splittable returns the message of a customer that can become a ticket.
func splittable(ctx context.Context, on db.Querier, ticket, message string) (Message, error) {
	return db.Get[Message](ctx, on, `
		SELECT id, ticket_id, seq, kind, party, channel, author_id, automatic, body, created_at
		FROM ticket_message WHERE id = ? AND ticket_id = ? AND kind = 'reply' AND party = 'customer' AND seq > 1`, message, ticket)
}

func (p *portal) splitPage(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[splitForm]("tickets.split")
	m, err := splittable(c, p.DB, t.ID, c.Query("m"))
	if err != nil {
		return err
	}
	form.V = splitForm{Message: m.ID, Subject: text.Excerpt(m.Body, 80), Severity: t.Severity}
	return p.renderSplit(c, http.StatusOK, t, m, form)
}

func (p *portal) renderSplit(c *web.Context, status int, t Ticket, m Message, form web.Form[splitForm]) error {
	page := splitPage{Ticket: t, Message: m, Form: form}
	found, err := people(c, p.DB, []string{value(m.AuthorID)})
	if err != nil {
		return err
	}
	page.Who = found[value(m.AuthorID)]
	if page.Menu, err = p.side(c, t.StaffPath()); err != nil {
		return err
	}
	return c.Render(status, splitView(page))
}

// split makes a ticket of a message. Its promise counts from when the customer
// wrote it; the message also stays where it is.
func (p *portal) split(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[splitForm]{Prefix: "tickets.split"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	m, err := splittable(c, p.DB, t.ID, form.V.Message)
	if err != nil {
		return err
	}
	if !ok {
		return p.renderSplit(c, http.StatusUnprocessableEntity, t, m, form)
	}
	fresh, err := p.fileSplit(c, t, m, form)
	if err != nil {
		return err
	}
	return c.RedirectTo(fresh.StaffPath(), "tickets.split.done", fresh.Ref(), t.Ref())
}

// fileSplit keeps the ticket that is made of message m of ticket t, linked to
// it, and tells who asks.
func (p *portal) fileSplit(c *web.Context, t Ticket, m Message, form web.Form[splitForm]) (fresh Ticket, err error) {
	copied, err := p.copyFiles(c, m)
	if err != nil {
		return fresh, err
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return fresh, err
	}
	requester := m.AuthorID
	if requester == nil {
		requester = t.RequesterID
	}
	fresh = Ticket{ID: newID(), CompanyID: t.CompanyID, RequesterID: requester, Product: t.Product, Severity: form.V.Severity,
		Subject: form.V.Subject, Private: t.Private, Channel: m.Channel, Tags: t.Tags}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, fresh.StaffPath()); err != nil {
			return err
		}
		then := d
		then.Now = m.CreatedAt
		filed, first, err := insert(c, tx, then, fresh, Message{AuthorID: requester, Body: m.Body, Channel: m.Channel})
		if err != nil {
			return err
		}
		if err := p.Files.Adopt(c, tx, fileIDs(copied), draft(c), owner(first)); err != nil {
			return err
		}
		if err := retag(c, tx, filed.ID, strings.Fields(filed.Tags)); err != nil {
			return err
		}
		if _, filed, _, err = apply(c, tx, d, filed.ID, Change{Actor: c.Account, Events: []Event{{Kind: SplitFrom, Value: t.Ref()}}}); err != nil {
			return err
		}
		if _, _, _, err := apply(c, tx, d, t.ID, Change{Actor: c.Account, Events: []Event{{Kind: Split, Value: filed.Ref()}}}); err != nil {
			return err
		}
		low, high := min(t.ID, filed.ID), max(t.ID, filed.ID)
		if _, err := db.Exec(c, tx, `INSERT INTO ticket_link (ticket_id, other_id) VALUES (?, ?)`, low, high); err != nil {
			return err
		}
		if requester != nil {
			who, err := account.ByID(c, tx, *requester)
			if err != nil {
				return err
			}
			if err := p.send(c, tx, personOf(who), splitMail(p, t, filed)); err != nil {
				return err
			}
		}
		fresh = filed
		return p.index(c, tx, filed)
	})
	return fresh, err
}

// copyFiles copies the files of a message into the draft of who asks.
func (p *portal) copyFiles(c *web.Context, m Message) ([]files.File, error) {
	found, err := files.ByOwner(c, p.DB, []string{owner(m)})
	if err != nil {
		return nil, err
	}
	var copied []files.File
	for _, f := range found[owner(m)] {
		body, err := p.Files.Open(c, f)
		if err != nil {
			return nil, err
		}
		taken, err := p.take(c, f.Name, body)
		body.Close()
		if err != nil {
			return nil, err
		}
		copied = append(copied, taken)
	}
	return copied, nil
}

// audit notes who did something, in the log of the site.
func (p *portal) audit(c *web.Context, tx *db.Tx, act, object string) error {
	return account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: act, Object: object})
}

// mergedMail tells that a ticket goes on in another.
func mergedMail(p *portal, from, into Ticket) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "merged", from, mail.Para(i18n.T(ctx, "tickets.mail.merged.text", from.Ref(), into.Ref(), into.Subject)),
			mail.Para(i18n.T(ctx, "tickets.mail.merged.kept")), p.open(ctx, into))
	}
}

// splitMail tells that a part of a ticket goes on in one of its own.
func splitMail(p *portal, from, fresh Ticket) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.split.text", from.Ref(), fresh.Ref()))}
		if fresh.DueAt != nil {
			parts = append(parts, mail.Facts(i18n.T(ctx, "tickets.mail.number"), fresh.Ref(), i18n.T(ctx, "tickets.mail.by"), i18n.DateTime(ctx, *fresh.DueAt)))
		}
		return letter(ctx, "split", fresh, append(parts, mail.Quote(fresh.Excerpt), p.open(ctx, fresh))...)
	}
}

// followed tells a colleague who follows a ticket what happened to it.
func followed(p *portal, t Ticket, m Message, who string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.followed.text", who, i18n.T(ctx, "tickets.status."+t.Status)))}
		if m.Body != "" {
			parts = append(parts, mail.Quote(m.Body))
		}
		return letter(ctx, "followed", t, append(parts,
			mail.Button(i18n.T(ctx, "tickets.mail.open"), p.Site.URL+t.StaffPath()), mail.Fine(i18n.T(ctx, "tickets.mail.followed.fine")))...)
	}
}

// tellFollowers mails a message or another status to the colleagues who follow
// the ticket, but not to who did it nor to whose ticket it is.
func (p *portal) tellFollowers(ctx context.Context, tx *db.Tx, before, after Ticket, m Message, actor account.Account) error {
	if m.Body == "" && finished(before.Status) == finished(after.Status) {
		return nil
	}
	all, err := followers(ctx, tx, after.ID)
	if err != nil {
		return err
	}
	for _, who := range all {
		if who.ID == actor.ID || who.ID == after.Assignee() {
			continue
		}
		if err := p.send(ctx, tx, who, followed(p, after, m, actor.Name)); err != nil {
			return err
		}
	}
	return nil
}
