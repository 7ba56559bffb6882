package db

/*
typedef struct sqlite3 sqlite3;
int sqlite3_auto_extension(void (*)(void));
int sqlite3_db_config(sqlite3 *, int, ...);

enum { ENABLE_QPSG = 1007 }; // SQLITE_DBCONFIG_ENABLE_QPSG in sqlite3.h

static int stable(sqlite3 *db, char **problem, const void *api) {
	return sqlite3_db_config(db, ENABLE_QPSG, 1, (int *)0);
}

static int plan_stably(void) { return sqlite3_auto_extension((void (*)(void))stable); }
*/
import "C"

import "fmt"

// planStably has SQLite plan a statement by its text alone, on every connection
// that is opened from now on (the query planner stability guarantee,
// sqlite.org/queryplanner-ng.html). By default it looks at the values too and
// therefore takes a statement out of the cache of the driver as outdated: it
// parsed and planned every statement at every use, which was two fifths of all
// that SQLite did. The driver has no option for it.
func planStably() error {
	if code := C.plan_stably(); code != 0 {
		return fmt.Errorf("SQLite refuses to plan stably: error %d", code)
	}
	return nil
}
