"""The door to pymilvus: calls to a server of Milvus or to Milvus Lite, with their errors.

What a read has to see: a write has a timestamp of Milvus, and a read waits for all writes up to its
own. A *strong* read takes the time at which it is made, and waits up to 0.2 s for the next tick of
the server's clock. All others wait only for the writes of this process and for those that a blob
read before was written after (``Client.seen``), which are long there: 0.002 s.
"""

import random
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from semsearch.errors import EngineRefused, EngineUnreachable
from semsearch.store.collection.engines.milvus.address import LiteAddress, ServerAddress
from semsearch.store.collection.engines.milvus.imports import import_pymilvus
from semsearch.store.collection.engines.milvus.lite import LiteServer, close_lite, open_lite

if TYPE_CHECKING:
    from semsearch.settings.schema import Settings

T = TypeVar("T")
Row = dict[str, Any]

_LONGEST_WAIT_FOR_LITE: Final = 10.0  # seconds until another process has closed it
_LONGEST_MESSAGE: Final = 300
_FIRST_VERSION: Final = (2, 3, 5)  # the first that was tried
# Codes of Milvus for what passes: a server that starts, whose parts look for each other
# (merr/errors.go: service not ready, unavailable; collection and partition not fully loaded,
# replica, channel and node not found or not available).
_PASSING: Final = frozenset({1, 2, 4, 103, 104, 400, 401, 500, 501, 502, 503, 901, 902, 903, 904})
# What 2.3 says, with code 65535, of a collection that it has not loaded again since its start.
_NOT_LOADED: Final = "collection not loaded"
_NOT_LOADED_CODE: Final = 101
_NO_ANSWER: Final = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN"})
_NO_RIGHT: Final = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
_RIGHT_CODE: Final = 1800  # up to 1899: what merr has for users and their rights
_UNKNOWN_TIMESTAMP: Final = 0
_PAUSE_SECONDS: Final = 0.5  # between calls to a server that starts


