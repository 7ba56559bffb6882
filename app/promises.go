package app

import (
	"context"
	"errors"
	"io"
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
		Undo:   privacy.Period{Days: 3}, About: a.controller,
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
