"""The shape of each table's rows: the values that semsearch writes into them.

SQLite takes any value in any column, and a row's hash is no secret. So rows of another origin (an
imported file, a damaged page) are compared with these shapes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import orjson

from semsearch.documents.coverage import Coverage
from semsearch.store.record.documents import is_inner_path
from semsearch.store.record.expected_schema import columns_of
from semsearch.store.record.generations import ANN_FILE, KEYWORDS, MOST_NUMBERS
from semsearch.store.record.json_text import parsed
from semsearch.store.record.row_hash import HASH_BYTES
from semsearch.store.record.schema import TABLES
from semsearch.store.record.sqlite import Connection

_LONGEST_NAME: Final = 60
_DIGEST_BYTES: Final = 32  # SHA-256
_COVERAGES: Final = frozenset(coverage.value for coverage in Coverage)

_REMEMBERED: Final = 1024  # results of a rule
_SQL_TYPES: Final[Mapping[type, str]] = {int: "integer", str: "text", bytes: "blob"}
# A column's name, the types of its values, and what a value must be beside that.
_Check = tuple[str, frozenset[type], Callable[[Any], bool] | None]


def has_types(table: str, row: Sequence[object]) -> bool:
    """Whether each value has its column's type; a row may lack columns that were added later."""
    columns = columns_of(table)
    return (
        len(row) <= len(columns)
        and all(column.takes(value) for column, value in zip(columns, row, strict=False))
        and all(column.may_be_absent for column in columns[len(row) :])
    )


def fault_of_row(table: str, row: Sequence[Any]) -> str | None:
    """The name of a column whose value semsearch does not write; None if there is none.

    Whether the hash of the row fits is not looked at.
    """
    checks, pairs = _checks(table)
    for (name, kinds, rule), value in zip(checks, row, strict=False):
        if type(value) not in kinds or (rule is not None and value is not None and not rule(value)):
            return name
    for first, second, name in pairs:
        if second < len(row) and (row[first] is None) != (row[second] is None):
            return name
    return None


@cache
def _checks(table: str) -> tuple[list[_Check], list[tuple[int, int, str]]]:
    """What a row of a table is compared with: each column, and pairs of columns (from 0).

    The name of a pair is that of its second column, as ``_PAIRS`` has it.
    """
    columns = columns_of(table)
    checks = [
        (
            column.name,
            frozenset((column.kind, type(None)) if column.may_be_null else (column.kind,)),
            _RULES.get((table, column.name)) or _RULES.get(("", column.name)),
        )
        for column in columns
    ]
    places = {column.name: place for place, column in enumerate(columns)}
    pairs = [
        (min(places[one], places[other]), max(places[one], places[other]), other)
        for one, other in _PAIRS.get(table, ())
    ]
    return checks, pairs


class FaultyRow(NamedTuple):
    """A row with a value that semsearch does not write, and the column of that value."""

    table: str
    rowid: int
    name: str
    fault: str


def faulty_rows(connection: Connection) -> Iterator[FaultyRow]:
    """The rows of a record of the current format that do not have their table's shape.

    Vectors, of texts and of sentences, are not looked at: they are many, and compared with their
    hash and shape anyway.
    """
    for table in TABLES:
        if table in ("vector", "sentences"):
            continue
        names = ", ".join(column.name for column in columns_of(table))
        # SQLite leaves out nearly all rows, in a fifth of the time in which Python has them.
        shape = _shape(connection, table)
        rows = connection.execute(
            f"select rowid, {names} from {table} not indexed where not ({shape})"
        )
        for rowid, *row in rows:
            if (fault := fault_of_row(table, row)) is not None:
                yield FaultyRow(table, rowid, name_of_row(table, row), fault)


def _shape(connection: Connection, table: str) -> str:
    """SQL that is true for rows that have their table's shape; never null.

    It may be false for a row that has it, too: ``fault_of_row`` decides. Rules that SQL cannot
    say become functions of the connection.
    """
    checks, pairs = _checks(table)
    found = [
        f"({checks[first][0]} is null) = ({checks[second][0]} is null)"
        for first, second, _ in pairs
    ]
    for column, (name, kinds, rule) in zip(columns_of(table), checks, strict=True):
        conditions = [f"typeof({name}) = '{_SQL_TYPES[column.kind]}'"]
        if rule is not None and rule in _SQL_RULES:
            conditions.append(_SQL_RULES[rule].format(name))
        elif rule is not None:
            function = f"fits_{table}_{name}"
            connection.create_function(function, 1, _remembered(rule, column.kind))
            is_text = column.kind is str
            conditions.append(f"{function}({f'cast({name} as blob)' if is_text else name})")
        is_right = " and ".join(conditions)
        found.append(f"({name} is null or {is_right})" if type(None) in kinds else f"({is_right})")
    return " and ".join(found)


