"""The plan of a run as text."""

from typing import TYPE_CHECKING

from semsearch.cli.render.money import usd_text
from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.embedders.api.prices import CURRENCY

if TYPE_CHECKING:  # as in ``reports``
    from semsearch.indexer.plan import Plan


def plan_text(plan: "Plan") -> str:
    """The plan in a few lines."""
    needs = plan.needs
    unreadable = f", {plan.unreadable} unreadable" if plan.unreadable else ""
    rows = [
        ("folder", printable_path(str(plan.corpus))),
        (
            "documents",
            f"{plan.to_read} to read, {plan.unchanged} unchanged, {plan.gone} gone{unreadable}",
        ),
        (
            "passages",
            f"{plan.passages:,}, {plan.paid_share:.0%} of them embedded before or standing twice",
        ),
        *((("cut anew", _cut_text(plan)),) if plan.cut_anew else ()),
        ("to embed", f"{needs.texts:,} texts, {_about(plan)}{needs.tokens:,} tokens"),
        ("embedder", printable_line(plan.embedder)),
        ("goes to", printable_line(plan.host) if plan.host else "nobody: this machine embeds"),
    ]
    if plan.host:
        rows += [("requests", _requests_text(plan)), ("price", _price_text(plan))]
    return "\n".join(f"{name:<11}{value}" for name, value in rows)


def _cut_text(plan: "Plan") -> str:
    asked = ", as .semsearch.toml in the folder asks" if plan.cut_by_folder else ""
    return (
        f"every document, in another way: passages of at most {plan.cut_anew:,} characters{asked}"
    )


def _requests_text(plan: "Plan") -> str:
    if plan.minutes is None:
        return f"{_about(plan)}{plan.needs.requests:,}"
    minutes = "less than a minute" if plan.minutes < 1 else f"about {plan.minutes:,.0f} minutes"
    return (
        f"{_about(plan)}{plan.needs.requests:,}, {minutes} at {plan.requests_a_minute:.0f} a minute"
    )


def _price_text(plan: "Plan") -> str:
    if plan.price is None or plan.cost is None:
        return "not known; set it in config.toml under [prices]"
    return (
        f"{_about(plan)}{usd_text(plan.cost)} ({plan.price.usd:g} {CURRENCY} a million tokens,"
        f" {printable_line(plan.price.source)})"
    )


def _about(plan: "Plan") -> str:
    return "" if plan.needs.is_exact else "about "
