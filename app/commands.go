package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/privacy"
)

// PrivacyRun is what the command line asks of the nightly run.
type PrivacyRun struct {
	At      time.Time
	Dry     bool // only say what it would do
	JSON    bool
	Confirm bool // also what the guard against an improbable share holds back
}

// RunPrivacy does the nightly run, or says what it would do, a line for every
// row. A row that could not be erased is an error after all lines.
func (a *App) RunPrivacy(ctx context.Context, to io.Writer, run PrivacyRun) error {
	if run.Dry {
		due, err := a.Privacy.Due(ctx, run.At, run.Confirm)
		if err != nil {
			return err
		}
		return a.printDue(to, due, run.JSON)
	}
	if err := a.Privacy.EnsurePublished(ctx); err != nil {
		return err
	}
	if _, err := a.Privacy.EraseDue(ctx); err != nil {
		return err
	}
	done, err := a.Privacy.Run(ctx, run.At, run.Confirm)
	if errors.Is(err, fault.Conflict) {
		return errors.New("a run is under way in another program")
	}
	if err != nil {
		return err
	}
	if _, err := a.Mail.Tidy(ctx); err != nil {
		return err
	}
	if err := a.printDue(to, done.Due, run.JSON); err != nil {
		return err
	}
	if len(done.Failures) > 0 {
		return fmt.Errorf("%d rows could not be erased; the next run tries them again: %w", len(done.Failures), errors.Join(done.Failures...))
	}
	return nil
}

func (a *App) printDue(to io.Writer, due []privacy.Due, asJSON bool) error {
	for _, d := range due {
		line, err := json.Marshal(d)
		if !asJSON {
			line = []byte(strings.Join([]string{d.Purpose, d.Table, d.Row, d.Rule, rfc3339(d.Trigger), rfc3339(d.At), string(d.Blocker)}, "\t"))
		}
		if err != nil {
			return err
		}
		if _, err := to.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func rfc3339(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}

// PrivacyRegister writes the register of processing activities (GDPR art. 30).
func (a *App) PrivacyRegister(ctx context.Context, to io.Writer, asCSV bool) error {
	rows, err := a.Privacy.Register(ctx, "nl")
	if err != nil {
		return err
	}
	if asCSV {
		return privacy.RegisterCSV(to, rows)
	}
	for _, r := range rows {
		_, err := fmt.Fprintf(to, "%s (%s)\n", r.Title, r.Key)
		for _, part := range []struct {
			name string
			list []string
		}{
			{"verantwoordelijke", []string{r.Controller}}, {"doel", []string{r.Why}}, {"betrokkenen", r.Subjects}, {"gegevens", r.Categories}, {"grondslag", r.Basis},
			{"ontvangers", r.Recipients}, {"doorgifte", r.Transfers}, {"termijn", r.Terms}, {"beveiliging", r.Security}, {"tabellen", r.Tables},
		} {
			if text := strings.Join(part.list, "; "); text != "" && err == nil {
				_, err = fmt.Fprintf(to, "  %-18s %s\n", part.name, text)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// PrivacyErase erases a person without a window to stop it, and says what was
// done for each purpose.
func (a *App) PrivacyErase(ctx context.Context, to io.Writer, email string) error {
	if err := a.Privacy.EnsurePublished(ctx); err != nil {
		return err
	}
	report, err := a.Privacy.EraseNow(ctx, privacy.Subject{Email: email}, nil)
	if err != nil {
		return err
	}
	for _, line := range report.Purposes {
		if line.Deleted+line.Anonymised+line.Kept == 0 {
			continue
		}
		var why []string
		for _, w := range line.Why {
			why = append(why, w.EN)
		}
		until := ""
		if !line.Until.IsZero() {
			until = " until " + line.Until.String()
		}
		fmt.Fprintf(to, "%s: deleted %d, anonymised %d, kept %d%s. %s\n", line.Purpose, line.Deleted, line.Anonymised, line.Kept, until, strings.Join(why, " "))
	}
	_, err = fmt.Fprintf(to, "%d rows; %d places in texts of others, %d to look at; the last backup with it lapses on %s\n", report.Rows(), report.Scrubbed, report.Doubtful, report.BackupsUntil)
	return err
}

// PrivacyExport writes the zip with all that is held of a person to a file,
// which appears whole or not at all.
func (a *App) PrivacyExport(ctx context.Context, email, path string) (err error) {
	out, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = a.Privacy.Export(ctx, privacy.Subject{Email: email}, out, privacy.ExportOptions{Lang: "nl", Released: true})
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".part"))
	}
	return os.Rename(path+".part", path)
}

// ReplayAll erases again, after a restore, what the ledgers say was erased
// since, and makes the search index anew. A ledger besides the site's own may come from the site that is gone.
func (a *App) ReplayAll(ctx context.Context, besides string) (rows int, err error) {
	if besides != "" {
		lines, err := os.ReadFile(besides)
		if err != nil {
			return 0, err
		}
		if _, err := os.Stat(a.Privacy.Ledger); errors.Is(err, os.ErrNotExist) { // it is this site's from now on
			if err := os.WriteFile(a.Privacy.Ledger, lines, 0o600); err != nil {
				return 0, err
			}
		}
		if rows, err = a.Privacy.Replay(ctx, besides); err != nil {
			return rows, err
		}
	}
	more, err := a.Privacy.Replay(ctx, a.Privacy.Ledger)
	if err != nil {
		return rows, err
	}
	return rows + more, a.Reindex(ctx)
}
