-- +goose Up
-- What can be found: one row a document. Its id rises with its date, so that
-- the newest hits are read off the end of the index. terms are the words as the
-- program has folded and stemmed them, and who may find the document.
CREATE TABLE search_doc (
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	ref TEXT NOT NULL,
	path TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	note TEXT NOT NULL,
	at TIMESTAMP NOT NULL,
	terms TEXT NOT NULL
);
CREATE UNIQUE INDEX search_doc_ref ON search_doc (kind, ref);

CREATE VIRTUAL TABLE search_fts USING fts5 (
	terms,
	content = 'search_doc', content_rowid = 'id',
	detail = none, columnsize = 0,
	tokenize = "ascii tokenchars '+#'"
);
-- What is taken out leaves the file as well.
INSERT INTO search_fts (search_fts, rank) VALUES ('secure-delete', 1);

-- +goose StatementBegin
CREATE TRIGGER search_doc_insert AFTER INSERT ON search_doc BEGIN
	INSERT INTO search_fts (rowid, terms) VALUES (new.id, new.terms);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_doc_delete AFTER DELETE ON search_doc BEGIN
	INSERT INTO search_fts (search_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
END;
-- +goose StatementEnd

-- A new state or number in the note leaves the index alone.
-- +goose StatementBegin
CREATE TRIGGER search_doc_update AFTER UPDATE ON search_doc WHEN old.id <> new.id OR old.terms <> new.terms BEGIN
	INSERT INTO search_fts (search_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
	INSERT INTO search_fts (rowid, terms) VALUES (new.id, new.terms);
END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
