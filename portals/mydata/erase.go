package mydata

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
)

// erasePage shows what goes, what is anonymised and what stays, before it is asked.
type erasePage struct {
	Lines   []eraseLine
	Choices []eraseChoice
	Backups string
	Undo    int // hours
	Pending *requestLine
	Email   string
	Once    string
	Only    string // the purpose that it is about; empty: all of the person
	Title   string
}

type eraseLine struct {
	Title, Deleted, Anonymised, Kept string
	Why                              []string
}

type eraseChoice struct {
	Key, Text string
	Chosen    bool
}

func (p *portal) showErase(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return p.unknown(c, err)
	}
	if done, err := p.known(c, who); done || err != nil {
		return err
	}
	only, err := p.onePurpose(c.Query("purpose"))
	if err != nil {
		return err
	}
	chosen := c.QueryArray("choice")
	page := erasePage{Email: who.Email, Undo: 24 * p.Privacy.Undo.Days, Once: web.NewForm[struct{}]("").Once, Title: i18n.T(c, "mydata.erase.title")}
	if only != nil {
		page.Only, page.Title = only.Key, i18n.T(c, "mydata.erase.one", text(c, only.Title))
	}
	plan, err := p.Privacy.Plan(c, who.Subject, withOnly(page.Only, chosen))
	if err != nil {
		return err
	}
	page.Lines = p.eraseLines(c, p.Privacy.Summary(plan))
	for _, purpose := range p.Privacy.Registry.Purposes {
		if only != nil && purpose.Key != only.Key {
			continue
		}
		for _, choice := range purpose.Choices {
			page.Choices = append(page.Choices, eraseChoice{choice.Key, text(c, choice.Text), slices.Contains(chosen, choice.Key)})
		}
	}
	page.Backups = p.dayText(c, p.backupsUntil())
	open, err := p.requestsOf(c, who.Subject)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(open, pendingFor(page.Only)); i >= 0 {
		page.Pending = &open[i]
	}
	return c.Render(http.StatusOK, eraseView(page))
}

// onePurpose is the purpose that a page is narrowed to; nil: all.
func (p *portal) onePurpose(key string) (*privacy.Purpose, error) {
	if key == "" {
		return nil, nil
	}
	purpose, ok := p.Privacy.Registry.Purpose(key)
	if !ok {
		return nil, fault.NotFound
	}
	return purpose, nil
}

func withOnly(only string, chosen []string) []string {
	if only == "" {
		return chosen
	}
	return append([]string{privacy.OnlyPurpose + only}, chosen...)
}

// pendingFor finds an erasure under way that covers what is asked: of the whole
// person, or of that purpose.
func pendingFor(only string) func(requestLine) bool {
	return func(l requestLine) bool { return l.Stop && (l.Only() == "" || l.Only() == only) }
}

// erasable are the purposes of which a person can have his part erased by
// itself: not his account, and not what only the law has us keep.
func (p *portal) erasable(ctx context.Context, who privacy.Subject) (map[string]bool, error) {
	plan, err := p.Privacy.Plan(ctx, who, nil)
	if err != nil {
		return nil, err
	}
	can := map[string]bool{}
	for _, line := range p.Privacy.Summary(plan) {
		can[line.Purpose] = line.Deleted+line.Anonymised > 0
	}
	for _, purpose := range p.Privacy.Registry.Purposes {
		person := slices.ContainsFunc(purpose.Records, func(r privacy.Record) bool { return r.Person })
		law := !slices.ContainsFunc(purpose.Basis, func(b privacy.Basis) bool { return letter(b) != "c" })
		if person || law {
			delete(can, purpose.Key)
		}
	}
	return can, nil
}

// backupsUntil is when the last copy of what is erased today lapses.
func (p *portal) backupsUntil() hours.Date {
	keep := p.Privacy.Backups
	if keep.IsZero() {
		keep = privacy.Period{Days: 35}
	}
	return keep.Add(p.today())
}

