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
	Safeguards    string    `db:"safeguards"` // outside the EEA: keys of Safeguards, with spaces between
	AgreedOn      string    `db:"agreed_on"`  // a day
	Agreement     string    `db:"agreement"`  // where the agreement is
	EndedOn       string    `db:"ended_on"`
	ChangedAt     time.Time `db:"changed_at"`
}

// Task is what it does for us.
func (p Processor) Task() Text { return Text{p.TaskNL, p.TaskEN} }

// Safeguards are the grounds on which data may leave the EEA (GDPR art. 45,
// 46 and 49), by key. Several may hold at once: one may fall.
var Safeguards = map[string]Text{
	"adequacy": {"adequaatheidsbesluit", "adequacy decision"},
	"dpf":      {"adequaatheidsbesluit (Data Privacy Framework)", "adequacy decision (Data Privacy Framework)"},
	"scc":      {"modelcontract van de Europese Commissie", "standard contractual clauses"},
	"bcr":      {"bindende bedrijfsvoorschriften", "binding corporate rules"},
	"consent":  {"jouw uitdrukkelijke toestemming", "your explicit consent"},
}

// SafeguardsIn are its safeguards in words.
func (p Processor) SafeguardsIn(lang string) string {
	var words []string
	for _, key := range strings.Fields(p.Safeguards) {
		words = append(words, Safeguards[key].In(lang))
	}
	return strings.Join(words, "; ")
}

// CountryIn is its country in words, where we have them.
func (p Processor) CountryIn(lang string) string { return country(p.Country, lang) }

var countries = map[string]Text{
	"NL": {"Nederland", "the Netherlands"}, "BE": {"België", "Belgium"}, "DE": {"Duitsland", "Germany"}, "FR": {"Frankrijk", "France"}, "IE": {"Ierland", "Ireland"},
	"LU": {"Luxemburg", "Luxembourg"}, "MT": {"Malta", "Malta"}, "SE": {"Zweden", "Sweden"}, "FI": {"Finland", "Finland"}, "DK": {"Denemarken", "Denmark"},
	"US": {"Verenigde Staten", "United States"}, "GB": {"Verenigd Koninkrijk", "United Kingdom"}, "CH": {"Zwitserland", "Switzerland"},
}

func country(code, lang string) string {
	if name, ok := countries[strings.ToUpper(code)]; ok {
		return name.In(lang)
	}
	return code
}

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
	for _, key := range strings.Fields(p.Safeguards) {
		if _, ok := Safeguards[key]; !ok {
			return fmt.Errorf("processor %s: %q is no safeguard: %w", p.ID, key, fault.BadInput)
		}
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

// Incomplete says in words what the law asks to be filled in and is not: about
// ourselves and about those who process for us.
func (e *Engine) Incomplete(ctx context.Context) ([]Text, error) {
	controller, err := e.Controller(ctx, e.DB)
	if err != nil {
		return nil, err
	}
	missing := controller.Missing()
	list, err := e.Processors(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		for _, m := range p.Missing() {
			missing = append(missing, Text{p.Name + ": " + m.NL, p.Name + ": " + m.EN})
		}
	}
	unknown, err := e.Unknown(ctx)
	for _, key := range unknown {
		missing = append(missing, Text{"een doel noemt ontvanger " + key + ", die niet in het register staat", "a purpose names recipient " + key + ", which is not in the register"})
	}
	return missing, err
}
