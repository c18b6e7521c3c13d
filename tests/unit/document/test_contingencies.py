"""What is for a failure only need not be done: nobody is walked into it, and no machine runs it unasked."""

import pytest

from runbook_tui.document.contingencies import only_then
from runbook_tui.document.reader import read


@pytest.mark.parametrize(
    "words",
    [
        "If the pods do not come up:",
        "If the migration fails:",
        "If it hangs, restart it:",
        "**If the smoke test does not pass:**",
        "Wait a minute. If the disk is full, make room:",
        "In case of errors, collect the logs:",
        "Should the lock be stuck:",
        "Only if the replica is too far behind, seed it again:",
    ],
)
def test_words_before_what_is_for_a_failure(words):
    assert only_then(words)


@pytest.mark.parametrize(
    "words",
    [
        "If no errors are shown, go on:",
        "If you haven't already, install it:",
        "If the table does not exist yet, create it:",
        "If everything is fine, deploy:",
        "If you use Helm:",
        "When the pods are ready:",
        "If it fails, tell the team.",
        "Run the migration:",
        "If nothing is wrong:",
    ],
)
def test_words_before_what_is_done_on_the_way(words):
    assert not only_then(words)


def test_code_and_lists_after_such_words_need_not_be_done():
    book = read(
        b"# D\n\n## Deploy\n\n```bash\nmake ship\n```\n\nIf the pods do not come up:\n\n1. Page the DBA\n2. Run `make fix`\n\n"
        b"If the smoke test fails:\n\n```bash\nmake logs\n```\n\nThen:\n\n```bash\nmake tell\n```\n",
        "d.md",
    )
    assert {step.title: step.optional for step in book.steps} == {
        "make ship": False,
        "Page the DBA": True,
        "Run make fix": True,
        "If the smoke test fails": True,
        "Then": False,
    }


def test_inside_an_item_it_is_not_run_with_the_item():
    book = read(
        b"# D\n\n## Deploy\n\n- [ ] Ship it\n\n  ```bash\n  make ship\n  ```\n\n  If the pods hang:\n\n  ```bash\n"
        b"  make kick\n  ```\n",
        "d.md",
    )
    ship, kick = book.steps
    assert [book.command_by_id[name].text for name in ship.commands] == ["make ship"]
    assert (kick.title, kick.optional, kick.parent) == ("If the pods hang", True, ship.id)
