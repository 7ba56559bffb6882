package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"loket/app/account"
	"loket/app/settings"
	"loket/db"
)

// Everybody in the demonstration company signs in with this password.
const demoPassword = "tekenkast-proeven"

var demoCompanies = []account.Company{
	{Name: "Van der Wal Bouw", Size: "50-100", Phone: "0301 55 00 10"},
	{Name: "Bouwgroep Zuid", Size: "100-250", Phone: "0301 55 00 20"},
	{Name: "Atelier Noord", Size: "10-50", Phone: "0301 55 00 30"},
	{Name: "Kroon Installaties", Size: "10-50", Phone: "0301 55 00 40"},
	{Name: "Gemeente Westerdam", Size: "250+", Phone: "0301 55 00 50"},
	{Name: "Ingenieursburo Lent", Size: "10-50", Phone: "0301 55 00 60"},
}

var demoPeople = []struct {
	name, email, company, role, permissions string
	manager                                 bool
}{
	{"Joost Bakker", "joost@vanderwal.example", "Van der Wal Bouw", account.Customer, "", false},
	{"Marit Hoekstra", "marit@vanderwal.example", "Van der Wal Bouw", account.Customer, "", true},
	{"Ties Mulder", "ties@vanderwal.example", "Van der Wal Bouw", account.Customer, "", false},
	{"Noor Smits", "noor@bouwgroepzuid.example", "Bouwgroep Zuid", account.Customer, "", true},
	{"Emre Yildiz", "emre@bouwgroepzuid.example", "Bouwgroep Zuid", account.Customer, "", false},
	{"Lotte de Graaf", "lotte@ateliernoord.example", "Atelier Noord", account.Customer, "", true},
	{"Pim Kroon", "pim@krooninstallaties.example", "Kroon Installaties", account.Customer, "", true},
	{"Anja Willems", "anja@westerdam.example", "Gemeente Westerdam", account.Customer, "", true},
	{"Ruben Vos", "ruben@lent.example", "Ingenieursburo Lent", account.Customer, "", true},
	{"Sanne Dekker", "sanne@tekenkast.example", "", account.StaffRole, "tickets,ideas,trainings,demos,contact", false},
	{"Daan Visser", "daan@tekenkast.example", "", account.StaffRole, "tickets,contact", false},
	{"Fatma Aydin", "fatma@tekenkast.example", "", account.AdminRole, "", false},
}

// Demonstrate fills an empty database with a living demonstration company,
// relative to now, and prints who can sign in. A database with accounts it
// leaves alone.
func (a *App) Demonstrate(ctx context.Context, out io.Writer) error {
	some, err := db.Get[bool](ctx, a.DB, `SELECT EXISTS (SELECT 1 FROM account)`)
	if err != nil {
		return err
	}
	if !some {
		ctx := a.Site.Catalog.With(ctx, "nl", a.Zone, a.Now())
		if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.fill(ctx, tx) }); err != nil {
			return fmt.Errorf("demonstration: %w", err)
		}
		if err := a.nights(ctx); err != nil {
			return fmt.Errorf("demonstration: %w", err)
		}
		if err := a.Reindex(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "Demonstration company Tekenkast. Everybody's password:", demoPassword)
	for _, p := range demoPeople {
		kind := p.role
		if p.manager {
			kind = "manager"
		}
		fmt.Fprintf(out, "  %-9s %-32s %s\n", kind, p.email, p.name)
	}
	return nil
}

// nights does the runs of the last week, as the company would have had them:
// a demonstration that keeps what it promised to erase would show a lie.
func (a *App) nights(ctx context.Context) error {
	if err := a.Privacy.EnsurePublished(ctx); err != nil {
		return err
	}
	then := a.Now().AddDate(0, 0, -7)
	past := *a.Privacy
	past.Now = func() time.Time { return then }
	for then = past.NextRun(then); !then.After(a.Now()); then = past.NextRun(then) {
		if _, err := past.Run(ctx, then, true); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) fill(ctx context.Context, tx *db.Tx) error {
	now := a.Now()
	vendor := settings.Vendor{Name: "Tekenkast", LegalName: "Tekenkast B.V.", Address: "Havenkade 12, 1234 AB Westerdam", Phone: "085 000 00 00", Email: "loket@tekenkast.example", Hue: 262, Chroma: "0.17"}
	products := []settings.Product{{Key: "uitgifte", Name: "Tekenkast Uitgifte"}, {Key: "projecten", Name: "Tekenkast Projecten"}, {Key: "viewer", Name: "Tekenkast Viewer"}}
	if err := settings.Put(ctx, tx, a.Settings, settings.VendorKey, vendor); err != nil {
		return err
	}
	if err := settings.Put(ctx, tx, a.Settings, settings.ProductsKey, products); err != nil {
		return err
	}
	demo := Demo{Now: now, People: map[string]account.Account{}}
	companies := map[string]string{}
	for _, c := range demoCompanies {
		c.ID, c.CreatedAt = rand.Text(), now.AddDate(-2, 0, 0)
		if err := db.Insert(ctx, tx, "company", c); err != nil {
			return err
		}
		_, err := db.Exec(ctx, tx, `INSERT INTO agreement (id, company_id, plan, started_on, created_at) VALUES (?, ?, 'Tekenkast Compleet', ?, ?)`,
			rand.Text(), c.ID, c.CreatedAt.Format(time.DateOnly), c.CreatedAt)
		if err != nil {
			return err
		}
		companies[c.Name] = c.ID
		demo.Companies = append(demo.Companies, c)
	}
	hash := a.Site.Passwords.Hash(demoPassword)
	for i, p := range demoPeople {
		since := now.AddDate(0, -14+i, 0)
		who := account.Account{Email: p.email, Name: p.name, Lang: "nl", Role: p.role, Permissions: p.permissions, Password: hash, CreatedAt: since, VerifiedAt: &since}
		if id, ok := companies[p.company]; ok {
			who.CompanyID = &id
		}
		made, err := account.Create(ctx, tx, who, p.manager)
		if err != nil {
			return err
		}
		made.CompanyName = p.company
		demo.People[made.First()] = made
	}
	if _, err := db.Exec(ctx, tx, `UPDATE account SET active_at = ?`, now); err != nil {
		return err
	}
	for _, p := range a.portals {
		if p.Demo == nil {
			continue
		}
		if err := p.Demo(ctx, tx, demo); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}
