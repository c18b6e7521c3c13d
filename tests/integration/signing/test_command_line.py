"""rbt sign, rbt verify and rbt head as processes, on a run of a real journal; keys in files, in an agent, and encrypted."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from runbook_tui import records, wiring
from runbook_tui.document.runbook import StepKind
from runbook_tui.run import intents as i
from runbook_tui.run.policy import Refused
from runbook_tui.run.warding import SessionOver
from tests.integration.signing.bed import DOCUMENT, POLICY
from tests.rbt import run as run_rbt

RBT = str(Path(sys.executable).parent / "rbt")
TEXT, NUMBER, MAYBE = {"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}
VERIFIED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "run", "verdict", "anchored", "events", "head", "material_head", "first", "last", "documents", "outputs",
                 "output_bytes", "signoffs", "findings", "cannot_tell"],
    "properties": {
        "schema": {"const": "runbook-tui/verify@1"},
        "verdict": {"enum": ["holds", "open", "violated"]},
        "run": TEXT, "head": TEXT, "material_head": TEXT, "first": MAYBE, "last": MAYBE,
        "events": NUMBER, "documents": NUMBER, "outputs": NUMBER, "output_bytes": NUMBER,
        "anchored": {"type": "array", "items": TEXT},
        "cannot_tell": {"type": "array", "items": TEXT, "minItems": 1},
        "signoffs": {"type": "array", "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["event", "step", "role", "by", "signer", "fingerprint", "meaning", "at", "signed_at", "state", "deputy", "covers",
                         "statement_sha256", "reasons"],
            "properties": {
                "state": {"enum": ["valid", "void", "refused", "name_only", "superseded"]},
                "event": NUMBER, "covers": NUMBER, "deputy": {"type": "boolean"}, "step": TEXT, "role": TEXT, "by": TEXT,
                "signer": MAYBE, "fingerprint": MAYBE, "meaning": TEXT, "at": TEXT, "signed_at": MAYBE, "statement_sha256": MAYBE,
                "reasons": {"type": "array", "items": TEXT},
            },
        }},
        "findings": {"type": "array", "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "weight", "text", "event"],
            "properties": {"code": TEXT, "weight": {"enum": ["violated", "open", "note"]}, "text": TEXT, "event": {"type": ["integer", "null"]}},
        }},
    },
}  # fmt: skip
SIGNED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "run", "role", "step", "by", "signer", "fingerprint", "decision", "meaning", "covers", "event", "request"],
    "properties": {
        "schema": {"const": "runbook-tui/sign@1"}, "decision": {"enum": ["approve", "reject"]}, "run": TEXT, "role": TEXT, "step": TEXT,
        "by": TEXT, "signer": TEXT, "fingerprint": MAYBE, "meaning": TEXT, "covers": NUMBER, "event": {"type": ["integer", "null"]},
        "request": MAYBE,
    },
}  # fmt: skip


@pytest.fixture
def place(team, tmp_path, monkeypatch) -> Path:
    """A state folder with policy and signers; nobody's agent."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "policy.yaml").write_bytes(POLICY + b"notify: ['slack://hush']\n")
    (state / "allowed_signers").write_bytes(team.signers())
    (tmp_path / "release.md").write_bytes(DOCUMENT)
    monkeypatch.setenv("RBT_STATE", str(state))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in ("RBT_KEY", "RBT_AS", "RBT_POLICY", "RBT_SIGNERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def agent(tmp_path, monkeypatch):
    """A real ssh-agent."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed")
    sock = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
    while not sock.exists():
        assert process.poll() is None
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))
    yield lambda key: subprocess.run(["ssh-add", "-q", key], check=True)
    process.terminate()
    process.wait()


def rbt(*words: str, code: int | None = 0, **env: str) -> str:
    done = run_rbt(*words, env={**os.environ, **env})
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr if code else done.stdout


async def walked(monkeypatch, team, person: str = "eve") -> str:
    """A run that this person drove to its sign-offs."""
    monkeypatch.setenv("RBT_KEY", str(team.folder / person))
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        for step in conductor.runbook.steps:
            if step.commands:
                await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
            elif step.signoff is None:
                await conductor.perform(i.Tick(step=step.id))
        run = conductor.state.run
        assert conductor.state.drove == {f"{person}@example.org"}
        await conductor.close()
        await journal.give_drive(run)
    monkeypatch.delenv("RBT_KEY")
    return run


async def test_three_ways_to_sign_then_verified_and_anchored(place, team, agent, monkeypatch) -> None:
    run = await walked(monkeypatch, team)
    told = json.loads(
        rbt("sign", run, "--role", "qa", "--key", str(team.folder / "ben"), "--meaning", "tested", "--yes", "--json")
    )
    jsonschema.validate(told, SIGNED)
    assert (told["role"], told["by"]) == ("QA Lead", "Ben Bitdiddle")

    agent(team.folder / "ana")
    assert "signed as Engineering Lead" in rbt(
        "sign", run, "--role", "Eng", "--meaning", "approved for production", "--yes"
    )

    written = rbt(
        "sign", run, "--role", "Security", "--as", "cy@example.org", "--meaning", "scanned", "--request", "cy.json"
    )
    assert "ssh-keygen -Y sign" in written
    key = team.folder / "cy"
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "signoff-v1@runbook-tui", "cy.json"], check=True)
    rbt("sign", run, "--import", "cy.json")

    Path("heads").write_text(rbt("head", run))
    own = str(place / "state" / "allowed_signers")
    answer = json.loads(rbt("verify", run, "--expect", "heads", "--signers", own, "--json"))
    jsonschema.validate(answer, VERIFIED)
    assert answer["verdict"] == "holds"
    assert [off["state"] for off in answer["signoffs"]] == ["valid"] * 3
    assert "by heads" in answer["anchored"][0]
    assert "anchored" in rbt("verify", run, "--expect", "heads")
    status = json.loads(rbt("status", run, "--json"))
    assert [one["state"] for one in status["signoffs"]] == ["signed", "signed", "signed", "open"]
    for file in (place / "state").glob("runs.db*"):
        assert b"hush" not in file.read_bytes()  # addresses of notices hold passwords


async def test_what_is_not_right_is_refused_with_its_reason_and_nothing_is_recorded(place, team, monkeypatch) -> None:
    run = await walked(monkeypatch, team)
    before = rbt("head", run).split()[2:4]
    key = ("--key", str(team.folder / "ana"), "--meaning", "ok", "--yes")
    for words, says in (
        (("--role", "QA Lead", *key), "does not hold the role QA Lead"),
        (("--role", "Astronaut", *key), "asks for no sign-off as 'Astronaut'"),
        (("--role", "QA", "--key", str(team.folder / "eve"), "--meaning", "ok", "--yes"), "drove this run"),
        (
            ("--role", "QA", "--key", str(team.folder / "mallory"), "--meaning", "ok", "--yes"),
            "is listed in allowed_signers",
        ),
        (("--role", "QA", "--meaning", "ok", "--yes"), "no agent with a key"),
        (("--role", "Eng", *key[:-1]), "nobody is there to say yes"),
    ):
        assert says in rbt("sign", run, *words, code=3)
    assert rbt("head", run).split()[2:4] == before


async def test_an_encrypted_key_is_opened_by_ssh_keygen_itself(place, team, tmp_path, monkeypatch) -> None:
    """The passphrase goes from the askpass program to ssh-keygen and never through rbt."""
    run = await walked(monkeypatch, team)
    locked = tmp_path / "locked"
    shutil.copy(team.folder / "ben", locked)
    shutil.copy(team.folder / "ben.pub", tmp_path / "locked.pub")
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", locked], check=True)
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\necho open sesame\n")
    ask.chmod(0o755)
    words = ("sign", run, "--role", "QA", "--key", str(locked), "--meaning", "tested", "--yes")
    assert "did not sign" in rbt(*words, code=2, SSH_ASKPASS="/bin/false", SSH_ASKPASS_REQUIRE="force")
    assert "signed as QA Lead" in rbt(*words, SSH_ASKPASS=str(ask), SSH_ASKPASS_REQUIRE="force")


async def test_a_journal_edited_behind_our_back_ends_with_five(place, team, monkeypatch) -> None:
    import sqlite3

    run = await walked(monkeypatch, team)
    rbt("sign", run, "--role", "qa", "--key", str(team.folder / "ben"), "--meaning", "tested", "--yes")
    assert rbt("verify", run)
    with sqlite3.connect(place / "state" / "runs.db") as db:
        db.execute("UPDATE blob SET data = ? WHERE data = ?", (b"all is well\n", b""))
        db.execute("DROP TRIGGER event_stays")
        db.execute("UPDATE event SET body = replace(body, 'Look', 'Leap') WHERE seq = 3")
        db.execute("UPDATE event SET body = replace(body, '\"exit\":0', '\"exit\":1') WHERE kind = 'JobFinished'")
    db.close()
    told = rbt("verify", run, code=5)
    assert "integrity violated" in told
    assert "was changed after it was recorded" in told


async def test_the_policy_decides_what_who_may(place, team, monkeypatch) -> None:
    """Nobody, the wrong person, the right one; then the rules change under the run, and back."""
    policy = place / "state" / "policy.yaml"
    async with records.open_journal() as journal:
        with pytest.raises(Refused, match="nobody has proved to be one of them: there is no agent"):
            await wiring.start_run(journal, Path("release.md"))
        monkeypatch.setenv("RBT_KEY", str(team.folder / "eve"))
        conductor = await wiring.start_run(journal, Path("release.md"))
        monkeypatch.delenv("RBT_KEY")
        step = conductor.runbook.steps[0]
        with pytest.raises(Refused, match="nobody has proved to be one of them: there is no agent"):
            await conductor.perform(i.Tick(step=step.id))
        await conductor.perform(i.AddNote(step=step.id, text="anybody may say something"))

        policy.write_bytes(POLICY + b"session: 5m\n")  # a change of the rules: who sits here is asked anew
        monkeypatch.setenv("RBT_KEY", str(team.folder / "ben"))
        with pytest.raises(Refused, match=r"does not allow ben@example\.org to drive"):
            await conductor.perform(i.Tick(step=step.id))

        policy.write_bytes(POLICY.replace(b"[Driver, SRE]", b"[Driver, SRE, QA Lead]") + b"session: 5m\n")
        await conductor.perform(i.Tick(step=step.id))
        assert "ben@example.org" in conductor.state.drove
        with pytest.raises(Refused, match="allows nobody to roll back"):
            await conductor.perform(i.RollBack(reason="x"))
        conductor.warden._last -= 301  # five minutes later
        with pytest.raises(SessionOver, match=r"prove that it is still ben@example\.org"):
            await conductor.perform(i.Reopen(step=step.id))
        await conductor.perform(i.ProveIdentity())
        await conductor.perform(i.Reopen(step=step.id))

        policy.write_bytes(b"drive: [nobody\n")
        with pytest.raises(Exception, match="cannot be read"):
            await conductor.perform(i.Tick(step=step.id))
        run = conductor.state.run
        await conductor.close()
        await journal.give_drive(run)
    found = json.loads(rbt("verify", run, "--json"))
    assert [one["code"] for one in found["findings"]] == [
        "rules",
        "rules",
        "anchor",
    ]  # a policy that cannot be read names no place outside
    assert found["verdict"] == "holds"


async def test_a_clock_that_is_set_back_keeps_no_session_alive(place, team, monkeypatch) -> None:
    """Who waits for a command is not idle; whoever comes an hour after it has to prove who it is."""
    (place / "state" / "policy.yaml").write_bytes(POLICY + b"session: 5m\n")
    monkeypatch.setenv("RBT_KEY", str(team.folder / "eve"))
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        step = next(step for step in conductor.runbook.steps if step.kind is StepKind.COMMAND)
        tick = next(step for step in conductor.runbook.steps if step.kind is StepKind.CHECK)
        clock = Clock()
        warden = conductor.warden
        warden._clock = clock
        await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
        warden._last -= 3000  # the command took so long
        await conductor.perform(i.Tick(step=tick.id))
        clock.passed, clock.shifted = 3600.0, -3600.0
        with pytest.raises(SessionOver, match="nobody did anything here for 60 min"):
            await conductor.perform(i.Reopen(step=tick.id))
        await conductor.close()
        await journal.give_drive(conductor.state.run)


class Clock(records.SystemClock):
    passed = shifted = 0.0

    def now(self):
        return super().now() + timedelta(seconds=self.passed + self.shifted)

    def monotonic(self):
        return 1000.0 + self.passed


async def test_without_policy_and_signers_a_name_is_a_name_only(place, team, monkeypatch) -> None:
    for name in ("policy.yaml", "allowed_signers"):
        (place / "state" / name).unlink()
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        signoff = next(step for step in conductor.runbook.steps if step.signoff is not None)
        await conductor.perform(i.SignStep(step=signoff.id, name="Ana", meaning="ok"))
        run = conductor.state.run
        await conductor.close()
        await journal.give_drive(run)
    assert "name only, not signed" in rbt("verify", run)
    assert "name only, not signed" in rbt("status", run)
    assert json.loads(rbt("status", run, "--json"))["signoffs"][0]["state"] == "name_only"


async def test_who_signed_does_not_drive(place, team, monkeypatch) -> None:
    (place / "state" / "policy.yaml").write_bytes(POLICY.replace(b"[Driver, SRE]", b"[Driver, SRE, QA Lead]"))
    run = await walked(monkeypatch, team)
    rbt("sign", run, "--role", "qa", "--key", str(team.folder / "ben"), "--meaning", "tested", "--yes")
    monkeypatch.setenv("RBT_KEY", str(team.folder / "ben"))
    async with records.open_journal() as journal:
        conductor = await wiring.open_run(journal, run)
        with pytest.raises(
            Refused, match=r"ben@example\.org has signed as QA Lead: who approves a run does not carry it out"
        ):
            await conductor.perform(i.Reopen(step=conductor.runbook.steps[0].id))
        await conductor.close()
        await journal.give_drive(run)


@pytest.mark.parametrize("person", ["ben", "mallory", ""])
def test_who_may_not_drive_starts_no_run(place, team, person) -> None:
    key = {"RBT_KEY": str(team.folder / person)} if person else {}
    told = rbt("run", "release.md", "--headless", code=3, **key)
    assert "drive a run" in told
    assert "Traceback" not in told
    assert json.loads(rbt("runs", "--json"))["runs"] == []
