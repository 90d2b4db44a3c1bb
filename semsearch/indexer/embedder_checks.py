"""What a run asks of an embedder before the texts of documents: drift, and silent truncation."""

from semsearch.embedders.api.protocols import Billed, Truncating
from semsearch.embedders.embedder import AsymmetricEmbedder, Embedder
from semsearch.errors import RequestRefused, TextsRefused
from semsearch.indexer.drift import check_drift
from semsearch.indexer.own_texts import longest
from semsearch.settings.amounts import counted
from semsearch.store.writer import IndexWriter


class EmbedderChecks:
    """Checks the embedder of a run, as its texts come."""

    def __init__(self, embedder: Embedder, writer: IndexWriter, characters: int) -> None:
        """``characters`` is the most of a passage."""
        self._embedder = embedder
        self._writer = writer
        self._longest = longest(characters)
        self._is_begun = False
        self._has_vectors = False  # of this embedder, before the run
        self._was_cut = False

    def before(self, text: str) -> None:
        """Ask what is not known yet, before a text is embedded.

        Raises ``EmbedderDrifted`` for an embedder that has changed, and ``EmbedderError``.
        """
        embedder, writer = self._embedder, self._writer
        truncating = embedder if isinstance(embedder, Truncating) else None
        if not self._is_begun:
            self._has_vectors = writer.view.vectors.probes(writer.embedder) is not None
            self._was_cut = truncating is not None and truncating.truncation.is_cut
            if isinstance(embedder, (AsymmetricEmbedder, Billed)):
                try:
                    check_drift(embedder, writer)
                except TextsRefused as error:  # of no text of a document
                    raise RequestRefused(
                        f"{embedder.uri} refuses a probe text: {next(iter(error.reasons.values()))}"
                    ) from error
            self._is_begun = True
        if truncating is not None:
            truncating.probe_truncation(text, self._longest)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should hear: a server that cuts long texts, when that was found."""
        embedder = self._embedder
        if not (isinstance(embedder, Truncating) and embedder.truncation.is_cut) or self._was_cut:
            return ()
        sizes = ", ".join(
            f"{counted(window.read, 'character')} of {script.value}"
            for script, window in embedder.truncation.windows.items()
            if window.read is not None
        )
        before = (
            "; texts that the index had before may be cut: semsearch rebuild --fresh embeds them"
            " again"
        )
        return (
            f"{embedder.host} reads only the beginning of a long text, about {sizes}, and does not"
            f" say so; longer texts were sent in parts{before if self._has_vectors else ''}",
        )
