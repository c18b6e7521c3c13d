import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.state import JobPhase, RunState, StepPhase
from tests.unit.run.documents import records


def started(job: str = "j1", step: str = "up", command: str = "up.1", **fields: object) -> e.JobStarted:
    return e.JobStarted(
        job=job, step=step, command=command, text="touch flag", shown="touch flag", target="local", **fields
    )


def phase_after(*events: e.AnyEvent, step: str = "up") -> StepPhase:
    return fold(records(*events)).step(step).phase


def test_a_step_of_which_nothing_was_heard_is_pending() -> None:
    assert RunState().step("anything").phase is StepPhase.PENDING


def test_an_intent_without_a_result_shows_the_step_as_running_and_the_job_as_open() -> None:
    state = fold(records(started()))
    assert state.step("up").phase is StepPhase.RUNNING
    assert [job.job for job in state.open_jobs] == ["j1"]


def test_exit_status_zero_leaves_the_step_open_until_it_is_ticked() -> None:
    assert phase_after(started(), e.JobFinished(job="j1", exit=0)) is StepPhase.PENDING
    assert phase_after(started(), e.JobFinished(job="j1", exit=0), e.StepTicked(step="up")) is StepPhase.DONE


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (e.JobFinished(job="j1", exit=3), "exit status 3"),
        (e.JobFinished(job="j1", exit=143, signal="TERM"), "ended by TERM"),
        (e.JobFinished(job="j1", exit=None), "no exit status"),
        (e.JobFinished(job="j1", exit=143, cancelled=True), "cancelled"),
        (e.JobFinished(job="j1", exit=143, cancelled=True, leftover=2), "cancelled, 2 processes could not be stopped"),
    ],
)
def test_what_did_not_succeed_fails_its_step_and_says_how(result: e.JobFinished, words: str) -> None:
    state = fold(records(started(), result))
    assert state.step("up").phase is StepPhase.FAILED
    assert state.step("up").reason == words


def test_a_command_that_timed_out_never_counts_as_a_success_whatever_its_exit_status() -> None:
    state = fold(records(started(), e.JobFinished(job="j1", exit=0, timed_out=True, seconds=30)))
    assert state.step("up").phase is StepPhase.FAILED
    assert state.step("up").reason == "timed out after 30 s"


def test_a_lost_job_is_unknown_until_a_person_says_what_became_of_it() -> None:
    lost = (started(), e.JobLost(job="j1", reason="the host was rebooted"))
    assert phase_after(*lost) is StepPhase.UNKNOWN
    said = {
        e.Resolution.SUCCEEDED: StepPhase.PENDING,
        e.Resolution.FAILED: StepPhase.FAILED,
        e.Resolution.NOT_RUN: StepPhase.PENDING,
    }
    for resolution, phase in said.items():
        resolved = e.JobResolved(job="j1", resolution=resolution, reason="looked")
        assert phase_after(*lost, resolved) is phase
        assert fold(records(*lost, resolved)).jobs["j1"].succeeded is (resolution is e.Resolution.SUCCEEDED)


def test_a_rollback_job_never_changes_the_phase_of_the_step_it_undoes() -> None:
    state = fold(records(e.StepTicked(step="up"), started(purpose=e.Purpose.ROLLBACK), e.JobFinished(job="j1", exit=1)))
    assert state.step("up").phase is StepPhase.DONE
    assert state.jobs["j1"].phase is JobPhase.FINISHED


def test_a_reopened_step_starts_from_its_first_command_and_keeps_its_history() -> None:
    state = fold(
        records(
            started(),
            e.JobFinished(job="j1", exit=0),
            e.StepTicked(step="up", automatic=True),
            e.StepReopened(step="up"),
        )
    )
    assert state.step("up").phase is StepPhase.PENDING
    assert state.step("up").jobs == ("j1",)
    assert state.last_job("up", "up.1") is None


