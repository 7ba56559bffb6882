package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"loket/db"
)

// health adds the pages for machines: /healthz says that the process lives,
// /readyz that it can serve: migrations done, and a real write kept.
func (a *App) health() {
	asked := func(path string, answer gin.HandlerFunc) {
		a.router.GET(path, answer)
		a.router.HEAD(path, answer)
	}
	asked("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "alive\n") })
	asked("/readyz", func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), 6*time.Second)
		defer cancel()
		if err := a.Ready(ctx); err != nil {
			slog.Error("not ready", "err", err)
			c.String(http.StatusServiceUnavailable, "not ready\n")
			return
		}
		c.String(http.StatusOK, "ready\n")
	})
}

// Ready reports whether the program can serve: it writes to the database and to
// the file store, which a full disk refuses.
func (a *App) Ready(ctx context.Context) error {
	if done, err := a.DB.Migrated(ctx); err != nil || !done {
		return errNotMigrated(err)
	}
	_, err := db.Exec(ctx, a.DB, `
		INSERT INTO counter (name, value) VALUES ('ready', 1)
		ON CONFLICT (name) DO UPDATE SET value = counter.value + 1`)
	if err != nil {
		return err
	}
	return a.Files.Check(ctx)
}
