"""A pattern compiled late finds what one compiled at once finds; each of the reader's can be compiled."""

import os
import re
import subprocess
import sys

import pytest

from runbook_tui.document import lint, reader  # noqa: F401 - their patterns are those asked here
from runbook_tui.document.patterns import Pattern, expression

METHODS = {
    "search": ("x12 y7",),
    "match": ("a1",),
    "fullmatch": ("a1",),
    "finditer": ("a1 b2",),
    "findall": ("a1 b2",),
    "sub": ("-", "a1 b2 c3"),
    "split": ("a1 b2 c3",),
}


@pytest.mark.parametrize("name", METHODS)
def test_the_first_answer_and_the_second_are_those_of_the_plain_pattern(name):
    def shown(answer):
        one = answer if isinstance(answer, str | list) or answer is None else [answer]
        found = list(answer) if name == "finditer" else one
        return [item.span() if isinstance(item, re.Match) else item for item in found]

    late, plain = expression(r"[A-Z]\d+", re.IGNORECASE), re.compile(r"[A-Z]\d+", re.IGNORECASE)
    expected = shown(getattr(plain, name)(*METHODS[name]))
    assert shown(getattr(late, name)(*METHODS[name])) == expected
    assert shown(getattr(late, name)(*METHODS[name])) == expected
    assert late.search("nothing") is None


def test_places_and_counts_are_taken_the_first_time_too():
    assert expression("a").search("aba", 1).span() == (2, 3)
    assert expression("a").match("ba", 1).span() == (1, 2)
    assert expression("a").sub("-", "aaa", count=1) == "-aa"
    assert expression(",").split("a,b,c", maxsplit=1) == ["a", "b,c"]
    assert [found.start() for found in expression("a").finditer("aaa", 1)] == [1, 2]


def test_every_pattern_of_the_reader_can_be_compiled():
    ours = [
        one
        for name, module in sorted(sys.modules.items())
        if name.startswith("runbook_tui.document")
        for value in vars(module).values()
        for one in (value if isinstance(value, tuple) else (value,))
        if isinstance(one, Pattern)
    ]
    assert len(ours) > 300
    for one in ours:
        re.compile(one.pattern, one.flags)


SOURCES = """
import sys
from runbook_tui.document import lint, reader
from runbook_tui.document.patterns import Pattern
found = sorted(
    (name, key, one.pattern)
    for name, module in sys.modules.items() if name.startswith("runbook_tui.document")
    for key, value in vars(module).items()
    for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Pattern)
)
print(*found, sep="\\n")
"""


def test_the_patterns_are_the_same_in_every_process():
    # what is prepared is kept by its source: words in the order of a set would be prepared anew at each start
    one, other = (
        subprocess.run(
            [sys.executable, "-c", SOURCES],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.split("\n")
        for seed in ("1", "2")
    )
    assert len(one) > 300
    assert [row[:200] for row, like in zip(one, other, strict=True) if row != like] == []
