"""``/v1/files``: uploads and results, in memory."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.mistral_server.exchange import Answer, Request, json_answer
from fakes.mistral_server.multipart import form_of


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file; ``card`` is its description by the API."""

    card: Mapping[str, Any]
    content: bytes


class Files:
    """All files of the workspace."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._lock = threading.Lock()

    def add(self, content: bytes, filename: str, sample_type: str, source: str) -> StoredFile:
        """Store a file of a batch under a new id."""
        card = {
            "id": str(uuid.uuid4()),
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": filename,
            "purpose": "batch",
            "sample_type": sample_type,
            "num_lines": content.count(b"\n"),
            "mimetype": "application/jsonl",
            "source": source,
            "signature": None,
        }
        stored = StoredFile(card, content)
        with self._lock:
            self._files[str(card["id"])] = stored
        return stored

    def get(self, name: str) -> StoredFile | None:
        """The file of an id."""
        with self._lock:
            return self._files.get(name)

    def answer(self, request: Request) -> Answer:
        """Answer a request below ``/v1/files``."""
        name, _, rest = request.path.removeprefix("/v1/files").strip("/").partition("/")
        if not name:
            return self._upload(request) if request.method == "POST" else self._list()
        stored = self.get(name)
        if stored is None:
            return json_answer({"detail": f"No file matches the given query: {name}"}, 404)
        if request.method == "DELETE":
            with self._lock:
                self._files.pop(name, None)
            return json_answer({"id": name, "object": "file", "deleted": True})
        if rest == "content":
            return Answer(200, stored.content, {"Content-Type": "application/octet-stream"})
        return json_answer({**stored.card, "deleted": False})

    def _upload(self, request: Request) -> Answer:
        form = form_of(request)
        if "file" not in form:
            detail = {"type": "missing", "loc": ["body", "file"], "msg": "Field required"}
            return json_answer({"detail": [detail]}, 422)
        purpose = form["purpose"].content if "purpose" in form else b"fine-tune"
        if purpose != b"batch":
            detail = {"type": "enum", "loc": ["body", "purpose"], "msg": "Only batch is served"}
            return json_answer({"detail": [detail]}, 422)
        file = form["file"]
        name = file.filename or "upload.jsonl"
        return json_answer(dict(self.add(file.content, name, "batch_request", "upload").card))

    def _list(self) -> Answer:
        with self._lock:
            cards = [dict(stored.card) for stored in self._files.values()]
        return json_answer({"data": cards, "object": "list", "total": len(cards)})
