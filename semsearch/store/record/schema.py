"""The tables of the record, and the migrations from its earlier formats.

A writer migrates an older record. A reader leaves it unchanged, and reads it through temporary
views with the tables and columns of the current format.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from semsearch.store.record.sqlite import Connection, header

APPLICATION_ID: Final = 0x53534348  # "SSCH", in the file's header
FORMAT_VERSION: Final = 4
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
DOCUMENT_HASH: Final = (
    f"row_hash({_blob('document.path')}, {_blob('document.digest')}, {_text('coverage')},"
    f" {_text('reason')}, document.pages, {_text('blank_pages')}, document.passages, text_sum,"
    f" born, died, {_text('encoding')}, {_text('since')})"
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

_ADDED_IN_2: Final = """
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
_ADDED_IN_4: Final = """
create table sentences (          -- vectors of a text's sentences, where its embedder tells them
  id integer primary key,
  embedder integer not null references embedder (id),
  text integer not null references text (id),
  vectors blob not null,          -- for each: its largest number (little-endian float16), numbers
  hash blob not null,             -- as int8, of which 127 is the largest
  unique (embedder, text)
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
  since text                      -- UTC, ISO 8601: when this was found to have become of it
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
{_ADDED_IN_2}
{_ADDED_IN_4}
"""

_COUNT_PASSAGES: Final = "(select count(*) from passage where document = document.id)"
_SUM_TEXTS: Final = "(select coalesce(sum(text), 0) from passage where document = document.id)"
_VISIBLE: Final = "born <= generation.number and (died is null or died > generation.number)"
_COUNT_VISIBLE: Final = f"(select count(*) from document where {_VISIBLE})"
_COUNT_PLACES: Final = (
    f"(select count(*) from passage join document on document.id = document and {_VISIBLE})"
)
_REPEATS: Final = (
    "(select json_group_array(json_array(text, places)) from (select text, count(*) as places"
    f" from passage join document on document.id = document and {_VISIBLE}"
    " group by text having count(*) > 1))"
)
# Format 1 had a single folder, updated in place.
_OLD_KEYWORDS: Final = (
    "iif(ann_file is not null and number = (select max(number) from main.generation), 'keywords',"
    " null)"
)
HASH_OF_PASSAGE: Final = (
    f"(select {PASSAGE_HASH} from document, text"
    " where document.id = passage.document and text.id = passage.text)"
)

# The hash of format 2, in which passages had no context.
_PASSAGE_HASH_2: Final = PASSAGE_HASH.replace(", context", "")
_HASH_OF_PASSAGE_2: Final = HASH_OF_PASSAGE.replace(PASSAGE_HASH, _PASSAGE_HASH_2)

# SQL that migrates each earlier format to the next.
_STEPS: Final[Mapping[int, str]] = {
    1: f"""
alter table generation add column keywords text;
alter table generation add column keywords_digest blob;
alter table generation add column documents integer not null default 0;
alter table generation add column passages integer not null default 0;
alter table generation add column repeats text not null default '[]';
alter table generation add column hash blob not null default x'';
alter table document add column passages integer not null default 0;
alter table document add column text_sum integer not null default 0;
alter table document add column hash blob not null default x'';
alter table document add column encoding text;
alter table document add column since text;
alter table passage add column hash blob not null default x'';
alter table passage add column place text;
alter table vector add column parts integer not null default 1;
alter table vector add column hash blob not null default x'';
update document set passages = {_COUNT_PASSAGES}, text_sum = {_SUM_TEXTS};
update document set hash = {DOCUMENT_HASH};
update passage set hash = {_HASH_OF_PASSAGE_2};
update vector set hash = {VECTOR_HASH};
update generation set keywords = {_OLD_KEYWORDS};
update generation
  set documents = {_COUNT_VISIBLE}, passages = {_COUNT_PLACES}, repeats = {_REPEATS};
update generation set hash = {GENERATION_HASH} from embedder where embedder.id = embedder;
{_ADDED_IN_2}
insert into note select '{LAST_GENERATION}', cast(max(number) as text), x''
  from generation having count(*);
update note set hash = {NOTE_HASH};
""",
    2: f"""
alter table passage add column context integer not null default 0;
update passage
  set hash = iif(hash = {_HASH_OF_PASSAGE_2}, {HASH_OF_PASSAGE}, hash);
""",
    3: _ADDED_IN_4,
}

