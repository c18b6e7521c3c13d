"""Stories of a run, through the conductor, on real parts."""

import asyncio
import hashlib

import pytest

from runbook_tui import records, wiring
from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome, Resolution
from runbook_tui.run.outbox import Outbox
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import Driven, Fenced
from runbook_tui.run.preview import Action, Confirm
from runbook_tui.run.progress import unfinished
from runbook_tui.run.state import StepPhase
from tests.integration.run.desk import power_fails, step, until

TWO = """\
# Release

## Deploy

```bash
# Go there
mkdir -p place
cd place
colour=blue
greet() { echo "hello $1, it is $colour"; }
```

```bash
# Use it
greet operator > said
pwd >> said
```

- [ ] It looks right
"""


def phase(conductor, title: str) -> StepPhase:
    return conductor.state.step(step(conductor, title).id).phase


async def test_folder_variables_and_functions_carry_on_to_the_next_step_and_survive_a_restart(stage_of) -> None:
    stage = stage_of(TWO)
    async with stage.new_run() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Go there").id, confirmed=True))
        assert phase(conductor, "Go there") is StepPhase.DONE
    async with stage.resumed() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Use it").id, confirmed=True))
        assert phase(conductor, "Use it") is StepPhase.DONE
    said = (stage.folder / "place" / "said").read_text().splitlines()
    assert said == ["hello operator, it is blue", str(stage.folder / "place")]


async def test_a_changing_step_wants_a_confirmation_and_nothing_is_written_without(stage_of) -> None:
    stage = stage_of(TWO)
    async with stage.new_run() as conductor:
        before = conductor.state.seq
        assert conductor.preview(step(conductor, "Go there").id).confirm is Confirm.PLAIN
        with pytest.raises(Refused, match="confirmation"):
            await conductor.perform(i.RunStep(step=step(conductor, "Go there").id))
        assert conductor.state.seq == before
    assert not (stage.folder / "place").exists()


