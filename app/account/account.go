// Package account is who uses the site: accounts, companies and who belongs to
// which, sessions, passwords, and the log of who did what.
package account

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"loket/db"
)

// Roles. A manager is a customer whose membership says so.
const (
	Customer  = "customer"
	StaffRole = "staff"
	AdminRole = "admin"
)

// Permissions that a member of staff can have, one for each field of work.
var Permissions = []string{"tickets", "ideas", "trainings", "demos", "contact", "hiring", "references", "privacy", "finance"}

// Account is a person who can sign in. Company, CompanyName and Manager are of
// the company that he acts for now.
type Account struct {
	ID          string
	Email       string
	VerifiedAt  *time.Time `db:"verified_at"`
	Name        string
	Phone       string
	Lang        string
	Theme       string
	Keys        bool
	Password    string
	Role        string
	Permissions string
	CompanyID   *string    `db:"company_id"`
	CreatedAt   time.Time  `db:"created_at"`
	ActiveAt    time.Time  `db:"active_at"`
	DisabledAt  *time.Time `db:"disabled_at"`
	WarnedAt    *time.Time `db:"warned_at"`

	CompanyName string `db:"company_name"`
	Manager     bool   `db:"manager"`
}

// Staff reports whether the account is of a colleague.
func (a *Account) Staff() bool { return a.Role == StaffRole || a.Role == AdminRole }

// Admin reports whether the account may set up the site.
func (a *Account) Admin() bool { return a.Role == AdminRole }

// May reports whether the account works in that field: an admin in all.
func (a *Account) May(permission string) bool {
	return a.Admin() || a.Role == StaffRole && slices.Contains(strings.Split(a.Permissions, ","), permission)
}

// Verified reports whether the address has been shown to be the person's.
func (a *Account) Verified() bool { return a.VerifiedAt != nil }

// Company is the id of the company that the account acts for, or empty.
func (a *Account) Company() string {
	if a.CompanyID == nil {
		return ""
	}
	return *a.CompanyID
}

// Readers are the tokens of what the account may find: see search.Doc.
// A nil account is a visitor.
func (a *Account) Readers() []string {
	readers := []string{"all"}
	if a == nil {
		return readers
	}
	readers = append(readers, "account:"+a.ID)
	if company := a.Company(); company != "" {
		readers = append(readers, "company:"+company, Member(company, a.ID))
		if a.Manager {
			readers = append(readers, "managers:"+company)
		}
	}
	for _, p := range Permissions {
		if a.May(p) {
			readers = append(readers, "staff:"+p)
		}
	}
	return readers
}

// Member is the reader that an account is as long as it belongs to a company:
// who has left finds nothing by it any more.
func Member(company, account string) string { return "member:" + company + ":" + account }

// First is the first word of the name.
func (a *Account) First() string {
	name, _, _ := strings.Cut(a.Name, " ")
	return name
}

const columns = `a.id, a.email, a.verified_at, a.name, a.phone, a.lang, a.theme, a.keys, a.password, a.role, a.permissions,
	a.company_id, a.created_at, a.active_at, a.disabled_at, a.warned_at,
	coalesce(c.name, '') AS company_name, coalesce(m.manager, FALSE) AS manager`

const joins = ` LEFT JOIN company c ON c.id = a.company_id
	LEFT JOIN membership m ON m.account_id = a.id AND m.company_id = a.company_id AND m.ended_at IS NULL`

// ByID returns the account with that id, or fault.NotFound.
func ByID(ctx context.Context, on db.Querier, id string) (Account, error) {
	return db.Get[Account](ctx, on, `SELECT `+columns+` FROM account a`+joins+` WHERE a.id = ?`, id)
}

// ByEmail returns the account with that address, or fault.NotFound.
func ByEmail(ctx context.Context, on db.Querier, email string) (Account, error) {
	return db.Get[Account](ctx, on, `SELECT `+columns+` FROM account a`+joins+` WHERE a.email = ?`, Address(email))
}

