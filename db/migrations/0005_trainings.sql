-- +goose Up
-- Trainings and webinars: what they are about, when they are held, who comes.

CREATE TABLE training (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	title TEXT NOT NULL,
	lead TEXT NOT NULL DEFAULT '',
	about TEXT NOT NULL DEFAULT '',
	products TEXT NOT NULL DEFAULT '',
	certificate BOOLEAN NOT NULL DEFAULT FALSE,
	state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
	created_at TIMESTAMP NOT NULL,
	changed_at TIMESTAMP NOT NULL
);
CREATE INDEX training_state ON training (state, changed_at, id);

-- A session is one time that a training is held. It may last several days.
-- chairs is how many seats can be filled: the capacity, or what was taken when
-- the capacity was lowered below that. taken, waiting and attended are kept, not
-- counted, and stay when the sign-ups have been erased. Every change of seats
-- first raises version, which locks the row.
CREATE TABLE training_session (
	id TEXT PRIMARY KEY,
	training_id TEXT NOT NULL REFERENCES training (id),
	starts_at TIMESTAMP NOT NULL,
	ends_at TIMESTAMP NOT NULL,
	zone TEXT NOT NULL,
	lang TEXT NOT NULL,
	place TEXT NOT NULL DEFAULT '',
	join_url TEXT NOT NULL DEFAULT '',
	host_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'open', 'cancelled')),
	capacity BIGINT NOT NULL CHECK (capacity > 0),
	chairs BIGINT NOT NULL,
	taken BIGINT NOT NULL DEFAULT 0,
	waiting BIGINT NOT NULL DEFAULT 0,
	attended BIGINT NOT NULL DEFAULT 0,
	queued BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 0,
	created_at TIMESTAMP NOT NULL,
	CHECK (ends_at >= starts_at),
	CHECK (taken >= 0 AND taken <= chairs),
	CHECK (waiting >= 0),
	CHECK (attended >= 0)
);
CREATE INDEX training_session_training ON training_session (training_id, starts_at);
CREATE INDEX training_session_starts ON training_session (starts_at, id);
CREATE INDEX training_session_ends ON training_session (ends_at, id);
CREATE INDEX training_session_host ON training_session (host_id, starts_at);

-- A sign-up. It is in or waiting from the first moment; an address that has not
-- been confirmed holds its place until held_until. position orders those who
-- wait. uid and sequence are those of the calendar invitation. told_at is when
-- the person was last told when it is; reminders that were due before that are
-- not sent. reminded is the last reminder that was: 1 the day before, 2 an hour,
-- 3 ten minutes. over_at is when there is no reason any more to keep the row:
-- the end of the session, or the cancellation.
CREATE TABLE training_registration (
	id TEXT PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES training_session (id),
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	company TEXT NOT NULL DEFAULT '',
	phone TEXT NOT NULL DEFAULT '',
	url TEXT NOT NULL DEFAULT '',
	lang TEXT NOT NULL,
	zone TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'in' CHECK (state IN ('in', 'waiting', 'cancelled')),
	position BIGINT,
	confirmed_at TIMESTAMP,
	held_until TIMESTAMP,
	uid TEXT NOT NULL,
	sequence BIGINT NOT NULL DEFAULT 0,
	invited BOOLEAN NOT NULL DEFAULT FALSE,
	told_at TIMESTAMP NOT NULL,
	reminded BIGINT NOT NULL DEFAULT 0,
	attended_at TIMESTAMP,
	certified_at TIMESTAMP,
	cancelled_at TIMESTAMP,
	cancelled_by TEXT NOT NULL DEFAULT '',
	over_at TIMESTAMP NOT NULL,
	created_at TIMESTAMP NOT NULL,
	CHECK (state <> 'waiting' OR position IS NOT NULL)
);
CREATE UNIQUE INDEX training_registration_once ON training_registration (session_id, email) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX training_registration_line ON training_registration (session_id, position) WHERE state = 'waiting';
CREATE INDEX training_registration_session ON training_registration (session_id, state, position, created_at);
CREATE INDEX training_registration_email ON training_registration (email);
CREATE INDEX training_registration_account ON training_registration (account_id);
CREATE INDEX training_registration_held ON training_registration (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX training_registration_over ON training_registration (over_at);

-- That somebody was there, without who: proof is an HMAC of the name on the
-- paper, with which its holder can show that the paper is his.
CREATE TABLE training_certificate (
	code TEXT PRIMARY KEY,
	title TEXT NOT NULL,
	held_on TEXT NOT NULL,
	minutes BIGINT NOT NULL,
	proof TEXT NOT NULL,
	issued_at TIMESTAMP NOT NULL
);
CREATE INDEX training_certificate_issued ON training_certificate (issued_at);

-- +goose Down
SELECT 1;
