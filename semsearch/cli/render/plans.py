"""The plan of a run as text."""

from typing import TYPE_CHECKING, Final

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.embedders.api.prices import CURRENCY
from semsearch.settings.amounts import LEAST_USD, counted, usd_text

_HOURS_FROM: Final = 150  # minutes

if TYPE_CHECKING:  # as in ``reports``
    from semsearch.indexer.plan import Plan


def plan_text(plan: "Plan") -> str:
    """The plan in a few lines."""
    needs = plan.needs
    rows = [
        ("folder", printable_path(str(plan.corpus))),
        ("documents", _documents_text(plan)),
        (
            "passages",
            f"{plan.passages:,}, {plan.paid_share:.0%} of them embedded before or standing twice",
        ),
        *(
            (("shared", f"{counted(plan.shared, 'text')} have shared vectors"),)
            if plan.shared
            else ()
        ),
        *((("cut anew", _cut_text(plan)),) if plan.cut_anew else ()),
        (
            "to embed",
            f"{counted(needs.texts, 'text')}, {_about(plan)}{counted(needs.tokens, 'token')}",
        ),
        *((("also sent", _own_text(plan)),) if plan.own.texts else ()),
        ("embedder", printable_line(plan.embedder)),
        ("goes to", printable_line(plan.host) if plan.host else "nobody: this machine embeds"),
    ]
    if plan.host:
        rows += [("requests", _requests_text(plan)), ("price", price_text(plan))]
    elif plan.minutes is not None:
        rows.append(("time", f"{minutes_text(plan.minutes)} on this machine"))
    return "\n".join(f"{name:<11}{value}" for name, value in rows)


def _documents_text(plan: "Plan") -> str:
    counts = plan.documents
    new = f" ({counts.added} added, {counts.changed} changed)" if plan.to_read else ""
    unreadable = f", {plan.unreadable} unreadable" if plan.unreadable else ""
    return f"{plan.to_read} to read{new}, {plan.unchanged} unchanged, {plan.gone} gone{unreadable}"


def _own_text(plan: "Plan") -> str:
    return (
        f"{counted(plan.own.texts, 'text')} of semsearch that measure the embedder,"
        f" {_about(plan)}{counted(plan.own.tokens, 'token')}"
    )


def _cut_text(plan: "Plan") -> str:
    asked = ", as .semsearch.toml in the folder asks" if plan.cut_by_folder else ""
    return (
        f"every document, in another way: passages of at most {plan.cut_anew:,} characters{asked}"
    )


def _requests_text(plan: "Plan") -> str:
    told = f"{_about(plan)}{plan.requests:,}"
    if plan.minutes is None:
        return told
    return f"{told}, {minutes_text(plan.minutes)} at {plan.requests_a_minute:.0f} a minute"


def minutes_text(minutes: float) -> str:
    """A duration in words.

    >>> minutes_text(0.2), minutes_text(2.7), minutes_text(240)
    ('less than a minute', 'about 3 minutes', 'about 4 hours')
    """
    if minutes < 1:
        return "less than a minute"
    if minutes < _HOURS_FROM:
        return f"about {counted(round(minutes), 'minute')}"
    return f"about {counted(round(minutes / 60), 'hour')}"


def price_text(plan: "Plan") -> str:
    """The price of a plan, and where its rate comes from."""
    if plan.price is None or plan.cost is None:
        return "not known; set it in config.toml under [prices]"
    about = "" if plan.cost < LEAST_USD else _about(plan)
    return (
        f"{about}{usd_text(plan.cost)} ({plan.price.usd:g} {CURRENCY} a million tokens,"
        f" {printable_line(plan.price.source)})"
    )


def _about(plan: "Plan") -> str:
    return "" if plan.needs.is_exact else "about "
