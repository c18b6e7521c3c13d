"""A kind asked for as the last of some blanks, which change it is, and what no verdict column calls "no ship"."""

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole
from tests.unit.document import stance


def boxes(text):
    return [one.role for one in read(f"# R\n\n{text}\n".encode(), "r.md").steps if one.box]


def triggers(text):
    return sorted(stance.triggers("# R", "", text))


def test_the_last_blank_asks_for_one_of_the_boxes_below():
    text = "Release manager: @\nTarget date:\nKind of release:\n\n- [ ] patch\n- [ ] minor\n- [ ] major"
    assert boxes(text) == [StepRole.OPTION] * 3
    assert boxes("**Version:** ____\n**Type of release:**\n\n- [ ] regular\n- [ ] hotfix") == [StepRole.OPTION] * 2
    assert boxes("**Version:** ____\n\n- [ ] Tell support\n- [ ] Freeze merges") == [StepRole.TODO] * 2


def test_which_change_it_is():
    assert boxes("**Which change is it?**\n\n- [ ] container only\n- [ ] container and engine") == [StepRole.OPTION] * 2
    assert boxes("Before the release:\n\n- [ ] Tell support\n- [ ] Freeze merges") == [StepRole.TODO] * 2


def test_a_table_of_tests_with_who_does_them_is_of_tasks():
    table = "| # | Test | Tester | OK |\n|---|---|---|---|\n| 1 | Create a quote | Business | [ ] |"
    assert boxes(table) == [StepRole.TODO]


def test_a_column_of_what_is_not_shipped_and_rows_that_are_put_up_with():
    table = "| | want | no ship |\n|---|---|---|\n| p95 | < 600 ms | > 900 ms |\n| smoke | 200 | < 198 |"
    assert triggers(table) == [(5, "do"), (6, "do")]
    table = "| Seen | Then |\n|---|---|\n| Test 1 fails | Backout by restore |\n| Slower, but within twice the usual time | No backout |"
    assert triggers(f"## Backout\n\n{table}") == [(7, "do"), (8, "dont")]


def test_what_is_not_to_be_lowered():
    text = "Do not lower the retention if:\n\n- the topic is under legal hold\n- a consumer group lags by more than 12 hours"
    assert triggers(text) == [(5, "do"), (6, "do")]


def test_an_answer_to_a_question_and_one_that_is_kept():
    text = "- [ ] Migrations reviewed. Does this release contain any?\n  - [ ] no\n  - [ ] yes, backwards compatible"
    assert boxes(text)[1:] == [StepRole.OPTION] * 2
    assert boxes("Is all of it done?\n\n- [ ] Notes sent\n- [ ] Tickets closed") == [StepRole.TODO] * 2


def test_a_condition_over_what_is_typed_then():
    code = "\n\n   ```sh\n   helm rollback shop\n   ```"
    assert triggers(f"1. If a release in the last hour matches the errors, roll it back:{code}") == [(3, "do")]
    assert triggers(f"1. If it was deployed in the last two hours, go back to the previous version:{code}") == [
        (3, "do")
    ]
    assert triggers(f"1. Write down the revision to go back to:{code}") == []


def test_what_is_held_until_something_is_seen():
    assert triggers("Do not go on to the next node before the lead has confirmed that it answers.") == [(3, "do")]
    assert triggers("Deployment may not begin until all approvals are recorded.") == [(3, "do")]
    assert triggers("Do not proceed until this is 0 three times in a row.") == [(3, "do")]
    assert triggers("Do not start the agent until the file is there.") == []
    assert triggers(
        "Do not park and call the owner instead when\n\n- the queue is critical\n- more than 10 are left"
    ) == [
        (5, "do"),
        (6, "do"),
    ]
