from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.output import LONGEST_LINE, OutputBuffer


@given(st.lists(st.binary(max_size=30)))
def test_the_lines_do_not_depend_on_how_the_stream_was_cut(chunks: list[bytes]) -> None:
    whole, pieces = OutputBuffer(), OutputBuffer()
    whole.feed(b"".join(chunks))
    for chunk in chunks:
        pieces.feed(chunk)
    assert pieces.lines(0, pieces.end) == whole.lines(0, whole.end)
    assert pieces.bytes == whole.bytes == sum(map(len, chunks))


def test_an_unfinished_line_is_shown() -> None:
    buffer = OutputBuffer()
    buffer.feed(b"one\ntwo")
    assert buffer.lines(0, 9) == [b"one", b"two"]
    buffer.feed(b" more\n")
    assert buffer.lines(0, 9) == [b"one", b"two more"]


def test_only_the_newest_lines_are_held_and_keep_their_numbers() -> None:
    buffer = OutputBuffer(keep=100)
    for number in range(1000):
        buffer.feed(b"%d\n" % number)
    assert buffer.end == 1000
    assert 100 <= buffer.end - buffer.first <= 126
    assert buffer.line(999) == b"999"
    assert buffer.line(0) == b""


def test_a_line_without_end_is_cut_and_memory_stays_bounded() -> None:
    buffer = OutputBuffer(keep=10)
    for _ in range(100):
        buffer.feed(b"x" * LONGEST_LINE)
    assert buffer.bytes == 100 * LONGEST_LINE
    assert sum(map(len, buffer.lines(buffer.first, buffer.end))) <= 14 * LONGEST_LINE
