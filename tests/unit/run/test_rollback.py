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
