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
loket version                        version, engine versions
`

// errUse is wrong use of a command: exit status 2.
var errUse = errors.New("wrong use")

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
		fmt.Fprintln(os.Stderr, "loket:", err)
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
// of the processor time, unless the operator decides otherwise.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(512 << 20)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: %s", errUse, usage)
	}
	commands := map[string]func(context.Context, []string) error{
		"serve": serve, "user": user, "migrate": migrate, "copy": copySite, "version": version,
		"help": func(context.Context, []string) error { fmt.Print(usage); return nil },
	}
	command, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("%w: no command %q\n%s", errUse, args[0], usage)
	}
	return command(ctx, args[1:])
}

// parse reads a command's flags; anything left over is wrong use.
func parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: loket %s: %v", errUse, flags.Name(), err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: loket %s: %q is too much", errUse, flags.Name(), flags.Arg(0))
	}
	return nil
}

// open builds the program on the site that the environment names.
func open(ctx context.Context) (*app.App, func(), error) {
	cfg, err := app.ReadConfig()
	if err != nil {
		return nil, nil, err
	}
	secret, err := cfg.SecretBytes()
	if err != nil {
		return nil, nil, fmt.Errorf("LOKET_SECRET: %w", err)
	}
	d, err := db.Open(cfg.DB)
	if err != nil {
		return nil, nil, fmt.Errorf("LOKET_DB: %w", err)
	}
	closing := func() {
		if err := d.Close(); err != nil {
			slog.Error("closing the database", "err", err)
		}
	}
	if err := d.Migrate(ctx); err != nil {
		closing()
		return nil, nil, err
	}
	a, err := build(ctx, cfg, d, secret)
	if err != nil {
		closing()
		return nil, nil, err
	}
	return a, closing, nil
}

func build(ctx context.Context, cfg app.Config, d *db.DB, secret []byte) (*app.App, error) {
	store, err := files.Open(ctx, cfg.Files, time.Now, files.Limits{})
	if err != nil {
		return nil, fmt.Errorf("LOKET_FILES: %w", err)
	}
	return app.New(app.Parts{
		Config: cfg, DB: d, Files: store, Secret: secret,
		Now: time.Now, Deadline: func(ahead time.Duration) time.Time { return time.Now().Add(ahead) },
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
		return fmt.Errorf("%w: loket user add …\n%s", errUse, usage)
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
	if u.Email == "" || u.Name == "" {
		return fmt.Errorf("%w: loket user add: --email and --name are needed", errUse)
	}
	password, err := passwordFrom(os.Stdin)
	if err != nil {
		return err
	}
	u.Password = password
	a, closing, err := open(ctx)
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
	d, err := db.Open(cfg.DB)
	if err != nil {
		return fmt.Errorf("LOKET_DB: %w", err)
	}
	defer d.Close()
	engine, err := d.Engine(ctx)
	if err != nil {
		return err
	}
	fmt.Println(engine)
	return nil
}
