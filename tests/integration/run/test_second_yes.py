"""What destroys something starts only when another person has said yes: with real keys, judged by ssh-keygen."""

import asyncio
import shutil
import subprocess
from contextlib import asynccontextmanager

import msgspec
import pytest

from runbook_tui import canarying, records, seconding
from runbook_tui.evidence import evidence_of
from runbook_tui.run import intents as i
from runbook_tui.run.events import CanarySteered, NoteAdded, SecondGiven
from runbook_tui.run.policy import Refused
from runbook_tui.run.second import WantsTerminal, statement
from runbook_tui.run.state import StepPhase
from runbook_tui.signing.identity import NobodyProved
from runbook_tui.signing.verification import verify
from tests.integration.run.desk import step, until
from tests.integration.signing.conftest import team

__all__ = ["team"]

DOCUMENT = """# Clean up

## Look

```bash
# See what is there
ls
```

## Remove

```bash
# Remove the data
rm -rf <folder> && echo removed >> traces
```
"""
POLICY = """
people:
  ana@example.org: {name: Ana, roles: [SRE]}
  ben@example.org: {name: Ben, roles: [SRE]}
  cy@example.org: {name: Cy, roles: [Auditor]}
drive: [SRE]
take: [SRE]
second: [SRE]
second_person: [destroy]
"""


@pytest.fixture
def place(stage_of, team, tmp_path, monkeypatch):
    """A run that Ana drives; the folder with the rules; `sits(person)` changes who sits at this terminal."""
    stage = stage_of(DOCUMENT)
    state = tmp_path / "state"
    state.mkdir()
    (state / "policy.yaml").write_text(POLICY)
    signers = [f"{name}@example.org {team.public(name)}\n" for name in ("ana", "ben", "cy")]
    (state / "allowed_signers").write_text(
        "".join(f'{line.split(" ", 1)[0]} namespaces="*@runbook-tui" {line.split(" ", 1)[1]}' for line in signers)
    )
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

    def sits(person):
        monkeypatch.setenv("RBT_KEY", str(team.folder / person))

    sits("ana")

    @asynccontextmanager
    async def driving(seconds=30.0):
        async with stage.new_run() as conductor:
            conductor.second._seconds = seconds
            await conductor.perform(i.SetVariable(name="<folder>", value=str(tmp_path / "data")))
            try:
                yield conductor
            finally:
                await conductor.close()

    place = driving
    driving.sits = sits
    driving.folder = tmp_path
    driving.stage = stage
    return place


def remove(conductor):
    return asyncio.create_task(
        conductor.perform(i.RunStep(step=step(conductor, "Remove").id, confirmed=True, deliberate=True))
    )


async def wanted(conductor):
    await until(lambda: conductor.state.wanted_second is not None)
    return conductor.state.wanted_second


async def says(place, person, conductor, *, yes=True, reason="", change=None):
    """Somebody answers at a terminal of their own."""
    asked = await wanted(conductor)
    place.sits(person)
    said = seconding.answer(conductor.state.run, asked, yes=yes, reason=reason)
    if change:
        said = change(said)
    async with records.open_journal() as journal:
        await journal.add_note(conductor.state.run, [said])


def traces(place):
    path = place.folder / "traces"
    return path.read_text().split() if path.exists() else []


async def test_another_persons_yes_starts_it_once(place):
    async with place() as conductor:
        running = remove(conductor)
        asked = await wanted(conductor)
        assert asked.commands == (f"rm -rf {place.folder}/data && echo removed >> traces",)
        assert asked.places == ("local",)
        assert asked.person == "ana@example.org"
        assert traces(place) == []
        await says(place, "ben", conductor)
        await running
        assert traces(place) == ["removed"]
        (job,) = conductor.state.jobs.values()
        assert job.second == asked.request
        found = conductor.state.seconds[asked.request]
        assert found.used
        assert (found.given.principal, found.given.person) == ("ben@example.org", "ben@example.org")
        assert found.given.signature.startswith("-----BEGIN SSH SIGNATURE-----")


