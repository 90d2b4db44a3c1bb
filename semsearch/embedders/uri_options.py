"""Options behind the ``?`` of an embedder's URI, as in ``?query_prefix=query:+&dimension=256``."""

import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import parse_qsl

from semsearch.errors import SettingsError

DIMENSION: Final = "dimension"
QUERY_PREFIX: Final = "query_prefix"
PASSAGE_PREFIX: Final = "passage_prefix"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}")


def uri_options(uri: str, allowed: Collection[str]) -> Mapping[str, str]:
    """The options of a URI by their names, each once; raises ``SettingsError`` for any other."""
    query = uri.partition("?")[2]
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing="?" in uri)
    except ValueError as error:
        raise SettingsError(f"cannot read the options of {uri}: {error}") from error
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= {*allowed}:
        told = [name for name in (QUERY_PREFIX, PASSAGE_PREFIX, DIMENSION) if name in allowed]
        names = " and ".join(part for part in (", ".join(told[:-1]), told[-1]) if part)
        how = f"options {names}, each once" if len(told) > 1 else f"option {names}, once"
        raise SettingsError(f"{uri} may have the {how}")
    number = options.get(DIMENSION)
    if number is not None and not _NUMBER.fullmatch(number):
        raise SettingsError(f"the dimension of {uri} is no number of 1 to 99999")
    return options


def dimension_in(options: Mapping[str, str]) -> int | None:
    """The dimension, if the options have one."""
    number = options.get(DIMENSION)
    return None if number is None else int(number)
