package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/files"
	"loket/app/jobs"
	"loket/app/privacy"
	"loket/db"
)

// promises builds the engine that keeps what the host and the portals declare
// about personal data, and has it run every night.
func (a *App) promises() error {
	purposes, impersonal := HostPurposes(), HostImpersonal()
	stores := []privacy.Store{outbox{a}}
	for _, p := range a.portals {
		purposes = append(purposes, p.Purposes...)
		impersonal = append(impersonal, p.Impersonal...)
		stores = append(stores, p.Stores...)
	}
	registry, err := privacy.New(purposes, impersonal, stores...)
	if err != nil {
		return err
	}
	a.Host.Privacy = &privacy.Engine{
		Registry: registry, DB: a.DB, Now: a.Now, Zone: a.Zone,
		Ledger: a.Config.Ledger(),
		Undo:   privacy.Period{Days: 3}, About: a.controller, Security: a.measures(),
		Hooks: privacy.Hooks{
			Forget: a.Files.Forget,
			Open: func(ctx context.Context, id string) (io.ReadCloser, error) {
				return a.Files.Open(ctx, files.File{ID: id})
			},
			Unindex: a.Search.Remove,
			Reindex: a.reindexOne,
			Thawed:  a.Mail.Resume,
		},
	}
	a.Chores = append(a.Chores, jobs.Chore{
		Name: "privacy", Lease: time.Hour, Every: time.Minute,
		Do: func(ctx context.Context) error {
			if err := a.Privacy.EnsurePublished(ctx); err != nil {
				return err
			}
			ran, err := a.Privacy.Tick(ctx)
			if errors.Is(err, fault.Conflict) { // another program on this database is at it
				return nil
			}
			if err == nil && ran {
				_, err = a.Mail.Tidy(ctx)
			}
			return err
		},
	})
	return nil
}

// measures are facts about how this site is set up and what the program does;
// nothing in them is a promise about the world.
func (a *App) measures() []privacy.Text {
	facts := []privacy.Text{
		text("Van je wachtwoord bewaren we alleen een onomkeerbare code (argon2id).", "Of your password we keep only an irreversible code (argon2id)."),
		text("Wie je gegevens mag zien, hangt af van zijn werk. Wie ze bekijkt of verandert, staat in een logboek; bij Mijn gegevens lees je wie dat was.", "Who may see your data depends on their work. Who looks at them or changes them is logged; at My data you read who that was."),
		text("Pagina’s laden niets van andere bedrijven, tenzij jij dat toestaat; je browser houdt ons daaraan.", "Pages load nothing from other companies unless you allow it; your browser holds us to that."),
		text("Wat gewist is, overschrijven we in de database.", "What has been erased we overwrite in the database."),
	}
	if !a.DB.SQLite() {
		facts[3] = text("Wat gewist is, ruimt de database daarna zelf van de schijf op.", "What has been erased the database then clears from the disk by itself.")
	}
	if strings.HasPrefix(a.Config.URL, "https:") {
		facts = append(facts, text("Je browser opent dit loket alleen over een versleutelde verbinding (HSTS).", "Your browser opens this counter only over an encrypted connection (HSTS)."))
	}
	if strings.HasPrefix(a.Config.Mail, "smtp") && !strings.Contains(a.Config.Mail, "localhost") && !strings.Contains(a.Config.Mail, "127.0.0.1") {
		facts = append(facts, text("Mails geven we versleuteld aan de mailserver (TLS 1.2 of nieuwer).", "We hand mails to the mail server encrypted (TLS 1.2 or later)."))
	}
	return facts
}

// controller is who answers for the data: what staff set for it, and where they
// set nothing what they set about the vendor.
func (a *App) controller(ctx context.Context, on db.Querier) (privacy.Controller, error) {
	c, err := (&privacy.Engine{}).Controller(ctx, on)
	if err != nil {
		return c, err
	}
	v := a.vendor()
	for _, fill := range []struct {
		to   *string
		from string
	}{{&c.Name, v.LegalName}, {&c.Address, v.Address}, {&c.Email, v.Email}, {&c.Phone, v.Phone}} {
		if *fill.to == "" {
			*fill.to = fill.from
		}
	}
	return c, nil
}

// reindexOne makes one document of the search index anew, from the portal that
// knows its kind, after its row was anonymised or scrubbed.
func (a *App) reindexOne(ctx context.Context, tx *db.Tx, kind, ref string) error {
	if err := a.Search.Remove(ctx, tx, kind, ref); err != nil {
		return err
	}
	for _, p := range a.portals {
		if p.Document == nil {
			continue
		}
		doc, err := p.Document(ctx, tx, kind, ref)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		return a.Search.Put(ctx, tx, doc)
	}
	return nil
}
