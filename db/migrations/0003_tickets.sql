-- +goose Up
-- Tickets: questions of customers, their answers, and when those were promised.

-- queue, live, sort_at, excerpt, tags and the columns of the clocks follow from
-- the events and messages; the program writes them with every change, so that a
-- list is one look at one index.
CREATE TABLE ticket (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	company_id TEXT REFERENCES company (id),
	requester_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	product TEXT NOT NULL DEFAULT '',
	severity TEXT NOT NULL,
	priority TEXT NOT NULL DEFAULT 'normal',
	channel TEXT NOT NULL DEFAULT 'web',
	subject TEXT NOT NULL,
	excerpt TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL,
	queue TEXT NOT NULL,
	live BOOLEAN NOT NULL,
	sort_at TIMESTAMP NOT NULL,
	private BOOLEAN NOT NULL DEFAULT FALSE,
	assignee_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	team TEXT NOT NULL DEFAULT '',
	tags TEXT NOT NULL DEFAULT '',
	snoozed_until TIMESTAMP,
	continues_id TEXT REFERENCES ticket (id) ON DELETE SET NULL,
	merged_id TEXT REFERENCES ticket (id) ON DELETE SET NULL,
	seq BIGINT NOT NULL DEFAULT 0,
	due_at TIMESTAMP,
	due_clock TEXT NOT NULL DEFAULT '',
	first_due_at TIMESTAMP,
	first_done_at TIMESTAMP,
	first_late BOOLEAN NOT NULL DEFAULT FALSE,
	next_due_at TIMESTAMP,
	next_late BOOLEAN NOT NULL DEFAULT FALSE,
	solve_due_at TIMESTAMP,
	solve_late BOOLEAN NOT NULL DEFAULT FALSE,
	waiting_since TIMESTAMP,
	last_by TEXT NOT NULL DEFAULT '',
	last_customer_at TIMESTAMP,
	last_staff_at TIMESTAMP,
	rating TEXT NOT NULL DEFAULT '',
	rating_comment TEXT NOT NULL DEFAULT '',
	rated_at TIMESTAMP,
	created_at TIMESTAMP NOT NULL,
	updated_at TIMESTAMP NOT NULL,
	solved_at TIMESTAMP,
	closed_at TIMESTAMP,
	settled_at TIMESTAMP
);
CREATE INDEX ticket_live ON ticket (live, sort_at, id);
CREATE INDEX ticket_assignee ON ticket (assignee_id, live, sort_at, id);
CREATE INDEX ticket_queue ON ticket (queue, updated_at, id);
CREATE INDEX ticket_company ON ticket (company_id, updated_at, id);
CREATE INDEX ticket_requester ON ticket (requester_id, updated_at, id);
CREATE INDEX ticket_updated ON ticket (updated_at, id);
CREATE INDEX ticket_snoozed ON ticket (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX ticket_due ON ticket (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX ticket_solved ON ticket (solved_at) WHERE solved_at IS NOT NULL;
CREATE INDEX ticket_settled ON ticket (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX ticket_continues ON ticket (continues_id) WHERE continues_id IS NOT NULL;
CREATE INDEX ticket_merged ON ticket (merged_id) WHERE merged_id IS NOT NULL;

-- What people wrote, in the order of seq, which messages and events of a ticket
-- share.
CREATE TABLE ticket_message (
	id TEXT PRIMARY KEY,
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	seq BIGINT NOT NULL,
	kind TEXT NOT NULL,
	party TEXT NOT NULL,
	channel TEXT NOT NULL DEFAULT 'web',
	author_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	automatic BOOLEAN NOT NULL DEFAULT FALSE,
	body TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX ticket_message_seq ON ticket_message (ticket_id, seq);
CREATE INDEX ticket_message_author ON ticket_message (author_id, created_at);

-- What happened, never changed afterwards: the clocks are computed from it.
-- due_at is, on an answer, when it had been promised: a later change of the
-- policy or the office hours does not judge it again.
CREATE TABLE ticket_event (
	id TEXT PRIMARY KEY,
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	seq BIGINT NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL DEFAULT '',
	actor_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	about_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	due_at TIMESTAMP,
	at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX ticket_event_seq ON ticket_event (ticket_id, seq);
CREATE INDEX ticket_event_actor ON ticket_event (actor_id);
CREATE INDEX ticket_event_about ON ticket_event (about_id);

-- Who takes part: the requester and the colleagues who read along. mail says
-- whether they follow by mail.
CREATE TABLE ticket_participant (
	id TEXT PRIMARY KEY,
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	mail BOOLEAN NOT NULL DEFAULT TRUE,
	added_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX ticket_participant_ticket ON ticket_participant (ticket_id, account_id);
CREATE INDEX ticket_participant_account ON ticket_participant (account_id, ticket_id);

CREATE TABLE ticket_tag (
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	tag TEXT NOT NULL,
	PRIMARY KEY (ticket_id, tag)
);
CREATE INDEX ticket_tag_tag ON ticket_tag (tag, ticket_id);

-- How many tickets there are in a view: kept, not counted.
CREATE TABLE ticket_count (
	name TEXT PRIMARY KEY,
	value BIGINT NOT NULL
);

-- Which colleague has a ticket open now.
CREATE TABLE ticket_looking (
	id TEXT PRIMARY KEY,
	ticket_id TEXT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX ticket_looking_ticket ON ticket_looking (ticket_id, account_id);
CREATE INDEX ticket_looking_account ON ticket_looking (account_id);

-- A view of the inbox that a colleague saved: its name and its filters as a query.
CREATE TABLE ticket_view (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	title TEXT NOT NULL,
	query TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX ticket_view_account ON ticket_view (account_id, title, id);

-- What is promised, by severity: how much time a first answer, a next one and
-- the solution may take. An amount of 0 promises nothing.
CREATE TABLE ticket_policy (
	severity TEXT PRIMARY KEY,
	first_amount BIGINT NOT NULL,
	first_unit TEXT NOT NULL,
	next_amount BIGINT NOT NULL,
	next_unit TEXT NOT NULL,
	solve_amount BIGINT NOT NULL,
	solve_unit TEXT NOT NULL
);
INSERT INTO ticket_policy (severity, first_amount, first_unit, next_amount, next_unit, solve_amount, solve_unit) VALUES
	('blocks', 240, 'minutes', 240, 'minutes', 2, 'working_days'),
	('hinders', 1, 'working_days', 1, 'working_days', 10, 'working_days'),
	('question', 2, 'working_days', 2, 'working_days', 20, 'working_days');

-- Texts that staff use again and again, and what is done with the ticket then.
CREATE TABLE canned_reply (
	id TEXT PRIMARY KEY,
	title TEXT NOT NULL,
	body_nl TEXT NOT NULL,
	body_en TEXT NOT NULL,
	then_status TEXT NOT NULL DEFAULT '',
	then_tags TEXT NOT NULL DEFAULT '',
	then_mine BOOLEAN NOT NULL DEFAULT FALSE,
	changed_at TIMESTAMP NOT NULL
);
CREATE INDEX canned_reply_title ON canned_reply (title, id);

-- Numbers run from 1001.
INSERT INTO counter (name, value) VALUES ('ticket', 1000);

-- +goose Down
SELECT 1;
