package ideas

import (
	"testing"
	"time"

	"loket/db"
)

// SummedHeat is the heat of an idea added up from all its votes and comments.
func SummedHeat(t *testing.T, d *db.DB, id string, zone *time.Location) float64 {
	t.Helper()
	heat, err := summedHeat(t.Context(), d, id, zone)
	if err != nil {
		t.Fatal(err)
	}
	return heat
}