// Colleagues returns the people who belong to a company now, by name.
func Colleagues(ctx context.Context, on db.Querier, company string) ([]Account, error) {
	return db.All[Account](ctx, on, `
		SELECT a.id, a.email, a.verified_at, a.name, a.phone, a.lang, a.theme, a.keys, a.password, a.role, a.permissions,
			a.company_id, a.created_at, a.active_at, a.disabled_at, a.warned_at, c.name AS company_name, m.manager
		FROM membership m JOIN account a ON a.id = m.account_id JOIN company c ON c.id = m.company_id
		WHERE m.company_id = ? AND m.ended_at IS NULL ORDER BY a.name, a.id`, company)
}

// Agents returns the colleagues who work in a field (any when permission is
// empty), by name.
func Agents(ctx context.Context, on db.Querier, permission string) ([]Account, error) {
	all, err := db.All[Account](ctx, on, `SELECT `+columns+` FROM account a`+joins+`
		WHERE a.role IN ('staff', 'admin') AND a.disabled_at IS NULL ORDER BY a.name, a.id`)
	if err != nil || permission == "" {
		return all, err
	}
	return slices.DeleteFunc(all, func(a Account) bool { return !a.May(permission) }), nil
}

// Create adds an account and, if it names a company, the membership.
func Create(ctx context.Context, tx *db.Tx, a Account, manager bool) (Account, error) {
	if a.ID == "" {
		a.ID = rand.Text()
	}
	a.Email, a.ActiveAt = Address(a.Email), a.CreatedAt
	if a.Role == "" {
		a.Role = Customer
	}
	if a.Lang == "" {
		a.Lang = "nl"
	}
	_, err := db.ExecNamed(ctx, tx, `
		INSERT INTO account (id, email, verified_at, name, phone, lang, theme, keys, password, role, permissions, company_id, created_at, active_at)
		VALUES (:id, :email, :verified_at, :name, :phone, :lang, :theme, TRUE, :password, :role, :permissions, :company_id, :created_at, :active_at)`, a)
	if err != nil {
		return a, err
	}
	if a.CompanyID != nil {
		err = Join(ctx, tx, a.ID, *a.CompanyID, manager, a.CreatedAt)
	}
	a.Manager = manager
	return a, err
}

// Company is an organisation that uses the vendor's products.
type Company struct {
	ID        string
	Name      string
	Phone     string
	Address   string
	Size      string
	CreatedAt time.Time `db:"created_at"`
}

// CompanyByID returns the company with that id, or fault.NotFound.
func CompanyByID(ctx context.Context, on db.Querier, id string) (Company, error) {
	return db.Get[Company](ctx, on, `SELECT * FROM company WHERE id = ?`, id)
}

// Join makes an account a member of a company from now on, and lets it act for it.
func Join(ctx context.Context, tx *db.Tx, account, company string, manager bool, now time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO membership (id, account_id, company_id, manager, started_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, company_id) WHERE ended_at IS NULL DO UPDATE SET manager = excluded.manager`,
		rand.Text(), account, company, manager, now)
	if err == nil {
		_, err = db.Exec(ctx, tx, `UPDATE account SET company_id = ? WHERE id = ?`, company, account)
	}
	return err
}

// Leave ends a membership now, on the day that it is in now's zone: the desk's.
// The account then acts for another company of his, or for none.
func Leave(ctx context.Context, tx *db.Tx, account, company string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `UPDATE membership SET ended_at = ?, ended_on = ? WHERE account_id = ? AND company_id = ? AND ended_at IS NULL`,
		now, now.Format(time.DateOnly), account, company)
	if err == nil {
		_, err = db.Exec(ctx, tx, `
			UPDATE account SET company_id = (
				SELECT company_id FROM membership WHERE account_id = ? AND ended_at IS NULL ORDER BY started_at, id LIMIT 1)
			WHERE id = ? AND company_id = ?`, account, account, company)
	}
	return err
}
