-- +goose Up
-- Ideas: what people miss, who else misses it, and what becomes of it.

-- A board gathers the ideas about one product (or about none).
CREATE TABLE idea_board (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	product TEXT NOT NULL DEFAULT '',
	about TEXT NOT NULL DEFAULT '',
	moderated BOOLEAN NOT NULL DEFAULT FALSE,
	position BIGINT NOT NULL DEFAULT 0,
	closed_at TIMESTAMP
);
INSERT INTO idea_board (id, name) VALUES ('general', 'Algemeen');

-- An idea. votes, comments and heat are kept as they change, never counted at
-- reading. votes includes anonymous_votes: those of people who are no longer
-- known. listed is: approved, not private, not merged away. parent_id is the
-- idea it was merged into, merged_into the one that this was merged into, and
-- so on to the last: equal until an idea is merged that others were merged into.
-- excerpt and reply are the beginnings of body and response, for the lists.
CREATE TABLE idea (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	board_id TEXT NOT NULL REFERENCES idea_board (id),
	author_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	excerpt TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL DEFAULT 'new',
	private BOOLEAN NOT NULL DEFAULT FALSE,
	approved_at TIMESTAMP,
	refused_at TIMESTAMP,
	listed BOOLEAN NOT NULL DEFAULT FALSE,
	seen_at TIMESTAMP,
	response TEXT NOT NULL DEFAULT '',
	reply TEXT NOT NULL DEFAULT '',
	expected TEXT NOT NULL DEFAULT '',
	status_at TIMESTAMP NOT NULL,
	decided_at TIMESTAMP,
	parent_id TEXT,
	merged_into TEXT,
	votes BIGINT NOT NULL DEFAULT 0,
	anonymous_votes BIGINT NOT NULL DEFAULT 0,
	comments BIGINT NOT NULL DEFAULT 0,
	heat DOUBLE PRECISION NOT NULL,
	grams BIGINT NOT NULL DEFAULT 0,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX idea_heat ON idea (heat, number) WHERE listed;
CREATE INDEX idea_votes ON idea (votes, number) WHERE listed;
CREATE INDEX idea_newest ON idea (number) WHERE listed;
CREATE INDEX idea_comments ON idea (comments, number) WHERE listed;
CREATE INDEX idea_status_at ON idea (status, status_at, number) WHERE listed;
CREATE INDEX idea_author ON idea (author_id, number);
CREATE INDEX idea_merged ON idea (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX idea_unseen ON idea (number) WHERE seen_at IS NULL;
CREATE INDEX idea_board_number ON idea (board_id, number);
CREATE INDEX idea_decided ON idea (decided_at) WHERE decided_at IS NOT NULL;

-- A vote stays with the idea that it was cast on (original_id); idea_id is where
-- it stands while that is merged. Of one person's votes on merged ideas one counts.
CREATE TABLE idea_vote (
	id TEXT PRIMARY KEY,
	idea_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	original_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	counts BOOLEAN NOT NULL DEFAULT TRUE,
	voted_at TIMESTAMP NOT NULL,
	cast_by TEXT,
	consent TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX idea_vote_once ON idea_vote (original_id, account_id);
CREATE UNIQUE INDEX idea_vote_counts ON idea_vote (idea_id, account_id) WHERE counts;
CREATE INDEX idea_vote_account ON idea_vote (account_id, idea_id);

-- warm: it counts for the heat, as the first of its person on that day.
CREATE TABLE idea_comment (
	id TEXT PRIMARY KEY,
	idea_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	original_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	official BOOLEAN NOT NULL DEFAULT FALSE,
	body TEXT NOT NULL,
	warm BOOLEAN NOT NULL DEFAULT FALSE,
	created_at TIMESTAMP NOT NULL,
	hidden_at TIMESTAMP
);
CREATE INDEX idea_comment_idea ON idea_comment (idea_id, created_at, id);
CREATE INDEX idea_comment_original ON idea_comment (original_id);
CREATE INDEX idea_comment_account ON idea_comment (account_id, created_at);

-- Who follows an idea, and who wants no mail about it (muted), voter or not.
CREATE TABLE idea_follow (
	idea_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	id TEXT NOT NULL,
	muted BOOLEAN NOT NULL DEFAULT FALSE,
	created_at TIMESTAMP NOT NULL,
	PRIMARY KEY (idea_id, account_id)
);
CREATE UNIQUE INDEX idea_follow_id ON idea_follow (id);
CREATE INDEX idea_follow_account ON idea_follow (account_id);

-- What colleagues say to each other about an idea.
CREATE TABLE idea_note (
	id TEXT PRIMARY KEY,
	idea_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	body TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX idea_note_idea ON idea_note (idea_id, created_at, id);
CREATE INDEX idea_note_account ON idea_note (account_id);

-- Each change of status, with what was said at it and how many were told (-1: not
-- yet).
CREATE TABLE idea_status (
	id TEXT PRIMARY KEY,
	idea_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	status TEXT NOT NULL,
	response TEXT NOT NULL DEFAULT '',
	expected TEXT NOT NULL DEFAULT '',
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	told BIGINT NOT NULL DEFAULT -1,
	created_at TIMESTAMP NOT NULL
);
CREATE INDEX idea_status_idea ON idea_status (idea_id, created_at, id);
CREATE INDEX idea_status_account ON idea_status (account_id);

-- Each merge, so that it can be taken back.
CREATE TABLE idea_merge (
	id TEXT PRIMARY KEY,
	source_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	target_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	status_before TEXT NOT NULL,
	decided_before TIMESTAMP,
	account_id TEXT REFERENCES account (id) ON DELETE SET NULL,
	merged_at TIMESTAMP NOT NULL,
	undone_at TIMESTAMP,
	undone_by TEXT
);
CREATE UNIQUE INDEX idea_merge_open ON idea_merge (source_id) WHERE undone_at IS NULL;
CREATE INDEX idea_merge_target ON idea_merge (target_id);
CREATE INDEX idea_merge_account ON idea_merge (account_id);

-- Internal tags are for colleagues only.
CREATE TABLE idea_tag (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	internal BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE idea_tagged (
	idea_id TEXT NOT NULL REFERENCES idea (id) ON DELETE CASCADE,
	tag_id TEXT NOT NULL REFERENCES idea_tag (id) ON DELETE CASCADE,
	PRIMARY KEY (idea_id, tag_id)
);
CREATE INDEX idea_tagged_tag ON idea_tagged (tag_id, idea_id);

-- Words that mean the same on a board, or on all where board_id is NULL: terms
-- with commas between them.
CREATE TABLE idea_synonym (
	id TEXT PRIMARY KEY,
	board_id TEXT REFERENCES idea_board (id) ON DELETE CASCADE,
	terms TEXT NOT NULL
);
CREATE INDEX idea_synonym_board ON idea_synonym (board_id);

-- The trigrams of the words of each title, to find similar ideas by.
CREATE TABLE idea_gram (
	gram TEXT NOT NULL,
	idea BIGINT NOT NULL REFERENCES idea (number) ON DELETE CASCADE,
	PRIMARY KEY (gram, idea)
);
CREATE INDEX idea_gram_idea ON idea_gram (idea);

-- How an idea stood before each change of its place in the lists, for a few
-- hours: who pages on sees the list as it was on the first page.
CREATE TABLE idea_moved (
	number BIGINT PRIMARY KEY,
	idea BIGINT NOT NULL REFERENCES idea (number) ON DELETE CASCADE,
	votes BIGINT NOT NULL,
	comments BIGINT NOT NULL,
	heat DOUBLE PRECISION NOT NULL,
	at TIMESTAMP NOT NULL
);
CREATE INDEX idea_moved_idea ON idea_moved (idea, number);

-- When somebody last did something with ideas; how long his ideas keep his name
-- follows from it.
CREATE TABLE idea_activity (
	account_id TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
	active_at TIMESTAMP NOT NULL
);

-- What somebody wrote before he signed in, by the hash of a secret that only
-- his browser has.
CREATE TABLE idea_draft (
	id TEXT PRIMARY KEY,
	board_id TEXT NOT NULL DEFAULT '',
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	private BOOLEAN NOT NULL DEFAULT FALSE,
	created_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL
);
CREATE INDEX idea_draft_expires ON idea_draft (expires_at);

-- +goose Down
DROP TABLE idea_draft;
DROP TABLE idea_activity;
DROP TABLE idea_moved;
DROP TABLE idea_gram;
DROP TABLE idea_synonym;
DROP TABLE idea_tagged;
DROP TABLE idea_tag;
DROP TABLE idea_merge;
DROP TABLE idea_status;
DROP TABLE idea_note;
DROP TABLE idea_follow;
DROP TABLE idea_comment;
DROP TABLE idea_vote;
DROP TABLE idea;
DROP TABLE idea_board;
