//go:build !cgo

package db

// The SQLite driver is C: without cgo it compiles and then cannot open anything.
var _ = build_loket_with_CGO_ENABLED_1_and_a_C_compiler
