"""The tables of the record, and the hashes of their rows."""

from typing import Final

APPLICATION_ID: Final = 0x53534348  # "SSCH", in the file's header
FORMAT_VERSION: Final = 5
PAGE: Final = 32_768  # bytes; holds 15 vectors of 1,024 dimensions, a page of 4,096 holds one
OLD_PAGE: Final = 4_096  # bytes, in records that earlier versions made


def _text(column: str) -> str:
    """A text column for ``row_hash``."""
    return f"cast(quote({column}) as blob)"


def _blob(column: str) -> str:
    """A column of bytes for ``row_hash``, which cannot take damaged text in its place."""
    return f"iif(typeof({column}) = 'text', null, {column})"


# The values in the hash of a row; a passage's hash includes the rows that it refers to. A file's
# stat is in no hash: if it is damaged, the file is read again.
DOCUMENT_VALUES: Final = (
    f"{_blob('document.path')}, {_blob('document.digest')}, {_text('coverage')},"
    f" {_text('reason')}, document.pages, {_text('blank_pages')}, document.passages, text_sum,"
    f" born, died, {_text('encoding')}, {_text('since')}"
)
# Without a title it is the hash of format 4, in which documents had none.
DOCUMENT_HASH: Final = (
    f"iif(document.title is null, row_hash({DOCUMENT_VALUES}),"
    f" row_hash({DOCUMENT_VALUES}, {_text('document.title')}))"
)
PASSAGE_HASH: Final = (
    f"row_hash({_blob('document.path')}, {_blob('text.digest')}, ordinal,"
    " first_line, last_line, first_page, last_page,"
    f" {_text('headings')}, {_text('place')}, context)"
)
VECTOR_HASH: Final = (
    f"row_hash(vector.embedder, vector.text, vector.parts, {_blob('vector.vector')})"
)
SENTENCES_HASH: Final = (
    f"row_hash(sentences.embedder, sentences.text, {_blob('sentences.vectors')})"
)
GENERATION_HASH: Final = (
    f"row_hash(number, {_text('created')}, {_blob('corpus')}, embedder.id,"
    f" {_text('embedder.uri')}, {_text('chunking')}, {_text('ann_file')}, {_blob('ann_digest')},"
    f" {_blob('ann_texts')}, {_text('keywords')}, {_blob('keywords_digest')}, documents,"
    f" passages, {_text('repeats')})"
)
CANARY_HASH: Final = f"row_hash(embedder, ordinal, {_blob('canary.vector')})"
NOTE_HASH: Final = f"row_hash({_text('name')}, {_text('value')})"
BATCH_LINE_HASH: Final = f"row_hash(job, {_text('custom_id')}, {_text('texts')})"

# In this order, so that the rows that a row refers to are inserted before it.
TABLES: Final = (
    "embedder", "generation", "pending", "text", "document", "passage", "vector", "sentences",
    "canary", "batch_job", "batch_line", "note",
)  # fmt: skip

# Rows without the vector that they belong to.
ORPHANED_SENTENCES: Final = (
    "not exists (select 1 from vector"
    " where vector.embedder = sentences.embedder and vector.text = sentences.text)"
)

LAST_GENERATION: Final = "generation"  # the note with its number, so that a lost row is detected

