"""Embedders of other packages behind checks: errors in one line, budgets held."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import index
from typing import Self, TypeVar

from semsearch.embedders.api.budget import Budget, Spent, budget_of
from semsearch.embedders.api.forecast import Forecast
from semsearch.embedders.api.http_client import readable
from semsearch.embedders.api.prices import price_of
from semsearch.embedders.api.protocols import text_forecast
from semsearch.embedders.embedder import (
    EmbeddedBatch,
    Embedder,
    embedder_of_passages,
    embedder_of_questions,
    fluency_in,
)
from semsearch.embedders.interrupts import let_through
from semsearch.embedders.plugins.packages import EmbedderPackage
from semsearch.errors import EmbedderError, EmbedderUnavailable, SemsearchError
from semsearch.settings.schema import Settings

Result = TypeVar("Result")


class PluginEmbedder:
    """An embedder of a package on this machine, with the optional members that it may have.

    Being asymmetric by type, it is measured once an index, whatever it is: nothing is known of its
    cosines beforehand.
    """

    def __init__(self, package: EmbedderPackage, embedder: Embedder) -> None:
        """``embedder`` has the members of ``Embedder``, of the right types."""
        self.uri = embedder.uri
        self.is_local = embedder.is_local
        self.max_tokens = embedder.max_tokens
        self.package = package
        self._embedder = embedder

    def count_tokens(self, text: str) -> int:
        """As ``Embedder``; raises ``EmbedderError``."""
        return self._asked(lambda: _count(self._embedder.count_tokens(text)))

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """As ``Embedder``. An error of reading the texts is raised as it is.

        Ctrl-C stops the package wherever it is, perhaps in a request that takes long.
        """
        given = _Given(texts)
        try:
            batches = iter(self._embedder.embed(given))
            while True:
                with let_through():
                    try:
                        batch = next(batches)
                    except StopIteration:
                        return
                yield _batch(batch)
        except (Exception, SystemExit) as error:
            if error is given.error:
                raise
            raise failed(self.package, self.uri, error) from error

    def for_questions(self) -> Self:
        """The embedder for questions, which is the same for most."""
        return self._like(self._asked(lambda: embedder_of_questions(self._embedder)))

    def for_passages(self) -> Self:
        """The embedder for passages, which gives vectors of sentences where it can."""
        return self._like(self._asked(lambda: embedder_of_passages(self._embedder)))

    def fluency(self, text: str) -> float:
        """How well the embedder knows the language of a text, 0 to 1; 1 if it cannot tell."""
        return self._asked(lambda: float(fluency_in(self._embedder, text)))

    def _asked(self, ask: Callable[[], Result]) -> Result:
        """What the package answers; raises ``SemsearchError`` for whatever it raises."""
        try:
            return ask()
        except (Exception, SystemExit) as error:
            raise failed(self.package, self.uri, error) from error

    def _like(self, embedder: Embedder) -> Self:
        return self if embedder is self._embedder else type(self)(self.package, embedder)


class RemotePluginEmbedder(PluginEmbedder):
    """An embedder of a package that sends texts away: plan, approval, budget (``Billed``)."""

    def __init__(
        self,
        package: EmbedderPackage,
        embedder: Embedder,
        settings: Settings,
        *,
        budget: Budget | None = None,
    ) -> None:
        """Raises ``SettingsError`` for a cost limit without a known price.

        ``host`` is that of the embedder, if it says one.
        """
        super().__init__(package, embedder)
        self.host = readable(str(getattr(embedder, "host", ""))) or f"the server of {package.name}"
        self.price = price_of(self.uri, settings.prices)
        self.requests_a_minute = None
        self.learned_limits = ""
        self.budget = budget or budget_of(settings, self.price, self.uri)
        self._settings = settings

    @property
    def spent(self) -> Spent:
        """Totals of the texts and tokens so far; a batch counts as a request."""
        return self.budget.spent

    def forecast(self) -> Forecast:
        """Return an empty forecast; a text counts as a request, as batches are not known."""
        return text_forecast(self)

    def recall(self, learned_limits: str) -> None:
        """Nothing was learned: the package sends its own requests."""

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """As ``Embedder``; gives no text that could go over the budget.

        Raises ``BudgetReached`` after the last text that fits.
        """
        reserved: dict[int, int] = {}
        is_reached = False

        def affordable() -> Iterator[str]:
            nonlocal is_reached
            for position, text in enumerate(texts):
                tokens = self.count_tokens(text)
                if tokens > self.budget.room:
                    is_reached = True
                    return
                self.budget.reserve(tokens)
                reserved[position] = tokens
                yield text

        for batch in super().embed(affordable()):
            held = sum(reserved.pop(position, 0) for position in batch.positions)
            self.budget.settle(held, texts=len(batch.positions), tokens=batch.tokens)
            yield batch
        if is_reached:
            raise self.budget.reached()

    def _like(self, embedder: Embedder) -> Self:
        if embedder is self._embedder:
            return self
        return type(self)(self.package, embedder, self._settings, budget=self.budget)


class _Given(Iterator[str]):
    """Texts, and the error that reading them raised."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self.error: BaseException | None = None

    def __next__(self) -> str:
        try:
            return next(self._texts)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


def _batch(given: object) -> EmbeddedBatch:
    """A batch whose members are of the right types; raises ``TypeError`` and ``ValueError``.

    ``Batches`` checks the values.
    """
    if not isinstance(given, EmbeddedBatch):
        raise TypeError(f"embed gives {type(given).__name__}, which is no EmbeddedBatch")
    return replace(
        given,
        positions=tuple(map(index, given.positions)),
        tokens=_count(given.tokens),
        parts=dict(given.parts),
        sentences=tuple(given.sentences),
    )


def _count(given: object) -> int:
    """A number of tokens; less than none would give room to a budget."""
    count = index(given)  # type: ignore[arg-type]  # raises TypeError for what is no whole number
    if count < 0:
        raise ValueError(f"a count of {count} tokens")
    return count


def failed(package: EmbedderPackage, uri: str, error: BaseException) -> SemsearchError:
    """The error of semsearch for any error of a package; its own errors stay as they are.

    What the system calls a failed connection or a timeout may pass, and has the code for that.
    """
    if isinstance(error, SemsearchError):
        return error
    told = readable(str(error)) or "without a message"
    message = f"{uri} failed ({package}): {type(error).__name__}: {told}"
    if isinstance(error, OSError):
        return EmbedderUnavailable(f"{message}; try again later")
    return EmbedderError(
        f"{message}; ask the authors of {package.name}, or choose another embedder"
    )
