"""Any document is read or refused: no crash, no hang, the same each time, and what comes out holds together."""

from __future__ import annotations

import json
import re
import time
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_tui.document import annotation, conditions, info, rules
from runbook_tui.document.lint import lint
from runbook_tui.document.reader import Unreadable, read
from runbook_tui.document.summary import summary

ROOT = Path(__file__).parents[3]
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

words = st.sampled_from(
    [
        "Deploy",
        "roll",
        "back",
        "if",
        "error",
        "rate",
        ">",
        "5%",
        "for",
        "10",
        "minutes",
        "kubectl",
        "get",
        "pods",
        "`rm",
        "-rf",
        "x`",
        "**bold**",
        "____",
        "Date:",
        "[",
        "]",
        "[x]",
        "☐",
        "<pod>",
        "$HOME",
        "{{",
        "x",
        "}}",
        "GO",
        "NO-GO",
        "Lead:",
        "approve",
        "≥",
        "99.9%",
        "1-5%",
        "baseline",
        "*",
        "1.15",
        "10k",
        "T+20",
        "Day",
        "3-7",
        "✅",
        "→",
        "~~gone~~",
        "<!--",
        "-->",
        "|",
        "\\",
        "&",
        "'",
        '"',
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        "```",
        "~~~",
        "\x1b[0m",
        "\u202e",
        "\u200b",
        "\xa0",
        "\ufeff",
        "é",
        "漢字",
        "👩\u200d🚀",
        "â€œ",
        "YOUR_TOKEN",
        "<br>",
        "</div>",
        "[a](b)",
        "![i](u)",
        "::",
        "---",
        "===",
        "#",
        "-",
        "*",
        "+",
        "1.",
        "1)",
        ">",
        "!!!",
        ":::",
        "{%",
        "if",
        "%}",
        "[[",
        "x",
        "]]",
    ]
)
sentence = st.lists(words, min_size=1, max_size=9).map(" ".join)
any_text = st.text(max_size=30)


def prefixed(marks, inner):
    return st.tuples(st.sampled_from(marks), inner).map("".join)


heading = prefixed(["# ", "## ", "### ", "####", "###### ", "#"], sentence) | st.tuples(
    sentence, st.sampled_from(["\n===", "\n---"])
).map("".join)
box = st.tuples(
    st.sampled_from(["", " ", "  ", "    ", "\t", "> ", ">> "]),
    st.sampled_from(["- [ ] ", "* [x] ", "+ [X] ", "1. [ ] ", "2) [x]", "- [] ", "- ☐ ", "- [-] ", "- [ ]", "- "]),
    sentence,
).map("".join)
info_strings = st.sampled_from(
    ["", "bash", "sh", "console", "yaml", "text", "json", "promql", "{note}", "{code-block} bash", "step name=a rollback=b", "wait duration=5s", "mermaid",
     'sh {"name":"x"}', "sh { name = x", "bash {#i .c k=v}", 'sh {"a":{"b":"}"}}', "sh {", "sh }{", "{", "sh { x: [1, &a 2] }", "bash prompt"]
) | any_text.map(lambda text: text.replace("\n", " "))  # fmt: skip
code = st.lists(
    sentence
    | st.sampled_from(
        ["$ ls", "ls \\", "cat <<EOF", "EOF", "for i in 1; do", "done", "'", "# 1. Do it", "# Expected: x", "ssh web-1", "exit", "A=1", "- a > 1",
         "expr: sum(x) > 1", "for: 5m", "alert: A", "groups:", "---", "confirm: prod", "rm -rf /", "FOO=bar", "* * * * * x", "<pod>", "&a [*a]"]
    ),
    max_size=8,
)  # fmt: skip
fence = st.tuples(st.sampled_from(["", "  ", "    ", "- ", "> "]), st.sampled_from(["```", "````", "~~~", "``", "`````"]), info_strings, code,
                  st.sampled_from(["```", "~~~", "````", "", "``", "   ```"]))  # fmt: skip
