-- +goose Up
-- Something of one portal that was made from something of another: an idea from
-- a ticket. Things are named KIND:ID, and neither portal knows the other.
CREATE TABLE origin (
	id TEXT PRIMARY KEY,
	source TEXT NOT NULL,
	made TEXT NOT NULL,
	path TEXT NOT NULL,
	title TEXT NOT NULL,
	state TEXT NOT NULL,
	shown BOOLEAN NOT NULL DEFAULT TRUE,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	created_at TIMESTAMP NOT NULL,
	changed_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX origin_once ON origin (source, made);
CREATE INDEX origin_made ON origin (made);
CREATE INDEX origin_account ON origin (account_id);

-- +goose Down
DROP TABLE origin;
