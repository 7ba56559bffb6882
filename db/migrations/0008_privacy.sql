-- +goose Up
-- What the privacy engine keeps: published statements, runs and tombstones,
-- holds, requests, consents, and the registers. Invoices are here because the
-- law, and not a portal, decides how long they stay.

CREATE TABLE invoice (
	id TEXT PRIMARY KEY,
	number TEXT NOT NULL UNIQUE,
	company_id TEXT NOT NULL REFERENCES company (id),
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	addressee TEXT NOT NULL,
	address TEXT NOT NULL DEFAULT '',
	email TEXT NOT NULL DEFAULT '',
	about TEXT NOT NULL DEFAULT '',
	cents BIGINT NOT NULL,
	issued_on TEXT NOT NULL,
	paid_on TEXT,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX invoice_company ON invoice (company_id, issued_on);
CREATE INDEX invoice_account ON invoice (account_id);

-- A version of the statement as it was published: the text in both languages
-- and the terms, which the nightly run obeys.
CREATE TABLE statement (
	number BIGINT PRIMARY KEY,
	effective_on TEXT NOT NULL,
	published_at TIMESTAMP NOT NULL,
	published_by TEXT NOT NULL DEFAULT '',
	note_nl TEXT NOT NULL DEFAULT '',
	note_en TEXT NOT NULL DEFAULT '',
	hash TEXT NOT NULL,
	nl TEXT NOT NULL,
	en TEXT NOT NULL,
	terms TEXT NOT NULL,
	informed_at TIMESTAMP
);

-- One run of the night. Each carries the hash of the one before it.
CREATE TABLE privacy_run (
	number BIGINT PRIMARY KEY,
	night TEXT NOT NULL,
	planned_at TIMESTAMP NOT NULL,
	started_at TIMESTAMP NOT NULL,
	ended_at TIMESTAMP,
	statement BIGINT NOT NULL,
	late BIGINT NOT NULL DEFAULT 0,
	erased BIGINT NOT NULL DEFAULT 0,
	anonymised BIGINT NOT NULL DEFAULT 0,
	blocked BIGINT NOT NULL DEFAULT 0,
	failed BIGINT NOT NULL DEFAULT 0,
	report TEXT NOT NULL DEFAULT '',
	hash TEXT NOT NULL DEFAULT ''
);
CREATE INDEX privacy_run_night ON privacy_run (night);

-- A tombstone: that a row is gone, and under which rule. No name, no address.
CREATE TABLE erasure (
	id TEXT PRIMARY KEY,
	at TIMESTAMP NOT NULL,
	run BIGINT NOT NULL,
	cause TEXT NOT NULL,
	purpose TEXT NOT NULL,
	table_name TEXT NOT NULL,
	row_id TEXT NOT NULL,
	action TEXT NOT NULL,
	detail TEXT NOT NULL DEFAULT '',
	rule TEXT NOT NULL,
	statement BIGINT NOT NULL,
	ledgered BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX erasure_at ON erasure (at, id);
CREATE INDEX erasure_unledgered ON erasure (at, id) WHERE ledgered = FALSE;

-- What is left of tombstones once no backup can hold their rows any more.
CREATE TABLE erasure_count (
	id TEXT PRIMARY KEY,
	month TEXT NOT NULL,
	cause TEXT NOT NULL,
	purpose TEXT NOT NULL,
	table_name TEXT NOT NULL,
	action TEXT NOT NULL,
	total BIGINT NOT NULL
);
CREATE UNIQUE INDEX erasure_count_of ON erasure_count (month, cause, purpose, table_name, action);

-- Data that must stay whatever the rules say (claims, Art. 17(3)(e)), or may
-- not be used while something is disputed (Art. 18). Of one row or of a person.
CREATE TABLE hold (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	table_name TEXT NOT NULL DEFAULT '',
	row_id TEXT NOT NULL DEFAULT '',
	account_id TEXT NOT NULL DEFAULT '',
	email TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL,
	set_by TEXT NOT NULL DEFAULT '',
	set_at TIMESTAMP NOT NULL,
	review_on TEXT NOT NULL,
	lifted_by TEXT NOT NULL DEFAULT '',
	lifted_at TIMESTAMP
);
CREATE INDEX hold_standing ON hold (set_at) WHERE lifted_at IS NULL;

-- A request of a data subject, with its deadline (Art. 12(3)).
CREATE TABLE request (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	type TEXT NOT NULL,
	state TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	email TEXT NOT NULL DEFAULT '',
	channel TEXT NOT NULL,
	body TEXT NOT NULL DEFAULT '',
	lang TEXT NOT NULL DEFAULT 'nl',
	choices TEXT NOT NULL DEFAULT '',
	statement BIGINT NOT NULL,
	received_at TIMESTAMP NOT NULL,
	verified_at TIMESTAMP,
	due_on TEXT NOT NULL,
	extended_at TIMESTAMP,
	extension TEXT NOT NULL DEFAULT '',
	disabled_before BOOLEAN NOT NULL DEFAULT FALSE,
	erase_at TIMESTAMP,
	stopped_at TIMESTAMP,
	answered_at TIMESTAMP,
	answer TEXT NOT NULL DEFAULT '',
	report TEXT NOT NULL DEFAULT '',
	reminded_14_at TIMESTAMP,
	reminded_25_at TIMESTAMP,
	handled_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX request_open ON request (due_on, number) WHERE answered_at IS NULL;
CREATE INDEX request_account ON request (account_id);
CREATE INDEX request_email ON request (email);
CREATE INDEX request_erase ON request (erase_at) WHERE erase_at IS NOT NULL AND answered_at IS NULL AND stopped_at IS NULL;

-- What colleagues must still do for a request: tell a processor (Art. 19).
CREATE TABLE request_task (
	id TEXT PRIMARY KEY,
	request_id TEXT NOT NULL REFERENCES request (id) ON DELETE CASCADE,
	processor TEXT NOT NULL,
	what TEXT NOT NULL,
	made_at TIMESTAMP NOT NULL,
	done_at TIMESTAMP,
	done_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX request_task_of ON request_task (request_id);

-- Free text that may name an erased person: a colleague decides.
CREATE TABLE review (
	id TEXT PRIMARY KEY,
	request_id TEXT,
	purpose TEXT NOT NULL,
	table_name TEXT NOT NULL,
	row_id TEXT NOT NULL,
	column_name TEXT NOT NULL,
	word TEXT NOT NULL,
	found_at TIMESTAMP NOT NULL,
	due_on TEXT NOT NULL,
	decided_at TIMESTAMP,
	decided_by TEXT NOT NULL DEFAULT '',
	decision TEXT NOT NULL DEFAULT ''
);
CREATE INDEX review_open ON review (due_on, id) WHERE decided_at IS NULL;

-- Every breach, reported or not (Art. 33(5)).
CREATE TABLE breach (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	discovered_at TIMESTAMP NOT NULL,
	due_at TIMESTAMP NOT NULL,
	facts TEXT NOT NULL,
	effects TEXT NOT NULL DEFAULT '',
	measures TEXT NOT NULL DEFAULT '',
	high_risk BOOLEAN NOT NULL DEFAULT FALSE,
	decision TEXT NOT NULL DEFAULT '',
	reported_at TIMESTAMP,
	told_at TIMESTAMP,
	closed_at TIMESTAMP,
	logged_by TEXT NOT NULL DEFAULT '',
	logged_at TIMESTAMP NOT NULL
);
CREATE INDEX breach_open ON breach (due_at) WHERE closed_at IS NULL;

-- Data given to an authority or another third party.
CREATE TABLE disclosure (
	id TEXT PRIMARY KEY,
	at TIMESTAMP NOT NULL,
	receiver TEXT NOT NULL,
	ground TEXT NOT NULL,
	what TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	logged_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX disclosure_account ON disclosure (account_id);

-- Who processes data for us, and who receives it (Art. 13(1)(e-f), 28, 30).
CREATE TABLE processor (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	category TEXT NOT NULL,
	own_controller BOOLEAN NOT NULL DEFAULT FALSE,
	task_nl TEXT NOT NULL DEFAULT '',
	task_en TEXT NOT NULL DEFAULT '',
	country TEXT NOT NULL,
	safeguards TEXT NOT NULL DEFAULT '',
	agreed_on TEXT NOT NULL DEFAULT '',
	agreement TEXT NOT NULL DEFAULT '',
	ended_on TEXT NOT NULL DEFAULT '',
	changed_at TIMESTAMP NOT NULL
);

-- One decision on one purpose; never changed (Art. 7(1)).
CREATE TABLE consent (
	id TEXT PRIMARY KEY,
	subject_ref TEXT NOT NULL DEFAULT '',
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	email TEXT NOT NULL DEFAULT '',
	purpose TEXT NOT NULL,
	item TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL,
	wording_hash TEXT NOT NULL,
	given_at TIMESTAMP,
	withdrawn_at TIMESTAMP,
	decided_at TIMESTAMP NOT NULL,
	how TEXT NOT NULL,
	lang TEXT NOT NULL,
	proof TEXT NOT NULL DEFAULT ''
);
CREATE INDEX consent_account ON consent (account_id, purpose, decided_at);
CREATE INDEX consent_email ON consent (email, purpose, decided_at);
CREATE INDEX consent_ref ON consent (subject_ref, purpose, decided_at);
CREATE INDEX consent_day ON consent (decided_at);

-- The words that were agreed to, once.
CREATE TABLE consent_wording (
	hash TEXT PRIMARY KEY,
	words TEXT NOT NULL,
	first_at TIMESTAMP NOT NULL
);

-- Somebody who does not want a purpose that rests on our interest (Art. 21).
CREATE TABLE objection (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	purpose TEXT NOT NULL,
	at TIMESTAMP NOT NULL,
	how TEXT NOT NULL,
	withdrawn_at TIMESTAMP
);
CREATE UNIQUE INDEX objection_standing ON objection (account_id, purpose) WHERE withdrawn_at IS NULL;

-- Every cookie and every third party that a page may meet.
CREATE TABLE cookie (
	id TEXT PRIMARY KEY,
	pattern TEXT NOT NULL DEFAULT '',
	category TEXT NOT NULL,
	vendor TEXT NOT NULL,
	country TEXT NOT NULL DEFAULT '',
	purpose_nl TEXT NOT NULL,
	purpose_en TEXT NOT NULL,
	term TEXT NOT NULL,
	first_party BOOLEAN NOT NULL,
	consent_needed BOOLEAN NOT NULL,
	click BOOLEAN NOT NULL DEFAULT FALSE,
	hosts TEXT NOT NULL DEFAULT '',
	ended_on TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX cookie_once ON cookie (vendor, purpose_nl) WHERE ended_on = '';

-- The version of each category of the register: a newcomer asks again.
CREATE TABLE cookie_category (
	id TEXT PRIMARY KEY,
	version BIGINT NOT NULL,
	changed_at TIMESTAMP NOT NULL
);

-- +goose Down
SELECT 1;
