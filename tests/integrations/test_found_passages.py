"""What the retrievers of all frameworks share."""

import threading
import time
from pathlib import Path

from semsearch.integrations.found_passages import FoundPassages
from semsearch.query.options import SearchOptions


def test_an_index_is_closed_between_questions_never_within_one(notes: Path) -> None:
    """Those under way have their answers first; later ones open it again."""
    passages = FoundPassages(str(notes), None, None, SearchOptions())
    has_ended = threading.Event()
    wrong: list[object] = []

    def ask() -> None:
        while not has_ended.is_set():
            try:
                if not passages.ask("How do bees keep warm?"):
                    wrong.append("nothing was found")
            except Exception as error:  # of whatever kind, it is wrong
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(40):
        time.sleep(0.02)  # so that questions have begun
        passages.close()
    has_ended.set()
    for thread in threads:
        thread.join()
    passages.close()
    assert wrong == []