# A table, or a table and its column, that a step adds.
_ADDITION: Final = re.compile(r"^(?:alter|create) table (\w+)(?: add column (\w+))?", re.MULTILINE)

_NO_SENTENCES: Final = """
create temp view sentences as
  select 0 as embedder, 0 as text, x'' as vectors, x'' as hash where false;
"""
# Views for readers of each earlier format; a temporary view hides the table of its name.
_VIEWS: Final[Mapping[int, str]] = {
    1: f"""
create temp view vector as
  select *, 1 as parts, row_hash(embedder, text, 1, vector) as hash from main.vector;
create temp view passage as select passage.*, {PASSAGE_HASH} as hash
  from (select *, null as place, 0 as context from main.passage) as passage
  join main.document on document.id = document join main.text on text.id = text;
create temp view document as
  select counted.*, {DOCUMENT_HASH.replace("document.", "counted.")} as hash
  from (
    select *, {_COUNT_PASSAGES} as passages, {_SUM_TEXTS} as text_sum, null as encoding,
    null as since from main.document
  ) as counted;
create temp view generation as
  select counted.*, {GENERATION_HASH} as hash from (
    select *, {_OLD_KEYWORDS} as keywords, null as keywords_digest,
    {_COUNT_VISIBLE} as documents, {_COUNT_PLACES} as passages, {_REPEATS} as repeats
    from main.generation
  ) as counted join main.embedder on embedder.id = embedder;
create temp view canary as
  select 0 as embedder, 0 as ordinal, x'' as vector, x'' as hash where false;
create temp view note as select *, {NOTE_HASH} as hash from (
    select '{LAST_GENERATION}' as name, cast(max(number) as text) as value
    from main.generation having count(*)
  );
{_NO_SENTENCES}
""",
    2: f"""
create temp view passage as
  select id, document, text, ordinal, first_line, last_line, first_page, last_page, headings, place,
  context, iif(hash = {_HASH_OF_PASSAGE_2}, {HASH_OF_PASSAGE}, hash) as hash
  from (select *, 0 as context from main.passage) as passage;
{_NO_SENTENCES}
""",
    3: _NO_SENTENCES,
}


def make_ready(connection: Connection, page: int = PAGE) -> None:
    """Set the page size of an empty record, outside of a transaction."""
    connection.execute(f"pragma page_size = {page}")


def make(connection: Connection, version: int = FORMAT_VERSION) -> None:
    """Create the tables of an empty record, within the caller's transaction.

    An earlier ``version`` is for rows of an earlier format, which are migrated later.
    """
    _run(connection, _SCHEMA)
    for step in range(FORMAT_VERSION - 1, version - 1, -1):
        for table, column in _ADDITION.findall(_STEPS[step]):
            connection.execute(
                f"alter table {table} drop column {column}" if column else f"drop table {table}"
            )
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {version}")


def migrate(connection: Connection) -> None:
    """Migrate a record to the current format, within the caller's transaction."""
    for version in range(version_of(connection), FORMAT_VERSION):
        _run(connection, _STEPS[version])
    connection.execute(f"pragma user_version = {FORMAT_VERSION}")


def show_as_current(connection: Connection) -> None:
    """Create temporary views that show an older record in the current format; changes no file."""
    if (version := version_of(connection)) < FORMAT_VERSION:
        _run(connection, _VIEWS[version])


def version_of(connection: Connection) -> int:
    """The format version of a record."""
    return header(connection, "user_version")


def _run(connection: Connection, script: str) -> None:
    statements: Sequence[str] = script.split(";\n")
    for statement in statements:
        connection.execute(statement)
