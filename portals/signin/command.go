package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/links"
	"loket/db"
)

// NewUser is a person whom the operator adds with `loket user add`.
type NewUser struct {
	Email, Name, Role string
	Permissions       string // of a colleague, with commas
	Company           string // by name; made when there is none of that name
	Manager           bool
	Password          string // empty mails a link to choose one
}

// AddUser adds a person and says in a sentence what happened. The address of
// who gets a password counts as his; others show it by the link they are mailed.
func AddUser(ctx context.Context, host *app.Host, u NewUser) (string, error) {
	if err := u.check(); err != nil {
		return "", err
	}
	now := host.Now()
	who := account.Account{Email: u.Email, Name: u.Name, Role: u.Role, Permissions: u.Permissions, CreatedAt: now}
	if u.Password != "" {
		who.VerifiedAt = &now
		if reason := account.Weakness(u.Password, u.Email, u.Name, host.Site.Vendor().Name); reason != "" {
			return "", fmt.Errorf("the password is %s: it takes 12 to 128 characters that others would not try first", reason)
		}
		who.Password = host.Site.Passwords.Hash(u.Password)
	}
	ctx = host.Site.Catalog.With(ctx, "nl", host.Zone, now)
	err := host.DB.Tx(ctx, func(tx *db.Tx) error {
		if u.Company != "" {
			id, err := companyNamed(ctx, tx, u.Company)
			if errors.Is(err, fault.NotFound) {
				made := newCompany(u.Company, now)
				id, err = made.ID, insertCompany(ctx, tx, made)
			}
			if err != nil {
				return err
			}
			who.CompanyID = &id
		}
		made, err := account.Create(ctx, tx, who, u.Manager)
		if err != nil {
			return err
		}
		if err := account.Audit(ctx, tx, account.Entry{At: now, Act: "role", Object: strings.TrimSpace(made.Role + " " + made.Permissions), AboutID: made.ID}); err != nil {
			return err
		}
		if u.Password != "" {
			return nil
		}
		secret, err := links.Only(ctx, tx, links.Link{Purpose: linkWelcome, AccountID: &made.ID, Email: made.Email}, now, invitationLasts)
		if err != nil {
			return err
		}
		return host.Mail.Send(ctx, tx, to(made), linked("welcome", host.Config.URL+"/signin/welcome/"+secret))
	})
	switch {
	case errors.Is(err, fault.Conflict):
		return "", fmt.Errorf("%s has an account already", account.Address(u.Email))
	case err != nil:
		return "", err
	case u.Password == "":
		return account.Address(u.Email) + " has an account and gets a mail to choose a password.", nil
	}
	return account.Address(u.Email) + " has an account.", nil
}

func (u NewUser) check() error {
	if !slices.Contains([]string{account.Customer, account.StaffRole, account.AdminRole}, u.Role) {
		return fmt.Errorf("--role %q is none of customer, staff, admin", u.Role)
	}
	for permission := range strings.SplitSeq(u.Permissions, ",") {
		if permission != "" && !slices.Contains(account.Permissions, permission) {
			return fmt.Errorf("--permissions %q is none of %s", permission, strings.Join(account.Permissions, ", "))
		}
	}
	if at := strings.IndexByte(u.Email, '@'); at < 1 || at == len(u.Email)-1 || strings.ContainsAny(u.Email, " ,<>\r\n") {
		return fmt.Errorf("--email %q is no address", u.Email)
	}
	return nil
}
