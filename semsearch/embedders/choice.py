"""The choice of an embedder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """URI of the chosen embedder, and notices to the user about the choice."""

    uri: str
    notices: tuple[str, ...] = ()
