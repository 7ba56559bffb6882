-- +goose Up
-- Which promises colleagues have been warned of: of a ticket, a clock, and since
-- when that clock runs, so that each is told once.
CREATE TABLE ticket_warning (
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	clock TEXT NOT NULL,
	since TIMESTAMP NOT NULL,
	PRIMARY KEY (ticket_id, clock, since)
);

-- +goose Down
SELECT 1;
