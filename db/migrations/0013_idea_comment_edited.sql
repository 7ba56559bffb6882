-- +goose Up
-- Who wrote a comment can change it; readers see that he did.
ALTER TABLE idea_comment ADD COLUMN edited_at TIMESTAMP;

-- +goose Down
SELECT 1;
