"""Bytes of a stream become events, in whatever packets they come."""

import pytest

from semsearch.ask.answer_pieces import ErrorInStream, piece_of
from semsearch.ask.chat_model import Usage
from semsearch.ask.event_stream import DONE, events_of


def in_packets(text: str, size: int) -> list[bytes]:
    """The bytes of a text in packets of a size."""
    whole = text.encode()
    return [whole[at : at + size] for at in range(0, len(whole), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_packets_know_neither_letters_nor_lines(size: int, end: str) -> None:
    """A cut may be within a letter of UTF-8, a CRLF, a field's name."""
    text = f': ping{end}{end}data: {{"a": "Für 🐝"}}{end}{end}event: x{end}data:{{"b":1}}{end}{end}'
    assert list(events_of(in_packets(text, size))) == [{"a": "Für 🐝"}, {"b": 1}]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ('data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n', [{"a": 1}, {"b": 2}, DONE]),
        ('data: {"a":\ndata: 1}\n\n', [{"a": 1}]),
        ('data: {"a":1}', [{"a": 1}]),
        ('\ufeffdata: {"a":1}\n\n', [{"a": 1}]),
        ('data: [DONE]\n\ndata: {"a":1}\n\n', [DONE]),
        ("data: nonsense\n\ndata: [1]\n\ndata:\n\n", []),
        ("<html>502</html>", []),
        ("", []),
    ],
)
def test_streams_of_odd_servers_are_read(text: str, events: list[dict[str, object]]) -> None:
    """Without blank lines, over several lines, without an end, with a byte order mark."""
    assert list(events_of(in_packets(text, 4))) == events


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Yes", "Yes"),
        ([{"type": "text", "text": "Ye"}, {"type": "reference", "reference_ids": [0]}, "s"], "Yes"),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}], ""),
        (None, ""),
        (7, ""),
    ],
)
def test_content_is_a_text_or_a_list_of_chunks(content: object, text: str) -> None:
    """Thoughts and references are no text."""
    assert piece_of({"choices": [{"delta": {"content": content}}]}).text == text
    assert piece_of({"choices": [{"message": {"content": content}}]}).text == text


@pytest.mark.parametrize("content", [{}, {"choices": []}, {"choices": None}, {"choices": ["x"]}])
def test_an_event_without_a_choice_is_no_text(content: dict[str, object]) -> None:
    """As the one with the usage, or a ping."""
    assert piece_of({**content, "usage": None}).text == ""


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2}, Usage(5, 2)),
        ({"prompt_tokens": True, "completion_tokens": 2}, None),
        ({"prompt_tokens": -5, "completion_tokens": 2}, None),
        ({"prompt_tokens": 5}, None),
        ([], None),
    ],
)
def test_only_counts_are_a_usage(usage: object, told: Usage | None) -> None:
    """Anything else is taken as not told."""
    assert piece_of({"choices": [], "usage": usage}).usage == told


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"error": {"message": "overloaded"}}, "overloaded"),
        ({"error": "overloaded"}, "overloaded"),
        ({"object": "error", "message": "overloaded"}, "overloaded"),
    ],
)
def test_an_error_in_a_stream_is_an_error(error: dict[str, object], words: str) -> None:
    """Its words are the server's."""
    with pytest.raises(ErrorInStream, match=words):
        piece_of(error)


def test_a_long_event_in_small_packets_takes_time_that_grows_with_it() -> None:
    """400 KB, a byte at a time: each is looked at a few times."""
    letters = "ü" * 200_000
    assert list(events_of(in_packets(f'data: {{"a": "{letters}"}}\n\n', 1))) == [{"a": letters}]
