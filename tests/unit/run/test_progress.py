import pytest

from runbook_tui.document.runbook import Behaviour, Effect, SectionRole, StepKind, StepRole
from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.preview import Action, Confirm, preview
from runbook_tui.run.progress import next_step, phase_of, progress, remaining_commands, unfinished
from runbook_tui.run.state import RunState, StepPhase
from tests.unit.run.documents import command, records, runbook, section, step, two_commands, with_way_back
from tests.unit.run.test_fold import started


def options() -> list[object]:
    sections = [
        section("deploy"),
        section("docker", SectionRole.OPTION, parent="deploy"),
        section("systemd", SectionRole.OPTION, parent="deploy"),
    ]
    steps = [
        step("which", StepKind.CHOICE, options=("docker", "systemd")),
        step("compose", section_="docker"),
        step("unit", section_="systemd"),
    ]
    return [steps, [], sections]


def test_triggers_and_the_way_back_are_no_progress() -> None:
    assert progress(with_way_back(), RunState()).total == 3


def test_a_document_that_is_all_rollback_is_walked() -> None:
    sections = [section("rollback", SectionRole.ROLLBACK), section("triggers", SectionRole.TRIGGERS, parent="rollback")]
    steps = [step("back", section_="rollback"), step("errors", section_="triggers", role=StepRole.TRIGGER)]
    assert [s.id for s in unfinished(runbook(steps, [], sections), RunState())] == ["back"]


def test_ticking_an_alarm_moves_nothing() -> None:
    state = fold(records(e.ConditionFired(step="errors", text="errors")))
    assert progress(with_way_back(), state).done == 0


def test_what_the_document_has_ticked_counts_as_done_until_it_is_reopened() -> None:
    book = runbook([step("a", checked=True), step("b")])
    assert progress(book, RunState()).done == 1
    reopened = fold(records(e.StepReopened(step="a")))
    assert phase_of(book, reopened, book.steps[0]) is StepPhase.PENDING


def test_the_options_not_chosen_leave_the_walk() -> None:
    book = runbook(*options())
    assert [s.id for s in unfinished(book, RunState())] == ["which", "compose", "unit"]
    chosen = fold(records(e.OptionChosen(step="which", option="systemd")))
    assert [s.id for s in unfinished(book, chosen)] == ["unit"]
    assert phase_of(book, chosen, book.steps[1]) is StepPhase.BLOCKED
    assert "not chosen" in (preview(book, chosen, "compose").refused or "")


def test_optional_steps_and_blanks_do_not_hold_up_the_end() -> None:
    book = runbook([step("a", optional=True), step("date", StepKind.FIELD)])
    assert unfinished(book, RunState()) == []
    assert next_step(book, RunState()) is not None


def test_the_next_step_wraps_round() -> None:
    book = runbook([step("a"), step("b"), step("c")])
    state = fold(records(e.StepTicked(step="c")))
    found = next_step(book, state, after="b")
    assert found is not None
    assert found.id == "a"


def test_a_failed_step_goes_on_with_the_command_that_failed() -> None:
    book = two_commands()
    state = fold(
        records(
            started("j1"),
            e.JobFinished(job="j1", exit=0),
            started("j2", command="up.2"),
            e.JobFinished(job="j2", exit=1),
        )
    )
    assert [c.id for c in remaining_commands(book, state, book.steps[0])] == ["up.2"]


def test_a_command_without_end_is_satisfied_when_the_operator_stops_it() -> None:
    book = runbook(
        [step("logs", StepKind.COMMAND, commands=("logs.1",))],
        [command("logs.1", "tail -f log", behaviour=Behaviour.ENDLESS)],
    )
    stopped = fold(records(started("j1", "logs", "logs.1"), e.JobFinished(job="j1", exit=143, cancelled=True)))
    assert remaining_commands(book, stopped, book.steps[0]) == []


def test_what_belongs_to_another_session_is_never_offered() -> None:
    book = runbook(
        [step("fix", StepKind.COMMAND, commands=("fix.1", "fix.2"))],
        [command("fix.1", "ssh db", opens_session=True), command("fix.2", "rm -rf /data", in_session=True)],
    )
    assert [c.id for c in remaining_commands(book, RunState(), book.steps[0])] == ["fix.1"]


@pytest.mark.parametrize(
    ("effects", "confirm"),
    [
        (("read", "read"), Confirm.NONE),
        (("read", "change"), Confirm.PLAIN),
        (("unknown", "read"), Confirm.PLAIN),
        (("change", "destroy"), Confirm.DELIBERATE),
    ],
)
def test_the_worst_effect_of_a_step_decides_the_question(effects: tuple[str, ...], confirm: Confirm) -> None:
    commands = [command(f"up.{index}", effect=Effect(effect)) for index, effect in enumerate(effects)]
    book = runbook([step("up", StepKind.COMMAND, commands=tuple(c.id for c in commands))], commands)
    assert preview(book, RunState(), "up").confirm is confirm


def test_what_was_typed_at_another_machines_prompt_wants_its_place_first() -> None:
    looks = command("up.1", "df -h", effect=Effect.READ, prompt="[root@db1 ~]#", said_target="root@db1")
    book = runbook([step("up", StepKind.COMMAND, commands=("up.1",))], [looks])
    asked = preview(book, RunState(), "up")
    assert (asked.action, asked.place) == (Action.PLACE, "root@db1")
    given = preview(book, RunState(accepted={"root@db1": "root@db1"}), "up")
    assert (given.action, given.target) == (Action.RUN, "root@db1")
    here = preview(book, RunState(accepted={"root@db1": "local"}), "up")
    assert (here.action, here.target) == (Action.RUN, "local")


def test_enter_means_what_the_step_wants() -> None:
    book = runbook(
        [
            step("box"),
            step("sign", StepKind.SIGNOFF),
            step("date", StepKind.FIELD),
            step("alarm", role=StepRole.TRIGGER),
            step("ask", StepKind.COMMAND, commands=("ask.1",)),
        ],
        [command("ask.1", "echo <x>", placeholders=("<x>",), runnable=False, why_not="placeholder")],
    )
    found = {s.id: preview(book, RunState(), s.id).action for s in book.steps}
    assert found == {
        "box": Action.TICK,
        "sign": Action.SIGN,
        "date": Action.FILL,
        "alarm": Action.TRIGGER,
        "ask": Action.ASK,
    }


def test_an_unknown_outcome_is_settled_before_anything_else() -> None:
    state = fold(records(started(), e.JobLost(job="j1", reason="gone")))
    assert preview(two_commands(), state, "up").action is Action.RESOLVE


def test_nothing_happens_in_a_run_that_is_over() -> None:
    state = fold(records(e.RunFinished(outcome=e.Outcome.ROLLED_BACK)))
    assert preview(two_commands(), state, "up").refused == "this run is rolled back"
