package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"

	"loket/app/fault"
)

// Get returns the one row that query yields, or fault.NotFound.
func Get[T any](ctx context.Context, on Querier, query string, args ...any) (T, error) {
	var row T
	query, args, err := prepare(on, query, args)
	if err == nil {
		err = sqlx.GetContext(ctx, on, &row, query, args...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return row, fault.NotFound
	}
	return row, failed(on, err)
}

// All returns every row that query yields.
func All[T any](ctx context.Context, on Querier, query string, args ...any) ([]T, error) {
	query, args, err := prepare(on, query, args)
	if err != nil {
		return []T{}, failed(on, err)
	}
	found, err := on.QueryxContext(ctx, query, args...)
	if err != nil {
		return []T{}, failed(on, err)
	}
	defer found.Close()
	rows := []T{}
	for found.Next() {
		// Each row is read into its place: what sqlx does by reflection here
		// was a third of what the list of a desk allocated.
		if len(rows) == cap(rows) {
			rows = slices.Grow(rows, 3*len(rows)+1)
		}
		rows = rows[:len(rows)+1]
		if err := scan(found, &rows[len(rows)-1]); err != nil {
			return nil, failed(on, err)
		}
	}
	return rows, failed(on, found.Err())
}

// scan reads the row that rows stands on: a struct by the names of its columns,
// unless it knows how to read itself, and anything else as the only column.
func scan[T any](rows *sqlx.Rows, row *T) error {
	if _, itself := any(row).(sql.Scanner); itself || reflect.TypeFor[T]().Kind() != reflect.Struct || reflect.TypeFor[T]() == reflect.TypeFor[time.Time]() {
		return rows.Scan(row)
	}
	return rows.StructScan(row)
}

// GetNamed is Get with the fields of arg as :names.
func GetNamed[T any](ctx context.Context, on Querier, query string, arg any) (T, error) {
	query, args, err := named(query, arg)
	if err != nil {
		var none T
		return none, err
	}
	return Get[T](ctx, on, query, args...)
}

// AllNamed is All with the fields of arg as :names.
func AllNamed[T any](ctx context.Context, on Querier, query string, arg any) ([]T, error) {
	query, args, err := named(query, arg)
	if err != nil {
		return nil, err
	}
	return All[T](ctx, on, query, args...)
}

// Exec runs a statement that yields no rows and says how many it touched. A
// broken unique constraint is a fault.Conflict.
func Exec(ctx context.Context, on Querier, query string, args ...any) (int64, error) {
	query, args, err := prepare(on, query, args)
	if err != nil {
		return 0, err
	}
	res, err := on.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, failed(on, err)
	}
	return res.RowsAffected()
}

// ExecNamed is Exec with the fields of arg as :names.
func ExecNamed(ctx context.Context, on Querier, query string, arg any) (int64, error) {
	query, args, err := named(query, arg)
	if err != nil {
		return 0, err
	}
	return Exec(ctx, on, query, args...)
}

// Insert writes one row into table: each field of row under its column name.
func Insert(ctx context.Context, on Querier, table string, row any) error {
	query, args, err := named(insertText(table, reflect.TypeOf(row)), row)
	if err != nil {
		return err
	}
	_, err = Exec(ctx, on, query, args...)
	return err
}

