"""What was made before is found by the next start; what is damaged, foreign or of another version counts as not there."""

import os
import re
import subprocess
import sys

import pytest

from runbook_tui import prepared
from runbook_tui.document import condition_grammar, engine, lint, patterns, reader  # noqa: F401 - their patterns are asked here
from runbook_tui.prepared import Shelf
from runbook_tui.run import recognising

RUNBOOK = (
    b"# R\n\n## Before\n\n- [ ] One is \xe2\x86\x92 two\n\n## Roll back if\n\n- [ ] Error rate > 10% for 5 minutes\n"
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Shelves of a program whose folder nobody can write to; its own cache folder is this one."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(Shelf, "files", lambda shelf: [tmp_path / "nobody" / "x", tmp_path / "cache" / shelf._name])
    (tmp_path / "nobody").write_text("a file, and no folder")
    return tmp_path / "cache"


def kept(**values):
    shelf = Shelf("words")
    for key, value in values.items():
        shelf.put(key, value)
    shelf.keep()


def test_what_was_made_is_there_at_the_next_start_and_only_for_its_owner(place):
    kept(one=(1, b"x", {"a": 2}))
    assert Shelf("words").get("one") == (1, b"x", {"a": 2})
    assert Shelf("words").get("two") is None
    assert (place / "words").stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in place.iterdir()] == ["words"]


def test_what_is_new_stands_beside_what_was_kept(place):
    kept(one=1)
    kept(two=2)
    again = Shelf("words")
    assert (again.get("one"), again.get("two")) == (1, 2)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
        lambda data: b"?" * 99,
    ],
    ids=["empty", "cut", "a bit", "another file"],
)
def test_a_damaged_file_counts_as_not_there_and_is_written_again(place, damage):
    kept(one=1)
    file = place / "words"
    file.write_bytes(damage(file.read_bytes()))
    assert Shelf("words").get("one") is None
    kept(one=1)
    assert Shelf("words").get("one") == 1


def test_a_file_that_others_can_write_is_not_believed(place):
    kept(one=1)
    (place / "words").chmod(0o622)
    assert Shelf("words").get("one") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_account_is_not_believed(place):
    kept(one=1)
    os.chown(place / "words", 4321, 4321)
    assert Shelf("words").get("one") is None


def test_what_another_interpreter_made_is_not_taken(place, monkeypatch):
    kept(one=1)
    monkeypatch.setattr(prepared, "_MADE_BY", ("3.99", "linux"))
    assert Shelf("words").get("one") is None


def test_nothing_is_written_where_python_writes_no_byte_code(place, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    kept(one=1)
    assert not place.exists()


def test_a_file_does_not_grow_for_ever(place, monkeypatch):
    monkeypatch.setattr(prepared, "MOST", 2)
    kept(one=1, two=2)
    kept(three=3)
    again = Shelf("words")
    assert (again.get("one"), again.get("three")) == (None, 3)


def test_every_expression_of_the_reader_is_the_same_from_its_code():
    ours = [
        one
        for name, module in sorted(sys.modules.items())
        if name.startswith("runbook_tui.document")
        for value in vars(module).values()
        for one in (value if isinstance(value, tuple) else (value,))
        if isinstance(one, patterns.Pattern)
    ]
    assert len(ours) > 300
    for one in ours:
        assert patterns._kept(one.pattern, one.flags) is not None, one.pattern  # `re` is asked for none


def test_code_that_is_none_is_made_again(monkeypatch):
    monkeypatch.setattr(patterns, "EXPRESSIONS", Shelf("words"))
    key = (engine.VERSION, "(?P<a>x)y", 0, False)
    patterns.EXPRESSIONS.put(key, (32, b"\xff" * 40, 1, {"a": 1}, False, True))
    assert patterns.compiled_as("(?P<a>x)y", 0).search("xy")["a"] == "x"


def test_an_interpreter_that_makes_its_patterns_otherwise_keeps_nothing(monkeypatch):
    monkeypatch.setattr(patterns, "EXPRESSIONS", Shelf("words"))
    monkeypatch.setattr(engine, "code_of", lambda *_, **__: {}["no such function here"])
    assert patterns.compiled_as("a+", re.IGNORECASE).fullmatch("aA")
    assert patterns.expression("b a+", re.IGNORECASE).search("xB Aa").group() == "B Aa"
    assert patterns.EXPRESSIONS.get((engine.VERSION, "a+", int(re.IGNORECASE), False)) is None


def test_a_grammar_from_its_tables_reads_what_the_grammar_reads(monkeypatch):
    monkeypatch.setattr(condition_grammar, "GRAMMARS", Shelf("words"))
    monkeypatch.setattr(condition_grammar, "_parser", condition_grammar._parser.__wrapped__)
    made = condition_grammar.stated("Error rate > 10% for 5+ minutes")
    assert made
    assert condition_grammar.stated("Error rate > 10% for 5+ minutes") == made


def test_tables_that_are_none_are_made_again(monkeypatch):
    shelf = Shelf("words")
    monkeypatch.setattr(condition_grammar, "GRAMMARS", shelf)
    monkeypatch.setattr(condition_grammar, "_parser", condition_grammar._parser.__wrapped__)
    monkeypatch.setattr(shelf, "get", lambda _: b"no tables")
    assert condition_grammar.stated("Error rate > 10% for 5+ minutes")


def test_secrets_are_found_by_an_automaton_from_its_tables(monkeypatch):
    shelf = Shelf("words")
    monkeypatch.setattr(recognising, "SECRETS", shelf)
    made, loaded = recognising.Recogniser(), recognising.Recogniser()
    line = b"curl -H 'Authorization: Bearer 8f14e45fceea167a5a36dedd4bea2543' ghp_9aBcD8eFgH7iJkL6mNoP5qRsT4uVwX3yZ1a2"
    assert made.secrets(line)
    assert loaded.secrets(line) == made.secrets(line)
    assert loaded.near(line * 3) == made.near(line * 3)
    monkeypatch.setattr(shelf, "get", lambda _: b"no tables")
    assert recognising.Recogniser().secrets(line) == made.secrets(line)


def test_a_document_reads_the_same_at_the_second_start(tmp_path):
    """Two processes: the first makes everything, the second takes it from where it was kept."""
    (tmp_path / "r.md").write_bytes(RUNBOOK)
    code = f"""
import sys
sys.dont_write_bytecode = False
from pathlib import Path
from runbook_tui import prepared
prepared.Shelf.files = lambda shelf: [Path({str(tmp_path)!r}, shelf._name)]
from runbook_tui.document.summary import summary
from runbook_tui.records import read_runbook
print(summary(read_runbook(Path({str(tmp_path / "r.md")!r}))))
prepared.keep()
print(prepared.EXPRESSIONS._new, len(prepared.EXPRESSIONS._kept) > 50, len(prepared.GRAMMARS._kept), file=sys.stderr)
"""
    told = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert told[0].stdout == told[1].stdout
    assert [one.stderr.split() for one in told] == [["False", "False", "0"], ["False", "True", "1"]]
