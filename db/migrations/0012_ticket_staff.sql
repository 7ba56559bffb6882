-- +goose Up
-- What colleagues add to tickets: links, who follows, steps that can be taken
-- back, and the orders of their lists.

CREATE INDEX ticket_live_updated ON ticket (live, updated_at, id);
CREATE INDEX ticket_company_live ON ticket (company_id, live, sort_at, id);
CREATE INDEX ticket_created ON ticket (created_at, id);
CREATE INDEX ticket_event_promised ON ticket_event (at) WHERE due_at IS NOT NULL;

-- The colleagues, among many customers, for every list of who may have a ticket.
CREATE INDEX account_staff ON account (name, id) WHERE role IN ('staff', 'admin');

-- Two tickets about one thing; ticket_id is the smaller of both ids.
CREATE TABLE ticket_link (
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	other_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	PRIMARY KEY (ticket_id, other_id)
);
CREATE INDEX ticket_link_other ON ticket_link (other_id, ticket_id);

-- Colleagues who follow a ticket by mail without its customer seeing it.
CREATE TABLE ticket_follower (
	id TEXT PRIMARY KEY,
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	added_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX ticket_follower_ticket ON ticket_follower (ticket_id, account_id);
CREATE INDEX ticket_follower_account ON ticket_follower (account_id);

-- A step of a colleague that he may take back, for a few minutes: how the
-- tickets were, as JSON.
CREATE TABLE ticket_undo (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	steps TEXT NOT NULL,
	at TIMESTAMP NOT NULL
);
CREATE INDEX ticket_undo_account ON ticket_undo (account_id);

-- +goose Down
SELECT 1;
