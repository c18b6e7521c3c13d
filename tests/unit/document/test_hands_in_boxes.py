"""Boxes, tables and lines that wait for somebody's hand, and those that only name somebody."""

import pytest

from runbook_tui.document.reader import read


def book(text):
    return read(("# Plan\n\n" + text + "\n").encode(), "plan.md")


def signers(text):
    return [slot.role for slot in book(text).signoffs]


def roles(text):
    return [str(role) for step in book(text).steps for role in step.boxes]


SIGNED = {
    "a box waits for a handle": ("- [ ] QA: @\n- [ ] Second curator – @", ["QA", "Second curator"]),
    "half of them are surely somebody's": (
        "## Yes from\n\n- [ ] Tile server team — @\n- [ ] Cartography — @",
        ["Tile server team", "Cartography"],
    ),
    "your own tick is no choice": (
        "**Sign-offs** (tick your own, nobody else's)\n\n- [ ] QA: @\n- [ ] Product: @\n- [ ] Reading room team (if open): @",
        ["QA", "Product", "Reading room team"],
    ),
    "a handle at the end of a box": (
        "- [ ] The job waits for a yes in the `print` room. Shift manager: @____ approved",
        ["Shift manager"],
    ),
    "names are to be left": (
        (
            "1. Proofreaders want to be asked first. Drop their names here:\n\n"
            "   - [ ] proofreader, Morning Post —\n   - [ ] night desk lead —"
        ),
        ["proofreader", "night desk lead"],
    ),
    "a desk said so, with name and time": (
        "- [ ] security on duty said ok (name, time):",
        ["security on duty"],
    ),
    "who stands in brackets behind the act, with a date": (
        "Taken (Laboratory Systems): ____________ Date: ______",
        ["Laboratory Systems"],
    ),
    "in brackets behind by": (
        "Prepared by (Core Services) ..................\nAccepted by (kitchen lead) ..................",
        ["Core Services", "Accepted by (kitchen lead)"],
    ),
    "initials are asked for": (
        "OK to fill the second tank, initials + time:\n\n- second cellar hand: ____ ____\n- brewing-desk contact: ____ ____",
        ["second cellar hand", "brewing-desk contact"],
    ),
    "a blank for each group": ("Sign off per tank: ops ________  guest support ________", ["ops", "guest support"]),
    "a row that is filled beside open ones": (
        (
            "| Role | Name | Date | Approved |\n|---|---|---|---|\n| Head of Berths | A. Niemi | 2024-03-11 | yes |\n"
            "| Crane duty manager | | | |\n| Port board | | | |"
        ),
        ["Head of Berths", "Crane duty manager", "Port board"],
    ),
    "a box beside somebody": (
        "| | who | when |\n|---|---|---|\n| [ ] | Harbour Master | |\n| [ ] | Pilot lead or deputy | |",
        ["Harbour Master", "Pilot lead or deputy"],
    ),
    "somebody signs off": (
        "- [ ] Facility manager signs off\n- [ ] The duty nurse must approve it",
        ["Facility manager", "duty nurse"],
    ),
    "a box beside an approver": (
        "| | Approver | Date |\n|-|-|-|\n| ☐ | Head of Collections | |\n| ☐ | IT Security | |",
        ["Head of Collections", "IT Security"],
    ),
    "terms with a box behind the act": (
        (
            "Field 1\n: opened: [x] Head gardener, 14 Jan, Ife\n\nField 2\n: opened: [ ] Head gardener, ________\n"
            ": opened: [ ] Park manager, ________"
        ),
        ["Head gardener", "Head gardener", "Park manager"],
    ),
    "one person's go for each": (
        "## Step 4: Verifier go\n\n- [ ] Kiln 4 – go\n- [ ] Kiln 5 – go",
        ["Verifier", "Verifier"],
    ),
    "a box behind who agrees": (
        "OK from **Ida (senior cook)**: [ ]\nOK from **house owner**: [ ]",
        ["Ida", "house owner"],
    ),
}

