package privacy

import (
	"context"
	"fmt"
	"strings"
	"time"

	"loket/app/fault"
	"loket/db"
)

// Processor is somebody who gets personal data from us: for us (GDPR art. 28),
// or as a controller of his own (sign-in providers).
type Processor struct {
	ID            string    `db:"id"` // the key that purposes name
	Name          string    `db:"name"`
	Category      string    `db:"category"` // it, mail, payment, cookie, marketing, login
	OwnController bool      `db:"own_controller"`
	TaskNL        string    `db:"task_nl"`
	TaskEN        string    `db:"task_en"`
	Country       string    `db:"country"`
	Safeguards    string    `db:"safeguards"` // outside the EEA, a list: "adequacy (DPF), SCC"
	AgreedOn      string    `db:"agreed_on"`  // a day
	Agreement     string    `db:"agreement"`  // where the agreement is
	EndedOn       string    `db:"ended_on"`
	ChangedAt     time.Time `db:"changed_at"`
}

// Task is what it does for us.
func (p Processor) Task() Text { return Text{p.TaskNL, p.TaskEN} }

// eea are the countries without a need for a safeguard, as ISO 3166 codes.
const eea = " AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK "

// Missing says what the law asks and is not filled in.
func (p Processor) Missing() (missing []Text) {
	if !p.OwnController && (p.AgreedOn == "" || p.Agreement == "") {
		missing = append(missing, Text{"geen verwerkersovereenkomst met datum en vindplaats", "no processing agreement with its date and place"})
	}
	if !strings.Contains(eea, " "+strings.ToUpper(p.Country)+" ") && p.Safeguards == "" {
		missing = append(missing, Text{"buiten de EER en zonder waarborg", "outside the EEA and without a safeguard"})
	}
	return missing
}

func processors(ctx context.Context, on db.Querier) ([]Processor, error) {
	return db.All[Processor](ctx, on, `SELECT * FROM processor WHERE ended_on = '' ORDER BY name, id`)
}

// Processors lists those we use now, by name.
func (e *Engine) Processors(ctx context.Context) ([]Processor, error) { return processors(ctx, e.DB) }

// SaveProcessor adds or changes one. It shows in the next version of the statement.
func (e *Engine) SaveProcessor(ctx context.Context, tx *db.Tx, p Processor) error {
	if p.ID == "" || p.Name == "" || p.Country == "" {
		return fmt.Errorf("processor: key, name and country: %w", fault.BadInput)
	}
	p.ChangedAt = e.Now()
	_, err := db.ExecNamed(ctx, tx, `
		INSERT INTO processor (id, name, category, own_controller, task_nl, task_en, country, safeguards, agreed_on, agreement, ended_on, changed_at)
		VALUES (:id, :name, :category, :own_controller, :task_nl, :task_en, :country, :safeguards, :agreed_on, :agreement, :ended_on, :changed_at)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, category = excluded.category, own_controller = excluded.own_controller, task_nl = excluded.task_nl,
			task_en = excluded.task_en, country = excluded.country, safeguards = excluded.safeguards, agreed_on = excluded.agreed_on, agreement = excluded.agreement,
			ended_on = excluded.ended_on, changed_at = excluded.changed_at`, p)
	return err
}

// Unknown are the processors that purposes name and the register lacks.
func (e *Engine) Unknown(ctx context.Context) ([]string, error) {
	list, err := e.Processors(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, p := range list {
		known[p.ID] = true
	}
	var unknown []string
	for _, p := range e.Registry.Purposes {
		for _, key := range p.Processors {
			if !known[key] {
				known[key] = true
				unknown = append(unknown, key)
			}
		}
	}
	return unknown, nil
}