def test_the_shell_state_goes_on_from_the_last_job_that_kept_one() -> None:
    state = fold(
        records(
            started("j1"),
            e.JobFinished(job="j1", exit=0, shell_state=True),
            started("j2", command="up.2"),
            e.JobFinished(job="j2", exit=0, shell_state=False),
        )
    )
    assert state.shell == {"local": "j1"}


def test_a_secret_leaves_its_name_and_nothing_else() -> None:
    state = fold(
        records(e.VariableSet(name="<password>", value=None, secret=True), e.VariableSet(name="<host>", value="a"))
    )
    assert state.variables["<password>"].value is None
    assert state.variables["<host>"].value == "a"


def test_a_signature_is_voided_not_removed() -> None:
    given_ = e.SignOffGiven(step="lead", role="Lead", name="Ana", meaning="approved")
    state = fold(records(given_, e.SignOffVoided(step="lead", reason="taken back")))
    assert state.signoffs["lead"].void == "taken back"
    assert state.step("lead").phase is StepPhase.PENDING


def test_a_second_try_of_a_rollback_keeps_what_the_first_has_done() -> None:
    state = fold(
        records(
            e.RollbackStarted(reason="errors", items=("a", "b")),
            e.RollbackItemDone(item="a"),
            e.RollbackFinished(succeeded=False),
            e.RollbackStarted(reason="again", items=("a", "b")),
        )
    )
    assert state.rollback is not None
    assert state.rollback.settled == {"a": True}
    assert state.rollback.finished is None


def test_steps_are_rolled_back_when_the_whole_rollback_succeeded_and_not_before() -> None:
    begun = (e.StepTicked(step="up"), e.RollbackStarted(reason="errors", items=("a",), steps=("up",)))
    assert phase_after(*begun) is StepPhase.DONE
    assert phase_after(*begun, e.RollbackFinished(succeeded=False)) is StepPhase.DONE
    assert phase_after(*begun, e.RollbackFinished(succeeded=True)) is StepPhase.ROLLED_BACK


# --- laws ---

_STEPS = st.sampled_from(["up", "look", "tell"])
_JOBS = st.sampled_from(["j1", "j2", "j3"])
_EVENTS = st.lists(
    st.one_of(
        st.builds(e.StepTicked, step=_STEPS),
        st.builds(e.StepReopened, step=_STEPS),
        st.builds(e.StepSkipped, step=_STEPS, reason=st.just("later")),
        st.builds(e.NoteAdded, step=_STEPS, text=st.just("seen")),
        st.builds(e.VariableSet, name=st.sampled_from(["<a>", "<b>"]), value=st.sampled_from(["1", "2"])),
        st.builds(started, job=_JOBS, step=_STEPS),
        st.builds(e.ConditionFired, step=_STEPS, text=st.just("errors")),
        st.builds(e.RollbackStarted, reason=st.just("r"), items=st.just(("a",))),
        st.builds(e.RollbackItemDone, item=st.just("a")),
    ),
    max_size=30,
)


@given(_EVENTS, st.integers(0, 30))
def test_folding_in_two_parts_gives_what_folding_at_once_gives(events: list[e.AnyEvent], cut: int) -> None:
    whole = records(*events)
    assert fold(whole[cut:], fold(whole[:cut])) == fold(whole)


@given(_EVENTS, st.integers(0, 30))
def test_an_event_seen_twice_changes_nothing(events: list[e.AnyEvent], back: int) -> None:
    whole = records(*events)
    assert fold(whole[back:], fold(whole)) == fold(whole)


@given(_EVENTS)
def test_folding_never_changes_the_state_it_started_from(events: list[e.AnyEvent]) -> None:
    whole = records(*events)
    half = fold(whole[: len(whole) // 2])
    before = msgspec.json.encode(half)
    fold(whole[len(whole) // 2 :], half)
    assert msgspec.json.encode(half) == before


def test_every_kind_of_event_has_a_fold() -> None:
    from runbook_tui.run.fold import _apply

    for kind in e.AnyEvent.__args__:
        assert _apply.dispatch(kind) is not _apply.dispatch(object), kind
