"""Searching and folding in small steps give what going through all lines at once would give."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui.output_rows import Folded, Only
from runbook_tui.tui.output_sweeps import ALIKE, Alike, Search
from runbook_tui.tui.progress_lines import as_bar
from runbook_tui.tui.terminal_text import plain, printable

LINES = st.lists(
    st.sampled_from([b"error 12", b"error 7", b"Error", b"fine", b"\x1b[31mred error\x1b[0m", b"", "größer".encode()])
)


def filled(lines, *, ended=True):
    buffer = OutputBuffer()
    buffer.feed(b"".join(line + b"\n" for line in lines))
    if ended:
        buffer.finish()
    return buffer


def swept(sweep):
    while not sweep.step(0):
        pass
    return sweep


@given(LINES, st.sampled_from(["error", "Error", "12", "größ", "GRÖSS", "red e", "nothing"]))
def test_a_search_finds_the_lines_that_hold_the_text(lines, needle):
    exact = needle != needle.lower()
    wanted = [n for n, line in enumerate(lines) if needle in (plain(line) if exact else plain(line).lower())]
    assert list(swept(Search(filled(lines), needle)).found) == wanted


@given(LINES, st.integers(0, 30))
def test_the_next_one_is_the_nearest_and_goes_round(lines, here):
    search = swept(Search(filled(lines), "error"))
    found = list(search.found)
    after = [n for n in found if n > here] or found
    before = [n for n in found if n < here] or found
    assert search.next(here, 1) == (after[0] if found else None)
    assert search.next(here, -1) == (before[-1] if found else None)
    if here < len(lines):
        assert search.near(here, 1, 10) == next((n for n in found if n >= here), None)


@given(LINES, st.integers(0, 30))
def test_what_lies_far_is_gone_to_once_when_it_is_found(lines, start):
    search = Search(filled(lines), "error")
    search.await_first(start, here=3)
    went = []
    while not search.step(0):
        went.append(search.awaited(3))
    went += [search.awaited(3), search.awaited(3)]
    found = list(search.found)
    after = [n for n in found if n >= start] or found
    assert [n for n in went if n is not None] == after[:1]


def test_who_has_moved_meanwhile_is_left_there():
    search = Search(filled([b"fine"] * 5 + [b"error"]), "error")
    search.await_first(0, here=0)
    assert search.awaited(2) is None
    swept(search)
    assert search.awaited(0) is None


@given(LINES)
def test_folded_rows_hold_every_line_once(lines):
    buffer = filled(lines)
    rows = Folded(swept(Alike(buffer)))
    covered = 0
    for row in range(rows.count()):
        assert rows.row(rows.line(row)) == row
        more = int(rows.note(row).split()[2].replace(",", "")) if rows.note(row) else 0
        assert more == 0 or more >= ALIKE - 1
        assert rows.line(row) == covered
        covered += 1 + more
    assert covered == len(lines)


def test_a_search_goes_on_with_what_comes_later():
    buffer = filled([b"error"], ended=False)
    search = swept(Search(buffer, "error"))
    buffer.feed(b"fine\nan err")
    swept(search)
    assert list(search.found) == [0]
    buffer.feed(b"or\n")
    swept(search)
    assert list(search.found) == [0, 2]
    assert Only(search).count() == 2


def test_no_step_takes_long():
    buffer = OutputBuffer(keep=300_000, held=32 << 20)
    buffer.feed(b"".join(b"line %d of a flood that never pauses\n" % n for n in range(300_000)))
    buffer.finish()
    search, alike, longest = Search(buffer, "9"), Alike(buffer), 0.0
    for sweep in (search, alike):
        over = False
        while not over:
            began = time.thread_time()
            over = sweep.step()
            longest = max(longest, time.thread_time() - began)
    assert len(search.found) > 100_000
    assert Folded(alike).count() == 1
    assert longest < 0.25  # of the processor: one block beyond its 3 ms


@pytest.mark.parametrize(
    ("text", "bar"),
    [
        (" 45%|████▌     | 45/100 [00:12<00:14]", "███████████░░░░░░░░░░░░░  45 %  45/100 [00:12<00:14]"),
        ("[=====>    ] 50%", "████████████░░░░░░░░░░░░  50 %"),
        ("1.2/2.0 MB 3.1 MB/s", "██████████████░░░░░░░░░░  60 %  1.2/2.0  MB 3.1 MB/s"),
        ("Compiling foo", None),
        ("110 % of nothing", None),
        ("7/3", None),
    ],
)
def test_bars(text, bar):
    assert as_bar(text) == bar


@given(st.binary(max_size=60))
def test_what_is_taken_away_obeys_nothing(data):
    text = printable(data).decode()
    assert text.count("\n") == data.count(b"\n")
    assert all(char in "\t\n" or char.isprintable() or not char.isascii() for char in text)
    assert "\x1b" not in text
    assert "\x9b" not in text
