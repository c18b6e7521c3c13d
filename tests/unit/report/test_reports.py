import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest

from runbook_tui.report import colours
from runbook_tui.report.account import KeptText
from runbook_tui.report.as_json import as_json
from runbook_tui.report.cast import cast
from runbook_tui.report.junit import junit
from runbook_tui.report.markdown import markdown
from runbook_tui.report.page import page
from runbook_tui.run import events as e
from runbook_tui.run.state import JobState
from tests.unit.report.told import DOCUMENT, Made, full

VOID = {"meta", "br"}


class Balanced(HTMLParser):
    """Every element that is opened is closed, and nothing runs or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "href", "action", "data", "xlink:href"), (tag, name, value)
            assert "url(" not in (value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_escapes_everything_and_needs_nothing() -> None:
    reader = Balanced()
    html = page(full().account())
    reader.feed(html)
    assert reader.open == []
    assert not reader.tags & {"script", "iframe", "object", "link", "img", "form", "input", "embed", "base"}
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", html)
    text = "".join(reader.text)
    for wanted in ("CHG0042", "looked twice", "the lead said so", "exit 1", "attempt 2", "GPU 0 use", "XID 79", "slowed down", "Engineering Lead",
                   "name only", "thermal", "applied", "Completed", "Error rate"):  # fmt: skip
        assert wanted in text, wanted
    assert html.count("<svg") >= 3
    assert '<span class="f1">broken</span>' in html
    assert "@media print" in html
    assert "prefers-color-scheme:dark" in html


def test_the_document_comes_back_with_its_boxes_ticked() -> None:
    text = markdown(full().account())
    for wanted in (
        "- [x] Look at the *dashboard* — ✔ by ana@bastion 2026-03-02 10:00:30 UTC · note by",
        "  wraps around — ✔ by",
        "- [ ] ~~Not this one~~ — ↷ skipped by ana@bastion",
        "| Disk | [x] ✔ by ana@bastion",
        "| Mail | ☑ ✔ by",
        "Version: ________ — ✔ **4.2",
        "> ✖ attempt 1: exit 1 on local in 1.2 s, output",
        "> ✔ attempt 2: exit 0",
        "- [x] Error rate > 5% — ! **fired**",
        "- [x] **Engineering Lead**: ___________________ Date: _______ — ✔ written by Ana",
        "2) stays as it is",
        "# Record of run brave-otter",
        "## Against the rules",
        "| Not this one |",
        "## Attempts that failed or were repeated",
        "## Way back",
    ):
        assert wanted in text, wanted
    assert "<script" not in text.replace("\\<script", "").split("# Record of run")[1]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("NO-GO", "Verdict: [ ] GO [x] NO-GO [ ] HOLD — ✔ **NO-GO**"),
        ("GO", "Verdict: [x] GO [ ] NO-GO [ ] HOLD — ✔ **GO**"),
        ("later", "Verdict: [ ] GO [ ] NO-GO [ ] HOLD — ✔ **later**"),
    ],
)
def test_of_a_choice_in_one_line_the_value_that_was_chosen_gets_the_tick(value: str, said: str) -> None:
    made = Made(b"# T\n\nVerdict: [ ] GO [ ] NO-GO [ ] HOLD\n")
    made.add(e.FieldFilled(step=made.step("Verdict"), value=value))
    assert said in markdown(made.account())


def test_a_secret_of_the_document_is_in_no_report() -> None:
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
    made = Made(DOCUMENT.replace(b"touch applied", f"curl -H 'PRIVATE: {token}' https://x".encode()))
    account = made.account()
    for text in (markdown(account), page(account), junit(account), json.dumps(as_json(account))):
        assert token not in text


# what the schemas of Jenkins, GitLab and Surefire have in common
ALLOWED = {
    "testsuites": {"name", "tests", "failures", "errors", "time", "disabled"},
    "testsuite": {
        "name",
        "tests",
        "failures",
        "errors",
        "time",
        "disabled",
        "skipped",
        "timestamp",
        "hostname",
        "id",
        "package",
    },
    "testcase": {"name", "classname", "time", "assertions", "status"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
    "properties": set(),
    "property": {"name", "value"},
    "system-out": set(),
}
ORDER = ["skipped", "error", "failure", "system-out", "system-err"]


def test_junit_is_as_the_usual_schema_has_it() -> None:
    root = ET.fromstring(junit(full().account()))
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ALLOWED[element.tag], element.tag
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for suite in root:
        kinds = [child.tag for child in suite]
        assert kinds == sorted(kinds, key=["properties", "testcase"].index)
        assert int(suite.attrib["tests"]) == kinds.count("testcase")
        for name in ("failure", "error", "skipped"):
            key = {"failure": "failures", "error": "errors", "skipped": "skipped"}[name]
            assert int(suite.attrib[key]) == sum(case.find(name) is not None for case in suite.iter("testcase"))
        for case in suite.iter("testcase"):
            kinds = [child.tag for child in case]
            assert kinds == sorted(kinds, key=ORDER.index)
            float(case.attrib["time"])
        for key in totals:
            totals[key] += int(suite.attrib[key])
    assert {key: int(root.attrib[key]) for key in totals} == totals
    assert totals["tests"] > 5


def test_junit_bounds_what_a_command_printed() -> None:
    made = full()
    made.job(made.step("Nested"), b"x" * 5_000_000)
    assert len(junit(made.account())) < 200_000


def test_json_is_what_its_schema_says() -> None:
    schema = json.loads((Path(__file__).parent / "report.schema.json").read_text())
    jsonschema.validate(json.loads(msgspec.json.encode(as_json(full().account()))), schema)


def a_job(made: Made) -> JobState:
    return next(reversed(made.account().state.jobs.values()))


def test_a_cast_plays_the_output_at_its_times() -> None:
    made = Made()
    name = made.job(made.step("Apply it"), "one\ntwö\nthree\n".encode())
    account = made.account(timings={name: ((0.1, 4), (0.5, 7), (2.0, 15))})
    header, command, *rest = map(json.loads, cast(account, a_job(made)).splitlines())
    assert header["version"] == 2
    assert command == [0.0, "o", "$ # Apply it\r\ntouch applied\r\n"] or command[2].startswith("$ touch applied")
    assert rest == [[0.1, "o", "one\r\n"], [0.5, "o", "tw"], [2.0, "o", "ö\r\nthree\r\n"]]
    assert [event[0] for event in rest] == sorted(event[0] for event in rest)


def test_a_cast_of_an_output_with_a_gap_or_without_times() -> None:
    made = Made()
    name = made.job(made.step("Apply it"), b"")
    made.outputs[name] = KeptText(pieces=((0, b"head"), (100, b"tail")), total=104)
    events = [json.loads(line) for line in cast(made.account(), a_job(made)).splitlines()[2:]]
    assert [event[2] for event in events] == ["head", "\r\n[… 96 bytes not kept …]\r\n", "tail"]


@pytest.mark.parametrize(
    ("given", "html"),
    [
        ('plain <b> & "q"', 'plain &lt;b&gt; &amp; "q"'),
        ("\x1b[1;31mred\x1b[0m x", '<span class="f1 tb">red</span> x'),
        ("\x1b[38;5;208mo\x1b[39mx", '<span style="color:#ff8700;">o</span>x'),
        ("\x1b[48;2;1;2;3mo", '<span style="background:#010203;">o</span>'),
        ("10 %\r20 %\r30 %\nend\r\n", "30 %\nend\n"),
        ("\x1b]0;window\x07a\x1b[2Jb\x1b(Bc\x9b", "abc"),
        ("a\x08bold", "bold"),
        ("\x1b[999999999mx\x1b[38;2mx", "xx"),
    ],
)  # fmt: skip
def test_colours_of_a_terminal(given: str, html: str) -> None:
    assert colours.html(given) == html


def test_a_run_with_nothing_in_it_can_be_told() -> None:
    account = Made(b"# A\n\n- [ ] b\n").account()
    for text in (markdown(account), page(account), junit(account), json.dumps(as_json(account))):
        assert "brave-otter" in text
    made = Made()
    made.add(e.RunFinished(outcome=e.Outcome.ABORTED, reason="no time"))
    assert "Aborted" in page(made.account())
