"""The formats of the record: the tables of this one, and the way to it from each earlier one.

A writer migrates an older record; a reader leaves it as it is, and sees it through temporary views
that have this format's tables and columns.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from semsearch.store.database import Connection, header

APPLICATION_ID: Final = 0x53534348  # "SSCH", in the file's header
FORMAT_VERSION: Final = 2

_ADDED_IN_2: Final = """
create table canary (             -- vectors of a few fixed texts at the embedder's first use
  embedder integer not null references embedder (id),
  ordinal integer not null,
  vector blob not null,           -- little-endian float32
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
  primary key (job, custom_id)
);
create table note (               -- small facts that outlive a run
  name text primary key,
  value text not null
);
"""
_SCHEMA: Final = f"""
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
  ann_texts blob                  -- SHA-256 of the sorted text ids that the file holds
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
  died integer
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
  unique (document, ordinal)
);
create index passage_text on passage (text);
create table vector (
  id integer primary key,
  embedder integer not null references embedder (id),
  text integer not null references text (id),
  vector blob not null,           -- little-endian float16, one for each dimension
  parts integer not null default 1,  -- what the text was split into to embed it; 1 is whole
  unique (embedder, text)
);
{_ADDED_IN_2}
"""

# What makes a record of each earlier format one of the next.
_STEPS: Final[Mapping[int, str]] = {
    1: f"""
alter table vector add column parts integer not null default 1;
{_ADDED_IN_2}
""",
}

# What a record of each earlier format lacks, for its readers.
_VIEWS: Final[Mapping[int, str]] = {
    1: """
create temp view vector as select *, 1 as parts from main.vector;
create temp view canary as select 0 as embedder, 0 as ordinal, x'' as vector where false;
create temp view note as select '' as name, '' as value where false;
""",
}


def make(connection: Connection) -> None:
    """Make the tables of an empty record, within the caller's transaction."""
    _run(connection, _SCHEMA)
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {FORMAT_VERSION}")


def migrate(connection: Connection) -> None:
    """Bring a record of an earlier format to this one, within the caller's transaction."""
    for version in range(version_of(connection), FORMAT_VERSION):
        _run(connection, _STEPS[version])
    connection.execute(f"pragma user_version = {FORMAT_VERSION}")


def show_as_current(connection: Connection) -> None:
    """Let this connection see a record of an earlier format as one of this; changes nothing."""
    for version in range(version_of(connection), FORMAT_VERSION):
        _run(connection, _VIEWS[version])


def version_of(connection: Connection) -> int:
    """The format of a record."""
    return header(connection, "user_version")


def _run(connection: Connection, script: str) -> None:
    statements: Sequence[str] = script.split(";\n")
    for statement in statements:
        connection.execute(statement)
