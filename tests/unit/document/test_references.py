"""Sentences that send to the way back by its number, and others that send elsewhere or name no condition."""

import pytest

from runbook_tui.document.reader import read

BACK = "\n\n## 7. Back-out\n\nStart the old mill.\n\n## F. Fallback\n\nBread is bought.\n\n## 8. After\n\nSweep.\n"


def told(text, back=BACK):
    return [
        (str(one.polarity), one.line)
        for one in read(f"# Mill\n\n## 3. Night\n\n{text}{back}".encode(), "m.md").triggers
    ]


@pytest.mark.parametrize(
    "text",
    [
        "If the press has not stopped after 40 minutes, continue with section 7.",
        "Any other number means the load is bad and you go straight to 7.",
        "When complaints cross 25 in one hour, the miller is to invoke F.",
        "If the belt tears a second time, then it's 7.0, and page the miller.",
        "Grinding still running after 4 hours means we go to section 7.",
        "In case of any stones, execute section F.",
    ],
)
def test_sentences_that_send_to_the_way_back(text):
    assert told(text) == [("do", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "If the press is empty, continue with section 8.",
        "Go to section 7.",
        "See section 7 for the keys.",
        "If the flour is in, it's 7 minutes to the bell.",
        "When all sacks are out, go to 70 percent.",
    ],
)
def test_sentences_that_do_not(text):
    assert ("do", 5) not in told(text)


@pytest.mark.parametrize("title", ["If it all goes wrong", "Plan B", "Back to the old mill", "When everything fails"])
def test_headings_of_a_way_back_without_its_name(title):
    text = "Grinding still running after 4 hours means we go to section 7."
    assert told(text, f"\n\n## 7. {title}\n\nStart it.\n") == [("do", 5)]


def test_without_a_way_back_of_that_number_nothing_is_added():
    assert (
        told("Any other number means the load is bad and you go straight to 7.", "\n\n## 7. Night watch\n\nSleep.\n")
        == []
    )
