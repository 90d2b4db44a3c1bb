"""What the name of a file says: which reader it is for, or why it is not read."""

import re
from enum import Enum
from functools import cache
from importlib.util import find_spec
from typing import Final


class Format(Enum):
    """A kind of document that there is a reader for."""

    TEXT = "text"
    MARKDOWN = "Markdown"
    RST = "reStructuredText"
    ASCIIDOC = "AsciiDoc"
    LATEX = "LaTeX"
    HTML = "HTML"
    JSON = "JSON"
    YAML = "YAML"
    TOML = "TOML"
    SEPARATED = "table"
    SUBTITLES = "subtitles"
    NOTEBOOK = "notebook"
    CODE = "program"
    PDF = "PDF"
    DOCX = "Word document"
    PPTX = "presentation"
    SHEETS = "spreadsheet"
    ODF = "OpenDocument file"
    EPUB = "EPUB book"
    RTF = "RTF document"
    MESSAGE = "e-mail"
    MAILBOX = "mailbox"
    IMAGE = "picture"  # when OCR is asked for


# Those whose readers are semsearch's own and go through the text once.
PLAIN: Final = frozenset(
    {
        Format.TEXT,
        Format.MARKDOWN,
        Format.RST,
        Format.ASCIIDOC,
        Format.LATEX,
        Format.HTML,
        Format.JSON,
        Format.YAML,
        Format.TOML,
        Format.SEPARATED,
        Format.SUBTITLES,
    }
)
# The formats whose libraries not everybody needs: a module that tells whether they are there, and
# the extra that brings them.
_EXTRAS: Final = {
    Format.CODE: ("tree_sitter", "code"),
    Format.SHEETS: ("python_calamine", "office"),
    Format.RTF: ("striprtf", "office"),
}

_SUFFIXES: Final = {
    Format.TEXT: ".log .text .txt",
    Format.MARKDOWN: ".markdown .md .mdown .mdx .qmd .rmd",
    Format.RST: ".rest .rst",
    Format.ASCIIDOC: ".adoc .asciidoc",
    Format.LATEX: ".latex .tex",
    Format.HTML: ".htm .html .xhtml",
    Format.JSON: ".json .jsonl .ndjson",
    Format.YAML: ".yaml .yml",
    Format.TOML: ".cfg .ini .toml",
    Format.SEPARATED: ".csv .tsv",
    Format.SUBTITLES: ".srt .vtt",
    Format.NOTEBOOK: ".ipynb",
    Format.PDF: ".pdf",
    Format.DOCX: ".docm .docx .dotx",
    Format.PPTX: ".ppsx .pptm .pptx",
    Format.SHEETS: ".ods .xls .xlsb .xlsm .xlsx",
    Format.ODF: ".odp .odt .ott",
    Format.EPUB: ".epub",
    Format.RTF: ".rtf",
    Format.MESSAGE: ".eml",
    Format.MAILBOX: ".mbox",
}
_IMAGES: Final = frozenset(".bmp .jpeg .jpg .png .tif .tiff .webp".split())
_LANGUAGES: Final = {
    "bash": ".bash .sh",
    "c": ".c .h",
    "cpp": ".cc .cpp .cxx .hh .hpp",
    "csharp": ".cs",
    "go": ".go",
    "java": ".java",
    "javascript": ".cjs .js .jsx .mjs",
    "php": ".php",
    "python": ".py .pyi",
    "ruby": ".rb",
    "rust": ".rs",
    "tsx": ".tsx",
    "typescript": ".ts",
}
_LANGUAGE_OF: Final = {
    suffix: language for language, suffixes in _LANGUAGES.items() for suffix in suffixes.split()
}
_FORMATS: Final = {
    **{suffix: found for found, suffixes in _SUFFIXES.items() for suffix in suffixes.split()},
    **dict.fromkeys(_LANGUAGE_OF, Format.CODE),
    "": Format.TEXT,  # README, LICENSE, NOTES
}
# Names under which programs keep keys and passwords. What is in such a file would be sent to the
# embedder. (Hidden files, .env and .netrc among them, are not looked at anyway.)
_SECRET: Final = re.compile(
    r"""id_(rsa|dsa|ecdsa|ed25519)(_sk)?
    | (.*\.)?(env|envrc|netrc|pgpass|htpasswd|htdigest)
    | env\.(local|dev|development|test|staging|prod|production)
    | .*\.(pem|key|p12|pfx|jks|keystore|kdbx?|ppk|ovpn|tfstate|tfvars|keychain)
    | (credentials?|secrets?|passwords?|client_secrets?|service[-_]account([-_]key)?)
      (\.(json|ya?ml|toml|ini|cfg|conf|txt|csv|xml))?
    | wallet\.dat | shadow | master\.key
    """,
    re.IGNORECASE | re.VERBOSE,
)


def format_of(path: str) -> Format | None:
    """The format that a file's name stands for; None when semsearch does not read such files.

    That may be for want of an extra; ``why_not_read`` says so.
    """
    found = None if is_secret(path) else _FORMATS.get(suffix_of(path).lower())
    return None if found is None or _missing_extra(found) else found


def is_image(path: str) -> bool:
    """Whether a file's name is that of a picture that OCR may find text in."""
    return suffix_of(path).lower() in _IMAGES


def what_is_read() -> str:
    """All that ``format_of`` and ``is_image`` go by, to be compared with what it was before."""
    suffixes = sorted(suffix for suffix, found in _FORMATS.items() if not _missing_extra(found))
    return "\n".join((*suffixes, *sorted(_IMAGES), _SECRET.pattern))


def language_of(path: str) -> str:
    """The language of a file of source code, by its name."""
    return _LANGUAGE_OF.get(suffix_of(path).lower(), "")


@cache
def _missing_extra(found: Format) -> str | None:
    module, extra = _EXTRAS.get(found, (None, None))
    return extra if module is not None and find_spec(module) is None else None


def is_secret(path: str) -> bool:
    """Whether a file's name is one under which keys and passwords are kept."""
    return _SECRET.fullmatch(path.rpartition("/")[2]) is not None


def why_not_read(path: str) -> str:
    """Why ``format_of`` has no format for a file."""
    if is_secret(path):
        return "files of this name hold secrets; it is not read nor sent anywhere"
    found = _FORMATS.get(suffix_of(path).lower())
    if found is not None and (reason := why_not_read_yet(found)):
        return reason
    return f"semsearch does not read files of type {suffix_of(path) or 'unknown'}"


def why_not_read_yet(found: Format) -> str | None:
    """What to install for a format; None when all is there that its reader needs."""
    extra = _missing_extra(found)
    return f"a {found.value} needs an extra: pip install 'semsearch[{extra}]'" if extra else None


def suffix_of(path: str) -> str:
    """The ending of a file's name; "1. Introduction" has none."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    is_one = stem.strip(".") and ending and " " not in ending
    return dot + ending if is_one else ""
