"""Entries counted by hand in a paragraph are the list of the words over them, as bullets would be."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

ITEMS = (
    "share of lost frames above 1.5% at the end of a soak",
    "the encoder restarting by itself",
    "clock past 04:30 with a relay still out",
)
MARKS = ["a) b) c)", "(a) (b) (c)", "a. b. c.", "i) ii) iii)", "(i) (ii) (iii)", "1) 2) 3)", "A) B) C)", "A. B. C.", "1: 2: 3:", "#1 #2 #3", "[a] [b] [c]", "a: b: c:"]  # fmt: skip


def taken(text):
    return [(one.text, str(one.polarity)) for one in read(text.encode(), "a.md").triggers]


def body(marks, between="\n"):
    return between.join(f"{mark} {item}" for mark, item in zip(marks.split(), ITEMS, strict=True))


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("marks", MARKS)
def test_each_row_is_a_condition(marks, between):
    found = taken(f"# A\n\n## 3. BACKOUT\n\nRoll back if:\n\n{body(marks, between)}\n\nThen:\n\nx\n")
    assert found == [(item, "do") for item in ITEMS]


@pytest.mark.parametrize("marks", MARKS)
def test_rows_right_below_the_words_over_them(marks):
    assert taken(f"# A\n\n## BACKOUT\n\nRoll back if:\n{body(marks)}\n") == [(item, "do") for item in ITEMS]


@pytest.mark.parametrize(
    "lead", ["BACKOUT IS TRIGGERED BY:", "A rollback is called for by any of these:", "Rollback required by:"]
)
def test_what_asks_for_it(lead):
    assert taken(f"# A\n\n## 3. Leaving\n\n{lead}\n\n{body('a) b) c)')}\n") == [(item, "do") for item in ITEMS]


@pytest.mark.parametrize("lead", ["A rollback is never triggered by:", "Backout is not called for by:"])
def test_what_does_not_ask_for_it(lead):
    assert taken(f"# A\n\n## 3. Leaving\n\n{lead}\n\n{body('a) b) c)')}\n") == [(item, "dont") for item in ITEMS]


def test_a_list_that_counts_on_under_other_words():
    rest = "The following are entered in the log and the work continues:\n\n(d) one stick is defective;\n(e) a standby stays red."
    found = taken(f"# A\n\n## Void\n\nThe officer calls it off when\n\n{body('(a) (b) (c)')}\n\n{rest}\n")
    assert [asked for _, asked in found] == ["do", "do", "do", "dont", "dont"]


@pytest.mark.parametrize(
    "text",
    [
        "A. Smith wrote this.\nC. Miller read it.",
        "i.e. nothing\nii. more",
        "1: one\n3: three",
        "2: two\n3: three",
        "A) one alone",
    ],
)
def test_what_does_not_count_is_a_paragraph(text):
    assert taken(f"# A\n\n## BACKOUT\n\nRoll back if:\n\n{text}\n") == []
