"""The document is written again byte for byte: only boxes get their tick, and remarks are put in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.reader import read
from runbook_tui.report.ticking import Mark, edits, ticked

HERE = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *HERE.parent.glob("runbooks/*.md"),
        *HERE.glob("unit/document/corpus/*.md"),
        *HERE.glob("unit/document/structure/*.md"),
    ]
)
LINES = st.sampled_from(
    ["- [ ] a task", "  goes on", "* [x] done", "1. [ ] one", "| a | b |", "|---|---|", "| [ ] | x |", "```bash", "ls", "```", "# Title",
     "", "    indented", "> quoted [ ]", "- ☐ glyph", r"\[ \] escaped", "text  ", "Name: ____", "~~~", "<b>"]
)  # fmt: skip


def left(text: str, marks: list[Mark]) -> str:
    """The original, out of the marked text: insertions dropped, boxes blank again."""
    out, position = [], 0
    for edit in edits(text, marks):
        assert edit.start >= position
        replaced = text[edit.start : edit.end]
        assert not replaced or (edit.new in ("x", "☑") and len(replaced) <= 3)
        out += [text[position : edit.start], replaced]
        position = edit.end
    return "".join([*out, text[position:]])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_document_stays_as_it_is_but_for_ticks_and_remarks(path: Path) -> None:
    data = path.read_bytes()
    runbook = read(data, path.name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\n".join(runbook.lines)
    marks = [
        Mark(line=step.line, last=step.end_line, tick=True, beside=f"REMARK{n}.")
        for n, step in enumerate(runbook.steps)
    ]
    marks += [Mark(line=one.line, last=one.end_line, below=(f"BELOW{n}.",)) for n, one in enumerate(runbook.commands)]
    assert left(text, marks) == text
    out = ticked(text, marks)
    for mark in marks:
        for remark in (mark.beside, *mark.below):
            assert remark in out
    again = read(out.encode(), path.name)
    opened = {step.line for step in runbook.steps if step.box and not step.checked}
    assert sum(edit.end > edit.start for edit in edits(text, marks)) >= len(opened)
    fences = [command.text for command in runbook.commands if command.source.value == "fence"]
    assert [command.text for command in again.commands if command.source.value == "fence"] == fences


@given(
    st.lists(LINES, max_size=25),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.booleans()), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whatever_stands_where(lines: list[str], places: list[tuple[int, int, bool]], end: str) -> None:
    text = end.join(lines)
    marks = [
        Mark(line=line, last=line + more, tick=tick, beside="b" * tick, below=("below",) * (not tick))
        for line, more, tick in places
    ]
    assert left(text, marks) == text


def test_remarks_stand_where_a_person_looks() -> None:
    text = "- [ ] one\n  two\n\n| a | b |\n|---|---|\n| x | [ ] |\n\n```sh\nls\n```\nend"
    marks = [
        Mark(line=1, last=2, tick=True, beside="A"),
        Mark(line=6, last=6, tick=True, beside="B|C"),
        Mark(line=9, last=9, below=("D", "E")),
        Mark(line=11, last=11, beside="F"),
    ]
    assert ticked(text, marks) == (
        "- [x] one\n  two — A\n\n| a | b |\n|---|---|\n| x | [x] B\\|C |\n\n```sh\nls\n```\n\n> D\\\n> E\n\nend — F"
    )


def test_each_box_of_a_row_has_its_own_tick() -> None:
    row = "[ ] tapes counted  [x] desk informed  ☐ bell rung"
    assert ticked(row, [Mark(line=1, last=1, tick=True, box=1)]) == row.replace("☐", "☑")
    both = [Mark(line=1, last=1, tick=True, box=nth) for nth in (0, 1)]
    assert ticked(row, both) == "[x] tapes counted  [x] desk informed  ☑ bell rung"
