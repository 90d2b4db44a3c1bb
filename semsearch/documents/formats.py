"""Formats: which reader a file name stands for, or why the file is not read."""

import re
from enum import Enum
from typing import Final, NamedTuple

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.requirements import (
    CODE,
    DJVULIBRE,
    GHOSTSCRIPT,
    OFFICE,
    SECOND_PDF_READER,
    Requirement,
    has_module,
)


class Format(Enum):
    """A kind of document that semsearch has a reader for."""

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
    CANVAS = "canvas"
    CODE = "program"
    PDF = "PDF"
    DJVU = "DjVu document"
    POSTSCRIPT = "PostScript document"
    DOCX = "Word document"
    PPTX = "presentation"
    SHEETS = "spreadsheet"
    OLD_SHEETS = "binary spreadsheet"
    ODF = "OpenDocument file"
    EPUB = "EPUB book"
    RTF = "RTF document"
    MESSAGE = "e-mail"
    MAILBOX = "mailbox"
    OUTLOOK = "Outlook message"
    TNEF = "winmail.dat"
    CARDS = "calendar or address book"
    ORG = "Org file"
    MAN = "man page"
    DIFF = "patch"
    XML = "XML document"
    FLAT_ODF = "flat OpenDocument file"
    COMPRESSED = "compressed file"  # of one file, which is read
    ZSTANDARD = "file compressed by zstd"
    ARCHIVE = "archive"  # of documents, which are read
    IMAGE = "picture"  # only with OCR
    OLD_WORD = "document of Word 97"
    OLD_SLIDES = "presentation of PowerPoint 97"
    OLD_OFFICE = "document of an old Office"  # names under which other formats stand, too
    OTHER = "file of another type"  # an ending that is none, or unknown: text is read

    __hash__ = object.__hash__  # members are singletons; Enum's own hash is slow for many files


class FormatRow(NamedTuple):
    """All that distinguishes one format: a new format is a row of ``FORMATS`` and a reader.

    ``reader`` is ``module.function`` below ``semsearch.documents.readers``, None for names whose
    files are read only where their content is of another format; it takes text, or bytes with
    ``takes_bytes``, and with ``reads_ocr`` the languages of OCR, too. ``suffixes`` are the
    endings of file names. ``is_plain`` holds for a reader of semsearch's own that goes through the
    text once, so that small files are read in the calling process. ``is_container`` holds for a
    format whose bytes begin with a mark, so that other bytes are no file of the format. ``needs``
    is the extra or the program without which the format is not read.
    """

    reader: str | None
    suffixes: str = ""
    takes_bytes: bool = False
    is_plain: bool = False
    is_container: bool = False
    reads_ocr: bool = False
    needs: Requirement | None = None


