-- +goose Up
-- What the host itself keeps: who uses the site, work in the background,
-- links, files, settings and the audit log.

CREATE TABLE counter (
	name TEXT PRIMARY KEY,
	value BIGINT NOT NULL
);

CREATE TABLE setting (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL,
	changed_at TIMESTAMP NOT NULL
);

CREATE TABLE company (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	phone TEXT NOT NULL DEFAULT '',
	address TEXT NOT NULL DEFAULT '',
	size TEXT NOT NULL DEFAULT '',
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX company_name ON company (name, id);

-- An agreement of a company with the vendor: how long its people's data is kept
-- follows from the last one to end.
CREATE TABLE agreement (
	id TEXT PRIMARY KEY,
	company_id TEXT NOT NULL REFERENCES company (id),
	plan TEXT NOT NULL DEFAULT '',
	started_on TEXT NOT NULL,
	ended_on TEXT,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX agreement_company ON agreement (company_id, ended_on);

CREATE TABLE account (
	id TEXT PRIMARY KEY,
	email TEXT NOT NULL UNIQUE,
	verified_at TIMESTAMP,
	name TEXT NOT NULL,
	phone TEXT NOT NULL DEFAULT '',
	lang TEXT NOT NULL DEFAULT 'nl',
	theme TEXT NOT NULL DEFAULT '',
	keys BOOLEAN NOT NULL DEFAULT TRUE,
	password TEXT NOT NULL DEFAULT '',
	role TEXT NOT NULL DEFAULT 'customer',
	permissions TEXT NOT NULL DEFAULT '',
	company_id TEXT REFERENCES company (id),
	created_at TIMESTAMP NOT NULL,
	active_at TIMESTAMP NOT NULL,
	disabled_at TIMESTAMP,
	warned_at TIMESTAMP
);
CREATE INDEX account_company ON account (company_id, name, id);
CREATE INDEX account_role ON account (role, name, id);

CREATE TABLE membership (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	company_id TEXT NOT NULL REFERENCES company (id),
	manager BOOLEAN NOT NULL DEFAULT FALSE,
	started_at TIMESTAMP NOT NULL,
	ended_at TIMESTAMP
);
CREATE UNIQUE INDEX membership_open ON membership (account_id, company_id) WHERE ended_at IS NULL;
CREATE INDEX membership_company ON membership (company_id, ended_at);

CREATE TABLE session (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	device TEXT NOT NULL,
	network TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	seen_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL
);
CREATE INDEX session_account ON session (account_id, seen_at);

-- A way to sign in through a provider: its name and its own id for the person.
CREATE TABLE identity (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	provider TEXT NOT NULL,
	subject TEXT NOT NULL,
	email TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	used_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX identity_subject ON identity (provider, subject);
CREATE INDEX identity_account ON identity (account_id);

-- A sign-in at a provider that is under way, tied to the browser that began it.
CREATE TABLE oauth_flow (
	id TEXT PRIMARY KEY,
	provider TEXT NOT NULL,
	browser TEXT NOT NULL,
	account_id TEXT,
	state TEXT NOT NULL,
	next TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL
);

-- A link that was mailed: the hash of its secret, and what it may be used for, once.
CREATE TABLE link (
	id TEXT PRIMARY KEY,
	purpose TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE CASCADE,
	email TEXT NOT NULL DEFAULT '',
	subject TEXT NOT NULL DEFAULT '',
	created_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL,
	used_at TIMESTAMP
);
CREATE INDEX link_account ON link (account_id, purpose);
CREATE INDEX link_email ON link (email, purpose);
CREATE INDEX link_expires ON link (expires_at);

-- Attempts that count against a limit: failed sign-ins, mails asked for, posts.
CREATE TABLE attempt (
	id TEXT PRIMARY KEY,
	what TEXT NOT NULL,
	who TEXT NOT NULL,
	at TIMESTAMP NOT NULL
);
CREATE INDEX attempt_who ON attempt (what, who, at);
CREATE INDEX attempt_at ON attempt (at);

CREATE TABLE job (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	payload TEXT NOT NULL,
	about TEXT NOT NULL DEFAULT '',
	run_at TIMESTAMP NOT NULL,
	leased_until TIMESTAMP,
	tries BIGINT NOT NULL DEFAULT 0,
	failure TEXT NOT NULL DEFAULT '',
	failed_at TIMESTAMP,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX job_due ON job (run_at, id) WHERE failed_at IS NULL;
CREATE INDEX job_about ON job (about) WHERE about <> '';

CREATE TABLE chore (
	name TEXT PRIMARY KEY,
	leased_until TIMESTAMP,
	started_at TIMESTAMP,
	ended_at TIMESTAMP,
	failure TEXT NOT NULL DEFAULT ''
);

-- A mail to one person: queued with the change that causes it, kept for a while
-- after it went so that staff can see what was sent.
CREATE TABLE mail (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE CASCADE,
	address TEXT NOT NULL,
	lang TEXT NOT NULL,
	message_id TEXT NOT NULL UNIQUE,
	thread TEXT NOT NULL DEFAULT '',
	reply_to TEXT NOT NULL DEFAULT '',
	unsubscribe TEXT NOT NULL DEFAULT '',
	about TEXT NOT NULL DEFAULT '',
	subject TEXT NOT NULL,
	text TEXT NOT NULL,
	html TEXT NOT NULL,
	calendar TEXT NOT NULL DEFAULT '',
	calendar_method TEXT NOT NULL DEFAULT '',
	queued_at TIMESTAMP NOT NULL,
	sent_at TIMESTAMP,
	cancelled_at TIMESTAMP
);
CREATE INDEX mail_account ON mail (account_id, queued_at);
CREATE INDEX mail_address ON mail (address, queued_at);
CREATE INDEX mail_queued ON mail (queued_at, id);
CREATE INDEX mail_about ON mail (about) WHERE about <> '';

-- A file that somebody attached; the bytes are in the file store under its id.
CREATE TABLE file (
	id TEXT PRIMARY KEY,
	owner TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	name TEXT NOT NULL,
	type TEXT NOT NULL,
	size BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX file_owner ON file (owner, created_at);
CREATE INDEX file_account ON file (account_id);

-- Who did what to whose data. Each row carries the hash of the one before it,
-- so that a row taken out or changed shows.
CREATE TABLE audit (
	number BIGINT PRIMARY KEY,
	at TIMESTAMP NOT NULL,
	actor_id TEXT NOT NULL DEFAULT '',
	network TEXT NOT NULL DEFAULT '',
	act TEXT NOT NULL,
	object TEXT NOT NULL DEFAULT '',
	about_id TEXT NOT NULL DEFAULT '',
	hash TEXT NOT NULL
);
CREATE INDEX audit_about ON audit (about_id, at);
CREATE INDEX audit_at ON audit (at, number);

-- A form that was posted, by the hash of its key, and where that led: posting it
-- again leads there too.
CREATE TABLE posted (
	id TEXT PRIMARY KEY,
	path TEXT NOT NULL,
	at TIMESTAMP NOT NULL
);
CREATE INDEX posted_at ON posted (at);

-- +goose Down
SELECT 1;
