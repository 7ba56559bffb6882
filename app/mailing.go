package app

import (
	"context"
	"fmt"
	"strings"

	"loket/app/mail"
)

// mails lets letters go out through the queue.
func (a *App) mails() (err error) {
	a.Mail, err = mail.New(mail.Options{
		DB: a.DB, Jobs: a.Jobs, Texts: a.Site.Catalog, Zone: a.Zone, Now: a.Now,
		URL: a.Config.URL, Where: a.Config.Mail, From: a.Config.From, Brand: a.brand,
	})
	if err != nil {
		return fmt.Errorf("LOKET_MAIL: %w", err)
	}
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