async def test_a_passphrase_is_asked_for_on_a_terminal_that_was_given_over_and_nowhere_else(place, team, monkeypatch):
    """The app has the screen: a question of ssh-keygen would be written over it, and read from its keys."""
    locked = place.folder / "locked"
    for name in ("", ".pub"):
        shutil.copy(f"{team.folder / 'ben'}{name}", f"{locked}{name}")
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", locked], check=True)
    ask, asked_for = place.folder / "ask", place.folder / "asked"
    ask.write_text(f"#!/bin/sh\necho x >> {asked_for}\necho open sesame\n")
    ask.chmod(0o755)
    given = []
    real = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda words, **how: (given.append(how.get("start_new_session")), real(words, **how))[1]
    )
    async with place() as conductor:
        running = remove(conductor)
        asked, run = await wanted(conductor), conductor.state.run
        monkeypatch.setenv("RBT_KEY", str(locked))
        for name in ("DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"):
            monkeypatch.delenv(name, raising=False)
        given.clear()
        with pytest.raises(WantsTerminal, match="did not sign"):
            await asyncio.to_thread(seconding.answer, run, asked, yes=True)
        assert set(given) == {True}  # without a terminal of its own nothing is asked there
        monkeypatch.setenv("SSH_ASKPASS", str(ask))
        monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
        given.clear()
        said = await asyncio.to_thread(seconding.answer, run, asked, yes=True, on_terminal=True)
        assert False in given
        async with records.open_journal() as journal:
            await journal.add_note(run, [said])
        await running
        assert traces(place) == ["removed"]
        assert asked_for.read_text() == "x\n"


def test_who_stops_proves_who_it_is_where_not_anybody_may(place, team, monkeypatch):
    """A public key is anybody's."""
    rules = place.folder / "state" / "policy.yaml"
    rules.write_text(POLICY + "stop: [SRE]\n")
    shutil.copy(team.folder / "ben.pub", place.folder / "found.pub")
    monkeypatch.setenv("RBT_KEY", str(place.folder / "found.pub"))
    with pytest.raises(Refused, match="the policy says who may stop a run"):
        seconding.may_stop("r", "default")
    place.sits("cy")
    with pytest.raises(Refused, match=r"does not allow cy@example.org to stop"):
        seconding.may_stop("r", "default")
    place.sits("ben")
    seconding.may_stop("r", "default")
    rules.write_text(POLICY + "stop: anyone\n")
    place.sits("nobody")
    seconding.may_stop("r", "default")


async def test_what_only_looks_asks_nobody(place):
    async with place() as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "See").id))
        assert conductor.state.seconds == {}


@pytest.mark.parametrize(
    ("person", "change", "why"),
    [
        ("ana", None, "it is the same key"),
        ("cy", None, "does not allow cy@example.org to say the second yes"),
        ("ben", lambda said: msgspec.structs.replace(said, signature=""), "signature"),
        ("ben", lambda said: msgspec.structs.replace(said, principal="cy@example.org"), "what was signed is not what is asked"),
        ("ben", lambda said: msgspec.structs.replace(said, statement=said.statement.replace("yes, run", "no, run")), "what was signed is not"),
        ("ben", lambda said: SecondGiven(request=said.request, digest=said.digest, person="ben", user="ben", uid=4711, host=said.host), "policy"),
    ],
    ids=["own key", "not allowed", "no signature", "other principal", "other text", "only a name"],
)  # fmt: skip
async def test_a_yes_that_is_none(place, person, change, why):
    async with place() as conductor:
        running = remove(conductor)
        await says(place, person, conductor, change=change)
        with pytest.raises(Refused, match=why):
            await running
        assert traces(place) == []
        assert conductor.state.jobs == {}
        assert next(iter(conductor.state.seconds.values())).closed


