package ideas

import (
	"context"

	"loket/app"
	"loket/db"
)

func (p *portal) demo(ctx context.Context, tx *db.Tx, d app.Demo) error { return nil }
