"""The difference between what a source has published and a generation of its index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.publishable import PublishableDocuments
from semsearch.store.collection.published_segment import PublishedSegment
from semsearch.store.collection.segment_blobs import Gone
from semsearch.store.disk.ids import Ids, ascending, is_among, no_ids
from semsearch.store.policy import CollectionPolicy
from semsearch.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What a publication writes and removes.

    texts: ids in the record of those that go into the new segment, ascending.
    documents: ids of those that it gets, ascending.
    kept: segments that stay.
    gone: what has gone of each of these, by its number, where more has gone than before.
    dropped: numbers of the segments that the new one takes the place of.
    """

    texts: Ids
    documents: Ids
    kept: Sequence[PublishedSegment] = ()
    gone: Mapping[int, Gone] = field(default_factory=dict)
    dropped: Sequence[int] = ()

    def __bool__(self) -> bool:
        return bool(len(self.texts) or len(self.documents) or self.gone or self.dropped)


def everything(
    snapshot: Snapshot,
    documents: PublishableDocuments,
    segments: Sequence[PublishedSegment],
) -> Changes:
    """All of a generation, in the place of ``segments``."""
    dropped = [one.entry.number for one in segments]
    return Changes(snapshot.view.texts.ids(), documents.ids, dropped=dropped)


def changes_of(
    snapshot: Snapshot,
    documents: PublishableDocuments,
    segments: Sequence[PublishedSegment],
    *,
    every_document: bool = False,
) -> Changes:
    """What has changed since ``segments`` were written, by documents and their texts.

    A document that was only touched is written anew, without its texts; ``every_document`` takes
    all of them as touched.
    """
    there, fingerprints, times = _documents_of(segments)
    now = documents.ids
    is_new, at = ~is_among(now, there), np.minimum(np.searchsorted(there, now), len(there) - 1)
    if len(there):
        is_other = is_new | (fingerprints[at] != documents.fingerprints)
        is_touched = is_other | (times[at] != documents.mtimes_ns) | every_document
    else:
        is_other = is_touched = is_new
    ended = there[~is_among(there, now)]
    other = ascending(np.concatenate([now[is_other], ended]))  # whose texts may have changed
    present = snapshot.view.texts.ids_in(now[is_other].tolist())
    texts = ascending(np.concatenate([_texts_of(segments, other), present]))
    changed = Changes(texts, now[is_touched])
    touched = ascending(np.concatenate([now[is_touched], ended]))
    merged = _with_merges(changed, segments, touched, snapshot.directory.policy.collection)
    return replace(merged, texts=snapshot.view.texts.shown(merged.texts))


def _documents_of(
    segments: Sequence[PublishedSegment],
) -> "tuple[Ids, np.ndarray[tuple[int], np.dtype[np.uint64]], Ids]":
    """The published documents that have not gone, ascending, with fingerprints and times."""
    ids, fingerprints, times = [no_ids()], [np.empty(0, dtype=np.uint64)], [no_ids()]
    for one in segments:
        listed, live = one.documents, one.live_documents
        ids.append(listed.ids[live])
        fingerprints.append(listed.fingerprints[live])
        times.append(listed.mtimes_ns[live])
    every = np.concatenate(ids)
    order = np.argsort(every, kind="stable")
    return every[order], np.concatenate(fingerprints)[order], np.concatenate(times)[order]


def _texts_of(segments: Sequence[PublishedSegment], documents: Ids) -> Ids:
    """The record's ids of the published texts that some documents, ascending, have."""
    return np.concatenate(
        [no_ids(), *(one.columns.ids[one.owners.of_documents(documents)] for one in segments)]
    )


def _with_merges(
    changes: Changes, segments: Sequence[PublishedSegment], touched: Ids, policy: CollectionPolicy
) -> Changes:
    """The changes, with what goes of each segment, and small or worn segments written anew.

    A segment is written anew where the new one would be at least as large: so a text is written
    again some times at the most, as often as the number of texts doubles.
    """
    if not len(changes.texts) and not len(touched):
        return Changes(no_ids(), no_ids(), segments)
    texts, documents = [changes.texts], [changes.documents]
    kept: list[PublishedSegment] = []
    gone: dict[int, Gone] = {}
    dropped: list[int] = []
    size = len(changes.texts)
    for place, one in enumerate(sorted(segments, key=_live_of)):
        left = _left(one, changes.texts, touched)
        live = one.columns.ids[left.texts]
        is_worn = len(left.texts) < one.entry.texts // 2
        if (
            len(live) <= max(size, policy.small_segment)
            or is_worn
            or len(segments) - place > policy.segments
        ):
            texts.append(live)
            documents.append(left.documents)
            dropped.append(one.entry.number)
            size += len(live)
            continue
        kept.append(one)
        now = _gone(one, left)
        if (len(now.texts), len(now.documents)) != (one.entry.gone_texts, one.entry.gone_documents):
            gone[one.entry.number] = now
    return Changes(
        ascending(np.concatenate(texts)), ascending(np.concatenate(documents)), kept, gone, dropped
    )


def _live_of(segment: PublishedSegment) -> int:
    return segment.entry.live


def _left(segment: PublishedSegment, texts: Ids, documents: Ids) -> Gone:
    """What stays of a segment without some texts and documents: ordinals, and ids of documents."""
    ordinals = segment.live_ordinals
    ordinals = ordinals[~is_among(segment.columns.ids[ordinals], texts)]
    ids = segment.documents.ids[segment.live_documents]
    return Gone(ordinals, ids[~is_among(ids, documents)])


def _gone(segment: PublishedSegment, left: Gone) -> Gone:
    """What has gone of a segment of which that is left."""
    ordinals = np.arange(segment.entry.texts, dtype=np.int64)
    ids = segment.documents.ids
    return Gone(ordinals[~is_among(ordinals, left.texts)], ids[~is_among(ids, left.documents)])
