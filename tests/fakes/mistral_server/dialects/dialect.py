"""Properties in which servers differ."""

from collections.abc import Callable
from dataclasses import dataclass, field

from fakes.mistral_server.exchange import Answer
from fakes.mistral_server.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model; ``is_nested`` if its vectors may be cut to any length.

    A server that ``renormalises`` scales cut vectors to unit length.
    """

    dimension: int
    longest_dimension: int | None = None
    renormalises: bool = False
    names: tuple[str, ...] = ()
    max_tokens: int = 8192

    @property
    def is_nested(self) -> bool:
        """True when the dimension may be chosen."""
        return self.longest_dimension is not None


@dataclass(frozen=True, slots=True)
class Dialect:
    """A server's behaviour; ``None`` means no limit, or any name or field."""

    name: str
    refuse: Callable[[Refusal], Answer]
    models: tuple[Model, ...]
    any_model: Model | None = None
    fields: frozenset[str] | None = None
    needs_key: bool = False
    reads_encoding: bool = True
    dimension_field: str | None = "dimensions"
    max_inputs: int | None = None
    max_tokens: int | None = None
    max_tokens_a_text: int | None = None
    max_body: int | None = None
    truncates: bool = False
    takes_blank: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    def model(self, name: str) -> Model | None:
        """The model of a name."""
        for model in self.models:
            if name in model.names:
                return model
        return self.any_model
