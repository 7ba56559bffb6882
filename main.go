// Loket is the counter beside your product: tickets, ideas, trainings and the
// rest of what customers come to you for.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/db"
	"loket/portals"
	"loket/portals/signin"
)

const usage = `loket serve [--demo]                 the program; migrates first
loket user add --email E --name N [--role customer|staff|admin] [--permissions a,b]
               [--company C] [--manager]  password from standard input, or a mailed link
loket migrate                        only migrations
loket copy --from DB --to DB         moves a site between engines
loket backup FILE                    whole site, database and files, while it runs
loket restore [--ledger FILE] [--old] FILE
                                     into an empty place, replaying erasures made since
loket privacy run [--at TIME] [--dry-run] [--json] [--confirm]
                                     the nightly run, or what it would do
loket privacy register [--csv]       register of processing (GDPR art. 30)
loket privacy export --email E FILE.zip
loket privacy erase --email E        one person
loket version                        version, engine versions
`

// errUse is wrong use of a command: exit status 2.
var errUse = errors.New("wrong use")

// clock is the wall clock without the time since start-up that Go reads beside
// it: when somebody sets the machine's clock, it counts at once.
func clock() time.Time { return time.Now().Round(0) }

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: utc}))
	slog.SetDefault(log)
	tune()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:]); {
	case errors.Is(err, errUse):
		fmt.Fprintln(os.Stderr, strings.TrimPrefix(err.Error(), errUse.Error()+": "))
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "loket:", strings.ReplaceAll(err.Error(), "\n", ": "))
		os.Exit(1)
	}
}

func utc(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	}
	return a
}

// tune has the collector run less often, which costs 11 MiB and returns a fifth
// of the processor time, until a flood of sign-ins, of 19 MiB each, fills the memory;
// unless the operator decides otherwise.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(128 << 20)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: %s", errUse, usage)
	}
	commands := map[string]func(context.Context, []string) error{
		"serve": serve, "user": user, "migrate": migrate, "copy": copySite, "version": version,
		"backup": backup, "restore": restore, "privacy": privacyCommand,
		"help": func(context.Context, []string) error { fmt.Print(usage); return nil },
	}
	command, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("%w: loket: there is no command %q; loket help lists them", errUse, args[0])
	}
	return command(ctx, args[1:])
}

// parse reads a command's flags; anything left over is wrong use.
func parse(flags *flag.FlagSet, args []string) error {
	_, err := parseWith(flags, args)
	return err
}

// parseWith reads a command's flags and the words that it needs besides, in any
// order.
func parseWith(flags *flag.FlagSet, args []string, words ...string) (found []string, err error) {
	flags.SetOutput(io.Discard)
	for {
		if err := flags.Parse(args); err != nil {
			return nil, fmt.Errorf("%w: loket %s: %v", errUse, flags.Name(), err)
		}
		if flags.NArg() == 0 {
			break
		}
		found, args = append(found, flags.Arg(0)), flags.Args()[1:]
	}
	switch {
	case len(found) > len(words):
		return nil, fmt.Errorf("%w: loket %s: %q is too much", errUse, flags.Name(), found[len(words)])
	case len(found) < len(words):
		return nil, fmt.Errorf("%w: loket %s: %s is missing", errUse, flags.Name(), words[len(found)])
	}
	return found, nil
}

// open builds the program on the site that the environment names, which no
// other process uses.
func open(ctx context.Context) (*app.App, func(), error) {
	return openBy(ctx, db.Open, (*db.DB).Migrate)
}

// beside is open for a short command, also while the site runs in another process.
func beside(ctx context.Context) (*app.App, func(), error) {
	a, closing, err := open(ctx)
	if errors.Is(err, fault.Unavailable) {
		return openBy(ctx, db.OpenBeside, migratedByOther)
	}
	return a, closing, err
}

