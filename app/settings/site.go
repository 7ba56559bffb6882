package settings

import (
	"context"
	"time"

	"loket/app/hours"
)

// Vendor is whose counter this is.
type Vendor struct {
	Name      string // as people say it: Tekenkast
	LegalName string // as it is registered: Tekenkast B.V.
	Address   string
	Phone     string
	Email     string
	Hue       int    // of the brand's colour, 0 to 359
	Chroma    string // of the brand's colour, 0.04 to 0.22
}

// Product is something that tickets, ideas and trainings are about.
type Product struct {
	Key, Name string
	Retired   bool
}

var (
	// VendorKey is whose counter this is.
	VendorKey = Key[Vendor]{"vendor", Vendor{Name: "Loket", LegalName: "Loket", Hue: 262, Chroma: "0.17"}}
	// ProductsKey is the list of products, in the order of the menus.
	ProductsKey = Key[[]Product]{"products", nil}
	// KeptKey is how the promise of an answer was kept lately, as the front page
	// shows it. Nobody sets it: the counter that answers reckons it.
	KeptKey = Key[Kept]{"kept", Kept{}}
)

// CalendarKey is when the desk is open; in zone until somebody sets it:
// Monday to Friday 08:30 to 17:00, closed on Dutch holidays.
func CalendarKey(zone *time.Location) Key[hours.Calendar] {
	day := []hours.Window{{Open: hours.HM(8, 30), Close: hours.HM(17, 0)}}
	var week hours.Week
	for d := time.Monday; d <= time.Friday; d++ {
		week[d] = day
	}
	return Key[hours.Calendar]{"calendar", hours.Calendar{Zone: zone, Week: week, Dutch: &hours.Options{}}}
}

// Products returns the products that can still be chosen.
func (s *Store) Products(ctx context.Context) ([]Product, error) {
	all, err := Get(ctx, s, ProductsKey)
	var current []Product
	for _, p := range all {
		if !p.Retired {
			current = append(current, p)
		}
	}
	return current, err
}

// ProductName returns the name of the product with that key, or the key of one
// that is no longer on the list.
func (s *Store) ProductName(ctx context.Context, key string) string {
	all, err := Get(ctx, s, ProductsKey)
	if err != nil {
		return key
	}
	for _, p := range all {
		if p.Key == key {
			return p.Name
		}
	}
	return key
}

// Kept is how well questions were answered in the last thirty days. The zero
// value is that there is too little to say.
type Kept struct {
	Answers int           // that had been promised
	InTime  int           // of those
	Median  time.Duration // of working time until the first answer
}

// Percent is the share that was in time, rounded down: only all is 100.
func (k Kept) Percent() int {
	if k.Answers == 0 {
		return 0
	}
	return 100 * k.InTime / k.Answers
}
