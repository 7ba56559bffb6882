-- +goose Up
-- Invoices, newest first, without sorting them at every look.

CREATE INDEX invoice_issued ON invoice (issued_on, id);

-- +goose Down
SELECT 1;
