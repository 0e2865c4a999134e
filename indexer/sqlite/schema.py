"""The file's layout and what it guarantees.

document   one narrow row a post: what is filtered, counted and sorted by; `flags` holds one bit a label
content    the body that is searched and the document as JSON that is shown; same id as `document`
words      FTS5 over content.body without a copy of it, kept in step by triggers
term       values of fields that can have several (hashtags, contacts, countries, ...), looked up by value
erased     versions of documents erased within the last hour, so that an older write cannot bring them back
state      notes: whose index it is, how far a rebuild is, when bytes were last expunged (indexer/notes.py, expunging.py)

Guarantee: a document is in all of document, content, words and term, or in none: each write is one transaction.
Guarantee: after `expunge` no byte of an erased document's text is in the file or its write-ahead log: secure_delete
overwrites rows, `optimize` rewrites the segments of FTS5, in which deleted words linger, and VACUUM copies what is left.
"""

from __future__ import annotations

from records import Label

LAYOUT = 1
"""Raised when the tables change; a file of another layout is refused until `daymark reindex` rebuilds it."""

ON_TOPIC = 1
ASSESSED = 2
"""On topic and covered: the denominator of shares."""
WITHHELD = 4
COVERED = 8
REVIEWED = 16
_FIRST_LABEL = 32

LABEL_BITS = {label: _FIRST_LABEL << place for place, label in enumerate(Label)}
"""Bit of each label in `flags`."""

TABLES = ("words", "content", "document", "term")
"""What a drop takes away. Not `erased`: an older write may still be under way. Nor `state`: the index stays whose it is."""

# published is NULL where the date is only estimated: such posts are in no bucket, and the trend index passes over them.
SCHEMA = """
CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  post_id TEXT NOT NULL UNIQUE,
  month TEXT NOT NULL,
  doc_version INTEGER NOT NULL,
  published INTEGER,
  shown INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  lang TEXT NOT NULL,
  platform TEXT NOT NULL,
  source TEXT NOT NULL,
  model TEXT NOT NULL,
  kind TEXT NOT NULL,
  family TEXT NOT NULL,
  author TEXT,
  service TEXT,
  currency TEXT
);
CREATE INDEX document_trend ON document (published, flags, lang, platform, source, model);
CREATE INDEX document_shown ON document (shown, flags);
CREATE INDEX document_model ON document (model);
CREATE INDEX document_family ON document (family);
CREATE INDEX document_author ON document (author) WHERE author IS NOT NULL;
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  source TEXT NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (body, content='content', content_rowid='id', tokenize='ascii');
CREATE TRIGGER content_added AFTER INSERT ON content BEGIN
  INSERT INTO words (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER content_removed AFTER DELETE ON content BEGIN
  INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body);
END;
CREATE TRIGGER content_changed AFTER UPDATE ON content BEGIN
  INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body);
  INSERT INTO words (rowid, body) VALUES (new.id, new.body);
END;
CREATE TABLE term (
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (field, value, id)
) WITHOUT ROWID;
CREATE INDEX term_document ON term (id);
CREATE TABLE IF NOT EXISTS erased (
  post_id TEXT PRIMARY KEY,
  doc_version INTEGER NOT NULL,
  at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
"""
