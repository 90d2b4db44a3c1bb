"""Content streams of PDF pages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.readers.pdf_content import operations


@pytest.mark.parametrize(
    ("content", "operands"),
    [
        (rb"(a\)b\\\101\n\053) Tj", [b"a)b\\A\n+"]),
        (rb"(nested (and) (\() deep) Tj", [b"nested (and) (() deep"]),
        (b"(a\\\nb) Tj", [b"ab"]),
        (b"<4 1 42 5> Tj", [b"ABP"]),
        (b"[(a) -1.5 .5 [3] (b)] Tj", [[b"a", -1.5, 0.5, [3.0], b"b"]]),
        (b"/Na#20me <</A (x) /B [1 2]>> Tj", ["/Na me", {"/A": b"x", "/B": [1.0, 2.0]}]),
        (b"true null +5 --6 7. Tj", [True, None, 5.0, -6.0, 7.0]),
        (b"1 0 0 1 50 60 re f 5 % (a comment) Tj\n6 Tj", [5.0, 6.0]),
    ],
)  # fmt: skip
def test_operands_are_values(content: bytes, operands: list[Any]) -> None:
    """Strings, numbers, names, arrays and dictionaries are read as the format has them."""
    assert list(operations(content)) == [(b"Tj", operands)]


def test_paths_and_pictures_are_passed_over() -> None:
    """Drawing operators give nothing, and bytes of an inline picture are no operators."""
    content = b"1 2 m 3 4 l S h W* n 1 2 3 4 5 6 c B BI /W 1 ID (\xff EI\x00\xff Tj EI (x) Tj"
    assert list(operations(content))[1:] == [(b"Tj", [b"x"])]


@pytest.mark.parametrize(
    ("content", "operators"),
    [
        (b"q 1 0 0 1 5 6 cm .5 g 0 0 m 5 5 l S Q (x) Tj", [b"Tj"]),
        (b"q 1 0 0 1 5 6 cm 0 0 m (x) Tj Q", [b"q", b"cm", b"Tj", b"Q"]),
        (b"1 0 0 1 5 6 cm 1 0 0 rg 2 w (x) Tj", [b"cm", b"Tj"]),
        (b"q q 1 J Q (x) Tj Q", [b"q", b"Tj", b"Q"]),
        (b"q /F 9 Tf Q q 1 0 0 1 5 6 cm Qx", [b"q", b"Tf", b"Q", b"q", b"cm", b"Qx"]),
        (b"q /P 1 2 3 4 5 6 7 8 scn (x) Tj Q", [b"q", b"Tj", b"Q"]),
    ],
)
def test_what_places_text_is_kept(content: bytes, operators: list[bytes]) -> None:
    """A drawing between q and Q is passed over whole; with anything else in it each operator is."""
    assert [operator for operator, _ in operations(content)] == operators


@given(st.binary(max_size=200))
def test_any_bytes_are_read_to_their_end(content: bytes) -> None:
    """No content stream raises an error."""
    assert all(isinstance(operator, bytes) for operator, _ in operations(content))
