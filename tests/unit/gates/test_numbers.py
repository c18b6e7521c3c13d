import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.gates.numbers import Unusable, read
from runbook_tui.gates.plot import WIDTH, strip_plot


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("1\n2\n\n3\n", (1, 2, 3)),
        ("# seconds\n1.5\n2e3\n", (1.5, 2000)),
        ("seed,score\n1,0.5\n2,0.75\n", (0.5, 0.75)),
        ("1 10\n2 20\n", (10, 20)),
        ("[1, 2, 3]", (1, 2, 3)),
        ('{"a": 1, "b": 2}', (1, 2)),
        ('[{"n": 1, "p": 0.5}, {"n": 2, "p": 0.25}]', (0.5, 0.25)),
        ('{"x": [1, 2], "y": [3, 4]}', (3, 4)),
    ],
)
def test_every_form_of_file(text, last):
    assert read(text, "f").column() == last


def test_columns_and_rows_keep_their_names():
    table = read("metric;p\nlatency;0.01\nerrors;0.2\n", "f")
    assert table.rows == ("latency", "errors")
    assert table.column("p") == (0.01, 0.2)
    with pytest.raises(Unusable, match="there are: p"):
        table.column("q")


def test_what_is_no_number_is_not_dropped():
    values = read("1\nnan\n3\noops\n", "f").column()
    assert len(values) == 4
    assert [math.isnan(value) for value in values] == [False, True, False, True]


@pytest.mark.parametrize("text", ["", "  \n", "[]", "[", "# only words\n", "a,b\n1\n"])
def test_a_file_without_numbers_is_refused(text):
    with pytest.raises(Unusable):
        read(text, "f")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    try:
        table = read(text, "f")
    except Unusable:
        return
    assert len({len(column) for column in table.columns}) == 1


def test_every_point_is_drawn():
    lines = strip_plot({"base": [0, 0, 0, 10], "new": [5, math.nan]}, (0, 5, 10))
    assert lines[0].startswith("base │•")
    assert lines[0].endswith("·│ n=4")
    assert lines[1].endswith("1 are no numbers")
    assert lines[2].count("─") + 3 == WIDTH
    assert strip_plot({"none": [math.nan]}) == []
