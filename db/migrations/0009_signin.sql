-- +goose Up
-- Lists of people and invitations for staff and managers.

CREATE INDEX account_name ON account (lower(name), id);
CREATE INDEX company_search ON company (lower(name), id);
CREATE INDEX link_subject ON link (purpose, subject);

-- +goose Down
SELECT 1;
