"""What holds for every document, however strange."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.document import markdown, syntax
from runbook_tui.document.reader import Unreadable, read
from runbook_tui.document.summary import summary

FRAGMENTS = st.sampled_from(
    [
        "# Title", "## Rollback Procedure", "### Option 1: a", "### Option 2: b", "Title\n===", "**Bold**:", "**Hour 1**: look", "---", "- [ ] a", "- [x] b",
        "  - [ ] deep", "1. [ ] one", "1. step", "* plain", "- ☐ glyph", "> quote", "> - [ ] quoted", "```bash", "```", "~~~", "```yaml", "````{note}", "````",
        "ls -l", "$ kubectl get <pod>", "ssh host", "exit", "rm -rf /", "cat <<EOF", "EOF", "for i in 1 2; do", "done", "# 1. comment", "# Expected: x",
        "    indented code", "| Role | Date |", "|---|---|", "| a | [ ] |", "<!-- rbt: timeout=5 -->", "<!--", "-->", "<details>", "</details>", ":::note", ":::",
        "!!! tip", "    - [ ] in tip", "- [ ] Lead: ____ Date: ____", "## Sign-Off", "Immediately rollback if:", "- [ ] errors > 5% for 5 minutes", "export A=1", "",
        "", "text `code` **bold", "[x]: http://a", "\\", "- [ ] `kubectl apply -f ...`", "\u202e", "\x1b[0m", "âœ…", "\t- [ ] tab", "a \\", "'", '"',
    ]
)  # fmt: skip
WORDS = st.text("abcxyzAZ019_./:@%+,=-", min_size=1, max_size=8) | st.sampled_from(
    ["kubectl", "--set", "a=b", "50%", "x@y", "done", "in", "then", "function", "export", "./run.sh", "/opt/a", "//", ".", "..", "-", "2", "{a}", "$X", "a=$X/b", "$1", "$", '"a b"', "'a $X b'", "''", '"$X"', "'a'b", ">", "|", "&", "~"]
)  # fmt: skip


def readable(data):
    try:
        return read(data, "law.md")
    except Unreadable:
        return None


def holds_together(runbook):
    sections = {section.id for section in runbook.sections}
    steps = {step.id for step in runbook.steps}
    commands = {command.id for command in runbook.commands}
    assert len(sections) == len(runbook.sections)
    assert len(steps) == len(runbook.steps)
    assert len(commands) == len(runbook.commands)
    last = len(runbook.lines)
    for step in runbook.steps:
        assert step.section in sections
        assert step.parent is None or step.parent in steps
        assert set(step.commands) <= commands
        assert set(step.back) <= commands - set(step.commands)
        assert 1 <= step.line <= step.end_line <= last
        assert "\n" not in step.title
    for command in runbook.commands:
        assert command.section in sections
        assert command.step in steps or (command.step is None and not command.runnable)
        assert command.runnable == (command.why_not is None)
        assert 1 <= command.line <= command.end_line <= last
        assert not (command.runnable and command.placeholders)
        assert command.text.strip()
    for section in runbook.sections:
        assert section.parent is None or section.parent in sections
        assert 1 <= section.line <= section.end_line <= last
    for finding in runbook.findings:
        assert 1 <= finding.line <= max(last, 1)
    lines = [step.line for step in runbook.steps]
    assert lines == sorted(lines)


@given(st.lists(FRAGMENTS, max_size=40).map("\n".join))
@settings(max_examples=400, deadline=None)
def test_any_mixture_of_markdown_is_read_and_holds_together(text):
    runbook = readable(text.encode())
    if runbook is not None:
        holds_together(runbook)
        assert runbook == read(text.encode(), "law.md")
        msgspec.json.encode(summary(runbook))


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data):
    runbook = readable(data)
    if runbook is not None:
        holds_together(runbook)
        assert all("\x1b" not in line and "\u202e" not in line for line in runbook.lines)


BOX_LINE = st.tuples(
    st.sampled_from(["- ", "* ", "+ ", "1. ", "2) "]),
    st.sampled_from(["[ ] ", "[x] ", "[X] ", ""]),
    st.from_regex(r"[a-z]{1,8}( [a-z0-9]{1,6}){0,3}", fullmatch=True),
)


@given(st.lists(BOX_LINE, min_size=1, max_size=25))
@settings(deadline=None)
def test_every_listed_box_is_a_step(items):
    text = "# T\n\n" + "\n\n".join(mark + box + words for mark, box, words in items) + "\n"
    expected = sum(1 for _, box, _ in items if box)
    runbook = read(text.encode(), "law.md")
    assert sum(step.box for step in runbook.steps) == expected
    assert sum(step.checked for step in runbook.steps) == sum(box in {"[x] ", "[X] "} for _, box, _ in items)


@given(st.integers(1, 40))
def test_boxes_may_nest_deep(depth):
    text = "".join(f"{'  ' * level}- [ ] level {level}\n" for level in range(depth))
    runbook = read(text.encode(), "law.md")
    assert [step.depth for step in runbook.steps] == list(range(depth))


@given(
    st.lists(
        st.sampled_from(
            ["word", "**bold**", "`co*de`", "*", "_", "a_b", "<x>", "&amp;", "[l](u)", " ", "**", "`", "(a)", "! "]
        ),
        max_size=8,
    ).map("".join)
)
@settings(max_examples=500)
def test_the_short_way_to_plain_text_agrees_with_the_parser(raw):
    short = markdown.plain(raw)
    keep = markdown._SIMPLE
    markdown._SIMPLE = markdown.re.compile(r"(?!)")
    try:
        assert short == markdown.plain(raw)
    finally:
        markdown._SIMPLE = keep


@given(st.lists(WORDS, min_size=1, max_size=6).map(" ".join))
def test_plain_words_are_what_the_grammar_makes_of_them(text):
    words = syntax.simple(text)
    if words is None:
        return
    root = syntax.parse(text + "\n")
    assert list(syntax.commands(root)) == [(words, False, False)]
    assert not syntax.refused(root, text)
    assert not syntax.writes(root)
    assert syntax.assignments(root) == ((), False, False)
