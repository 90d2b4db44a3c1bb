"""Limits for reading one file, and when a file that failed under others is tried again."""

from dataclasses import dataclass, field
from typing import Final, Self

from semsearch.documents.formats import is_met
from semsearch.documents.readers.ocr import InstalledPrograms
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.settings.schema import Settings

_LEAST_BY_THE_CLOCK: Final = 5.0  # seconds
_OCR_TAKES: Final = 10  # OCR may take so many times the time limit


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for reading one file: its bytes, seconds of processor time, bytes of memory.

    By the clock, reading may take ``patience`` times the seconds, as the machine may be busy.
    ``languages`` are those of OCR, which runs when they are given; with ``generated`` also
    generated text is read. ``programs`` are those of OCR, looked at once for these limits.
    """

    file_bytes: int = 100_000_000
    seconds: float = 60.0
    memory_bytes: int = 1 << 30
    patience: float = 10.0
    languages: str | None = None
    generated: bool = False
    programs: InstalledPrograms = field(
        default_factory=InstalledPrograms, compare=False, repr=False
    )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits that the settings give."""
        seconds = settings.document_seconds * (_OCR_TAKES if settings.ocr else 1)
        memory = settings.document_memory_bytes
        return cls(
            settings.max_file_bytes,
            seconds,
            memory,
            languages=settings.ocr or None,
            generated=settings.generated == "yes",
        )

    @property
    def request(self) -> dict[str, int | float | str | bool | None]:
        """The limits that a reader process is told with each file."""
        return {
            "max_bytes": self.file_bytes,
            "seconds": self.seconds,
            "languages": self.languages,
            "generated": self.generated,
        }

    @property
    def clock_seconds(self) -> float:
        """The most seconds by the clock; a reader process takes a while to start."""
        return max(_LEAST_BY_THE_CLOCK, self.patience * self.seconds)

    @property
    def too_long(self) -> str:
        """The reason in words when reading took more processor time than it may."""
        return f"reading it took longer than {self.seconds:g} s (document_seconds)"

    def condition_of(self, code: ReasonCode) -> float | None:
        """Return the number of the condition under which reading fails for a reason.

        It is as in ``Reason``; None where no other condition would help.
        """
        if code is ReasonCode.TOOK_TOO_LONG:
            return self.seconds
        if code in (ReasonCode.TOO_MUCH_MEMORY, ReasonCode.CRASHED):
            return self.memory_bytes
        return self.programs.checksum if code is ReasonCode.OCR_FAILED else None

    def allow_another_try(self, reason: Reason) -> bool:
        """Whether a file whose reading failed for a reason may be read now, though unchanged."""
        if reason.code.needed is not None:
            return is_met(reason.code)
        now = self.condition_of(reason.code)
        if now is None or reason.condition is None:
            return now is not None  # an earlier version has not noted the condition
        is_ocr = reason.code is ReasonCode.OCR_FAILED
        return now != reason.condition if is_ocr else now > reason.condition