class Client:
    """A connection to Milvus, for several threads."""

    def __init__(
        self, address: LiteAddress | ServerAddress, settings: "Settings", place: str
    ) -> None:
        self._milvus = import_pymilvus()
        self._seconds = settings.read_seconds
        self._place = place
        self._token = None if isinstance(address, LiteAddress) else address.token
        self._changing = threading.Lock()  # of ``seen``
        self.seen = _UNKNOWN_TIMESTAMP
        self.lite: LiteServer | None = None
        self._closed = False
        self._loaded: set[str] = set()
        if isinstance(address, LiteAddress):
            wait = min(settings.retry_seconds, _LONGEST_WAIT_FOR_LITE)
            self.lite = open_lite(address.path, wait)
        try:
            self._client = self._connected(address, settings.connect_seconds)
            self.version = self._version()
        except BaseException:
            if self.lite is not None:
                close_lite(self.lite)
            raise

    @property
    def is_lite(self) -> bool:
        """Whether this is Milvus Lite, which compares with every vector and sees every write."""
        return self.lite is not None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other thread of this process use the same directory of Milvus Lite."""
        with nullcontext() if self.lite is None else self.lite.lock:
            yield

    def close(self) -> None:
        """Close the connection, and the server of Milvus Lite if this was its last."""
        if self._closed:
            return
        self._closed = True
        self._client.close()
        if self.lite is not None:
            close_lite(self.lite)

    def see(self, timestamp: int) -> None:
        """Have all reads from now on see whatever was written up to a timestamp of Milvus."""
        with self._changing:
            self.seen = max(self.seen, timestamp)

    def has(self, name: str) -> bool:
        """Whether there is a collection of Milvus."""
        return bool(self._call(lambda: self._client.has_collection(name, timeout=self._seconds)))

    def has_index(self, name: str) -> bool:
        """Whether a collection of Milvus has an index, without which it cannot be loaded."""
        return bool(self._call(lambda: self._client.list_indexes(name, timeout=self._seconds)))

    def fields(self, name: str) -> Sequence[Row]:
        """The fields of a collection of Milvus."""
        found = self._call(lambda: self._client.describe_collection(name, timeout=self._seconds))
        return list(found["fields"])

    def create(self, name: str, fields: Sequence[Row], index: Row) -> None:
        """Make a collection of Milvus, unless it is there, and its index."""
        kinds = self._milvus.pymilvus.DataType

        def make() -> None:
            schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
            for one in fields:
                schema.add_field(**(one | {"datatype": kinds[one["datatype"]]}))
            self._client.create_collection(
                name, schema=schema, consistency_level="Strong", timeout=self._seconds
            )

        def make_index() -> None:
            params = self._client.prepare_index_params()
            params.add_index(**index)
            self._client.create_index(name, params, timeout=self._seconds)

        if not self.has(name):
            self._call(make)
        if not self.has_index(name):
            self._call(make_index)

    def load(self, name: str) -> None:
        """Have a collection of Milvus answer; returns when it does."""
        self._call(lambda: self._client.load_collection(name, timeout=self._seconds))
        self._loaded.add(name)

    def upsert(self, name: str, rows: Sequence[Row]) -> int:
        """Write rows of one message; returns the timestamp of Milvus, 0 where it is not known."""
        self._call(lambda: self._client.upsert(name, list(rows), timeout=self._seconds))
        return self._written(name)

    def delete(self, name: str, condition: str) -> None:
        """Remove the rows that satisfy a condition."""
        self._call(lambda: self._client.delete(name, filter=condition, timeout=self._seconds))
        self._written(name)

    def rows(
        self, name: str, condition: str, fields: Sequence[str], *, strong: bool = False
    ) -> list[Row]:
        """All rows that satisfy a condition, with some fields."""
        return self._call(
            lambda: list(
                self._client.query(
                    name,
                    filter=condition,
                    output_fields=list(fields),
                    timeout=self._seconds,
                    **self._consistency(strong),
                )
            )
        )

    def hits(
        self, name: str, field: str, vector: Any, count: int, condition: str, effort: int
    ) -> list[tuple[Any, float]]:
        """The primary keys and cosines of the ``count`` nearest rows that satisfy a condition."""
        found = self._call(
            lambda: self._client.search(
                name,
                [vector],
                anns_field=field,
                limit=count,
                filter=condition,
                output_fields=["key"],  # with none, Lite sends all
                search_params={} if self.is_lite else {"params": {"ef": effort}},
                timeout=self._seconds,
                **self._consistency(strong=False),
            )
        )
        return [(hit["key"], float(hit["distance"])) for hit in found[0]]

    def flush(self, name: str) -> None:
        """Have Milvus write what it has in memory to a file, of which it makes its index."""
        self._call(lambda: self._client.flush(name, timeout=self._seconds))

    def sync(self) -> None:
        """Write what Milvus Lite has written to the disk; a server does so itself."""
        if self.lite is not None:
            with self.lite.lock:
                self.lite.sync()

    def _connected(self, address: LiteAddress | ServerAddress, seconds: float) -> Any:
        given: dict[str, Any] = {}
        if isinstance(address, ServerAddress):
            given = {"db_name": address.database, **address.tls}
            if address.token is not None:
                given["token"] = address.token.reveal()
            given["uri"] = address.url
        elif self.lite is not None:
            given["uri"] = self.lite.url
        connect = self._milvus.pymilvus.MilvusClient
        return self._call(
            lambda: connect(timeout=seconds, dedicated=True, **given), patience=seconds
        )

    def _version(self) -> str:
        if self.lite is not None:
            return f"Milvus Lite {self.lite.version}"
        said = str(self._call(lambda: self._client.get_server_version(timeout=self._seconds)))
        numbers = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
        if numbers and tuple(map(int, numbers.groups())) < _FIRST_VERSION:
            wanted = ".".join(map(str, _FIRST_VERSION))
            raise EngineRefused(f"{self._place}: Milvus {numbers[0]} is too old; needs {wanted}")
        return f"Milvus {numbers[0] if numbers else _one_line(said)}"

    def _written(self, name: str) -> int:
        """The timestamp of this process's last write into a collection, which reads shall see."""
        config = self._client._config  # the key under which pymilvus itself keeps the timestamp
        timestamp = self._milvus.timestamps.get_collection_ts(name, config.address, config.db_name)
        timestamp = int(timestamp or _UNKNOWN_TIMESTAMP)
        self.see(timestamp)
        return timestamp

    def _consistency(self, strong: bool) -> Row:
        if self.is_lite:
            return {}
        if strong or self.seen == _UNKNOWN_TIMESTAMP:
            return {"consistency_level": "Strong"}
        return {"consistency_level": "Customized", "guarantee_timestamp": self.seen}

    def _call(self, call: Callable[[], T], patience: float | None = None) -> T:
        """Make a call, again while a server starts; its errors are those of ``Engine``."""
        deadline = time.monotonic() + (self._seconds if patience is None else patience)
        while True:
            try:
                with self.alone():
                    return call()
            except self._milvus.grpc.RpcError as error:
                raise self._error(error.code(), str(error.details())) from error
            except self._milvus.pymilvus.MilvusException as error:
                code, message = error.code, str(error.message)
                if isinstance(error.__cause__, self._milvus.grpc.RpcError):
                    # pymilvus says of each failed connection that its parameters may be wrong.
                    code, message = error.__cause__.code(), str(error.__cause__.details())
                is_unloaded = self._is_unloaded(code, message)
                if not (is_unloaded or self._passes(code)) or time.monotonic() >= deadline:
                    raise self._error(code, message) from error
                if is_unloaded:
                    self._load_again()
            time.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311  # spreads calls

    def _passes(self, code: Any) -> bool:
        name = getattr(code, "name", "")
        return not self.is_lite and (code in _PASSING or name == "UNAVAILABLE")

    def _is_unloaded(self, code: Any, message: str) -> bool:
        """Whether a server has a collection that it has not loaded since its start."""
        return not self.is_lite and (code == _NOT_LOADED_CODE or _NOT_LOADED in message)

    def _load_again(self) -> None:
        for name in sorted(self._loaded):
            # It says no more than that the server is not ready, as the call after it does.
            with suppress(self._milvus.pymilvus.MilvusException, self._milvus.grpc.RpcError):
                self._client.load_collection(name, timeout=self._seconds)

    def _error(self, code: Any, message: str) -> EngineRefused | EngineUnreachable:
        name = getattr(code, "name", "")
        said = self._without_token(_one_line(message))
        if name in _NO_ANSWER or self._passes(code) or self._is_unloaded(code, message):
            return EngineUnreachable(
                f"no answer of {self._place}; is Milvus running there,"
                f" {'with' if 'https:' in self._place else 'without'} TLS? ({said})"
            )
        is_right = isinstance(code, int) and _RIGHT_CODE <= code < _RIGHT_CODE + 100
        if name in _NO_RIGHT or is_right:
            return EngineRefused(
                f"{self._place} does not accept the token or password, or gives its user no right"
                f" to this; set SEMSEARCH_MILVUS_TOKEN ({said})"
            )
        return EngineRefused(f"{self._place} refuses: {said}")

    def _without_token(self, message: str) -> str:
        if self._token is None:
            return message
        secret = self._token.reveal()
        sent = b64encode(secret.encode()).decode()  # what pymilvus sends
        for part in (sent, secret, *secret.split(":", 1)[1:]):
            message = message.replace(part, "***") if part else message
        return message


def _one_line(text: str) -> str:
    """The text in one line, cut, without what a terminal would obey."""
    return " ".join(re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f]", " ", text).split())[:_LONGEST_MESSAGE]
