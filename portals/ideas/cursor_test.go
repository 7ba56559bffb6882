package ideas

import (
	"math"
	"testing"
)

// FuzzCursor: whatever stands in an address, a page begins at a place that the
// database can compare, and the place that a page names is found again.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "1_2_3", "1_2.5_3", "-1_2_3", "1_NaN_3", "1_Inf_3", "1_1e999_3", "_", "1__1", "9223372036854775808_1_1", "1_2_3_4", "0_-7_1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, order := range orderNames {
			at := filter{Order: order}.from(cursor)
			if math.IsNaN(at.Heat) || math.IsInf(at.Heat, 0) || at.Number < 1 || at.Since < -1 {
				t.Errorf("%s %q: %+v", order, cursor, at)
			}
		}
	})
}