// Each calls f for every row that query yields, without keeping them all.
func Each[T any](ctx context.Context, on Querier, query string, args []any, f func(T) error) error {
	query, args, err := prepare(on, query, args)
	if err != nil {
		return err
	}
	rows, err := on.QueryxContext(ctx, query, args...)
	if err != nil {
		return failed(on, err)
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := scan(rows, &row); err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return failed(on, rows.Err())
}

// Row is a row of which the columns are not known beforehand.
type Row map[string]any

// Rows returns every row that query yields, whatever its columns.
func Rows(ctx context.Context, on Querier, query string, args ...any) ([]Row, error) {
	query, args, err := prepare(on, query, args)
	if err != nil {
		return nil, err
	}
	found, err := on.QueryxContext(ctx, query, args...)
	if err != nil {
		return nil, failed(on, err)
	}
	defer found.Close()
	rows := []Row{}
	for found.Next() {
		row := Row{}
		if err := found.MapScan(row); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, failed(on, found.Err())
}

var mapper = reflectx.NewMapperFunc("db", strings.ToLower)

// bound is a text with :names, read: the same with placeholders, and where the
// values are in a struct.
type bound struct {
	text   string
	fields [][]int
}

var readNames sync.Map // bound by text and type: reading a text costs more than running some

// named puts placeholders for :names, and the fields of arg behind them.
func named(query string, arg any) (string, []any, error) {
	v := reflect.Indirect(reflect.ValueOf(arg))
	if v.Kind() != reflect.Struct {
		return sqlx.Named(query, arg)
	}
	type key struct {
		query string
		t     reflect.Type
	}
	known, ok := readNames.Load(key{query, v.Type()})
	if !ok {
		text, names := placeholders(query)
		b := bound{text, mapper.TraversalsByName(v.Type(), names)}
		for i, field := range b.fields {
			if len(field) == 0 {
				return "", nil, fmt.Errorf("%T has no field for :%s", arg, names[i])
			}
		}
		readNames.Store(key{query, v.Type()}, b)
		known = b
	}
	b := known.(bound)
	args := make([]any, len(b.fields))
	for i, field := range b.fields {
		args[i] = reflectx.FieldByIndexesReadOnly(v, field).Interface()
	}
	return b.text, args, nil
}

// placeholders finds the :names of a text outside its literals.
func placeholders(query string) (string, []string) {
	var text strings.Builder
	var names []string
	letter := func(c byte) bool {
		return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	literal := false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			literal = !literal
		}
		end := i + 1
		for c == ':' && !literal && end < len(query) && letter(query[end]) {
			end++
		}
		if end == i+1 {
			text.WriteByte(c)
			continue
		}
		names = append(names, query[i+1:end])
		text.WriteByte('?')
		i = end - 1
	}
	return text.String(), names
}

var inserts sync.Map // by table and type: the text never changes

func insertText(table string, t reflect.Type) string {
	type key struct {
		table string
		t     reflect.Type
	}
	if text, ok := inserts.Load(key{table, t}); ok {
		return text.(string)
	}
	var cols []string
	for _, f := range mapper.TypeMap(t).Index {
		if f.Embedded || f.Parent != nil && f.Parent.Path != "" || f.Name == "" || f.Name == "-" {
			continue
		}
		cols = append(cols, f.Name)
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (:%s)", table, strings.Join(cols, ", "), strings.Join(cols, ", :"))
	inserts.Store(key{table, t}, text)
	return text
}

var rebound sync.Map // query text by engine and text: rewriting it costs more than running some

var watching atomic.Pointer[func(query string, args []any)]

// Watch has f told every statement before it runs, until stop is called: for
// the test that looks how the engine finds what is asked.
func Watch(f func(query string, args []any)) (stop func()) {
	watching.Store(&f)
	return func() { watching.Store(nil) }
}

// prepare makes query and args what the engine wants, and tells who is watching.
func prepare(on Querier, query string, args []any) (string, []any, error) {
	query, args, err := adapt(on, query, args)
	if f := watching.Load(); f != nil && err == nil {
		(*f)(query, args)
	}
	return query, args, err
}

// adapt expands slices for IN (?), numbers the placeholders the way the
// engine wants them, and sends every time in UTC, cut to microseconds:
// PostgreSQL would otherwise store the wall clock of the zone, and SQLite would
// compare text across zones.
func adapt(on Querier, query string, args []any) (string, []any, error) {
	sliced := false
	for i, arg := range args {
		switch v := arg.(type) {
		case time.Time:
			args[i] = v.UTC().Truncate(time.Microsecond)
		case *time.Time:
			if v != nil {
				args[i] = v.UTC().Truncate(time.Microsecond)
			}
		case []string, []int, []int64:
			sliced = true
		}
	}
	if sliced {
		query, args, err := sqlx.In(query, args...)
		return on.Rebind(query), args, err
	}
	type key struct{ driver, query string }
	k := key{on.DriverName(), query}
	if text, ok := rebound.Load(k); ok {
		return text.(string), args, nil
	}
	text := on.Rebind(query)
	rebound.Store(k, text)
	return text, args, nil
}