async def test_a_yes_to_an_earlier_request_is_none(place):
    async with place() as conductor:
        first = remove(conductor)
        old = await wanted(conductor)
        place.sits("ben")
        said = seconding.answer(conductor.state.run, old, yes=True)
        await conductor.perform(i.CancelJob())
        with pytest.raises(Refused, match="withdrawn"):
            await first
        second = remove(conductor)
        await until(lambda: conductor.state.wanted_second not in (None, old))
        new = conductor.state.wanted_second
        replayed = msgspec.structs.replace(said, request=new.request, digest=new.digest)
        async with records.open_journal() as journal:
            await journal.add_note(conductor.state.run, [said, replayed])
        with pytest.raises(Refused, match="what was signed is not what is asked"):
            await second
        assert traces(place) == []


async def test_who_is_not_listed_cannot_even_say_it(place):
    async with place() as conductor:
        running = remove(conductor)
        with pytest.raises(NobodyProved):
            await says(place, "mallory", conductor)
        await conductor.perform(i.CancelJob())
        with pytest.raises(Refused):
            await running


async def test_no(place):
    async with place() as conductor:
        running = remove(conductor)
        await says(place, "ben", conductor, yes=False, reason="not on a Friday")
        with pytest.raises(Refused, match=r"says no: not on a Friday\. Nothing was started"):
            await running


async def test_the_command_changes_while_it_is_asked_for(place):
    async with place() as conductor:
        running = remove(conductor)
        await wanted(conductor)
        await conductor.perform(i.SetVariable(name="<folder>", value="/somewhere/else"))
        with pytest.raises(Refused, match="another command now"):
            await running
        (asked,) = conductor.state.seconds.values()
        assert "another command" in asked.closed
        assert conductor.state.wanted_second is None


async def test_it_expires(place):
    async with place(seconds=0.3) as conductor:
        running = remove(conductor)
        await wanted(conductor)
        with pytest.raises(Refused, match="nobody said yes within"):
            await running
        assert traces(place) == []


async def test_it_dies_with_the_drive(place):
    async with place() as conductor:
        running = remove(conductor)
        asked = await wanted(conductor)
        place.sits("ben")
        async with place.stage.resumed(take=True) as ben:
            assert ben.state.wanted_second is None
            with pytest.raises(Refused, match="somebody else drives now"):
                await running
            said = msgspec.structs.replace(
                SecondGiven(request=asked.request, digest=asked.digest, person="x"), principal=""
            )
            async with records.open_journal() as journal:
                await journal.add_note(ben.state.run, [said])
            assert traces(place) == []
            assert ben.state.step(step(ben, "Remove").id).phase is StepPhase.PENDING
            await ben.close()


async def test_taking_the_drive_wants_somebody_who_may(place):
    async with place() as conductor:
        place.sits("cy")
        with pytest.raises(Refused, match=r"does not allow cy@example.org to take the drive"):
            async with place.stage.resumed(take=True):
                pass
        await conductor.perform(i.AddNote(step=step(conductor, "See").id, text="still driving"))


def test_what_is_signed_reads_like_what_is_asked(place):
    from datetime import UTC, datetime

    from runbook_tui.run.people import Who
    from runbook_tui.run.state import SecondState

    asked = SecondState(
        request="r1", step="s", commands=("rm -rf /x",), places=("prod: a, b",), digest="d", effect="destroy",
        person="ana", principal="", actor="ana@h", at=datetime(2026, 1, 1, tzinfo=UTC), seconds=60, epoch=1,
    )  # fmt: skip
    text = statement("brave-otter", asked, Who(person="ben", principal="ben@x"), "now")
    for word in ("rm -rf /x", "prod: a, b", "brave-otter", "r1", "ben@x", "yes, run this"):
        assert word in text


