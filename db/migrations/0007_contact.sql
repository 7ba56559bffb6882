-- +goose Up
-- Questions that come in by form, by mail or by telephone. status: unconfirmed
-- (until its address is), open (an answer is owed), answered, settled, spam.
-- answered_at is when the last answer went out, and NULL while one is owed;
-- settled_at starts erasure.
CREATE TABLE contact (
	id TEXT PRIMARY KEY,
	topic TEXT NOT NULL,
	channel TEXT NOT NULL,
	status TEXT NOT NULL,
	how TEXT NOT NULL,
	name TEXT NOT NULL,
	email TEXT NOT NULL DEFAULT '',
	phone TEXT NOT NULL DEFAULT '',
	company TEXT NOT NULL DEFAULT '',
	message TEXT NOT NULL,
	lang TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	agent_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	received_at TIMESTAMP NOT NULL,
	owed_at TIMESTAMP NOT NULL,
	due_at TIMESTAMP NOT NULL,
	first_at TIMESTAMP,
	answered_at TIMESTAMP,
	confirmed_at TIMESTAMP,
	settled_at TIMESTAMP,
	alarmed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX contact_due ON contact (status, due_at, id);
CREATE INDEX contact_email ON contact (lower(email));
CREATE INDEX contact_account ON contact (account_id);
CREATE INDEX contact_settled ON contact (settled_at);
CREATE INDEX contact_answered ON contact (answered_at);
CREATE INDEX contact_received ON contact (received_at);

-- What was written after the question: by them, by us, or a note among colleagues.
CREATE TABLE contact_message (
	id TEXT PRIMARY KEY,
	contact_id TEXT NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
	party TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	body TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX contact_message_contact ON contact_message (contact_id, created_at, id);

-- What stays: how many questions of a month were answered in time.
CREATE TABLE contact_tally (
	month TEXT NOT NULL,
	topic TEXT NOT NULL,
	late BOOLEAN NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (month, topic, late)
);

-- +goose Down
SELECT 1;
