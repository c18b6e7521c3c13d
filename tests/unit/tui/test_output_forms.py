"""What differs between two attempts: pure, over bytes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.tui.output_forms import difference

PLAIN = re.compile(r"\x1b\[\d+m")
LINES = st.lists(st.sampled_from([b"ready 1", b"ready 2", b"gone", b"", b"x 7 y", b"x 8 y", b"z"]), max_size=25)


def told(old, new):
    return PLAIN.sub("", difference(old, new, names=("attempt 1", "attempt 2"))).split("\n")


def test_of_many_lines_that_differ_in_a_number_only_those_are_told_that_changed():
    old = [b"configmap/part-%02d configured" % n for n in range(40)]
    new = [*old]
    new[7], new[21] = b"configmap/part-07 unchanged", b"configmap/part-21 created"
    lines = told(b"\n".join(old), b"\n".join(new))
    assert [line for line in lines if line[:1] in "+-" and line] == [
        "- configmap/part-07 configured", "+ configmap/part-07 unchanged",
        "- configmap/part-21 configured", "+ configmap/part-21 created",
    ]  # fmt: skip
    assert "line 6" in lines
    assert "  configmap/part-06 configured" in lines


def test_a_line_that_came_is_told_where_it_came():
    lines = told(b"a\nb\nc\nd\ne\nf", b"a\nb\nc\nnew one\nd\ne\nf")
    assert lines == [
        "attempt 2 against attempt 1; numbers and times do not count",
        "",
        "line 2",
        "  b",
        "  c",
        "+ new one",
        "  d",
        "  e",
    ]


def test_times_alone_are_no_difference():
    assert told(b"12:00:01 up\n12:00:02 done", b"13:10:01 up\n13:10:09 done")[-1] == "Nothing differs."


@given(LINES, LINES)
def test_what_is_told_leads_from_the_one_to_the_other(old, new):
    """Taken from the old what it says is gone, and put in what came, the new one stands there, numbers aside."""
    shape = re.compile(r"\d+")
    lines = told(b"\n".join(old), b"\n".join(new))
    gone = sorted(shape.sub("#", line[2:]) for line in lines[1:] if line.startswith("- "))
    came = sorted(shape.sub("#", line[2:]) for line in lines[1:] if line.startswith("+ "))
    before = sorted(shape.sub("#", line.decode()) for line in b"\n".join(old).rstrip(b"\n").split(b"\n"))
    after = sorted(shape.sub("#", line.decode()) for line in b"\n".join(new).rstrip(b"\n").split(b"\n"))
    for line in gone:
        before.remove(line)
    assert sorted(before + came) == after
