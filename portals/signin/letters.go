package signin

import (
	"context"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/web"
)

// to addresses a letter to somebody with an account.
func to(a account.Account) mail.To { return mailTo(a, a.Email) }

// mailTo addresses a letter to somebody at another address than his own.
func mailTo(a account.Account, address string) mail.To {
	return mail.To{AccountID: a.ID, Address: address, Name: a.Name, Lang: a.Lang}
}

// stranger addresses a letter to somebody of whom only the address is known.
func stranger(address, name, lang string) mail.To {
	return mail.To{Address: account.Address(address), Name: name, Lang: lang}
}

// letter is a letter of this counter: its subject, first line and heading are
// the texts of its kind.
func letter(ctx context.Context, kind string, parts ...mail.Part) mail.Letter {
	key := "signin.mail." + kind
	return mail.Letter{
		Kind: "signin." + kind, Subject: i18n.T(ctx, key+".subject"), Preheader: i18n.T(ctx, key+".preheader"),
		Heading: i18n.T(ctx, key+".heading"), Parts: parts,
	}
}

// linked is a letter with one thing to do: a text, a button and small print.
func linked(kind, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		key := "signin.mail." + kind
		return letter(ctx, kind, mail.Para(i18n.T(ctx, key+".text")), mail.Button(i18n.T(ctx, key+".button"), url), mail.Fine(i18n.T(ctx, key+".fine")))
	}
}

// confirmSocial asks to confirm an address that a provider did not vouch for.
func confirmSocial(provider, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "social", mail.Para(i18n.T(ctx, "signin.mail.social.text", provider)),
			mail.Button(i18n.T(ctx, "signin.mail.social.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.social.fine")))
	}
}

// emailAsked tells the present address that another was asked for.
func emailAsked(address, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "email_asked", mail.Para(i18n.T(ctx, "signin.mail.email_asked.text", address)),
			mail.Button(i18n.T(ctx, "signin.mail.email_asked.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.email_asked.fine")))
	}
}

// emailChanged tells the old address that it is no longer the one.
func emailChanged(address string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "email_changed", mail.Para(i18n.T(ctx, "signin.mail.email_changed.text", address)),
			mail.Fine(i18n.T(ctx, "signin.mail.email_changed.fine")))
	}
}

// newDevice tells that somebody signed in on a browser not seen before.
func newDevice(device string, at time.Time, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "device", mail.Para(i18n.T(ctx, "signin.mail.device.text")),
			mail.Facts(i18n.T(ctx, "signin.mail.device.what"), device, i18n.T(ctx, "signin.mail.device.when"), i18n.DateTime(ctx, at)),
			mail.Button(i18n.T(ctx, "signin.mail.device.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.device.fine")))
	}
}

// providerLinked tells that an account can now be opened through a provider.
func providerLinked(provider, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "linked", mail.Para(i18n.T(ctx, "signin.mail.linked.text", provider)),
			mail.Button(i18n.T(ctx, "signin.mail.linked.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.linked.fine")))
	}
}

// invited asks somebody to join a company.
func invited(by, company, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		l := letter(ctx, "invitation", mail.Para(i18n.T(ctx, "signin.mail.invitation.text", by, company)),
			mail.Button(i18n.T(ctx, "signin.mail.invitation.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.invitation.fine")))
		l.Subject, l.Heading = i18n.T(ctx, "signin.mail.invitation.subject", company), i18n.T(ctx, "signin.mail.invitation.heading", company)
		return l
	}
}

// parted tells somebody that he no longer belongs to a company.
func parted(company, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		l := letter(ctx, "parted", mail.Para(i18n.T(ctx, "signin.mail.parted.text", company)),
			mail.Button(i18n.T(ctx, "signin.mail.parted.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.parted.fine")))
		l.Subject, l.Heading = i18n.T(ctx, "signin.mail.parted.subject", company), i18n.T(ctx, "signin.mail.parted.heading", company)
		return l
	}
}

// asked tells a manager that somebody who signed up says that he works there.
func asked(name, address, company, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "asked", mail.Para(i18n.T(ctx, "signin.mail.asked.text", name, address, company)),
			mail.Button(i18n.T(ctx, "signin.mail.asked.button"), url), mail.Fine(i18n.T(ctx, "signin.mail.asked.fine")))
	}
}

// samples are one of each letter.
func samples(site string) []mail.Sample {
	at := func(path string) string { return site + path + "voorbeeld" }
	var all []mail.Sample
	add := func(kind string, make func(context.Context) mail.Letter) {
		all = append(all, mail.Sample{Name: "signin." + kind, Make: make})
	}
	for _, l := range []struct{ kind, path string }{
		{"verify", "/signin/verify/"}, {"known", "/signin/forgot?"}, {"reset", "/signin/reset/"}, {"link", "/signin/link/"},
		{"welcome", "/signin/welcome/"}, {"email", "/signin/email/"}, {"password", "/signin/forgot?"}, {"social_known", "/signin/link/"},
	} {
		add(l.kind, linked(l.kind, at(l.path)))
	}
	add("social", confirmSocial("Facebook", at("/signin/social/")))
	add("email_asked", emailAsked("joost@bouwnieuw.example", at("/signin/forgot?")))
	add("email_changed", emailChanged("joost@bouwnieuw.example"))
	add("device", newDevice(web.Device("Firefox/140 Linux"), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), at("/profile?")))
	add("linked", providerLinked("Google", at("/profile?")))
	add("invitation", invited("Marit Hoekstra", "Van der Wal Bouw", at("/invitation/")))
	add("parted", parted("Van der Wal Bouw", at("/company?")))
	add("asked", asked("Ties Mulder", "ties@vanderwal.example", "Van der Wal Bouw", at("/company/invite?")))
	return all
}
