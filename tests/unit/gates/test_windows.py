import pytest

from runbook_tui.document.runbook import Window
from runbook_tui.gates.verdict import Verdict
from runbook_tui.gates.windows import USUAL, BadWindow, Span, spans_of, verdict_of

HOUR = Span(name="hour 1", start=0, end=3600)


def test_windows_of_a_document_once_each_and_in_order():
    windows = [
        Window(text="Hour 4", line=2, start=10_800, end=14_400),
        Window(text="Hour 1", line=1, start=0, end=3600),
        Window(text="the first hour", line=9, start=0, end=3600),
        Window(text="for 5 minutes", line=3, duration=300),
    ]
    assert [span.name for span in spans_of(windows)] == ["Hour 1", "Hour 4"]
    assert spans_of([]) == USUAL
    assert [span.end for span in spans_of([], {"b": ["1h", "2h"], "a": ["0s", "30s"]})] == [30, 7200]


@pytest.mark.parametrize("said", [{"a": "1h"}, {"a": ["1h"]}, {"a": ["2h", "1h"]}, {"a": ["soon", "late"]}])
def test_what_is_no_window_is_said(said):
    with pytest.raises(BadWindow):
        spans_of([], said)


@pytest.mark.parametrize(
    ("watched", "seen", "verdict"),
    [
        (3600, [Verdict.PASS, Verdict.PASS], Verdict.PASS),
        (3000, [Verdict.PASS], Verdict.PASS),
        (2000, [Verdict.PASS], Verdict.INSUFFICIENT),
        (0, [Verdict.PASS], Verdict.NO_DATA),
        (3600, [], Verdict.NO_DATA),
        (3600, [Verdict.PASS, Verdict.FAIL], Verdict.FAIL),
        (60, [Verdict.FAIL], Verdict.FAIL),
        (2000, [Verdict.NO_DATA], Verdict.NO_DATA),
        (3600, [Verdict.PASS, Verdict.ERROR], Verdict.ERROR),
    ],
)
def test_what_a_window_comes_to(watched, seen, verdict):
    assert verdict_of(HOUR, watched, seen)[0] is verdict
