"""What URIs of models on servers have in common, whoever reads them."""

import re
from typing import Final

from semsearch.errors import SettingsError

_WITH_USER: Final = re.compile(r"://[^/?\s]*@")
_LOCAL: Final = ("local:", "hf:")  # to which no server belongs


def is_on_this_machine(uri: str) -> bool:
    """Whether the embedder of a URI asks no server; False for those of other packages."""
    return uri.startswith(_LOCAL)


def refuse_user(uri: str) -> None:
    """Raise ``SettingsError`` for a URI with a user or password, which is not shown: a key."""
    if _WITH_USER.search(uri):
        raise SettingsError("a base URL has no user, password, query or fragment; leave them out")
