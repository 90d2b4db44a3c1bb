"""Make the tables of a record, and migrate those of its earlier formats.

A writer migrates an older record. A reader leaves it unchanged, and reads it through temporary
views with the tables and columns of the current format.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from semsearch.store.record.schema import (
    ADDED_IN_2,
    ADDED_IN_4,
    ADDED_IN_5,
    APPLICATION_ID,
    DOCUMENT_HASH,
    DOCUMENT_VALUES,
    FORMAT_VERSION,
    GENERATION_HASH,
    HASH_OF_PASSAGE,
    LAST_GENERATION,
    NOTE_HASH,
    PAGE,
    PASSAGE_HASH,
    SCHEMA,
    VECTOR_HASH,
)
from semsearch.store.record.sqlite import Connection, header

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
update document set hash = row_hash({DOCUMENT_VALUES});
update passage set hash = {_HASH_OF_PASSAGE_2};
update vector set hash = {VECTOR_HASH};
update generation set keywords = {_OLD_KEYWORDS};
update generation
  set documents = {_COUNT_VISIBLE}, passages = {_COUNT_PLACES}, repeats = {_REPEATS};
update generation set hash = {GENERATION_HASH} from embedder where embedder.id = embedder;
{ADDED_IN_2}
insert into note select '{LAST_GENERATION}', cast(max(number) as text), x''
  from generation having count(*);
update note set hash = {NOTE_HASH};
""",
    2: f"""
alter table passage add column context integer not null default 0;
update passage
  set hash = iif(hash = {_HASH_OF_PASSAGE_2}, {HASH_OF_PASSAGE}, hash);
""",
    3: ADDED_IN_4,
    4: ADDED_IN_5,
}

# A table, or a table and its column, that a step adds.
_ADDITION: Final = re.compile(r"^(?:alter|create) table (\w+)(?: add column (\w+))?", re.MULTILINE)

_NO_SENTENCES: Final = """
create temp view sentences as
  select 0 as embedder, 0 as text, x'' as vectors, x'' as hash where false;
"""
_NO_TITLES: Final = """
create temp view document as select *, null as title from main.document;
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
    null as since, null as title from main.document
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
{_NO_TITLES}
{_NO_SENTENCES}
""",
    3: _NO_TITLES + _NO_SENTENCES,
    4: _NO_TITLES,
}


def make_ready(connection: Connection, page: int = PAGE) -> None:
    """Set the page size of an empty record, outside of a transaction."""
    connection.execute(f"pragma page_size = {page}")


def make(connection: Connection, version: int = FORMAT_VERSION) -> None:
    """Create the tables of an empty record, within the caller's transaction.

    An earlier ``version`` is for rows of an earlier format, which are migrated later.
    """
    _run(connection, SCHEMA)
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
