-- +goose Up
-- What staff and the nightly run look for in tables that grow: without these each
-- look reads the whole table.

CREATE INDEX job_failed ON job (failed_at, id) WHERE failed_at IS NOT NULL;
CREATE INDEX idea_waiting ON idea (number) WHERE approved_at IS NULL AND refused_at IS NULL;
CREATE INDEX idea_vote_idea ON idea_vote (idea_id, account_id);
CREATE INDEX membership_account ON membership (account_id);
CREATE INDEX audit_actor ON audit (actor_id, at);
CREATE INDEX mail_receiver ON mail (lower(address));

-- +goose Down
SELECT 1;
