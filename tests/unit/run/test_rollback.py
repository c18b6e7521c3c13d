from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook
from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.rollback import Origin, rollback_plan
from runbook_tui.run.state import RunState
from tests.unit.run.documents import records, with_way_back
from tests.unit.run.test_fold import started

DONE = (started(), e.JobFinished(job="j1", exit=0))


def test_nothing_changed_means_nothing_to_undo() -> None:
    plan = rollback_plan(with_way_back(), RunState())
    assert not plan.armed
    assert plan.changed == ()


def test_a_command_that_only_reads_arms_nothing() -> None:
    state = fold(records(started("j1", "look", "look.1"), e.JobFinished(job="j1", exit=0)))
    assert rollback_plan(with_way_back(), state).changed == ()


def test_the_steps_own_undo_comes_first_then_the_procedure_with_its_manual_items() -> None:
    plan = rollback_plan(with_way_back(), fold(records(*DONE)))
    assert [(item.id, item.origin, item.command.text if item.command else None) for item in plan.items] == [
        ("up.1!undo", Origin.ANNOTATION, "rm flag"),
        ("back.1", Origin.PROCEDURE, "restore"),
        ("tell", Origin.PROCEDURE, None),
    ]
    assert plan.armed


def test_an_unknown_outcome_counts_as_changed() -> None:
    state = fold(records(started(), e.JobLost(job="j1", reason="gone")))
    assert rollback_plan(with_way_back(), state).changed == ("up",)


def test_a_command_that_never_arrived_changed_nothing() -> None:
    never = e.JobResolved(job="j1", resolution=e.Resolution.NOT_RUN, reason="never arrived")
    assert rollback_plan(with_way_back(), fold(records(started(), never))).changed == ()


def test_items_are_settled_one_by_one_and_a_second_try_does_not_repeat_them() -> None:
    undone = started("j2", "up", "up.1!undo", purpose=e.Purpose.ROLLBACK)
    state = fold(
        records(
            *DONE,
            e.RollbackStarted(reason="errors", items=("up.1!undo", "back.1", "tell")),
            undone,
            e.JobFinished(job="j2", exit=0),
            started("j3", "back", "back.1", purpose=e.Purpose.ROLLBACK),
            e.JobFinished(job="j3", exit=1),
            e.RollbackFinished(succeeded=False),
        )
    )
    plan = rollback_plan(with_way_back(), state)
    assert [item.id for item in plan.remaining] == ["back.1", "tell"]
    assert [item.failed for item in plan.items] == [False, True, False]


def test_the_rollbacks_own_commands_are_not_changes_to_undo() -> None:
    state = fold(
        records(
            e.RollbackStarted(reason="x", items=()),
            started("j3", "back", "back.1", purpose=e.Purpose.ROLLBACK),
            e.JobFinished(job="j3", exit=0),
        )
    )
    assert rollback_plan(with_way_back(), state).changed == ()


PHASES = b"""# Deploy api

## Database

- [ ] Migrate: `alembic upgrade head` (rollback: `alembic downgrade -1`)
- [ ] Look: `psql -c 'select 1'`

### Rollback of the database

```bash
restore-database
```

## Service

```bash
helm upgrade api ./api
```

To undo:

```bash
helm rollback api
```

### Rollback

1. Tell the channel
2. `dns-back`

## Rollback

```bash
helm rollback api
make page
```
"""


def _read() -> Runbook:
    return read(PHASES, "t.md")


def ran(book: Runbook, *texts: str, exit_status: int = 0) -> list[e.Event]:
    """Events of these commands, run one after the other."""
    told: list[e.Event] = []
    for at, text in enumerate(texts):
        command = next(one for one in book.commands if one.text == text and not one.rollback)
        told += [started(f"j{at}", command.step, command.id), e.JobFinished(job=f"j{at}", exit=exit_status)]
    return told


def items(book: Runbook, state: RunState) -> list[str]:
    return [item.command.text if item.command else item.title for item in rollback_plan(book, state).items]


def test_what_stands_beside_the_steps_comes_newest_first_and_of_phases_that_were_begun() -> None:
    book = _read()
    state = fold(records(*ran(book, "alembic upgrade head", "helm upgrade api ./api")))
    plan = rollback_plan(book, state)
    assert items(book, state) == [
        "helm rollback api",
        "alembic downgrade -1",
        "Tell the channel",
        "dns-back",
        "restore-database",
        "helm rollback api",
        "make page",
    ]
    assert [item.origin for item in plan.items[:2]] == [Origin.BESIDE] * 2
    assert plan.not_undone == ()


def test_a_phase_that_was_not_begun_and_one_that_only_looked_give_nothing_to_undo() -> None:
    book = _read()
    begun = fold(records(*ran(book, "alembic upgrade head", "psql -c 'select 1'")))
    assert items(book, begun) == ["alembic downgrade -1", "restore-database", "helm rollback api", "make page"]
    looked = fold(records(*ran(book, "psql -c 'select 1'")))
    assert items(book, looked) == ["helm rollback api", "make page"]


def test_what_was_ticked_as_done_elsewhere_is_taken_back_too() -> None:
    book = _read()
    step = next(step for step in book.steps if step.back)
    state = fold(records(e.StepTicked(step=step.id)))
    assert items(book, state)[:2] == ["alembic downgrade -1", "restore-database"]


def test_a_command_that_stands_twice_is_run_once() -> None:
    book = _read()
    plan = rollback_plan(book, fold(records(*ran(book, "helm upgrade api ./api"))))
    twice = [item for item in plan.items if item.command is not None and item.command.text == "helm rollback api"]
    assert [item.settled for item in twice] == [False, True]
    assert "above" in twice[1].replaced
