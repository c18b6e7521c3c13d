"""The table of keys: what a key does stays in its column."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from runbook_tui.tui.help import hanging


@given(st.lists(st.text("abc漢ü", min_size=1, max_size=9), max_size=30), st.integers(20, 60), st.integers(0, 12))
def test_words_keep_their_order_and_their_column(words, room, begins):
    lines = "".join(text for text, _ in hanging([(word, "") for word in words], room, 17, begins=begins)).split("\n")
    assert " ".join(lines).split() == words
    assert all(line.startswith(" " * 17) and cell_len(line) <= room + 17 for line in lines[1:])
    assert cell_len(lines[0]) <= max(room - begins, cell_len(words[0]) if words else 0)
