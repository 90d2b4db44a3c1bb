"""What holds in a group of RTF, and the texts of their own that groups go to."""

from dataclasses import dataclass, field

from semsearch.documents.readers.paragraph_text import ParagraphText


@dataclass(slots=True)
class State:
    """What holds in a group: where its text goes, and how it is read."""

    target: "Target | None"  # None for text that is not shown
    table: bytes = b""
    picture: "Target | None" = None  # where the description of a picture goes
    is_hidden: bool = False
    is_deleted: bool = False
    codec: str = "cp1252"
    skip_after_unicode: int = 1
    is_starred: bool = False
    is_new: bool = True  # nothing but the brace has been read
    ends_target: bool = False
    style: int | None = None  # of the paragraph
    outline: int | None = None


@dataclass(slots=True)
class Target:
    """A text of its own: the body, a note, a box, a header, an instruction of a field."""

    kind: str
    outer: "Target | None" = None
    current: ParagraphText = field(default_factory=ParagraphText)
    finished: list[ParagraphText] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)
    instruction: str = ""  # of the last field
    in_table: bool = False

    def text(self) -> str:
        """The paragraphs as rows."""
        found = (*self.finished, self.current)
        return "\n".join("\n".join(one.rows) for one in found)