// eraseLines puts a plan, or a report, in words, a line for each purpose that holds something.
func (p *portal) eraseLines(ctx context.Context, lines []privacy.ReportLine) (list []eraseLine) {
	for _, l := range lines {
		if l.Deleted+l.Anonymised+l.Kept == 0 {
			continue
		}
		one := eraseLine{Title: text(ctx, l.Title)}
		if l.Deleted > 0 {
			one.Deleted = i18n.N(ctx, "mydata.erase.deleted", l.Deleted)
		}
		if l.Anonymised > 0 {
			one.Anonymised = i18n.N(ctx, "mydata.erase.anonymised", l.Anonymised)
		}
		if l.Kept > 0 {
			one.Kept = i18n.N(ctx, "mydata.erase.kept", l.Kept)
			if !l.Until.IsZero() {
				one.Kept += " " + i18n.T(ctx, "mydata.erase.until", p.dayText(ctx, l.Until))
			}
		}
		for _, w := range l.Why {
			one.Why = append(one.Why, text(ctx, w))
		}
		list = append(list, one)
	}
	return list
}

// say is a line of eraseLines as one sentence, for a letter.
func (l eraseLine) say() string {
	parts := slices.DeleteFunc([]string{l.Deleted, l.Anonymised, l.Kept}, func(s string) bool { return s == "" })
	return strings.TrimSpace(l.Title + ": " + strings.Join(parts, ", ") + ". " + strings.Join(l.Why, " "))
}

// erase asks for erasure of who asks: the account stops at once, and after the
// time to think it over everything goes.
func (p *portal) erase(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return err
	}
	if done, err := p.known(c, who); done || err != nil {
		return err
	}
	only, err := p.onePurpose(c.PostForm("purpose"))
	if err != nil {
		return err
	}
	key := ""
	if only != nil {
		can, err := p.erasable(c, who.Subject)
		if err != nil {
			return err
		}
		if key = only.Key; !can[key] {
			return fault.NotFound
		}
	}
	var chosen []string
	for _, purpose := range p.Privacy.Registry.Purposes {
		for _, choice := range purpose.Choices {
			if slices.Contains(c.PostValues("choice"), choice.Key) {
				chosen = append(chosen, choice.Key)
			}
		}
	}
	open, err := p.requestsOf(c, who.Subject)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(open, pendingFor(key)) {
		return c.See("/privacy/mine/erase")
	}
	var r privacy.Request
	id := p.accountOf(c, who)
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if err := c.Once(tx, c.PostForm("once"), map[bool]string{true: "/privacy/", false: "/privacy/mine"}[only == nil]); err != nil {
			return err
		}
		r, err = p.Privacy.Ask(c, tx, privacy.Ask{Type: privacy.Erasure, Subject: who.Subject, Channel: who.channel(), Lang: i18n.Lang(c), Choices: withOnly(key, chosen), Verified: true})
		if err != nil {
			return err
		}
		return audit(c, tx, "erase.asked", "request:"+r.ID, id)
	})
	if errors.Is(err, privacy.ErrOnlyAdmin) {
		return c.RedirectWith("/privacy/mine/erase", web.Flash{Kind: "bad", Text: i18n.T(c, "mydata.erase.only.admin")})
	}
	if err != nil {
		return err
	}
	if only != nil {
		return c.RedirectTo("/privacy/mine", "mydata.erase.done.one", text(c, only.Title), i18n.DateTime(c, *r.EraseAt))
	}
	if c.Account != nil && (who.AccountID == c.Account.ID || r.AccountID != nil && *r.AccountID == c.Account.ID) {
		if err := c.SignOut(); err != nil {
			return err
		}
	}
	c.Forget(proofName)
	return c.RedirectTo("/privacy/", "mydata.erase.done", i18n.DateTime(c, *r.EraseAt))
}
