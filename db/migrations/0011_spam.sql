-- +goose Up
-- Proofs of work that were used, so that none counts twice: a random number
-- until its challenge ends.
CREATE TABLE spam_spent (
	id TEXT PRIMARY KEY,
	expires_at TIMESTAMP NOT NULL
);
CREATE INDEX spam_spent_expires ON spam_spent (expires_at);

-- +goose Down
SELECT 1;
