-- +goose Up
-- The day at the desk on which a membership ended: terms count from it, and the
-- UTC moment is still on the day before until one or two at night.
ALTER TABLE membership ADD COLUMN ended_on TEXT;
UPDATE membership SET ended_on = substr(CAST(ended_at AS TEXT), 1, 10) WHERE ended_at IS NOT NULL;

-- +goose Down
SELECT 1;