NOT_SIGNED = {
    "who does what": "## Roles\n\n- [ ] Incident commander: @\n- [ ] Scribe: @",
    "who has the ticket": "- [ ] Owner of the ticket: @\n- [ ] mailed to ops@",
    "a handle in the head": "**Release lead:** @\n**Shadow:** @",
    "numbers to fill in": "Numbers before the start:\n\n- cellar temperature: ____\n- pressure: ____",
    "a row that says what must be so": (
        "| Gate | Answered by | Go? |\n|---|---|---|\n| Tide above 2 m for the whole window | Pilot lead | [ ] |\n"
        "| No other ship moves today | Harbour Master | [ ] |"
    ),
    "a box beside a number to call": "| | who | phone |\n|---|---|---|\n| [ ] | Harbour Master | 12 |",
    "things behind an act": "Moved:\n\n- [ ] Bench, left\n- [ ] Fountain, right",
    "an act of nobody": "Written (see Annex Two): ____",
    "a decision of nobody": "Decision: [ ] go [ ] no go",
    "things that sign": "- [ ] The key signs the image\n- [ ] Build server signs off the agent",
    "states that end in go": "## Checks before the go\n\n- [ ] Kiln 4 – go\n- [ ] Kiln 5 – go",
}


@pytest.mark.parametrize("name", SIGNED)
def test_somebody_is_to_sign(name):
    text, who = SIGNED[name]
    assert signers(text) == who


@pytest.mark.parametrize("name", NOT_SIGNED)
def test_nobody_is_to_sign(name):
    assert signers(NOT_SIGNED[name]) == []


def test_a_box_of_one_persons_go_keeps_its_words():
    titles = [step.title for step in book("## Verifier go\n\n- [ ] Kiln 4 – go\n- [ ] Kiln 5 – go").steps]
    assert titles == ["Kiln 4 – go", "Kiln 5 – go"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- [ ] Type of seal:\n  - [ ] wax\n  - [ ] lead\n  - [ ] other: ____", ["todo", *["option"] * 3]),
        ("**Kind of print** (keep one)\n\n- [ ] patch (from main)\n- [ ] full (all sheets)", ["option"] * 2),
        ("- Type\n  - [ ] regular\n  - [ ] hotfix\n  - [ ] reprint included (add pages: ____ )", ["option"] * 3),
        (
            "## Result\n\nResult:\n\n[ ] Import complete\n\n[ ] Import complete with gaps (list: ____ )\n\n[ ] Import taken back",
            ["option"] * 3,
        ),
        ("- [ ] Sheets reviewed. Are any of them new?\n  - [ ] no\n  - [ ] yes", ["todo", "option", "option"]),
        ("[ ] Feed paused\n\n[ ] Index copied\n  to the shelf\n\n☐ Readers told", ["todo"] * 3),
        ("**Let the old seal back in, when:**\n\n- [ ] letters pile up, or\n- [ ] the press stands", ["trigger"] * 2),
        ("## Outcome\n\n- [ ] printed\n- [ ] printed, taken back\n- [ ] not printed", ["option"] * 3),
        (
            "Outcome (tick what applies):\n\n- [ ] lamp off\n- [ ] lamp kept for a week\n- [ ] put back in service",
            ["option"] * 3,
        ),
        ("## Results\n\n- [ ] sheets counted\n- [ ] numbers noted", ["todo"] * 2),
        ("### Gate (all must hold)\n\n- [ ] ink below 4 ml\n- [ ] no smear in the last 24 h", ["todo"] * 2),
        ("Take both keys:\n\n- [ ] the brass one, or\n- [ ] the iron one", ["todo"] * 2),
        (
            "Go needs all of:\n\n- [ ] ink dry\n- [ ] paper counted\n\nOne of these is enough for no-go:\n\n- [ ] press overheated",
            ["todo", "todo", "trigger"],
        ),
        ("The sums must agree; if they don't, we call it off.\n\n- [ ] ink dry\n- [ ] paper counted", ["todo"] * 2),
    ],
)
def test_what_boxes_are(text, found):
    assert roles(text) == found
