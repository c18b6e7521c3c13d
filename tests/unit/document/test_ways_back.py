"""A way back that stands among the steps is told apart from the steps, and belongs to what it takes back."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook, SectionRole
from runbook_tui.document.ways_back import before, column, leads


def runbook(text: str, title: str = "Deploy api") -> Runbook:
    return read(f"# {title}\n\n{text}".encode(), "t.md")


def back(book: Runbook) -> dict[str, list[str]]:
    """Commands that take each step back, by its title."""
    return {step.title: [book.command_by_id[name].text for name in step.back] for step in book.steps if step.back}


def walked(book: Runbook) -> list[str]:
    """The commands of the walk."""
    roles = book.roles_off_path
    return [
        book.command_by_id[name].text
        for step in book.steps
        if not any(section.role in roles for section in book.section_path(step.section))
        for name in step.commands
    ]


@pytest.mark.parametrize(
    "words",
    [
        "To go back:",
        "To roll back:",
        "To roll back, run:",
        "To undo:",
        "To undo this:",
        "To revert:",
        "To back out:",
        "Rollback:",
        "**Rollback:**",
        "Rollback command:",
        "Rollback (if needed):",
        "Rollback if the smoke test fails:",
        "If this fails, roll back with:",
        "If it fails, go back with",
        "If anything looks wrong, revert:",
        "If the pods do not come up, undo it:",
        "If the pods do not come up, roll back:",
        "Back out with:",
        "Undo with:",
        "Revert with:",
        "To restore the previous version:",
        "To return to the old version:",
        "The way back:",
        "*To undo*:",
        "> To roll back:",
        "To reverse this:",
        "If you need to roll back:",
        "If a rollback is needed:",
        "In case of a rollback, run:",
        "If you have to roll back, do this:",
        "Should anything break, roll it back:",
        "Roll back the deployment:",
        "Rollback steps:",
        "Emergency rollback:",
        "How to roll back:",
        "To roll this back:",
        "To back it out:",
        "When something goes wrong, revert the release:",
        "After rolling back, check:",
        "On failure, roll back:",
        "Otherwise roll back:",
        "If the error rate rises, roll the release back at once:",
    ],
)
def test_words_that_announce_a_way_back(words):
    assert leads(words)


@pytest.mark.parametrize(
    "words",
    [
        "Revert the TTL to 3600:",
        "Once the migration is over, revert the TTL:",
        "Switch back to main:",
        "Go back to the repository root:",
        "If the API is not available, fall back to:",
        "Test the rollback:",
        "Verify that a rollback is possible:",
        "To be able to roll back, take a snapshot:",
        "To roll back later, save the revision:",
        "If you want to be able to roll back, take a snapshot first:",
        "Make sure you can roll back:",
        "Save the current version for rollback:",
        "Prepare the rollback:",
        "The migration cannot be rolled back:",
        "Do not roll back:",
        "Rollback criteria:",
        "Rollback window:",
        "Deploy the new version:",
        "Undo the freeze:",
        "After the rollback test, clean up:",
        "When all hosts are done, revert the maintenance page:",
        "To deploy:",
        "Run the backup:",
        "Back up the database:",
        "Reverse proxy:",
        "Abort criteria:",
        "Rollback owner:",
        "If everything is fine, go on:",
    ],
)
def test_words_that_announce_something_else(words):
    assert not leads(words)


@pytest.mark.parametrize(
    "words",
    [
        "Deploy: x (rollback: ",
        "Deploy with x; undo with ",
        "Run x. To roll back, run ",
        "To roll back, run ",
        "rollback with ",
        "(undo: ",
        "Deploy x, revert with ",
        "Deploy x and roll back with ",
        "Deploy x — if it fails, roll back with ",
        "Scale to 3 (to undo: ",
        "Apply x. Roll back: ",
        "- Rollback: ",
        "**Rollback**: ",
        "Apply x / rollback: ",
    ],
)
def test_words_before_a_command_that_takes_back(words):
    assert before(words)


@pytest.mark.parametrize(
    "words",
    [
        "Revert the flag with ",
        "Deploy with ",
        "Run x, then ",
        "Take a backup for the rollback: ",
        "Go back to the root with ",
        "Check that the rollback job exists: ",
        "Save the revision for rollback with ",
    ],
)
def test_words_before_a_command_that_goes_on(words):
    assert not before(words)


@pytest.mark.parametrize(
    "name", ["Rollback", "Undo", "**Rollback command**", "Back-out", "How to undo", "Revert", "Rollback?"]
)
def test_columns_of_ways_back(name):
    assert column(name)


@pytest.mark.parametrize(
    "name", ["Rollback owner", "Rollback tested", "Command", "Can be rolled back", "Rollback time", ""]
)
def test_columns_of_something_else(name):
    assert not column(name)


def test_code_after_such_words_takes_back_the_steps_before_it():
    book = runbook(
        "## Deploy\n\n```bash\nkubectl apply -f a.yaml\n```\n\nWait.\n\n```bash\nkubectl apply -f b.yaml\n```\n\n"
        "To undo:\n\n```bash\nkubectl delete -f a.yaml -f b.yaml\n```\n\n## After\n\n```bash\nmake smoke\n```\n"
    )
    assert walked(book) == ["kubectl apply -f a.yaml", "kubectl apply -f b.yaml", "make smoke"]
    both = ["kubectl delete -f a.yaml -f b.yaml"]
    assert back(book) == {"kubectl apply -f a.yaml": both, "Wait.": both}
    assert list(book.rollback_commands) == list(book.steps[0].back)


def test_inside_an_item_it_belongs_to_the_item():
    book = runbook(
        "## Deploy\n\n- [ ] Migrate\n\n  ```bash\n  alembic upgrade head\n  ```\n\n  If it fails, go back with\n\n"
        "  ```bash\n  alembic downgrade -1\n  ```\n- [ ] Deploy: `make ship` (rollback: `make unship`)\n"
    )
    assert walked(book) == ["alembic upgrade head", "make ship"]
    assert list(back(book).values()) == [["alembic downgrade -1"], ["make unship"]]


def test_in_the_same_sentence_and_in_a_line_of_its_own():
    book = runbook(
        "## One\n\n1. Run `kubectl apply -f a.yaml`; undo with `kubectl delete -f a.yaml`\n\n"
        "## Two\n\n- Command: `helm upgrade web ./web`\n- Verify: `kubectl get pods`\n- Rollback: `helm rollback web`\n"
    )
    assert "kubectl delete -f a.yaml" not in walked(book)
    assert "helm rollback web" not in walked(book)
    assert next(iter(back(book).values())) == ["kubectl delete -f a.yaml"]
    assert "helm rollback web" in [said[-1] for said in back(book).values()]


def test_a_column_of_a_table():
    book = runbook(
        "## Deploy\n\n| Step | Command | Rollback |\n|---|---|---|\n"
        "| Apply | `kubectl apply -f x.yaml` | `kubectl delete -f x.yaml` |\n"
        "| Scale | `kubectl scale deploy/x --replicas=3` | `kubectl scale deploy/x --replicas=1` |\n"
    )
    assert walked(book) == ["kubectl apply -f x.yaml", "kubectl scale deploy/x --replicas=3"]
    assert back(book) == {"Apply": ["kubectl delete -f x.yaml"], "Scale": ["kubectl scale deploy/x --replicas=1"]}


def test_a_comment_in_the_code():
    book = runbook(
        "## Deploy\n\n```bash\n# Deploy\nhelm upgrade web ./web\n\n# Rollback if needed\nhelm rollback web\n```\n"
    )
    assert walked(book) == ["helm upgrade web ./web"]
    assert back(book) == {"Deploy": ["helm rollback web"]}


def test_a_list_after_such_words_is_a_section_of_its_own():
    book = runbook(
        "## Deploy\n\n```bash\nmake ship\n```\n\nTo roll back:\n\n1. Page the DBA\n2. Run `make unship`\n\n"
        "Then go on:\n\n```bash\nmake smoke\n```\n"
    )
    assert walked(book) == ["make ship", "make smoke"]
    made = next(section for section in book.sections if section.beside)
    assert (made.role, made.title, made.parent) == (SectionRole.ROLLBACK, "To roll back", "deploy")
    assert [step.title for step in book.steps if step.section == made.id] == ["Page the DBA", "Run make unship"]


def test_where_nothing_stands_before_it_is_a_section_of_its_own():
    book = runbook("## Notes\n\nTo go back:\n\n```bash\nmake unship\n```\n\n## Deploy\n\n```bash\nmake ship\n```\n")
    assert walked(book) == ["make ship"]
    assert [section.role for section in book.sections if section.beside] == [SectionRole.ROLLBACK]


@pytest.mark.parametrize("title", ["Rolling back api", "Rollback drill", "How to undo a release"])
def test_in_a_document_about_going_back_it_is_the_work(title):
    book = runbook("## First\n\n```bash\nmake stop\n```\n\nTo roll back:\n\n```bash\nmake unship\n```\n", title)
    assert walked(book) == ["make stop", "make unship"]


def test_a_box_stays_a_box_to_tick():
    book = runbook("## Deploy\n\n- [ ] Run `make ship`\n- [ ] Rollback: `make unship`\n")
    assert len([step for step in book.steps if step.box]) == 2
    assert book.rollback_commands == ()


@pytest.mark.parametrize(
    "heading",
    [
        "Rollback",
        "Phase 4: Falling back",
        "Fallback plan",
        "Going back",
        "How to go back",
        "The way back",
        "Undo",
        "How to undo this",
        "Restore the previous version",
        "Return to the previous release",
        "Abort procedure",
        "Reversal plan",
        "Downgrade procedure",
        "Appendix B: Rollback",
    ],
)
def test_headings_of_ways_back(heading):
    book = runbook(f"## Deploy\n\n```bash\nmake ship\n```\n\n## {heading}\n\n```bash\nmake unship\n```\n")
    assert [book.command_by_id[name].text for name in book.rollback_commands] == ["make unship"]
    assert walked(book) == ["make ship"]


@pytest.mark.parametrize(
    "heading",
    ["Switching back to main", "Failback", "Undo log retention", "Prepare the fallback", "Appendix C: Commands"],
)
def test_headings_of_something_else(heading):
    book = runbook(f"## Deploy\n\n```bash\nmake ship\n```\n\n## {heading}\n\n```bash\nmake more\n```\n")
    assert book.rollback_commands == ()


@pytest.mark.parametrize("heading", ["If the deployment fails", "When things go wrong", "Plan B", "Fallback"])
def test_what_is_done_only_when_it_fails_is_not_walked(heading):
    book = runbook(f"## Deploy\n\n```bash\nmake ship\n```\n\n## {heading}\n\n```bash\nmake more\n```\n")
    assert walked(book) == ["make ship"]


def test_reasons_below_the_way_back_are_its_conditions():
    book = runbook(
        "## Back to the old version\n\nReasons good enough:\n\n* migrations fail\n* nobody can push by 22:00\n"
    )
    assert [trigger.text for trigger in book.triggers] == ["migrations fail", "nobody can push by 22:00"]


def test_what_is_talked_through_first_is_weighed():
    book = runbook("## Rollback\n\n### Talk it through on the bridge before going back if:\n\n- Pushes are delayed\n")
    assert [trigger.polarity for trigger in book.triggers] == ["consider"]