fences = fence.map(
    lambda parts: "\n".join(
        [parts[0] + parts[1] + parts[2], *(parts[0].replace("-", " ") + row for row in parts[3]), parts[4]]
    )
)
table = st.lists(st.lists(sentence, min_size=1, max_size=4), min_size=1, max_size=4).map(
    lambda rows: "\n".join(
        [
            "| " + " | ".join(rows[0]) + " |",
            "|" + "---|" * len(rows[0]),
            *("| " + " | ".join(row) + " |" for row in rows[1:]),
        ]
    )
)
html = st.sampled_from(
    ["<!-- rbt: timeout=5m -->", '<!-- rbt: rollback="a', "<!--", "-->", "<details>", "</details>", "<div>\n- [ ] in html\n</div>", "<!-- - [ ] hidden -->",
     "<!-- expected_similarity=0.8 -->", "<script>", "]]>", "<?x", "<![CDATA["]
)  # fmt: skip
leads = st.sampled_from(
    ["Immediately rollback if:", "DO NOT ROLLBACK if:", "Consider rollback if any hold beyond 10 minutes:", "**Steps**:", "**Sign-off**", "Requires: a",
     "OPTIONS", "Tasks", "Run:", "Expected output:", "| Role | Name | Signature |", "Rollback trigger: error rate > 5%"]
)  # fmt: skip
nested = st.tuples(
    st.integers(1, 150), st.sampled_from(["- ", "> ", "1. ", "  - [ ] ", "[", "(", "*", "`", "<b>", "![", "{"])
).map(
    lambda pair: (
        "\n".join(" " * (index % 40) + pair[1] * min(index, 60) for index in range(pair[0]))
        if pair[1] in "- 1. "
        else pair[1] * pair[0] * 4
    )
)
front = st.sampled_from(
    [
        "---\ntitle: T\n---\n",
        "---\nrbt:\n  timeout: [\n---\n",
        "---\na: &a [*a]\n---\n",
        "---\n- [ ] x\n---\n",
        "+++\nx = 1\n+++\n",
        "---\n",
        "",
    ]
)
block = (
    heading
    | box
    | fences
    | table
    | html
    | leads
    | sentence
    | any_text
    | nested
    | st.sampled_from(["", "", "---", "\t", "\r", "    indented ls", ":::note", "!!! tip"])
)
documents = st.tuples(front, st.lists(block, max_size=25), st.sampled_from(["\n", "\r\n", "\n\n", "\r"])).map(
    lambda parts: parts[0] + parts[2].join(parts[1])
)


