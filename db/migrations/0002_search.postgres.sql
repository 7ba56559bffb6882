-- +goose Up
-- What can be found: one row a document. Its id rises with its date, so that
-- the newest hits are read off the end of the index. terms are the words as the
-- program has folded and stemmed them, and who may find the document: they are
-- taken as they are, not parsed again.
CREATE TABLE search_doc (
	kind TEXT NOT NULL,
	ref TEXT NOT NULL,
	id BIGINT NOT NULL,
	path TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	note TEXT NOT NULL,
	at TIMESTAMP NOT NULL,
	terms TEXT NOT NULL,
	vector TSVECTOR NOT NULL GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED,
	PRIMARY KEY (kind, ref)
);
CREATE INDEX search_doc_id ON search_doc (id);
-- No pending list: a query never pays for the writes before it, and what is
-- taken out is gone at the next VACUUM.
CREATE INDEX search_doc_vector ON search_doc USING GIN (vector) WITH (fastupdate = off);
ALTER TABLE search_doc ALTER COLUMN vector SET STATISTICS 1000;

-- +goose Down
SELECT 1;
