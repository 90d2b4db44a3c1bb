"""Filters of templates: values as the page shows them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from semsearch.documents.text.printable import printable_line
from semsearch.serve.query_values import query_text


def glob_of(folder: str) -> str:
    """The glob of all that is below a folder at the top.

    >>> glob_of("work [old]")
    '/work \\\\[old\\\\]/'
    """
    return "/" + re.sub(r"([\\*?\[\]!#])", r"\\\1", folder) + "/"


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "glob": glob_of,
    "line": printable_line,
    "query": query_text,
}
