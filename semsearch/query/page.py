"""Ranked passages → the page of an answer."""

from collections.abc import Callable, Iterable
from itertools import tee

from semsearch.query.grouping import grouped
from semsearch.query.hits import least_relevance, relevant_of
from semsearch.query.options import SearchOptions
from semsearch.query.ranked import Ranked


def page_of(
    ranked: Iterable[Ranked], options: SearchOptions, skip_below: Callable[[float], None]
) -> list[Ranked]:
    """The best passages; where none of them is relevant, those further down that are.

    A passage with an exact word is there where the embedder finds other passages nearer.
    ``skip_below`` is told the least relevance of the passages of ``ranked`` that are still wanted.
    """
    first, every = tee(ranked)
    page = grouped_page(first, options)
    if relevant_of(page, options.min_relevance, is_filtered=False):
        return page
    skip_below(least_relevance(options.min_relevance))
    relevant = relevant_of(every, options.min_relevance, is_filtered=False)
    return grouped_page(relevant, options) or page


def grouped_page(ranked: Iterable[Ranked], options: SearchOptions) -> list[Ranked]:
    """The best passages, grouped as the options say."""
    return grouped(ranked, options.limit, per_document=options.per_document, merge=options.merge)
