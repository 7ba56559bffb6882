package db

import (
	"context"
	"fmt"
	"strings"
)

// Copy fills the migrated, empty database to with every row of from and says
// how many there were. It is how a site moves between engines. What can be
// computed again (the search index) is left out.
func Copy(ctx context.Context, from, to *DB) (rows int64, err error) {
	return copyAll(ctx, from, from, to)
}

// copyAll reads everything through on, which is source or one transaction of it.
func copyAll(ctx context.Context, source *DB, on Querier, to *DB) (rows int64, err error) {
	tables, err := source.tables(ctx)
	if err != nil {
		return 0, err
	}
	err = to.Tx(ctx, func(tx *Tx) error {
		rows = 0
		for _, table := range tables {
			if derived(table) {
				continue
			}
			if full, err := Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM `+table+`)`); err != nil {
				return fmt.Errorf("copy %s: %w", table, err)
			} else if full {
				if _, err := Exec(ctx, tx, `DELETE FROM `+table); err != nil { // rows that a migration put there
					return fmt.Errorf("copy %s: %w", table, err)
				}
			}
			n, err := copyTable(ctx, on, tx, table)
			if err != nil {
				return fmt.Errorf("copy %s: %w", table, err)
			}
			rows += n
		}
		return nil
	})
	return rows, err
}

func derived(table string) bool {
	return table == "migration" || strings.HasPrefix(table, "search_")
}

func copyTable(ctx context.Context, from Querier, to *Tx, table string) (n int64, err error) {
	rows, err := from.QueryxContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", table, strings.Join(cols, ", "), strings.Repeat(", ?", len(cols)-1))
	for ; rows.Next(); n++ {
		row, err := rows.SliceScan()
		if err != nil {
			return n, err
		}
		if _, err := Exec(ctx, to, insert, row...); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}
