package mydata

import (
	"context"
	"net/http"
	"slices"
	"strings"

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
	chosen := c.QueryArray("choice")
	page := erasePage{Email: who.Email, Undo: 24 * p.Privacy.Undo.Days, Once: web.NewForm[struct{}]("").Once}
	plan, err := p.Privacy.Plan(c, who.Subject, chosen)
	if err != nil {
		return err
	}
	page.Lines = p.eraseLines(c, p.Privacy.Summary(plan))
	for _, purpose := range p.Privacy.Registry.Purposes {
		for _, choice := range purpose.Choices {
			page.Choices = append(page.Choices, eraseChoice{choice.Key, text(c, choice.Text), slices.Contains(chosen, choice.Key)})
		}
	}
	page.Backups = p.dayText(c, p.backupsUntil())
	open, err := p.requestsOf(c, who.Subject)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(open, func(l requestLine) bool { return l.Stop }); i >= 0 {
		page.Pending = &open[i]
	}
	return c.Render(http.StatusOK, eraseView(page))
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
	if slices.ContainsFunc(open, func(l requestLine) bool { return l.Stop }) {
		return c.See("/privacy/mine/erase")
	}
	var r privacy.Request
	id := p.accountOf(c, who)
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if err := c.Once(tx, c.PostForm("once"), "/privacy/"); err != nil {
			return err
		}
		r, err = p.Privacy.Ask(c, tx, privacy.Ask{Type: privacy.Erasure, Subject: who.Subject, Channel: who.channel(), Lang: i18n.Lang(c), Choices: chosen, Verified: true})
		if err != nil {
			return err
		}
		return audit(c, tx, "erase.asked", "request:"+r.ID, id)
	})
	if err != nil {
		return err
	}
	if c.Account != nil && (who.AccountID == c.Account.ID || r.AccountID != nil && *r.AccountID == c.Account.ID) {
		if err := c.SignOut(); err != nil {
			return err
		}
	}
	c.Forget(proofName)
	return c.RedirectTo("/privacy/", "mydata.erase.done", i18n.DateTime(c, *r.EraseAt))
}
