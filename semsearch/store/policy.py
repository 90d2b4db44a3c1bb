"""Sizes and thresholds of the derived indexes, as values that a caller may replace.

``IndexDirectory.policy`` carries them to whatever builds, updates and searches an index. The
defaults are measured; tests pass smaller ones, so that a few texts behave like millions. (Named
tuples: every command makes these classes, and a frozen dataclass takes four times as long.)
"""

from typing import Final, NamedTuple


class AnnPolicy(NamedTuple):
    """When the ANN index holds vectors, codes, or codes in lists, and how it is searched.

    The numbers are texts unless the comment says otherwise.
    """

    exact_below: int = 10_000  # a smaller index holds the vectors themselves
    lists_from: int = 2_000_000  # a larger index puts its codes into lists (IVF)
    segment: int = 250_000  # of a segment without lists: a scan of 2.5 ms at 1,024 dimensions
    small_segment: int = 30_000  # a smaller segment is rebuilt with the next texts that are added
    direct: int = 10_000  # a filter that allows fewer reads their vectors and scans no code
    lists: int = 2_048  # an added text is compared with as many centres
    lists_scanned: tuple[int, ...] = (64, 128, 256, 512, 1_024, 2_048)  # tried in this order


class KeywordPolicy(NamedTuple):
    """When a filter is given to Tantivy as a list, and when the keyword index is rebuilt.

    Tantivy counts deleted entries until their segment is merged. Frequencies of words are corrected
    for them; the mean length of an entry is not.
    """

    listed: int = 10_000  # allowed texts that are given as a list
    listed_share: int = 20  # or one part in so many of all; with more, the best hits are filtered
    few_texts: int = 1_000  # rebuilt whenever a text is deleted: takes 0.2 s
    deleted_share: float = 0.1  # of a larger index; with more deleted entries it is rebuilt


class PublicationPolicy(NamedTuple):
    """When a run publishes the generation to come before it is whole.

    A run that embeds fewer than ``texts`` texts does not: it takes seconds. The first publication
    comes when everything is read, or after ``first_seconds`` of reading; the pause after each is as
    long as the run so far, at most ``seconds``. It is at least ``times_cost`` times as long as the
    publication took, so that all of them take at most 2.5 % of the run.
    """

    texts: int = 500
    first_seconds: float = 4.0
    seconds: float = 60.0
    times_cost: float = 40.0


class CollectionPolicy(NamedTuple):
    """When a segment of a collection is written anew with the next one.

    A publication writes a segment, and reading a word takes a look into each of them.
    """

    small_segment: int = 256  # texts; a smaller segment is, whatever has changed
    segments: int = 12  # that stay beside a new one, at the most


class SharingPolicy(NamedTuple):
    """When a run gives its vectors to a shared folder, looks for those of others, and merges files.

    While a run embeds, it gives and looks first after ``first_seconds``; the pause after each time
    is as long as the run so far, at most ``seconds``, and at least ``times_cost`` times as long as
    it took. While it reads, it looks every ``look_seconds``. Of more than ``files`` files the
    smallest are merged, so that ``files_left`` are left.
    """

    first_seconds: float = 5.0
    seconds: float = 60.0
    times_cost: float = 40.0
    look_seconds: float = 10.0
    files: int = 32
    files_left: int = 16


class StorePolicy(NamedTuple):
    """The policies of derived indexes, partial generations, collections and shared vectors."""

    ann: AnnPolicy = AnnPolicy()
    keywords: KeywordPolicy = KeywordPolicy()
    publication: PublicationPolicy = PublicationPolicy()
    collection: CollectionPolicy = CollectionPolicy()
    sharing: SharingPolicy = SharingPolicy()


DEFAULT_POLICY: Final = StorePolicy()