@cache
def validator():
    schema = json.loads((Path(__file__).parent / "show.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


def holds_together(runbook):
    shown = json.loads(json.dumps(summary(runbook)))
    error = next(validator().iter_errors(shown), None)
    assert error is None, f"{error.json_path}: {error.message}"
    last = max(len(runbook.lines), 1)
    ids = {name: [item["id"] for item in shown[name]] for name in ("sections", "steps", "commands")}
    for name, found in ids.items():
        assert len(found) == len(set(found)), f"{name} repeat an id"
    sections, steps, commands = (set(ids[name]) for name in ("sections", "steps", "commands"))
    for item in shown["sections"]:
        assert item["parent"] is None or item["parent"] in sections
    for item in shown["steps"]:
        assert item["section"] in sections
        assert item["parent"] is None or item["parent"] in steps
        assert set(item["commands"]) <= commands
        assert set(item["options"]) <= sections
    for item in shown["commands"]:
        assert item["section"] in sections
        assert item["step"] is None or item["step"] in steps
        assert item["runnable"] == (item["why_not"] is None)
        assert not (item["runnable"] and item["placeholders"])
        assert item["line"] <= item["end_line"] <= last
    assert set(shown["rollback"]["sections"]) <= sections
    assert set(shown["rollback"]["commands"]) <= commands
    for name in ("sections", "steps", "commands", "conditions", "signoffs", "fields", "windows", "findings"):
        assert all(1 <= item["line"] <= last for item in shown[name]), name
    assert all(1 <= item["first_line"] <= last for item in shown["placeholders"])
    for item in (*shown["rollback"]["triggers"], *shown["conditions"]):
        assert 1 <= item["line"] <= last
        assert item["step"] is None or item["step"] in steps
        assert (
            (item["op"] is None)
            == (item["value"] is None and item["baseline_factor"] is None)
            == (item["metric"] is None)
        )
    for finding in shown["findings"]:
        assert "\n" not in finding["message"]
        assert not UNPRINTABLE.search(finding["message"])


@given(documents)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_document_is_read_the_same_way_twice_and_holds_together(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        runbook = read(data, "fuzz.md")
    except Unreadable:
        return
    lint(runbook)
    assert runbook == read(data, "fuzz.md")
    holds_together(runbook)


@pytest.mark.parametrize("path", sorted((ROOT / "runbooks").glob("*.md")), ids=lambda path: path.name)
def test_our_runbooks_fit_the_schema(path):
    holds_together(read(path.read_bytes(), path.name))


@given(any_text | sentence | st.lists(words, max_size=40).map("".join))
@settings(max_examples=200, deadline=None)
def test_any_sentence_is_a_condition_or_stays_a_sentence(text):
    read_ = conditions.read(text, 1, lead_in=text)
    assert read_.text == text
    assert read_ == conditions.read(text, 1, lead_in=text)
    assert conditions.certain(read_) == (read_.metric is not None)
    for one in conditions.read_all(text, 1):
        assert one.op in {None, ">", ">=", "<", "<=", "=="}
        assert one.metric is None or (one.metric == one.metric.strip() and one.metric)
        if one.value is not None:  # a number that stands there: never one that was made up
            digits = re.sub(r"[,\s]", "", text)
            assert any(f"{number:g}" in digits or str(number) in digits or f"{number:.0f}" in digits for number in (one.value, one.value / 1000)) or any(word in text.lower() for word in ("one", "two", "ten"))  # fmt: skip


@given(info_strings | any_text)
@settings(max_examples=200, deadline=None)
def test_any_info_string_is_read(text):
    language, found = annotation.info_string(text)
    assert isinstance(language, str)
    assert all(isinstance(key, str) for key in found)
    info.lost(text)
    info.runme(text)


@given(st.lists(sentence | any_text | code.map("\n".join), max_size=12).map("\n".join))
@settings(max_examples=100, deadline=None)
def test_any_yaml_gives_thresholds_or_nothing(text):
    for rule in rules.read(text):
        assert 0 <= rule.line <= text.count("\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        "Error rate > " + "5" * 390,
        "> " * 190 + "5",
        "(" * 199 + ">5" + ")" * 199,
        "a " * 190 + "> 5%",
        "for 5 minutes " * 28,
        "-" * 399,
        "1-" * 199,
        "over the last " * 28 + "5 min",
        "baseline " * 44,
        "1,000,000," * 39,
        "x=" * 199,
        "not " * 99,
    ],
    ids=str.__len__,
)
def test_no_sentence_takes_long(text):
    started = time.process_time()
    conditions.read(text, 1)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "unit",
    [
        "- [ ] p95 > 5s for 5 min\n",
        "- [ ] a\n",
        "> - [ ] q\n",
        "```bash\nls $X\n```\n\n",
        "| a | > 5% |\n|---|---|\n",
        "A: > 5% `x`\n\n",
    ],
)
def test_reading_time_grows_with_size_and_not_faster(unit):
    def seconds(times):
        data = ("# T\n\n" + unit * times).encode()
        started = time.process_time()
        read(data, "t.md")
        return time.process_time() - started

    seconds(50)
    small, large = (min(seconds(times) for _ in range(3)) for times in (300, 1500))
    assert large < 5 * max(small, 0.01) * 2.5
