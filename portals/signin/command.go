package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/links"
	"loket/app/text"
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

// AddUser adds a person, checked before, and says in a sentence what happened. The address of
// who gets a password counts as his; others show it by the link they are mailed.
func AddUser(ctx context.Context, host *app.Host, u NewUser) (string, error) {
	now := host.Now()
	who := account.Account{Email: u.Email, Name: u.Name, Role: u.Role, Permissions: u.Permissions, CreatedAt: now}
	if u.Password != "" {
		who.VerifiedAt = &now
		if reason := account.Weakness(u.Password, u.Email, u.Name, u.Company, host.Site.Vendor().Name); reason != "" {
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

// Check makes what was filled in fit to keep, and says in a sentence what is wrong
// with it.
func (u *NewUser) Check() error {
	u.Email, u.Name, u.Company = account.Address(u.Email), text.Line(u.Name), text.Line(u.Company)
	switch {
	case u.Email == "" || u.Name == "":
		return errors.New("--email and --name are needed")
	case !account.IsAddress(u.Email):
		return fmt.Errorf("--email %q is no address", u.Email)
	case utf8.RuneCountInString(u.Name) > 120 || utf8.RuneCountInString(u.Company) > 120:
		return errors.New("--name and --company take 120 characters at most")
	case !slices.Contains([]string{account.Customer, account.StaffRole, account.AdminRole}, u.Role):
		return fmt.Errorf("--role %q is none of customer, staff, admin", u.Role)
	case u.Manager && u.Company == "":
		return errors.New("--manager needs --company, which it is of")
	}
	fields := strings.FieldsFunc(u.Permissions, func(r rune) bool { return r == ',' || r == ' ' })
	for _, field := range fields {
		if !slices.Contains(account.Permissions, field) {
			return fmt.Errorf("--permissions %q is none of %s", field, strings.Join(account.Permissions, ", "))
		}
	}
	if len(fields) > 0 && u.Role == account.Customer {
		return errors.New("--permissions needs --role staff")
	}
	u.Permissions = ""
	if u.Role == account.StaffRole { // an admin has them all
		u.Permissions = strings.Join(slices.Compact(slices.Sorted(slices.Values(fields))), ",")
	}
	return nil
}