async def test_a_note_of_the_driver_overtakes_nobody_elses(stage_of):
    """Another person's note that was not seen yet is taken in with one's own, not passed over."""
    async with stage_of(DOCUMENT).new_run() as conductor:
        see = step(conductor, "See").id
        async with records.open_journal() as other:
            for task in list(conductor._beside):  # nobody brings it by and by
                task.cancel()
            await other.add_note(conductor.state.run, [NoteAdded(step=see, text="theirs")])
            await conductor.perform(i.AddNote(step=see, text="mine"))
        assert [note.text for note in conductor.state.step(see).notes] == ["theirs", "mine"]
        await conductor.close()


CANARY = """---
rbt:
  text: {url}
  signals: {{error rate: {{query: errors, unit: '%'}}}}
  canary:
    command: 'echo {{weight}} >> {folder}/traces'
    stages: 10% 0.2s, 25% 0.2s, 100% 0.2s
    every: 0.4s
    checks: [Error rate < 5%]
---
# Release

- [ ] Walk the canary <!-- rbt: gate=canary -->
"""


@pytest.fixture
def canary(place, stage_of, service, tmp_path, monkeypatch):
    """The same people and rules, and a canary whose traffic a command divides."""
    monkeypatch.setattr(canarying, "AGAIN", 0.1)
    rules = POLICY.replace("second_person: [destroy]", "second_person: ['echo *traces']")
    (tmp_path / "state" / "policy.yaml").write_text(rules)
    stage = stage_of(CANARY.format(url=f"http://127.0.0.1:{service.port}/metrics", folder=tmp_path))

    @asynccontextmanager
    async def driving(*, resumed=False):
        async with stage.resumed() if resumed else stage.new_run() as conductor:
            try:
                await until(lambda: conductor.canary is not None)
                yield conductor
            finally:
                await conductor.close()

    return driving


def walk(conductor):
    return asyncio.create_task(conductor.perform(i.Tick(step=step(conductor, "Walk").id)))


async def test_traffic_divided_by_a_command_waits_for_another_persons_yes_to_all_of_its_weights(place, canary):
    async with canary() as conductor:
        walking = walk(conductor)
        asked = await wanted(conductor)
        assert [command.split()[1] for command in asked.commands] == ["10", "25", "100"]
        assert conductor.state.gates.canary is None
        await says(place, "ben", conductor)
        await walking
        await until(lambda: conductor.state.gates.canary.outcome is not None, 20)
        assert (conductor.state.gates.canary.outcome, traces(place)) == ("promoted", ["10", "25", "100"])
        assert {job.second for job in conductor.state.jobs.values()} == {asked.request}
        run = conductor.state.run
    async with records.open_journal() as journal:
        found = verify(await evidence_of(journal, run))
    assert [one.text for one in found.findings if one.code == "second"] == []


async def test_no_traffic_is_sent_when_the_other_person_says_no_or_it_is_ones_own_yes(place, canary):
    async with canary() as conductor:
        walking = walk(conductor)
        await says(place, "cy", conductor, yes=False, reason="not on a friday")
        with pytest.raises(Refused, match="not on a friday"):
            await walking
        place.sits("ana")
        walking = walk(conductor)
        await says(place, "ana", conductor)
        with pytest.raises(Refused, match="does not count"):
            await walking
        assert (conductor.state.gates.canary, traces(place)) == (None, [])


async def test_weights_that_nobody_said_yes_to_are_not_sent_and_are_taken_back_all_the_same(place, canary):
    """A canary from before the policy wanted that, or one begun past this program."""
    async with canary() as conductor:
        begun = msgspec.structs.replace(conductor.canary, step=step(conductor, "Walk").id)
        await conductor.perform(i.GateSaid(events=(begun,)))
        await until(lambda: conductor.state.gates.canary.stuck)
        assert "wants another person's yes" in conductor.state.gates.canary.held
        assert traces(place) == []
        await conductor.perform(i.GateSaid(events=(CanarySteered(to="abort", reason="by key"),)))
        await until(lambda: conductor.state.gates.canary.outcome == "aborted", 20)
        assert traces(place) == ["0"]
