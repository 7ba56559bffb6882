package db

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"loket/app/fault"
)

// known marks the failures that have a name: a broken unique constraint is a
// fault.Conflict, a full disk or a database that stays locked is
// fault.Unavailable. It goes by code, never by the text of the message.
func known(err error) error {
	if err == nil {
		return nil
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		switch {
		case lite.ExtendedCode == sqlite3.ErrConstraintUnique, lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey:
			return fmt.Errorf("%w: %w", fault.Conflict, err)
		case lite.Code == sqlite3.ErrBusy, lite.Code == sqlite3.ErrFull, lite.Code == sqlite3.ErrReadonly, lite.SystemErrno == syscall.ENOSPC, lite.SystemErrno == syscall.EDQUOT:
			return fmt.Errorf("%w: %w", fault.Unavailable, err)
		}
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505", "23P01": // unique_violation, exclusion_violation
			return fmt.Errorf("%w: %w", fault.Conflict, err)
		case "53100", "53300", "55P03", "57P01", "57P02", "57P03": // disk_full, too_many_connections, lock_not_available, shutting down, crashed, starting up
			return fmt.Errorf("%w: %w", fault.Unavailable, err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	var network *net.OpError // in the middle of a query
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("%w: %w", fault.Unavailable, err)
	}
	return err
}

// retryable reports whether PostgreSQL gave up on a transaction that would
// succeed when run again (deadlock_detected, serialization_failure).
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
}
