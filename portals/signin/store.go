package signin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/links"
	"loket/db"
)

// identity is a provider that an account can be opened with.
type identity struct {
	ID        string
	AccountID string `db:"account_id"`
	Provider  string
	Subject   string
	Email     string
	CreatedAt time.Time `db:"created_at"`
	UsedAt    time.Time `db:"used_at"`
}

// identityOf returns who at a provider this is, or fault.NotFound.
func identityOf(ctx context.Context, on db.Querier, provider, subject string) (identity, error) {
	return db.Get[identity](ctx, on, `SELECT * FROM identity WHERE provider = ? AND subject = ?`, provider, subject)
}

// identities lists the providers that open an account.
func identities(ctx context.Context, on db.Querier, account string) ([]identity, error) {
	return db.All[identity](ctx, on, `SELECT * FROM identity WHERE account_id = ? ORDER BY provider, id`, account)
}

// attach makes a provider open an account. fault.Conflict: it opens another.
func attach(ctx context.Context, tx *db.Tx, account string, who person, now time.Time) error {
	return db.Insert(ctx, tx, "identity", identity{rand.Text(), account, who.Provider, who.Subject, who.Email, now, now})
}

// The stages of a sign-in at a provider.
const (
	stageBegun   = "begun"   // the browser is at the provider
	stageAddress = "address" // back, but without an address
	stageOffer   = "offer"   // back; the account with that address has to be opened another way first
)

// flow is a sign-in at a provider that is under way.
type flow struct {
	ID        string // hash of what the browser carries
	Provider  string
	Browser   string  // hash of the cookie of the browser that began it
	AccountID *string `db:"account_id"` // to which it is to be linked
	State     string  // progress as JSON
	Next      string
	CreatedAt time.Time `db:"created_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

type progress struct {
	Stage   string
	Secrets secrets
	Person  person
}

const (
	flowLasts  = 10 * time.Minute
	offerLasts = time.Hour
)

// begin keeps f and returns the secret that the browser takes along.
func (f flow) begin(ctx context.Context, on db.Querier, p progress, now time.Time, lasts time.Duration) (secret string, err error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	secret = account.Secret()
	f.ID, f.State, f.CreatedAt, f.ExpiresAt = account.Hash(secret), string(raw), now, now.Add(lasts)
	return secret, db.Insert(ctx, on, "oauth_flow", f)
}

func (f flow) progress() (progress, error) {
	var p progress
	return p, json.Unmarshal([]byte(f.State), &p)
}

// lookFlow returns the flow that a browser carries, at that stage, or fault.NotFound.
func lookFlow(ctx context.Context, on db.Querier, secret, browser, stage string, now time.Time) (flow, progress, error) {
	f, err := db.Get[flow](ctx, on, `SELECT * FROM oauth_flow WHERE id = ? AND browser = ? AND expires_at > ?`, account.Hash(secret), account.Hash(browser), now)
	if err != nil {
		return f, progress{}, err
	}
	return f.at(stage)
}

// takeFlow is lookFlow, and ends it: of two who come with it one gets fault.NotFound.
func takeFlow(ctx context.Context, d *db.DB, secret, browser, stage string, now time.Time) (flow, progress, error) {
	f, err := db.Get[flow](ctx, d.Writer(), `DELETE FROM oauth_flow WHERE id = ? AND browser = ? AND expires_at > ? RETURNING *`, account.Hash(secret), account.Hash(browser), now)
	if err != nil {
		return f, progress{}, err
	}
	return f.at(stage)
}

// signup is what somebody filled in, kept in his link until he shows that the
// address is his: before that there is no account.
type signup struct {
	Name, Company, Password, Lang, Next string
}

// social is who somebody was at a provider that does not vouch for his address.
type social struct {
	Person        person
	Browser, Lang string
	Next          string
}

func packed[T signup | social](v T) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and booleans only
	}
	return string(raw)
}

// anyone reports whether there is an account at all.
func anyone(ctx context.Context, on db.Querier) (bool, error) {
	return db.Get[bool](ctx, on, `SELECT EXISTS (SELECT 1 FROM account)`)
}

func setPassword(ctx context.Context, tx *db.Tx, id, hash string, now time.Time) error {
	// Every other way that was open ends with the old password.
	if err := account.EndAll(ctx, tx, id, ""); err != nil {
		return err
	}
	if err := dropLinks(ctx, tx, id); err != nil {
		return err
	}
	_, err := db.Exec(ctx, tx, `UPDATE account SET password = ?, verified_at = coalesce(verified_at, ?) WHERE id = ?`, hash, now, id)
	return err
}

// dropLinks ends every link that would open an account.
func dropLinks(ctx context.Context, tx *db.Tx, id string) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM link WHERE account_id = ? AND purpose IN (?)`, id, []string{linkReset, linkSignIn, linkVerify, linkWelcome, linkEmail})
	return err
}