def _remembered(rule: Callable[[Any], bool], kind: type) -> Callable[[Any], bool]:
    """A rule as a function for SQLite, which gives it text as bytes; it keeps some results.

    Most texts with a rule, such as headings, stand in several rows one after another.
    """

    def fits(value: Any) -> bool:
        if kind is not str:
            return rule(value)
        try:
            return rule(value.decode())
        except UnicodeDecodeError:
            return False

    return lru_cache(_REMEMBERED)(fits)


def name_of_row(table: str, row: Sequence[object]) -> str:
    """A row by its table and its first column, for a message: "document 5"."""
    return f"{table} {row[0]!r}"[:_LONGEST_NAME]


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_list_of(kind: type) -> Callable[[str], bool]:
    """A rule for JSON: a list of values of a type."""

    def is_list(text: str) -> bool:
        return (
            text == "[]" or _is_flat(_quickly_parsed(text), kind) or _is_flat(_parsed(text), kind)
        )

    return is_list


def _quickly_parsed(text: str) -> object:
    """The value of JSON, in a quarter of the time; None for some JSON, too, as of large numbers."""
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _is_flat(parsed: object, kind: type) -> bool:
    return isinstance(parsed, list) and all(type(value) is kind for value in parsed)


def _is_list_of_pairs(text: str) -> bool:
    parsed = _parsed(text)
    return isinstance(parsed, list) and all(
        _is_flat(pair, int) and len(pair) == 2 for pair in parsed
    )


def _parsed(text: str) -> object:
    try:
        return parsed(text)
    except ValueError:
        return None


def _is_object(text: str) -> bool:
    return isinstance(_parsed(text), dict)


def _is_digest(value: bytes) -> bool:
    return len(value) == _DIGEST_BYTES


def _is_hash(value: bytes) -> bool:
    return len(value) in (0, HASH_BYTES)  # none in rows of format 1


def _is_no_less_than_0(number: int) -> bool:
    return number >= 0


def _is_folder(path: bytes) -> bool:
    return path != b"" and b"\0" not in path


# By table ("" is any) and column: what a value must be, beside its type. A null is not asked about.
_RULES: Final[Mapping[tuple[str, str], Callable[[Any], bool]]] = {
    ("", "hash"): _is_hash,
    ("", "created"): _is_date,
    ("", "since"): _is_date,
    ("", "corpus"): _is_folder,
    ("", "digest"): _is_digest,
    ("document", "path"): is_inner_path,
    ("document", "coverage"): _COVERAGES.__contains__,
    ("document", "blank_pages"): _is_list_of(int),
    ("passage", "headings"): _is_list_of(str),
    **{
        ("passage", name): _is_no_less_than_0
        for name in ("ordinal", "first_line", "last_line", "first_page", "last_page", "context")
    },
    ("embedder", "dimension"): range(1, MOST_NUMBERS + 1).__contains__,
    ("vector", "parts"): (1).__le__,
    ("generation", "chunking"): _is_object,
    ("generation", "ann_file"): lambda name: ANN_FILE.fullmatch(name) is not None,
    ("generation", "keywords"): lambda name: KEYWORDS.fullmatch(name) is not None,
    **{("generation", name): _is_digest for name in ("ann_digest", "ann_texts", "keywords_digest")},
    ("generation", "documents"): _is_no_less_than_0,
    ("generation", "passages"): _is_no_less_than_0,
    ("generation", "repeats"): _is_list_of_pairs,
    ("batch_line", "texts"): _is_list_of(int),
}
# The same in SQL, where that is as simple.
_SQL_RULES: Final[Mapping[Callable[[Any], bool], str]] = {
    _is_digest: f"length({{}}) = {_DIGEST_BYTES}",
    _is_hash: f"length({{}}) = {HASH_BYTES}",
    _is_no_less_than_0: "{} >= 0",
}
# Columns that are null together.
_PAIRS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "passage": (("first_line", "last_line"), ("first_page", "last_page")),
    "generation": (("ann_file", "ann_digest"), ("ann_file", "ann_texts")),
}