async def test_a_failing_command_stops_its_step_and_a_retry_goes_on_from_there(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n```bash\n# Try\necho once >> log\ntest -e ready\necho after >> log\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "Try").id
        await conductor.perform(i.RunStep(step=one, confirmed=True))
        assert conductor.state.step(one).phase is StepPhase.FAILED
        assert conductor.state.step(one).reason == "exit status 1"
        (stage.folder / "ready").touch()
        await conductor.perform(i.RunStep(step=one, confirmed=True))
        assert conductor.state.step(one).phase is StepPhase.DONE
    assert (stage.folder / "log").read_text() == "once\nafter\n"


async def test_output_is_kept_whole_and_shown(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n```bash\n# Count\nseq 1 20000\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "Count").id
        await conductor.perform(i.RunStep(step=one, confirmed=True))
        job = conductor.state.jobs[conductor.state.step(one).jobs[0]]
        expected = "".join(f"{n}\n" for n in range(1, 20001)).encode()
        assert await conductor.kept_output(job.job) == expected
        assert job.output_sha256 == hashlib.sha256(expected).hexdigest()
        assert conductor.live_output(job.job).line(19999) == b"20000"


async def test_a_placeholder_is_asked_once_and_serves_every_command(stage_of) -> None:
    stage = stage_of(
        "# R\n\n## D\n\n```bash\n# First\necho <service-name> > one\n```\n\n```bash\n# Second\necho '<service-name>' > two\n```\n"
    )
    async with stage.new_run() as conductor:
        shown = conductor.preview(step(conductor, "First").id)
        assert shown.action is Action.ASK
        assert shown.missing == ("<service-name>",)
        with pytest.raises(Refused, match="service-name"):
            await conductor.perform(i.RunStep(step=step(conductor, "First").id, confirmed=True))
        await conductor.perform(i.SetVariable(name="<service-name>", value="api; touch hacked"))
        for title in ("First", "Second"):
            await conductor.perform(i.RunStep(step=step(conductor, title).id, confirmed=True))
    assert (stage.folder / "one").read_text() == (stage.folder / "two").read_text() == "api; touch hacked\n"
    assert not (stage.folder / "hacked").exists()


async def test_a_secret_reaches_the_command_and_nothing_else(stage_of) -> None:
    stage = stage_of(
        "# R\n\n## D\n\n```bash\n# Log in\nprintf '%s' <db-password> > got; echo the password is <db-password>\n```\n"
    )
    async with stage.new_run() as conductor:
        await conductor.perform(i.SetVariable(name="<db-password>", value="correct-horse"))
        one = step(conductor, "Log in").id
        await conductor.perform(i.RunStep(step=one, confirmed=True))
        assert conductor.state.step(one).phase is StepPhase.DONE
        job = conductor.state.step(one).jobs[0]
        assert await conductor.kept_output(job) == b"the password is ***\n"
        database = b"".join(file.read_bytes() for file in (stage.folder / "state").glob("runs.db*"))
    assert (stage.folder / "got").read_text() == "correct-horse"
    assert b"correct-horse" not in database


async def test_a_job_outlives_its_app_and_is_followed_to_its_end_by_the_next(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n```bash\n# Slow\necho begun; sleep 1.5; echo ended; echo x >> effects\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "Slow").id
        task = asyncio.create_task(conductor.perform(i.RunStep(step=one, confirmed=True)))
        await until(lambda: conductor.current_job and conductor.live_output(conductor.current_job).bytes)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert conductor.state.step(one).phase is StepPhase.RUNNING
    async with stage.resumed() as conductor:
        assert await conductor.recover() == []
        assert conductor.state.step(one).phase is StepPhase.DONE
        assert await conductor.kept_output(conductor.state.step(one).jobs[0]) == b"begun\nended\n"
    assert (stage.folder / "effects").read_text() == "x\n"


async def test_an_outcome_nobody_can_tell_is_unknown_until_a_person_settles_it(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n```bash\n# Slow\necho x >> effects; sleep 60\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "Slow").id
        task = asyncio.create_task(conductor.perform(i.RunStep(step=one, confirmed=True)))
        await until(lambda: (stage.folder / "effects").exists())
        job = conductor.current_job
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        power_fails(job)
    async with stage.resumed() as conductor:
        unknown = await conductor.recover()
        assert [j.job for j in unknown] == [job]
        assert conductor.state.step(one).phase is StepPhase.UNKNOWN
        assert conductor.preview(one).action is Action.RESOLVE
        with pytest.raises(Refused, match="unknown"):
            await conductor.perform(i.Tick(step=one))
        await conductor.perform(i.ResolveJob(job=job, resolution=Resolution.SUCCEEDED, reason="the file is there"))
        assert conductor.preview(one).action is Action.TICK
        await conductor.perform(i.Tick(step=one))
    assert (stage.folder / "effects").read_text() == "x\n"


async def test_cancel_ends_the_whole_tree_and_says_so(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n```bash\n# Slow\n(sleep 61; echo no >> late) & sleep 62; echo no >> late\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "Slow").id
        task = asyncio.create_task(conductor.perform(i.RunStep(step=one, confirmed=True)))
        await until(lambda: conductor.current_job is not None)
        await asyncio.sleep(0.2)
        await conductor.perform(i.CancelJob())
        await task
        assert conductor.state.step(one).phase is StepPhase.FAILED
        assert conductor.state.step(one).reason == "cancelled"


async def test_a_timeout_written_in_the_document_holds(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n<!-- rbt: timeout=1s -->\n```bash\n# Slow\nsleep 30\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "Slow").id
        await conductor.perform(i.RunStep(step=one, confirmed=True))
        assert conductor.state.step(one).phase is StepPhase.FAILED
        assert "timed out" in conductor.state.step(one).reason


async def test_a_folder_that_is_not_there_is_an_error_and_nothing_runs_elsewhere(stage_of) -> None:
    stage = stage_of("# R\n\n## D\n\n<!-- rbt: cwd=/no/such/place -->\n```bash\n# There\ntouch here\n```\n")
    async with stage.new_run() as conductor:
        one = step(conductor, "There").id
        await conductor.perform(i.RunStep(step=one, confirmed=True))
        assert conductor.state.step(one).phase is not StepPhase.DONE
    assert not (stage.folder / "here").exists()


ROLLBACK = """\
# Release

## Deploy

<!-- rbt: rollback="rm flag" -->
```bash
# Raise the flag
touch flag
```

## Rollback procedure

```bash
# Tell everybody
echo taken back > notice
```

1. Call the product owner
"""


async def test_the_way_back_undoes_what_was_done_and_waits_for_people_where_it_must(stage_of) -> None:
    stage = stage_of(ROLLBACK)
    async with stage.new_run() as conductor:
        with pytest.raises(Refused, match="nothing was changed"):
            await conductor.perform(i.RollBack(reason="errors"))
        await conductor.perform(i.RunStep(step=step(conductor, "Raise").id, confirmed=True))
        assert (stage.folder / "flag").exists()
        assert conductor.rollback_plan().armed
        await conductor.perform(i.RollBack(reason="errors"))
        assert not (stage.folder / "flag").exists()
        assert (stage.folder / "notice").read_text() == "taken back\n"
        manual = conductor.rollback_plan().remaining
        assert [item.title for item in manual] == ["Call the product owner"]
        assert conductor.state.outcome is None
        await conductor.perform(i.SettleItem(item=manual[0].id))
        await conductor.perform(i.RollBack(reason="errors"))
        assert conductor.state.outcome is Outcome.ROLLED_BACK


async def test_a_rollback_cut_off_in_the_middle_goes_on_and_repeats_nothing(stage_of) -> None:
    stage = stage_of(ROLLBACK.replace("echo taken back > notice", "echo taken back >> notice; sleep 1"))
    async with stage.new_run() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Raise").id, confirmed=True))
        task = asyncio.create_task(conductor.perform(i.RollBack(reason="errors")))
        await until(lambda: (stage.folder / "notice").exists())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with stage.resumed() as conductor:
        assert await conductor.recover() == []
        await conductor.perform(i.RollBack(reason="errors"))
        assert [item.title for item in conductor.rollback_plan().remaining] == ["Call the product owner"]
    assert (stage.folder / "notice").read_text() == "taken back\n"


async def test_a_rollback_that_fails_says_so_and_is_not_taken_back_by_machine(stage_of) -> None:
    stage = stage_of(ROLLBACK.replace("echo taken back > notice", "exit 7"))
    async with stage.new_run() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Raise").id, confirmed=True))
        await conductor.perform(i.RollBack(reason="errors"))
        assert conductor.state.rollback.succeeded is False
        assert conductor.state.outcome is None


async def test_what_failed_may_be_settled_by_a_person_and_is_not_tried_again(stage_of) -> None:
    stage = stage_of(ROLLBACK.replace("echo taken back > notice", "echo tried >> tries; exit 7"))
    async with stage.new_run() as conductor:
        with pytest.raises(Refused, match="no rollback is under way"):
            await conductor.perform(i.SettleItem(item="any"))
        await conductor.perform(i.RunStep(step=step(conductor, "Raise").id, confirmed=True))
        await conductor.perform(i.RollBack(reason="errors"))
        (failed,) = [item for item in conductor.rollback_plan().remaining if item.failed]
        await conductor.perform(i.SettleItem(item=failed.id, reason="told on the telephone"))
        assert not [item for item in conductor.rollback_plan().remaining if item.failed]
        await conductor.perform(i.RollBack(reason="errors"))
        (manual,) = conductor.rollback_plan().remaining
        await conductor.perform(i.SettleItem(item=manual.id, skipped=True, reason="nobody is there"))
        await conductor.perform(i.RollBack(reason="errors"))
        assert conductor.state.outcome is Outcome.ROLLED_BACK
        assert (stage.folder / "tries").read_text() == "tried\n"
        with pytest.raises(Refused):
            await conductor.perform(i.SettleItem(item=manual.id))


async def test_a_run_that_is_over_can_still_be_taken_back_by_whoever_opens_it(stage_of) -> None:
    stage = stage_of(ROLLBACK.replace("1. Call the product owner\n", ""))
    async with stage.new_run() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Raise").id, confirmed=True))
        await conductor.perform(i.Finish(outcome=Outcome.COMPLETED))
        name = conductor.state.run
    async with records.open_journal() as journal:
        later = await wiring.open_run(journal, name)
        assert later.preview(step(later, "Raise").id).refused == "this run is completed"
        await later.perform(i.RollBack(reason="errors an hour later"))
        assert later.state.outcome is Outcome.ROLLED_BACK
    assert not (stage.folder / "flag").exists()


async def test_two_runs_of_one_document_never_mix(stage_of) -> None:
    stage = stage_of(TWO)
    async with stage.new_run() as first, stage.new_run() as second:
        assert first.state.run != second.state.run
        await first.perform(i.Tick(step=step(first, "It looks right").id))
        assert phase(second, "It looks right") is StepPhase.PENDING


async def test_a_second_terminal_is_told_who_drives_and_a_taken_over_one_writes_nothing_more(stage_of) -> None:
    stage = stage_of(TWO)
    async with stage.new_run() as first:
        with pytest.raises(Driven):
            async with stage.resumed():
                pass
        async with stage.resumed(take=True) as second:
            with pytest.raises(Fenced):
                await first.perform(i.Tick(step=step(first, "It looks right").id))
            await second.perform(i.Tick(step=step(second, "It looks right").id))


async def test_an_edited_document_is_noticed_mapped_by_step_and_taken_over_when_asked(stage_of) -> None:
    stage = stage_of(TWO)
    async with stage.new_run() as conductor:
        assert await conductor.document_diff() is None
        await conductor.perform(i.Tick(step=step(conductor, "It looks right").id))
        stage.path.write_text(
            TWO.replace("# Release\n", "# Release\n\nA new first line.\n").replace("greet operator", "greet everybody")
            + "- [ ] One more\n"
        )
        diff = await conductor.document_diff()
        assert [len(diff.added), len(diff.removed), len(diff.changed)] == [1, 0, 1]
        await conductor.perform(i.AdoptDocument())
        assert await conductor.document_diff() is None
        assert phase(conductor, "It looks right") is StepPhase.DONE
        assert phase(conductor, "One more") is StepPhase.PENDING
    async with stage.resumed() as conductor:
        assert phase(conductor, "It looks right") is StepPhase.DONE
        assert step(conductor, "One more")


async def test_an_edit_beside_the_document_is_noticed_and_taken_over_when_asked(stage_of) -> None:
    """The file beside it, and a rule file it names; until then the run follows what it keeps."""
    stage = stage_of(TWO)
    beside = stage.path.with_suffix(".runbook.yaml")
    rules = stage.path.with_name("alerts.yml")
    beside.write_text("rules: alerts.yml\n")
    rules.write_text("groups: []\n")
    async with stage.new_run() as conductor:
        kept = conductor.state.beside["alerts.yml"]
        assert await conductor.document_diff() is None
        beside.write_text("rules: alerts.yml\nsteps:\n  It looks right: {skip: true}\n")
        diff = await conductor.document_diff()
        assert diff.sentence == (
            "the file beside the document was edited; no step or command differs, conditions and signals may"
        )
        rules.write_text("groups: [{name: a, rules: []}]\n")
        assert "the file beside the document and alerts.yml were edited" in (await conductor.document_diff()).sentence
        assert len(unfinished(conductor.runbook, conductor.state)) == 3
    async with stage.resumed() as conductor:
        assert len(unfinished(conductor.runbook, conductor.state)) == 3
        await conductor.perform(i.AdoptDocument())
        assert len(unfinished(conductor.runbook, conductor.state)) == 2
        assert await conductor.document_diff() is None
        assert conductor.state.beside["alerts.yml"] != kept
        beside.unlink()
        assert (await conductor.document_diff()).what == ("the file beside the document", "alerts.yml")
        await conductor.perform(i.AdoptDocument())
        assert (conductor.state.sidecar, conductor.state.beside) == ("", {})
    async with stage.resumed() as conductor:
        assert len(unfinished(conductor.runbook, conductor.state)) == 3


async def test_a_run_ends_only_when_nothing_is_open_and_then_takes_nothing_more(stage_of) -> None:
    stage = stage_of(TWO)
    async with stage.new_run() as conductor:
        with pytest.raises(Refused, match="3 steps are open"):
            await conductor.perform(i.Finish(outcome=Outcome.COMPLETED))
        for title in ("Go there", "Use it"):
            await conductor.perform(i.RunStep(step=step(conductor, title).id, confirmed=True))
        await conductor.perform(i.Tick(step=step(conductor, "It looks right").id))
        await conductor.perform(i.Finish(outcome=Outcome.COMPLETED))
        assert conductor.state.outcome is Outcome.COMPLETED
        with pytest.raises(Refused, match="over"):
            await conductor.perform(i.Reopen(step=step(conductor, "It looks right").id))
        await conductor.perform(i.AddNote(step=step(conductor, "It looks right").id, text="went well"))
        assert not list((stage.folder / "state" / "jobs").glob("*/*"))


async def test_a_way_back_that_wants_a_value_is_not_begun_without_it(stage_of) -> None:
    stage = stage_of(ROLLBACK.replace("echo taken back > notice", "echo <release-name> > notice"))
    async with stage.new_run() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Raise").id, confirmed=True))
        before = conductor.state.seq
        with pytest.raises(Refused, match="release-name"):
            await conductor.perform(i.RollBack(reason="errors"))
        assert conductor.state.seq == before
        assert (stage.folder / "flag").exists()
        await conductor.perform(i.SetVariable(name="<release-name>", value="v1"))
        await conductor.perform(i.RollBack(reason="errors"))
        assert (stage.folder / "notice").read_text() == "v1\n"


async def test_output_is_whole_however_often_a_flush_is_cut_off(stage_of) -> None:
    stage = stage_of(TWO)
    pieces = [b"%d " % number * 300 for number in range(60)]
    async with stage.new_run() as conductor:
        outbox = Outbox(conductor._ledger)
        outbox.open("j1")
        for number, piece in enumerate(pieces):
            await outbox.add("j1", piece)
            flush = asyncio.create_task(outbox.flush())
            for _ in range(number % 6):
                await asyncio.sleep(0)
            flush.cancel()
            await asyncio.gather(flush, return_exceptions=True)
        last = await outbox.close("j1")
        kept = await conductor._ledger.journal.finish_output(conductor.state.run, "j1", last)
    assert kept.sha256 == hashlib.sha256(b"".join(pieces)).hexdigest()


async def test_of_a_flood_the_middle_is_hashed_and_only_the_ends_are_written(stage_of, monkeypatch) -> None:
    stage = stage_of(TWO)
    piece = b"a line of a flood, one as good as the other\n" * 20_000
    async with stage.new_run() as conductor:
        journal = conductor._ledger.journal
        written = []
        write_outputs = journal.write_outputs

        async def counted(run, pieces):
            written.append(sum(len(one.data) for one in pieces))
            await write_outputs(run, pieces)

        monkeypatch.setattr(journal, "write_outputs", counted)
        monkeypatch.setattr("runbook_tui.run.outbox.FLOOD_EVERY", 600.0)  # a machine so slow would write more often
        outbox = Outbox(conductor._ledger)
        outbox.open("j1")
        for _ in range(80):
            await outbox.add("j1", piece)
            await asyncio.sleep(0)
        last = await outbox.close("j1")
        kept = await journal.finish_output(conductor.state.run, "j1", last)
        parts = await journal.read_output(conductor.state.run, "j1")
    stream = piece * 80
    assert (kept.bytes, kept.sha256) == (len(stream), hashlib.sha256(stream).hexdigest())
    assert [(part.offset, part.data) for part in parts] == [
        (0, stream[:1_000_000]),
        (len(stream) - 9_000_000, stream[-9_000_000:]),
    ]
    assert sum(written) < len(stream) * 0.5
