"""Tables that say in some column what follows, whatever the column is called; and those that say something else."""

import pytest

from runbook_tui.document.reader import read


def told(text, title="During the change"):
    found = read(f"# Release of the shop\n\n## {title}\n\n{text}\n".encode(), "table.md").triggers
    return [(trigger.line - 6, str(trigger.polarity)) for trigger in found]


HEADERS = [
    "| Observation | What we do |",
    "| Event | Measure |",
    "| What happens | Then |",
    "| Sign | Reaction during the night |",
    "| Error seen | Call |",
    "| Alarm | Our answer |",
]


@pytest.mark.parametrize("header", HEADERS)
def test_the_cells_tell_which_column_it_is(header):
    rows = [
        "|---|---|",
        "| Two pumps silent for 5 min | Return to release 5.8 |",
        "| One pump silent | Inform the vendor |",
        "| Errors at more than 3 % of the gates | Abort, restore the 22:00 backup |",
        "| Slow reports | Leave the new release in place |",
        "| Between 1 and 3 % of the gates with errors | The duty manager decides whether to go back |",
    ]
    text = "\n".join([header, *rows])
    assert told(text) == [(1, "do"), (3, "do"), (4, "dont"), (5, "consider")]


@pytest.mark.parametrize(
    ("cell", "polarity"),
    [
        ("back to v17", "do"),
        ("boot the old image", "do"),
        ("disable the connector, redeploy v7", "do"),
        ("Halt both platforms", "do"),
        ("rollout stopped, image deleted from the server", "do"),
        ("consider going back after the evening", "consider"),
        ("the board decides: continue or roll back", "consider"),
        ("put up with it, stay on the new system", "dont"),
        ("note it and proceed", "dont"),
        ("watch only, no switch back", "dont"),
    ],
)
def test_what_a_cell_asks_for(cell, polarity):
    text = (
        f"| Breach | Level | Means |\n|---|---|---|\n| errors > 5 % | red | roll back |\n| lag > 9 s | amber | {cell} |"
    )
    assert told(text) == [(1, "do"), (2, polarity)]


@pytest.mark.parametrize("cell", ["Restart the mail worker", "Page the storage team", "Add two replicas"])
def test_another_measure_is_no_condition_even_among_the_criteria(cell):
    text = f"| Metric | Limit | Response |\n|---|---|---|\n| errors | 5 % | roll back |\n| queue | 300 | {cell} |"
    assert told(text) == [(1, "do")]
    assert told(text, "Rollback criteria") == [(1, "do")]


@pytest.mark.parametrize(
    ("header", "answers"),
    [("Go back?", ["yes", "no"]), ("Back to the old index?", ["Yes, at once", "No"]), ("Roll back?", ["YES", "never"])],
)
def test_a_column_that_asks_is_answered_by_its_cells(header, answers):
    rows = "\n".join(f"| Something failed {at} times | {answer} |" for at, answer in enumerate(answers, 2))
    assert told(f"| Condition | {header} |\n|---|---|\n{rows}") == [(1, "do"), (2, "dont")]


def test_a_first_column_of_triggers_needs_no_verdict():
    assert told("| Rollback trigger | Value |\n|---|---|\n| Failed logins | > 8 % |\n| Health | down |") == [
        (1, "do"),
        (2, "do"),
    ]


def test_if_a_check_is_not_well_the_check_is_the_condition():
    text = "| Time | Check | If not OK |\n|---|---|---|\n| T+5 | pods on the new tag | ask the SRE |\n| T+9 | login by hand | back to the previous tag |"
    assert told(text) == [(2, "do")]


@pytest.mark.parametrize(
    "text",
    [
        "| When | What | Who |\n|---|---|---|\n| T-7 days | Freeze changes | all |\n| T-0 | Pause the old scheduler | SRE |",
        "| # | Step | Owner |\n|---|---|---|\n| 1 | Switch traffic to blue | SRE |\n| 2 | Restore schema version 41 | DBA |",
        "| Component | Way back |\n|---|---|\n| api | redeploy v41 |\n| jobs | roll back to v9 |",
        "| Risk | Likelihood | Mitigation |\n|---|---|---|\n| errors > 5 % | low | roll back to v9 |\n| outage | low | roll back |",
        "| Time | Look at | Done |\n|---|---|---|\n| T+1h | Fallback counter is 0 | |\n| T+4h | No new spikes of 5xx | |",
        "| Disk | State | Do |\n|---|---|---|\n| 80 % | warn | add a disk |\n| 90 % | red | page storage |",
    ],
)
def test_no_table_of_consequences(text):
    assert told(text) == []
