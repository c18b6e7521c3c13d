"""Lists of those who must agree, by name or by function, under words that ask who does."""

import pytest

from runbook_tui.document import quorum
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole


def signers(text: str) -> list[int]:
    return [slot.line for slot in read(text.encode(), "x.md").signoffs]


@pytest.mark.parametrize(
    "lead",
    [
        "Who gave the go:",
        "Thumbs:",
        "Any two of them:",
        "Three +1s needed, paste the links.",
        "On the bridge the following have said, aloud, that we may start:",
        "OK from",
        "Approvals so far:",
    ],
)
@pytest.mark.parametrize(
    "entries",
    [
        ["- [ ] Mirja (search)", "- [ ] Bo (mobile), only for the app", "- [ ] Tuva van Dam (support)"],
        ["- [ ] +1 Anouk Visser (docs)", "- [ ] +1 a board member", "- [ ] +1 release manager"],
        ["- storefront on shift:", "- legal (only for new terms):", "- Pia or Henrik:"],
        ["- Billing, duty engineer: ..............", "- Freight IT: ..............", "- second pair of eyes: ........"],
    ],
)
def test_people_under_words_that_ask_who_agrees_sign(lead: str, entries: list[str]) -> None:
    assert signers("# Ship\n\n## Last look\n\n" + lead + "\n\n" + "\n".join(entries) + "\n") == [7, 8, 9]


def test_the_heading_may_ask() -> None:
    text = "# Ship\n\n## Thumbs\n\n- [ ] edda (api)\n- [ ] kofi (web, read the diff)\n"
    book = read(text.encode(), "x.md")
    assert [slot.line for slot in book.signoffs] == [5, 6]
    assert {step.role for step in book.steps} == {StepRole.SIGNOFF}


@pytest.mark.parametrize(
    "text",
    [
        "Who is on the call:\n\n- [ ] Mirja (search)\n- [ ] Bo (mobile)\n",  # present, not asked
        "Who to notify:\n\n- [ ] Mirja (search)\n- [ ] Bo (mobile)\n",
        "Approvals:\n\n- [ ] change ticket linked\n- [ ] risk form (two pages)\n",  # things
        "OK to skip:\n\n- [ ] smoke test (flaky)\n- [ ] load test (slow)\n",
        "Two of the following must be green:\n\n- [ ] api-1 ready\n- [ ] api-2 ready\n",
        "Approved browsers:\n\n- [ ] Firefox (desktop)\n- [ ] Safari (phone)\n",
        "Ready to go:\n\n- [ ] restore database (fra)\n- [ ] drain queue (ams)\n",
    ],
)
def test_who_is_only_there_and_what_is_a_thing_does_not_sign(text: str) -> None:
    assert signers("# Ship\n\n## Last look\n\n" + text) == []


@pytest.mark.parametrize("mark", ["…", ".", "_", "@", "-", " _"])
def test_a_row_of_dots_is_read_in_one_way_however_long_it_is(mark):
    # each pair of dots was a blank or two marks: forty of them took longer than anybody waits
    assert quorum.who(f"Jo {mark * 70}") == "Jo"
    assert quorum.who(f"Jo {mark * 70}x").endswith("x")
    assert not quorum.are([f"Jo {mark * 70}x", f"Bo {mark * 70}x"])