// migratedByOther waits until the program that serves the site has migrated it.
func migratedByOther(d *db.DB, ctx context.Context) error {
	for range 100 {
		if done, err := d.Migrated(ctx); err == nil && done { // an error: it has hardly begun
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the loket that serves this site is of another version: restart it first")
}

func openBy(ctx context.Context, how func(string) (*db.DB, error), migrate func(*db.DB, context.Context) error) (*app.App, func(), error) {
	cfg, err := app.ReadConfig()
	if err != nil {
		return nil, nil, err
	}
	d, err := how(cfg.DB)
	if err != nil {
		return nil, nil, fmt.Errorf("LOKET_DB: %w", err)
	}
	closing := func() {
		if err := d.Close(); err != nil {
			slog.Error("closing the database", "err", err)
		}
	}
	if err := migrate(d, ctx); err != nil {
		closing()
		return nil, nil, err
	}
	secret, err := cfg.SecretBytes()
	if err != nil {
		closing()
		return nil, nil, fmt.Errorf("LOKET_SECRET: %w", err)
	}
	a, err := build(ctx, cfg, d, secret)
	if err != nil {
		closing()
		return nil, nil, err
	}
	return a, closing, nil
}

func build(ctx context.Context, cfg app.Config, d *db.DB, secret []byte) (*app.App, error) {
	store, err := files.Open(ctx, cfg.Files, clock, files.Limits{})
	if err != nil {
		return nil, fmt.Errorf("LOKET_FILES: %w", err)
	}
	return app.New(app.Parts{
		Config: cfg, DB: d, Files: store, Secret: secret,
		Now: clock, Deadline: func(ahead time.Duration) time.Time { return time.Now().Add(ahead) },
		Passwords: account.NewHasher(),
	}, portals.All...)
}

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	demo := flags.Bool("demo", false, "fill an empty database with a demonstration company")
	if err := parse(flags, args); err != nil {
		return err
	}
	a, closing, err := open(ctx)
	if err != nil {
		return err
	}
	defer closing()
	// A database that was put back by hand knows nothing of what was erased since.
	if n, err := a.Privacy.Replay(ctx, a.Privacy.Ledger); err != nil {
		return fmt.Errorf("erasures made since the backup: %w", err)
	} else if n > 0 {
		slog.Warn("erased again what was erased since the backup", "rows", n)
	}
	if *demo {
		if err := a.Demonstrate(ctx, os.Stdout); err != nil {
			return err
		}
	}
	first, err := signin.FirstAdmin(ctx, &a.Host)
	if err != nil {
		return err
	}
	if first != "" {
		fmt.Println("Nobody has an account yet. Make the first administrator at, within 24 hours:\n  " + first)
	}
	return a.Run(ctx, func(address string) {
		slog.Info("serving", "address", address, "url", a.Config.URL)
	})
}

func migrate(ctx context.Context, args []string) error {
	if err := parse(flag.NewFlagSet("migrate", flag.ContinueOnError), args); err != nil {
		return err
	}
	cfg, err := app.ReadConfig()
	if err != nil {
		return err
	}
	d, err := db.Open(cfg.DB)
	if err != nil {
		return fmt.Errorf("LOKET_DB: %w", err)
	}
	defer d.Close()
	return d.Migrate(ctx)
}

func user(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "add" {
		return fmt.Errorf("%w: loket user: it takes add, as in loket user add --email E --name N", errUse)
	}
	flags := flag.NewFlagSet("user add", flag.ContinueOnError)
	var u signin.NewUser
	flags.StringVar(&u.Email, "email", "", "address")
	flags.StringVar(&u.Name, "name", "", "name")
	flags.StringVar(&u.Role, "role", account.Customer, "customer, staff or admin")
	flags.StringVar(&u.Permissions, "permissions", "", "fields of work, with commas")
	flags.StringVar(&u.Company, "company", "", "name of the company")
	flags.BoolVar(&u.Manager, "manager", false, "sees all of the company")
	if err := parse(flags, args[1:]); err != nil {
		return err
	}
	if err := u.Check(); err != nil {
		return fmt.Errorf("%w: loket user add: %w", errUse, err)
	}
	password, err := passwordFrom(os.Stdin)
	if err != nil {
		return err
	}
	u.Password = password
	a, closing, err := beside(ctx)
	if err != nil {
		return err
	}
	defer closing()
	said, err := signin.AddUser(ctx, &a.Host, u)
	if err != nil {
		return err
	}
	if password == "" { // the mail with the link goes out now
		if err := a.Jobs.RunDue(ctx); err != nil {
			return err
		}
	}
	fmt.Println(said)
	return nil
}

// passwordFrom reads the first line of standard input, unless it is a terminal.
func passwordFrom(in *os.File) (string, error) {
	info, err := in.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return "", err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func copySite(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("copy", flag.ContinueOnError)
	from := flags.String("from", "", "database to read")
	to := flags.String("to", "", "empty database to fill")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *from == "" || *to == "" {
		return fmt.Errorf("%w: loket copy --from DB --to DB", errUse)
	}
	if err := db.Exists(*from); err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	source, err := db.Open(*from)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer source.Close()
	target, err := db.Open(*to)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer target.Close()
	if err := errors.Join(source.Migrate(ctx), target.Migrate(ctx)); err != nil {
		return err
	}
	if some, err := app.Inhabited(ctx, target); err != nil {
		return fmt.Errorf("--to: %w", err)
	} else if some {
		return errors.New("--to: there are accounts in that database already")
	}
	n, err := db.Copy(ctx, source, target)
	if err != nil {
		return err
	}
	cfg, err := app.ReadConfig()
	if err != nil {
		return err
	}
	cfg.DB = *to
	a, err := build(ctx, cfg, target, []byte("only to make the search index anew"))
	if err != nil {
		return err
	}
	if err := a.Reindex(ctx); err != nil {
		return err
	}
	fmt.Printf("%d rows copied. Set LOKET_DB to the new database and keep LOKET_FILES and the secret.\n", n)
	return nil
}

func backup(ctx context.Context, args []string) error {
	words, err := parseWith(flag.NewFlagSet("backup", flag.ContinueOnError), args, "FILE")
	if err != nil {
		return err
	}
	cfg, err := app.ReadConfig()
	if err != nil {
		return err
	}
	d, err := db.OpenBeside(cfg.DB)
	if err != nil {
		return fmt.Errorf("LOKET_DB: %w", err)
	}
	defer d.Close()
	store, err := files.Open(ctx, cfg.Files, clock, files.Limits{})
	if err != nil {
		return fmt.Errorf("LOKET_FILES: %w", err)
	}
	defer store.Close()
	made, err := app.Backup(ctx, cfg, d, store, clock(), words[0])
	if err != nil {
		return err
	}
	fmt.Printf("%d parts in %s; keep it as safe as the site itself, and no longer than 35 days.\n", len(made.Parts), words[0])
	if len(made.Missing) > 0 {
		fmt.Printf("%d files have no bytes: %s\n", len(made.Missing), strings.Join(made.Missing, " "))
	}
	return nil
}

func restore(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	ledger := flags.String("ledger", "", "erasures.log of the site that is gone, when it is not in the data folder")
	old := flags.Bool("old", false, "also a backup from which not all that was erased can be erased again")
	words, err := parseWith(flags, args, "FILE")
	if err != nil {
		return err
	}
	cfg, err := app.ReadConfig()
	if err != nil {
		return err
	}
	store, err := files.Open(ctx, cfg.Files, clock, files.Limits{})
	if err != nil {
		return fmt.Errorf("LOKET_FILES: %w", err)
	}
	defer store.Close()
	oldest := clock().Add(-app.BackupsFor)
	if *old {
		oldest = time.Time{}
	}
	made, err := app.Restore(ctx, cfg, store, words[0], oldest)
	if err != nil {
		return err
	}
	a, closing, err := open(ctx)
	if err != nil {
		return err
	}
	defer closing()
	again, err := a.ReplayAll(ctx, *ledger)
	if err != nil {
		return err
	}
	fmt.Printf("The site of %s is back: %d parts. %d rows were erased again. Everybody signs in anew.\n", made.MadeAt.Format(time.RFC3339), len(made.Parts), again)
	return nil
}

func privacyCommand(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: loket privacy run | register | export | erase", errUse)
	}
	flags := flag.NewFlagSet("privacy "+args[0], flag.ContinueOnError)
	switch args[0] {
	case "run":
		at := flags.String("at", "", "as if it were that moment")
		dry := flags.Bool("dry-run", false, "only say what it would do")
		asJSON := flags.Bool("json", false, "a JSON object for every row")
		confirm := flags.Bool("confirm", false, "also an improbable share of a table")
		if err := parse(flags, args[1:]); err != nil {
			return err
		}
		run := app.PrivacyRun{At: clock(), Dry: *dry, JSON: *asJSON, Confirm: *confirm}
		if *at != "" {
			moment, err := time.Parse(time.RFC3339, *at)
			if err != nil {
				return fmt.Errorf("%w: loket privacy run: --at %q is no moment such as 2027-04-12T04:15:00+02:00", errUse, *at)
			}
			run.At = moment
		}
		return onSite(ctx, func(a *app.App) error { return a.RunPrivacy(ctx, os.Stdout, run) })
	case "register":
		asCSV := flags.Bool("csv", false, "for a spreadsheet")
		if err := parse(flags, args[1:]); err != nil {
			return err
		}
		return onSite(ctx, func(a *app.App) error { return a.PrivacyRegister(ctx, os.Stdout, *asCSV) })
	case "export":
		email := flags.String("email", "", "of the person")
		words, err := parseWith(flags, args[1:], "FILE.zip")
		if err == nil {
			err = address(flags, *email)
		}
		if err != nil {
			return err
		}
		return onSite(ctx, func(a *app.App) error { return a.PrivacyExport(ctx, *email, words[0]) })
	case "erase":
		email := flags.String("email", "", "of the person")
		if err := parse(flags, args[1:]); err != nil {
			return err
		}
		if err := address(flags, *email); err != nil {
			return err
		}
		return onSite(ctx, func(a *app.App) error { return a.PrivacyErase(ctx, os.Stdout, *email) })
	}
	return fmt.Errorf("%w: loket privacy run | register | export | erase, not %q", errUse, args[0])
}

// address refuses what cannot be the address of a person.
func address(flags *flag.FlagSet, email string) error {
	if email == "" {
		return fmt.Errorf("%w: loket %s: --email is missing", errUse, flags.Name())
	}
	if name, host, ok := strings.Cut(strings.TrimSpace(email), "@"); !ok || name == "" || host == "" {
		return fmt.Errorf("%w: loket %s: --email %q is no address", errUse, flags.Name(), email)
	}
	return nil
}

func onSite(ctx context.Context, do func(*app.App) error) error {
	a, closing, err := beside(ctx)
	if err != nil {
		return err
	}
	defer closing()
	return do(a)
}

func version(ctx context.Context, args []string) error {
	if err := parse(flag.NewFlagSet("version", flag.ContinueOnError), args); err != nil {
		return err
	}
	revision := "development"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
		fmt.Println("loket", revision, info.GoVersion)
	}
	cfg, err := app.ReadConfig()
	if err != nil {
		return err
	}
	engine, err := db.EngineAt(ctx, cfg.DB)
	if err != nil {
		return fmt.Errorf("LOKET_DB: %w", err)
	}
	fmt.Println(engine)
	return nil
}