# HTML and e-mail parts declare their own encoding, so their readers take bytes.
FORMATS: Final = {
    Format.TEXT: FormatRow(
        "plain_text.read_text",
        ".bib .cmake .el .gradle .kt .lua .mk .pas .pl .pm .po .ps1 .r .scala .sql .swift .tcl"
        " .log .text .txt",
        is_plain=True,
    ),
    Format.MARKDOWN: FormatRow(
        "markdown.read_markdown", ".markdown .md .mdown .mdx .qmd .rmd", is_plain=True
    ),
    Format.RST: FormatRow("rst.read_rst", ".rest .rst", is_plain=True),
    Format.ASCIIDOC: FormatRow("asciidoc.read_asciidoc", ".adoc .asciidoc", is_plain=True),
    Format.LATEX: FormatRow("latex.read_latex", ".latex .tex", is_plain=True),
    Format.HTML: FormatRow("html.read_html", ".htm .html .xhtml", takes_bytes=True),
    Format.JSON: FormatRow("json_yaml_toml.read_json", ".json .jsonl .ndjson", is_plain=True),
    Format.YAML: FormatRow("json_yaml_toml.read_yaml", ".yaml .yml", is_plain=True),
    Format.TOML: FormatRow(
        "json_yaml_toml.read_toml",
        ".cfg .cnf .conf .desktop .inf .ini .mount .properties .service .socket .target .timer"
        " .toml",
        is_plain=True,
    ),
    Format.SEPARATED: FormatRow("delimited.read_separated", ".csv .tsv", is_plain=True),
    Format.SUBTITLES: FormatRow("subtitles.read_subtitles", ".srt .vtt", is_plain=True),
    Format.NOTEBOOK: FormatRow("notebook.read_notebook", ".ipynb"),
    Format.CANVAS: FormatRow("canvas.read_canvas", ".canvas"),
    Format.CODE: FormatRow("code.read_code", needs=CODE),
    Format.PDF: FormatRow("pdf.read_pdf", ".pdf", takes_bytes=True, reads_ocr=True),
    Format.DJVU: FormatRow(
        "djvu.read_djvu",
        ".djv .djvu",
        takes_bytes=True,
        is_container=True,
        reads_ocr=True,
        needs=DJVULIBRE,
    ),
    Format.POSTSCRIPT: FormatRow(
        "postscript.read_postscript",
        ".ps",
        takes_bytes=True,
        is_container=True,
        reads_ocr=True,
        needs=GHOSTSCRIPT,
    ),
    Format.DOCX: FormatRow(
        "docx.read_docx", ".docm .docx .dotm .dotx", takes_bytes=True, is_container=True
    ),
    Format.PPTX: FormatRow(
        "pptx.read_pptx",
        ".potm .potx .ppsm .ppsx .pptm .pptx",
        takes_bytes=True,
        is_container=True,
    ),
    Format.SHEETS: FormatRow(
        "spreadsheets.read_sheets",
        ".ods .ots .xls .xlsb .xlsm .xlsx .xltm .xltx",
        takes_bytes=True,
        is_container=True,
    ),
    # Without endings: the names stand for newer formats, too, which need no extra.
    Format.OLD_SHEETS: FormatRow(
        "xls.read_binary_sheets", takes_bytes=True, is_container=True, needs=OFFICE["xlrd"]
    ),
    Format.OLD_WORD: FormatRow(
        "doc.read_doc", takes_bytes=True, is_container=True, needs=OFFICE["olefile"]
    ),
    Format.OLD_SLIDES: FormatRow(
        "ppt.read_ppt", takes_bytes=True, is_container=True, needs=OFFICE["olefile"]
    ),
    Format.ODF: FormatRow(
        "odf.read_odf", ".odg .odp .odt .otp .ott", takes_bytes=True, is_container=True
    ),
    Format.EPUB: FormatRow("epub.read_epub", ".epub", takes_bytes=True, is_container=True),
    Format.RTF: FormatRow("rtf.read_rtf", ".rtf", takes_bytes=True, is_container=True),
    Format.MESSAGE: FormatRow("mail.read_message", ".eml .emlx .mht .mhtml", takes_bytes=True),
    Format.MAILBOX: FormatRow("mailbox.read_mailbox", ".mbox .mbx", takes_bytes=True),
    Format.OUTLOOK: FormatRow(
        "outlook.read_outlook", ".msg", takes_bytes=True, needs=OFFICE["olefile"]
    ),
    Format.TNEF: FormatRow("tnef.read_tnef", ".tnef", takes_bytes=True, is_container=True),
    Format.CARDS: FormatRow("cards.read_cards", ".ics .ical .ifb .vcard .vcf .vcs", is_plain=True),
    Format.ORG: FormatRow("org.read_org", ".org", is_plain=True),
    Format.MAN: FormatRow("man.read_man", ".man .mdoc .roff", is_plain=True),
    Format.DIFF: FormatRow("diff.read_diff", ".diff .patch", is_plain=True),
    Format.FLAT_ODF: FormatRow(
        "flat_odf.read_flat_odf", ".fodg .fodp .fods .fodt", takes_bytes=True
    ),
    Format.XML: FormatRow(
        "xml_books.read_xml", ".dbk .docbook .fb2 .jats .nxml .tei .xml", takes_bytes=True
    ),
    # Unpacked by ``reader``, which reads the file within.
    Format.COMPRESSED: FormatRow(
        None, ".bz2 .gz .lzma .tbz .tbz2 .tgz .tlz .txz .xz", is_container=True
    ),
    Format.ZSTANDARD: FormatRow(None, ".zst", is_container=True, needs=OFFICE["zstandard"]),
    # Read by ``reader``, document by document.
    Format.ARCHIVE: FormatRow(None, ".tar .zip", is_container=True),
    Format.IMAGE: FormatRow("image.read_image", takes_bytes=True, reads_ocr=True),
    Format.OLD_OFFICE: FormatRow(None, ".doc .dot .pot .pps .ppt"),
    Format.OTHER: FormatRow(None),
}
# Files of programs, which no person reads as text, and documents that no reader takes. All other
# endings may be no ending (minutes.2024), so that the content decides.
_NOT_READ: Final = frozenset(
    """.3ds .3gp .7z .a .aab .aac .accdb .ai .aif .aiff .apk .app .ar .arrow .arw .asc .avi .avif
    .avro .azw .azw3 .bak .bin .blend .bmp .br .bundle .bz .cab .cache .cbr .cbz .cdr .cer .cfs
    .chm .ckpt .class .com .cr2 .cr3 .crt .crx .csr .css .cur .db .db3 .deb .der .dex .dll
    .dmg .dng .drv .dsym .dta .dwg .dxf .dylib .ear .egg .elc .elf .emf .eot .eps .exe .exp .fbx
    .feather .fig .fits .fla .flac .flv .gch .ggml .gguf .gif .glb .gmo .gpg .gpx .h5 .hdf5
    .heic .heif .icns .ico .idb .iges .ilk .img .ipa .iso .jar .jks .jp2 .jpeg .jpg .jxl .key
    .kml .kmz .las .laz .ldb .less .lib .lit .lnk .lock .lockb .lz .lz4 .lzh .m2ts .m3u .m4a
    .m4b .m4v .map .mdb .mid .midi .mka .mkv .mo .mobi .mov .mp3 .mp4 .mpeg .mpg .msf .msi .mts
    .nc .nef .npy .npz .nrg .numbers .nupkg .o .obj .ocx .odb .odc .ogg .ogv .one .onnx .opus
    .orc .orf .ost .otf .ova .p7s .pack .pages .parquet .pb .pcap .pch .pdb .pef .pfb .pfm
    .pickle .pkl .plist .ply .png .ppm .psd .pst .pt .pth .pub .pyc .pyd .pyo .pyz .qcow2
    .qm .raf .rar .raw .rdb .rds .rlib .rom .rpm .rpmsave .rw2 .safetensors .sass .scr .scss
    .shp .sig .skp .so .sqlite .sqlite3 .squashfs .srw .step .stl .stp .suo .svg .svgz .swf .swo
    .swp .sys .tflite .tfrecord .tif .tiff .tmp .torrent .ttc .ttf .uf2 .vdi .vhd .vhdx .vmdk
    .vob .vsd .vsdx .vsix .war .wasm .wav .webm .webmanifest .webp .whl .wim .wma .wmf .wmv
    .woff .woff2 .wpd .xcf .xpi .xpm .xsd .xsl .xslt .z .zipx""".split()
)
_PACKED: Final = frozenset(
    f"{FORMATS[Format.COMPRESSED].suffixes} {FORMATS[Format.ZSTANDARD].suffixes}".split()
)
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
    **{suffix: found for found, row in FORMATS.items() for suffix in row.suffixes.split()},
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
    | .*\.(credentials?|passwd|passwords?|secrets?|tokens?)
    | (credentials?|secrets?|passwords?|client_secrets?|service[-_]account([-_]key)?)
      (\.(json|ya?ml|toml|ini|cfg|conf|txt|csv|xml))?
    | wallet\.dat | shadow | master\.key
    | logins(-backup)?\.json  # of Firefox and Thunderbird
    """,
    re.IGNORECASE | re.VERBOSE,
)


def format_of(path: str) -> Format | None:
    """Return the format that a file name stands for; None when semsearch does not read such files.

    An extra or a program may be missing; ``why_not_read`` gives the reason.
    """
    found = None if is_secret(path) else _named(path)
    return None if found is None or missing_for(found) else found


def _named(path: str) -> Format | None:
    suffix = suffix_of(path).lower()
    if suffix in _PACKED and suffix_of(path[: -len(suffix)]).lower() in _NOT_READ:
        return None  # of a file that would not be read
    return _FORMATS.get(suffix, None if suffix in _NOT_READ else Format.OTHER)


def is_image(path: str) -> bool:
    """Whether a file name is that of a picture in which OCR may find text."""
    return suffix_of(path).lower() in _IMAGES


def what_is_read() -> str:
    """Return everything that ``format_of`` and ``is_image`` depend on, to compare runs."""
    suffixes = sorted(suffix for suffix, found in _FORMATS.items() if not missing_for(found))
    second = [SECOND_PDF_READER] if has_module(SECOND_PDF_READER) else []
    return "\n".join((*suffixes, *second, *sorted(_IMAGES), *sorted(_NOT_READ), _SECRET.pattern))


def language_of(path: str) -> str:
    """Return the programming language of a source file, by its name; "" when unknown."""
    return _LANGUAGE_OF.get(suffix_of(path).lower(), "")


def is_met(code: ReasonCode) -> bool:
    """Whether all is installed that formats need for which this is the code when it is missing."""
    rows = [row.needs for row in FORMATS.values() if row.needs is not None]
    return all(needs.is_met for needs in rows if needs.code is code)


def programs() -> set[str]:
    """Return the names of the programs that read some formats."""
    return {row.needs.program for row in FORMATS.values() if row.needs and row.needs.program}


def is_secret(path: str) -> bool:
    """Whether a file has a name under which keys and passwords are kept."""
    return _SECRET.fullmatch(path.rpartition("/")[2]) is not None


def why_not_read(path: str) -> Reason:
    """Return the reason why ``format_of`` has no format for a file."""
    if is_secret(path):
        detail = "files of this name hold secrets; it is not read nor sent anywhere"
        return Reason(ReasonCode.SECRET_NAME, detail)
    found = _named(path)
    if found is not None and (reason := missing_for(found)):
        return reason
    kind = suffix_of(path) or "unknown"
    return Reason(ReasonCode.OTHER_TYPE, f"semsearch does not read files of type {kind}")


def missing_for(found: Format) -> Reason | None:
    """Return the reason when an extra or a program that reads the format is missing; else None."""
    needs = FORMATS[found].needs
    return None if needs is None or needs.is_met else needs.missing_for(found.value)


def suffix_of(path: str) -> str:
    """Return the ending of a file name with its dot; "1. Introduction" has none."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    is_one = stem.strip(".") and ending and " " not in ending
    return dot + ending if is_one else ""
