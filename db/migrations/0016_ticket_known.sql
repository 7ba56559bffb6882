-- +goose Up
-- What is known already: answers that help again and again, and problems that
-- are being worked on, offered to who is about to file a ticket.
CREATE TABLE ticket_known (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	title_nl TEXT NOT NULL DEFAULT '',
	body_nl TEXT NOT NULL DEFAULT '',
	title_en TEXT NOT NULL DEFAULT '',
	body_en TEXT NOT NULL DEFAULT '',
	helped BIGINT NOT NULL DEFAULT 0,
	created_at TIMESTAMP NOT NULL,
	changed_at TIMESTAMP NOT NULL,
	solved_at TIMESTAMP
);
CREATE INDEX ticket_known_kind ON ticket_known (kind, changed_at, id);

-- Who hears how far a problem is.
CREATE TABLE ticket_known_follower (
	id TEXT PRIMARY KEY,
	known_id TEXT NOT NULL REFERENCES ticket_known (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	added_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX ticket_known_follower_known ON ticket_known_follower (known_id, account_id);
CREATE INDEX ticket_known_follower_account ON ticket_known_follower (account_id);

-- Which tickets are about a known problem.
CREATE TABLE ticket_known_ticket (
	known_id TEXT NOT NULL REFERENCES ticket_known (id) ON DELETE CASCADE,
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	PRIMARY KEY (known_id, ticket_id)
);
CREATE INDEX ticket_known_ticket_ticket ON ticket_known_ticket (ticket_id, known_id);

-- +goose Down
SELECT 1;
