-- +goose Up
-- A session may be held several times, as a series: times is how often, every
-- how many days there are between two. starts_at is the start of the first time,
-- ends_at the end of the last. changed_at is when what the feeds say of it changed.
ALTER TABLE training_session ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
ALTER TABLE training_session ADD COLUMN every BIGINT NOT NULL DEFAULT 7;
ALTER TABLE training_session ADD COLUMN changed_at TIMESTAMP;
UPDATE training_session SET changed_at = created_at;

-- Who comes in at the door may be noted by name alone.
DROP INDEX training_registration_once;
CREATE UNIQUE INDEX training_registration_once ON training_registration (session_id, email) WHERE state <> 'cancelled' AND email <> '';

-- +goose Down
SELECT 1;
