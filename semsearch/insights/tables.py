"""Write a table of passages as CSV, JSON Lines or Parquet, by the ending of the file's name."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

from semsearch.errors import SettingsError
from semsearch.insights.csv_cells import cell

Row = Mapping[str, Any]

COLUMNS: Final = (
    "row", "path", "folder", "first_line", "last_line", "first_page", "last_page", "place",
    "headings", "text", "digest",
)  # fmt: skip
_NUMBERS: Final = ("row", "first_line", "last_line", "first_page", "last_page")
_AT_ONCE: Final = 10_000  # rows of a Parquet row group


def writer_for(path: Path) -> Callable[[Path, Iterable[Row]], None]:
    """The function that writes a table to a path with this ending.

    Raises ``SettingsError`` for other endings, and when the extra for Parquet is not installed.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        return _write_csv
    if ending == ".jsonl":
        return _write_jsonl
    if ending == ".parquet":
        _pyarrow("pyarrow")
        return _write_parquet
    raise SettingsError(f"{path} must end with .parquet, .csv or .jsonl")


def _write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write CSV; headings are joined by " > ", and formulas are made harmless by ``cell``."""
    # Bytes of a path that are not UTF-8 are surrogates, \udcXX.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            shown = {**row, "headings": " > ".join(row["headings"])}
            writer.writerow(
                [
                    cell(value) if isinstance(value, str) else value
                    for value in (shown[column] for column in COLUMNS)
                ]
            )


def _write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="ascii") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def _write_parquet(path: Path, rows: Iterable[Row]) -> None:
    arrow, parquet = _pyarrow("pyarrow"), _pyarrow("pyarrow.parquet")
    types = {column: arrow.string() for column in COLUMNS}
    types |= {column: arrow.int64() for column in _NUMBERS}
    types["headings"] = arrow.list_(arrow.string())
    schema = arrow.schema(list(types.items()))
    left: Iterator[Row] = iter(rows)
    with path.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(left, _AT_ONCE)):
            readable = [
                {**row, "path": _text(row["path"]), "folder": _text(row["folder"])} for row in some
            ]
            writer.write_table(arrow.Table.from_pylist(readable, schema=schema))


def _text(path: str) -> str:
    """A path as valid Unicode: surrogates of bytes that are not UTF-8 become \\udcXX."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _pyarrow(module: str) -> Any:
    try:
        return import_module(module)  # optional, and takes 0.1 s to import
    except ImportError as error:
        raise SettingsError(
            "Parquet needs the package pyarrow; run: pip install 'semsearch[insights]', or name a"
            " table that ends with .csv or .jsonl"
        ) from error
