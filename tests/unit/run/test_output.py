import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.looks import look_after
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
        buffer.feed(b"%d " % number + b"x" * 4000 + b"\n")
    assert buffer.end == 1000
    assert 100 <= buffer.end - buffer.first <= 140  # whole blocks are left out
    assert buffer.line(999).startswith(b"999 ")
    assert buffer.line(buffer.first).startswith(b"%d " % buffer.first)
    assert buffer.line(0) == b""
    assert buffer.line(buffer.first - 1) == b""


class Drawer:
    """A shelf that forgets all but the newest pieces."""

    def __init__(self, most: int = 10**9) -> None:
        self.kept: dict[int, bytes] = {}
        self.next = 0
        self.most = most

    def put(self, data: bytes) -> int:
        self.kept[self.next] = data
        self.next += 1
        self.kept.pop(self.next - 1 - self.most, None)
        return self.next - 1

    def get(self, number: int) -> bytes:
        return self.kept.get(number, b"")

    @property
    def oldest(self) -> int:
        return min(self.kept, default=self.next)

    def close(self) -> None:
        self.kept.clear()


@pytest.mark.parametrize("most", [10**9, 3])
def test_what_no_longer_fits_is_read_back_from_the_shelf(most: int) -> None:
    drawer = Drawer(most)
    buffer = OutputBuffer(held=200_000, shelf=drawer)
    for number in range(20_000):
        buffer.feed(b"line %06d of something that goes on\n" % number)
    assert drawer.kept
    assert buffer.end == 20_000
    assert (buffer.first == 0) is (most > 100)
    for number in (buffer.first, (buffer.first + buffer.end) // 2, 19_999):
        assert buffer.line(number) == b"line %06d of something that goes on" % number
    buffer.close()
    assert not drawer.kept


def test_colours_go_on_over_the_ends_of_lines_and_blocks() -> None:
    buffer = OutputBuffer()
    buffer.feed(b"\x1b[31mred\nstill red\n" + b"filling\n" * 20_000 + b"end\x1b[0m of it\nplain\n\x1b[1mopen")
    assert buffer.coloured(1) == b"\x1b[31mstill red"
    assert buffer.coloured(15_000) == b"\x1b[31mfilling"
    assert buffer.coloured(20_002) == b"\x1b[31mend\x1b[0m of it"
    assert buffer.coloured(20_003) == b"plain"
    assert buffer.coloured(20_004) == b"\x1b[1mopen"
    assert buffer.line(1) == b"still red"


@given(st.lists(st.sampled_from([b"\x1b[31m", b"\x1b[0m", b"\x1b[1;4m", b"\x1b[m", b"\x1b[0;32m", b"text", b"\n"])))
def test_the_colours_of_a_line_are_those_of_all_before_it(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    buffer = OutputBuffer()
    buffer.feed(data)
    for number, start in enumerate([0, *(at + 1 for at, byte in enumerate(data) if byte == 10)]):
        if number < buffer.end:
            line = buffer.line(number)
            assert buffer.coloured(number) in (line, look_after(b"", data[:start]) + line)


def test_ten_thousand_states_of_a_progress_bar_are_one_line() -> None:
    buffer = OutputBuffer()
    for percent in range(10_000):
        buffer.feed(b"\r\x1b[32m %d of 10000 bytes" % percent)
    assert buffer.end == 1
    assert len(buffer.line(0)) < 5_000
    assert buffer.line(0).endswith(b" 9999 of 10000 bytes")
    buffer.feed(b"\ndone\r\n")
    assert buffer.lines(0, 9) == [b"\r\x1b[32m\x1b[32m 9999 of 10000 bytes", b"done"]


def test_a_line_without_end_is_cut_and_memory_stays_bounded() -> None:
    buffer = OutputBuffer(keep=10)
    for _ in range(100):
        buffer.feed(b"x" * LONGEST_LINE)
    assert buffer.bytes == 100 * LONGEST_LINE
    assert sum(map(len, buffer.lines(buffer.first, buffer.end))) <= 14 * LONGEST_LINE
