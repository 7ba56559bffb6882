package app

import (
	"context"
	"errors"
	"io"
	"path/filepath"
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
	var stores []privacy.Store
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
		Ledger: filepath.Join(a.Config.DataDir(), "erasures.log"),
		Undo:   privacy.Period{Days: 3},
		Hooks: privacy.Hooks{
			Forget: a.Files.Forget,
			Open: func(ctx context.Context, id string) (io.ReadCloser, error) {
				return a.Files.Open(ctx, files.File{ID: id})
			},
			Unindex: a.Search.Remove,
			Reindex: a.reindexOne,
		},
	}
	a.Chores = append(a.Chores, jobs.Chore{
		Name: "privacy", Lease: time.Hour, Every: 10 * time.Minute,
		Do: func(ctx context.Context) error {
			if err := a.Privacy.EnsurePublished(ctx); err != nil {
				return err
			}
			_, err := a.Privacy.Tick(ctx)
			if errors.Is(err, fault.Conflict) { // another program on this database is at it
				return nil
			}
			return err
		},
	})
	return nil
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