func verify(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `UPDATE account SET verified_at = ? WHERE id = ? AND verified_at IS NULL`, now, id)
	return err
}

// membership is a company that somebody belongs to.
type membership struct {
	CompanyID string `db:"company_id"`
	Name      string
	Manager   bool
	StartedAt time.Time `db:"started_at"`
}

// memberships lists the companies that somebody belongs to now.
func memberships(ctx context.Context, on db.Querier, account string) ([]membership, error) {
	return db.All[membership](ctx, on, `
		SELECT m.company_id, c.name, m.manager, m.started_at
		FROM membership m JOIN company c ON c.id = m.company_id
		WHERE m.account_id = ? AND m.ended_at IS NULL ORDER BY c.name, c.id`, account)
}

// lockCompany makes others who change who belongs to a company wait for tx.
func lockCompany(ctx context.Context, tx *db.Tx, id string) error {
	_, err := db.Exec(ctx, tx, `UPDATE company SET name = name WHERE id = ?`, id)
	return err
}

// otherManagers counts the managers of a company besides one.
func otherManagers(ctx context.Context, on db.Querier, company, except string) (int, error) {
	return db.Get[int](ctx, on, `
		SELECT count(*) FROM membership m JOIN account a ON a.id = m.account_id
		WHERE m.company_id = ? AND m.ended_at IS NULL AND m.manager AND m.account_id <> ? AND a.disabled_at IS NULL`, company, except)
}

// Invitations name their company, and whether the invited becomes a manager, in
// the subject of the link: "COMPANY manager BY".
func invitationSubject(company string, manager bool, by string) string {
	as := "member"
	if manager {
		as = "manager"
	}
	return company + " " + as + " " + by
}

type invitation struct {
	links.Link
	Company, By string
	Manager     bool
}

func invitationOf(l links.Link) invitation {
	words := append(strings.Fields(l.Subject), "", "", "")
	return invitation{Link: l, Company: words[0], Manager: words[1] == "manager", By: words[2]}
}

// invitations lists who has been invited to a company and has not come, also who
// let a day ago or less go by until when he could.
func invitations(ctx context.Context, on db.Querier, company string) ([]invitation, error) {
	all, err := db.All[links.Link](ctx, on, `
		SELECT * FROM link WHERE purpose = ? AND subject >= ? AND subject < ? AND used_at IS NULL ORDER BY email, id`,
		linkInvitation, company+" ", company+"!")
	var open []invitation
	for _, l := range all {
		open = append(open, invitationOf(l))
	}
	return open, err
}

// withdrawBy takes back what somebody invited others to, who may not invite any
// more: to one company, or to all when it is empty.
func withdrawBy(ctx context.Context, tx *db.Tx, company, by string) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM link WHERE purpose = ? AND subject LIKE ? AND used_at IS NULL`, linkInvitation, company+"% "+by)
	return err
}

// uninvite takes back the invitations of an address to a company.
func uninvite(ctx context.Context, tx *db.Tx, company, address string) (int64, error) {
	return db.Exec(ctx, tx, `DELETE FROM link WHERE purpose = ? AND subject >= ? AND subject < ? AND email = ? AND used_at IS NULL`,
		linkInvitation, company+" ", company+"!", account.Address(address))
}

func (f flow) at(stage string) (flow, progress, error) {
	p, err := f.progress()
	if err == nil && p.Stage != stage {
		err = fault.NotFound
	}
	return f, p, err
}

// signedInBefore reports whether somebody has ever signed in, as far as the log goes.
func signedInBefore(ctx context.Context, on db.Querier, account string) (bool, error) {
	return db.Get[bool](ctx, on, `SELECT EXISTS (SELECT 1 FROM audit WHERE about_id = ? AND act = 'signin')`, account)
}
