"""Thresholds by which a scene of a hundred texts has an index like one of millions.

A child process gets its scene's policy in the environment variable ``POLICY``, as JSON; only
``faults.child`` reads it.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from semsearch.store.policy import (
    DEFAULT_POLICY,
    AnnPolicy,
    CollectionPolicy,
    KeywordPolicy,
    PublicationPolicy,
    SharingPolicy,
    StorePolicy,
)

POLICY: Final = "SEMSEARCH_FAULTS_POLICY"

# A keyword index of a hundred texts is updated, and rebuilt when a tenth of them is deleted.
_KEYWORDS: Final = KeywordPolicy(listed=20, few_texts=10)
# Three segments of codes for 144 texts, and one more for each sixteen that are added.
SEGMENTS: Final = StorePolicy(
    AnnPolicy(exact_below=40, segment=50, small_segment=10, direct=5),
    _KEYWORDS,
    collection=CollectionPolicy(small_segment=8, segments=3),
)
# Codes in four lists; the texts that are added become a segment beside them.
LISTS: Final = StorePolicy(
    AnnPolicy(
        exact_below=40, lists_from=100, small_segment=10, direct=5, lists=4, lists_scanned=(1, 2, 4)
    ),
    _KEYWORDS,
)
# A partial generation is published after each request.
PARTIAL: Final = StorePolicy(publication=PublicationPolicy(1, 0.0, 0.0, 0.0))

_CLASSES: Final = {
    "ann": AnnPolicy,
    "keywords": KeywordPolicy,
    "publication": PublicationPolicy,
    "collection": CollectionPolicy,
    "sharing": SharingPolicy,
}


def as_json(policy: StorePolicy) -> str:
    """The policy as the value of ``POLICY``."""
    return json.dumps({name: part._asdict() for name, part in policy._asdict().items()})


def from_json(text: str, policy: StorePolicy = DEFAULT_POLICY) -> StorePolicy:
    """The policy with the values of a JSON object in place of its own."""
    for name, values in json.loads(text).items():
        if name not in _CLASSES:
            raise ValueError(f"a policy has the parts {', '.join(_CLASSES)}, and no {name!r}")
        part: Any = getattr(policy, name)
        lists = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        policy = policy._replace(**{name: part._replace(**lists)})
    return policy


def policy_here(environment: Mapping[str, str] = os.environ) -> StorePolicy:
    """The policy that the environment carries; the default where it carries none."""
    return from_json(environment.get(POLICY) or "{}")
