"""An expression in the engine's order finds what `re` finds with it as it is written, at the same places."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document import engine, lint, patterns, reader  # noqa: F401 - their patterns are those asked here
from runbook_tui.document.patterns import Pattern

CORPUS = sorted(Path(__file__).parent.glob("*/*.md"))
ODD = [
    "",
    "K",
    "ROLL bac\u212a if \u0130t fa\u0131l\u017f",
    "\u03a3\u03a3 \u03c3\u03c2 ΟΔΟΣ",
    "É é ß \u1e9e ǅ",
    "\u2028x",
    "STOP\nIF\n",
]


def ours():
    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("runbook_tui.document"):
            for value in vars(module).values():
                for one in value if isinstance(value, tuple | list) else (value,):
                    if isinstance(one, Pattern):
                        found[one.pattern, one.flags] = one
    return found


@pytest.fixture(autouse=True, scope="module")
def at_once():
    """As when it is asked often."""
    was, patterns.OFTEN = patterns.OFTEN, 1
    yield
    patterns.OFTEN = was


def shown(match):
    return None if match is None else (match.regs, match.groups())


def lines():
    rows = sorted({row for path in CORPUS for row in path.read_text("utf-8", "replace").split("\n") if row.strip()})
    return [*ODD, *rows[::60], *(row.upper() for row in rows[30::400]), "\n".join(rows[7::500])[:600]]


def test_every_pattern_of_the_reader_finds_what_it_finds_as_written():
    texts = lines()
    asked = ours()
    assert len(asked) > 400
    for (source, flags), one in asked.items():
        plain, fresh = re.compile(source, flags), Pattern(source, flags)
        fresh.search("")
        for text in texts:
            assert shown(fresh.search(text)) == shown(plain.search(text)), (source, text)
        for text in texts[::6]:
            assert shown(fresh.search(text, 2, 30)) == shown(plain.search(text, 2, 30)), (source, text)
            assert fresh.findall(text) == plain.findall(text), (source, text)
            assert fresh.split(text) == plain.split(text), (source, text)
            assert fresh.sub("-", text) == plain.sub("-", text), (source, text)
            assert [shown(found) for found in fresh.finditer(text)] == [shown(found) for found in plain.finditer(text)]
        assert patterns._kept(source, one.flags) is not None, source


LETTERS = st.sampled_from(["a", "b", "ab", "abc", "i", "s", "k", "sk", "ü", "ß", "σ", " ", "-", r"\.", "1"])
LEAVES = st.one_of(
    LETTERS,
    st.sampled_from(
        [r"\b", r"\w", r"\W", r"\s", ".", "^", "$", "[a-c]", "[^ab]", "[ksß-]", r"[^\W_]", "(?=a)", "(?<=b)"]
    ),
)
SOURCES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=6).map(lambda ways: f"(?:{'|'.join(ways)})"),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"(?:{one})?"),
        inner.map(lambda one: f"(?:{one}){{0,2}}?"),
        inner.map(lambda one: f"(?:{one}){{1,3}}"),
        inner.map(lambda one: f"(?!{one})"),
    ),
    max_leaves=12,
)
TEXTS = st.text(alphabet="abcABCiIskSK üÜßẞσςΣıſ\u212aİ.-1\n", max_size=14)


@given(SOURCES, TEXTS, st.sampled_from([0, re.IGNORECASE, re.MULTILINE, re.IGNORECASE | re.MULTILINE | re.DOTALL]))
def test_any_expression_finds_what_it_finds_as_written(source, text, flags):
    plain, late = re.compile(source, flags), Pattern(source, int(flags))
    late.search("")
    assert shown(late.search(text)) == shown(plain.search(text))
    assert shown(late.match(text)) == shown(plain.match(text))
    assert shown(late.fullmatch(text)) == shown(plain.fullmatch(text))
    assert [shown(found) for found in late.finditer(text)] == [shown(found) for found in plain.finditer(text)]
    assert late.sub("+", text) == plain.sub("+", text)
    assert late.split(text) == plain.split(text)


@pytest.mark.parametrize("source", ["(?i:a)b", "a(?-i:B)", "(?P<x>a)(?P=x)"])
def test_what_is_not_understood_is_left_to_the_engine(source):
    late, plain = Pattern(source, int(re.IGNORECASE)), re.compile(source, re.IGNORECASE)
    for text in ("ab", "AB", "xaB", "aA", "Aab"):
        assert shown(late.search(text)) == shown(plain.search(text))


def test_alternatives_that_begin_alike_are_asked_once_and_in_their_order():
    code = engine.code_of(r"roll|revert|role|\w+!", 0)
    pattern = engine.compiled("x", code)
    assert [pattern.search(text).group() for text in ("a role", "rollback", "revert", "go! roll")] == [
        "role",
        "roll",
        "revert",
        "go!",
    ]
    assert not code.slow
    assert engine.code_of(r"^(?:a|b)|^c", 0).anchored
    assert not engine.code_of(r"^a|c", 0).anchored
    assert not engine.code_of(r"^a", int(re.MULTILINE)).anchored