ADDED_IN_2: Final = """
create table canary (             -- vectors of a few fixed texts at the embedder's first use
  embedder integer not null references embedder (id),
  ordinal integer not null,
  vector blob not null,           -- little-endian float32
  hash blob not null,
  primary key (embedder, ordinal)
);
create table batch_job (          -- texts that were given to a batch API, until they have vectors
  id integer primary key autoincrement,
  embedder integer not null references embedder (id),
  created text not null,          -- UTC, ISO 8601
  input_file text,                -- the API's names for the file and the job; null until it has
  job text,                       -- given them
  status text not null
);
create table batch_line (
  job integer not null references batch_job (id) on delete cascade,
  custom_id text not null,
  texts text not null,            -- JSON list of text ids, in the order of the request
  hash blob not null,
  primary key (job, custom_id)
);
create table note (               -- small facts that outlive a run
  name text primary key,
  value text not null,
  hash blob not null
);
"""
ADDED_IN_4: Final = """
create table sentences (          -- vectors of a text's sentences, where its embedder tells them
  id integer primary key,
  embedder integer not null references embedder (id),
  text integer not null references text (id),
  vectors blob not null,          -- for each: its largest number (little-endian float16), numbers
  hash blob not null,             -- as int8, of which 127 is the largest
  unique (embedder, text)
);
"""
ADDED_IN_5: Final = """
alter table document add column title text;
"""
SCHEMA: Final = f"""
create table pending (            -- what the run that is under way, or was stopped, is about
  corpus blob not null,
  chunking text not null,
  fresh integer references embedder (id)  -- the row that it makes all vectors for, or null
);
create table embedder (           -- one row for each time that vectors are made from nothing
  id integer primary key autoincrement,
  uri text not null,
  dimension integer               -- null until its first vector
);
create table generation (
  number integer primary key,
  created text not null,          -- UTC, ISO 8601
  corpus blob not null,           -- the folder that is searched, relative to the index
  embedder integer not null references embedder (id),
  chunking text not null,         -- JSON: all that decides where a document is cut
  ann_file text,                  -- null when no document has any text
  ann_digest blob,                -- SHA-256
  ann_texts blob,                 -- SHA-256 of the sorted text ids that the file holds
  keywords text,                  -- the keyword index's folder; null when no document has any text
  keywords_digest blob,           -- SHA-256 of its manifest
  documents integer not null default 0,
  passages integer not null default 0,
  repeats text not null default '[]',  -- JSON pairs: text id, how often it stands if not once
  hash blob not null default x''
);
create table document (
  id integer primary key autoincrement,
  path blob not null,             -- relative to the corpus, '/' between the names' bytes
  size integer not null,
  mtime_ns integer not null,
  ctime_ns integer not null,
  inode integer not null,
  digest blob,                    -- SHA-256 of the file; null when it was not read
  coverage text not null,
  reason text,
  pages integer,
  blank_pages text not null default '[]',
  born integer not null,
  died integer,
  passages integer not null default 0,
  text_sum integer not null default 0,  -- of its passages' text ids: a lost one is missed
  hash blob not null default x'',
  encoding text,                  -- of its text; null where the format decides it
  since text,                     -- UTC in ISO 8601: when this was found to have become of it
  -- Null where it is called as its file is. No comma may stand in the comments before the last
  -- column: SQLite up to 3.51 could not drop it then.
  title text
);
create index document_path on document (path);
create index document_born on document (born);
create index document_died on document (died) where died is not null;
create table text (
  id integer primary key autoincrement,
  digest blob not null unique,    -- SHA-256 of the UTF-8 bytes
  body text                       -- null when no passage has this text any more
);
create table passage (
  id integer primary key autoincrement,
  document integer not null references document (id) on delete cascade,
  text integer not null references text (id),
  ordinal integer not null,
  first_line integer, last_line integer,
  first_page integer, last_page integer,
  headings text not null,         -- JSON list, the outermost first
  hash blob not null default x'',
  place text,                     -- in words of the format, where neither lines nor pages say it
  context integer not null default 0,  -- characters of its text that are not shown, at the start
  unique (document, ordinal)
);
create index passage_text on passage (text);
create table vector (
  id integer primary key,
  embedder integer not null references embedder (id),
  text integer not null references text (id),
  vector blob not null,           -- little-endian float16, one for each dimension
  parts integer not null default 1,  -- what the text was split into to embed it; 1 is whole
  hash blob not null default x'',
  unique (embedder, text)
);
{ADDED_IN_2}
{ADDED_IN_4}
"""

HASH_OF_PASSAGE: Final = (
    f"(select {PASSAGE_HASH} from document, text"
    " where document.id = passage.document and text.id = passage.text)"
)
