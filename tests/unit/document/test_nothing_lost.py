"""No box vanishes: each line that shows one is a step, a slot, a field, or told about in a finding."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.document.reader import Unreadable, read

BOX = re.compile(r"(?:^|[\s|>])(?:\[[ xX]\](?=\s|$|\|)|[☐⬜□☑])")
CODE_BOX = re.compile(r"^[\s>|]*(?:(?:[-*+]|\d+[.)])\s+)*(?:\[[ xX]\]|[☐⬜□☑])(?:\s|$)")


def lines_with_boxes(text):
    return [number for number, line in enumerate(text.split("\n"), 1) if BOX.search(line)]


PIECES = st.sampled_from(
    [
        "- [ ] a", "- [x] b", "* [X] c", "+ [ ] d", "1. [ ] one", "2) [x] two", "  - [ ] deep", "    - [ ] deeper", "- plain", "> - [ ] quoted", "- ☐ glyph", "⬜ bare", "☑ done",
        "[ ] no bullet", "- [ ]", "- [ ] a [ ] b", "| what | done |", "|---|---|", "| disk | [ ] |", "| net | ☐ |", "text with [ ] inside", "**Decision**: [ ] GO [ ] NO-GO", "<!--", "-->",
        "<div>", "</div>", "<details>", "</details>", "!!! note", "    - [ ] in note", ":::tip", ":::", "## Head", "## [ ] boxed head", "**Bold:**", "Rollback if:", "## Sign-Off",
        "- [ ] Lead: ____ Date: ____", "Name: ____", "- [ ] GO", "- [ ] NO-GO", "---", "===", "", "", "", "words", "1. step", "- - [ ] twice", "- 1. [ ] mixed", "##glued [ ]", "- [-] half", "- [] empty",
        "| a | b | [ ] lost cell |", "- [ ] ~~old~~ (SKIPPED: x)", "- [ ] Rollback if errors > 5%", "[x]: http://a", "- item\n  [ ] continued", "{% if x %}", "T-20", "- [ ] `code`",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("\n".join))
@settings(max_examples=600, deadline=None)
def test_every_line_with_a_box_is_taken_or_told(text):
    try:
        runbook = read(text.encode(), "law.md")
    except Unreadable:
        return
    lines = runbook.lines
    seen = {number for number, line in enumerate(lines, 1) if BOX.search(line)}
    taken = {step.line for step in runbook.steps if step.box} | {slot.line for slot in runbook.signoffs}
    taken |= {field.line for field in runbook.fields}
    told = sum(finding.boxes for finding in runbook.findings)
    lost = [
        number for number in sorted(seen - taken) if number not in _code(runbook) or CODE_BOX.match(lines[number - 1])
    ]
    assert len(lost) <= told


def _code(runbook):
    """Indented code may hold a box that is none; only listed ones count there."""
    return {number for number, line in enumerate(runbook.lines, 1) if line.startswith("    ")}


@given(
    st.lists(st.sampled_from(["- [ ] a", "  - [x] b", "text", "", "ls -l", "# - [ ] c", "[ ] d"]), max_size=12),
    st.sampled_from(["", "bash", "yaml", "markdown", "text"]),
)
@settings(max_examples=200, deadline=None)
def test_boxes_in_code_are_counted(rows, language):
    text = "\n".join(["# T", "", f"```{language}", *rows, "```", ""])
    runbook = read(text.encode(), "law.md")
    taken = sum(step.box for step in runbook.steps)  # of a block that holds nothing but tasks
    assert taken + sum(finding.boxes for finding in runbook.findings) == sum(
        bool(re.match(r"\s*(?:# )?(?:- )?\[[ xX]\](\s|$)", row)) for row in rows
    )
    assert not taken or not language


def test_boxes_in_a_table_inside_code_are_counted():
    text = "```\n| Wave | drained |\n|---|---|\n| 1 | ☐ |\n| 2 | [ ] |\n```\n"
    runbook = read(text.encode(), "law.md")
    assert [(finding.code, finding.boxes) for finding in runbook.findings if finding.boxes] == [("RB120", 2)]


def test_a_line_of_code_that_is_a_hard_blank_is_read():
    text = '```\n- [ ] a\n\xa0\n           self.state = 1\n            logger.info("x\n\nreset")\n```\n'
    assert sum(finding.boxes for finding in read(text.encode(), "law.md").findings) == 1


CELLS = [
    "[ ]", "[x]", "☐", "[ ] yes [ ] no", "☐ go ☐ no-go", "[ ] web1", "Lights on [ ]", "done [ ] open [ ]", "[ ]<br>[ ]", "[ ] a<br>[ ] b", "(yes [ ], no [ ])", "on: [ ]", "", "____", "QA: [ ]",
    "Ops lead", "Drain the node", "Errors above 5 %", "n/a", "**[ ]**", "Approved by", "Mia", "[ ] approved ____", "1", "stop", "roll back", "[X] signed", "☑ sent",
]  # fmt: skip
NAMES = [
    "Step", "Done", "Role", "Name", "Signature", "Go", "No-go", "Trigger", "Action", "", "Approved", "Result", "Item", "Pass", "Fail", "Initials", "Reason", "Applies", "ID checked", "Rollback if", "Status", "Who",
]  # fmt: skip
ABOVE = [
    "",
    "## Sign-off\n\n",
    "## Rollback triggers\n\n",
    "Roll back if:\n\n",
    "## Contacts\n\n",
    "Approved by:\n\n",
    "## Rollback\n\n",
]


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.tuples(
            st.lists(st.sampled_from(NAMES), min_size=width, max_size=width),
            st.lists(st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), min_size=1, max_size=4),
        )
    ),
    st.sampled_from(ABOVE),
    st.sampled_from(["", "> ", "  "]),
)
@settings(max_examples=400, deadline=None)
def test_every_box_of_a_table_is_one_of_a_step(table, above, inside):
    header, rows = table
    lines = [f"{inside}| {' | '.join(cells)} |" for cells in [header, ["---"] * len(header), *rows]]
    text = f"# T\n\n{above}" + ("- item\n\n" if inside == "  " else "") + "\n".join(lines)
    runbook = read(text.encode(), "law.md")
    boxes = sum(len(re.findall(r"\[[ xX]\]|[☐☑]", cell)) for cells in rows for cell in cells)
    assert sum(len(step.boxes) for step in runbook.steps) == boxes
