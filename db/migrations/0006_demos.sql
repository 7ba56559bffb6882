-- +goose Up
-- Demonstrations: what can be booked, with whom, when, and who booked.

CREATE TABLE demo_type (
	id TEXT PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE,
	name_nl TEXT NOT NULL,
	name_en TEXT NOT NULL,
	about_nl TEXT NOT NULL DEFAULT '',
	about_en TEXT NOT NULL DEFAULT '',
	place_nl TEXT NOT NULL DEFAULT '',
	place_en TEXT NOT NULL DEFAULT '',
	minutes BIGINT NOT NULL,
	step BIGINT NOT NULL,
	before BIGINT NOT NULL DEFAULT 0,
	after BIGINT NOT NULL DEFAULT 0,
	notice BIGINT NOT NULL DEFAULT 0,
	days BIGINT NOT NULL DEFAULT 60,
	daily BIGINT NOT NULL DEFAULT 0,
	weekly BIGINT NOT NULL DEFAULT 0,
	cutoff BIGINT NOT NULL DEFAULT 120,
	sort BIGINT NOT NULL DEFAULT 0,
	retired BOOLEAN NOT NULL DEFAULT FALSE,
	created_at TIMESTAMP NOT NULL
);

-- A colleague with whom demonstrations can be booked. week is his hours per
-- weekday as JSON; booked_at decides whose turn it is.
CREATE TABLE demo_host (
	account_id TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
	zone TEXT NOT NULL,
	week TEXT NOT NULL,
	link TEXT NOT NULL DEFAULT '',
	active BOOLEAN NOT NULL DEFAULT TRUE,
	booked_at TIMESTAMP
);

CREATE TABLE demo_type_host (
	type_id TEXT NOT NULL REFERENCES demo_type (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES demo_host (account_id) ON DELETE CASCADE,
	PRIMARY KEY (type_id, account_id)
);

-- The colleague who looks after a company.
CREATE TABLE demo_owner (
	company_id TEXT PRIMARY KEY REFERENCES company (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES demo_host (account_id) ON DELETE CASCADE
);
CREATE INDEX demo_owner_account ON demo_owner (account_id);

-- A date with hours of its own, in place of those of the weekday; none: not that day.
CREATE TABLE demo_day (
	account_id TEXT NOT NULL REFERENCES demo_host (account_id) ON DELETE CASCADE,
	day TEXT NOT NULL,
	windows TEXT NOT NULL,
	PRIMARY KEY (account_id, day)
);

CREATE TABLE demo_off (
	id TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES demo_host (account_id) ON DELETE CASCADE,
	from_at TIMESTAMP NOT NULL,
	to_at TIMESTAMP NOT NULL
);
CREATE INDEX demo_off_account ON demo_off (account_id, to_at);

-- A booking. status: wish (no moment yet), held (until its address is
-- confirmed), booked, cancelled, expired. The block is the appointment with its
-- buffers as they were when it was booked. settled_at starts its erasure.
CREATE TABLE demo_booking (
	id TEXT PRIMARY KEY,
	type_id TEXT NOT NULL REFERENCES demo_type (id),
	host_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	status TEXT NOT NULL,
	start_at TIMESTAMP,
	end_at TIMESTAMP,
	block_from TIMESTAMP,
	block_to TIMESTAMP,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	phone TEXT NOT NULL DEFAULT '',
	company TEXT NOT NULL DEFAULT '',
	wish TEXT NOT NULL DEFAULT '',
	note TEXT NOT NULL DEFAULT '',
	lang TEXT NOT NULL,
	zone TEXT NOT NULL,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	company_id TEXT REFERENCES company (id),
	sequence BIGINT NOT NULL DEFAULT 0,
	reminded TEXT NOT NULL DEFAULT '',
	asked BIGINT NOT NULL DEFAULT 0,
	outcome TEXT NOT NULL DEFAULT '',
	outcome_at TIMESTAMP,
	created_at TIMESTAMP NOT NULL,
	booked_at TIMESTAMP,
	hold_until TIMESTAMP,
	settled_at TIMESTAMP
);
CREATE INDEX demo_booking_start ON demo_booking (start_at, id);
CREATE INDEX demo_booking_host ON demo_booking (host_id, block_from);
CREATE INDEX demo_booking_email ON demo_booking (lower(email));
CREATE INDEX demo_booking_account ON demo_booking (account_id);
CREATE INDEX demo_booking_held ON demo_booking (hold_until) WHERE status = 'held';
CREATE INDEX demo_booking_open ON demo_booking (start_at) WHERE status = 'booked' AND outcome = '';
CREATE INDEX demo_booking_wish ON demo_booking (created_at, id) WHERE status = 'wish';
CREATE INDEX demo_booking_settled ON demo_booking (settled_at);

-- What a host's bookings take of his time, in pieces of five minutes since
-- 1970: no piece can be taken twice, whatever the program thinks.
CREATE TABLE demo_taken (
	host_id TEXT NOT NULL,
	piece BIGINT NOT NULL,
	booking_id TEXT NOT NULL REFERENCES demo_booking (id) ON DELETE CASCADE,
	PRIMARY KEY (host_id, piece)
);
CREATE INDEX demo_taken_booking ON demo_taken (booking_id);

-- What stays of a demonstration when its data is gone: that there was one.
CREATE TABLE demo_tally (
	month TEXT NOT NULL,
	type_id TEXT NOT NULL,
	outcome TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (month, type_id, outcome)
);

-- +goose Down
SELECT 1;
