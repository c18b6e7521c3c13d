"""Heads written down outside by themselves: on a real branch, at a real web server, by a command; and asked for again."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from runbook_tui import anchors, records, wiring
from runbook_tui.anchoring import keep_anchored
from runbook_tui.gate_policy import BadPolicy
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.fold import fold
from runbook_tui.run.ledger import Ledger
from tests.integration.signing.bed import DOCUMENT
from tests.integration.signing.test_command_line import rbt
from tests.ssh.plugin import ssh_hosts  # noqa: F401


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    (tmp_path / "state").mkdir()
    (tmp_path / "release.md").write_bytes(DOCUMENT)
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    for name in ("RBT_KEY", "RBT_AS", "RBT_POLICY", "RBT_SIGNERS", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def policy(place: Path, *said: dict[str, str]) -> None:
    (place / "state" / "policy.yaml").write_text(yaml.safe_dump({"anchor": list(said)}))


@pytest.fixture
def branch(tmp_path) -> Path:
    """A bare repository that takes no rewriting."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    bare = tmp_path / "audit.git"
    subprocess.run(["git", "init", "-q", "--bare", bare], check=True)
    for name in ("receive.denyNonFastForwards", "receive.denyDeletes"):
        subprocess.run(["git", "-C", bare, "config", name, "true"], check=True)
    return bare


def lines_of(bare: Path) -> list[str]:
    shown = subprocess.run(
        ["git", "-C", bare, "show", "rbt-heads:heads.txt"], capture_output=True, text=True, check=False
    )
    return shown.stdout.splitlines()


@pytest.fixture
def hook():
    """A web server that answers as it is told, and keeps what it was sent."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = server.answers.pop(0) if server.answers else 200
            if answer == 200:
                server.kept.append(said)
            self._say(answer, b"")

        def do_GET(self) -> None:
            if not server.slowly:
                self._say(200, "\n".join(one["text"] for one in server.kept).encode())
                return
            self.send_response(200)
            self.send_header("Content-Length", str(sum(map(len, server.slowly))))
            self.end_headers()
            for piece in server.slowly:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.05)

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.answers, server.kept, server.slowly = [], [], []
    server.url = f"http://127.0.0.1:{server.server_port}/hook?token=hush"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def until(true) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)


async def test_a_sign_off_and_the_end_are_written_down_and_a_tail_that_is_cut_off_is_found(place, branch, hook) -> None:
    policy(place, {"git": str(branch), "name": "audit"}, {"webhook": hook.url, "read": hook.url, "name": "chat"})
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        run = conductor.state.run
        sign = next(step for step in conductor.runbook.steps if step.signoff is not None)
        await conductor.perform(i.SignStep(step=sign.id, name="Ana", meaning="ok"))
        wanted = conductor.state.anchor_wanted
        assert wanted == conductor.state.seq
        await until(lambda: all(conductor.state.anchored.get(name, 0) >= wanted for name in ("audit", "chat")))
        assert lines_of(branch)[0].startswith(f"rbt-head-v1 {run} {wanted} ")
        await conductor.perform(i.Finish(outcome=e.Outcome.ABORTED, reason="enough"))
        await conductor.close()  # what is owed is written down before it is let go of
        state = fold(await journal.read(run))
        assert min(state.anchored["audit"], state.anchored["chat"]) >= state.anchor_wanted > wanted
        assert hook.kept[-1]["run"] == run
    assert len(lines_of(branch)) == 2

    answer = json.loads(rbt("verify", run, "--json"))
    assert answer["verdict"] == "holds"
    assert {one.split(" by ")[1] for one in answer["anchored"]} == {"audit", "chat"}
    assert "the last that somebody outside confirms" in answer["cannot_tell"][-1]
    assert json.loads(rbt("verify", run, "--offline", "--json"))["anchored"] == []
    for file in (place / "state").glob("runs.db*"):
        assert b"hush" not in file.read_bytes()

    with sqlite3.connect(place / "state" / "runs.db") as db:  # somebody takes the end away, and knows how
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("DELETE FROM event WHERE seq > ?", (wanted,))
        (hash_,) = db.execute("SELECT hash FROM event WHERE seq = ?", (wanted,)).fetchone()
        db.execute("UPDATE run SET seq = ?, head = ?", (wanted, hash_))
    db.close()
    assert "consistent" in rbt("verify", run, "--offline")
    assert "the end was cut off" in rbt("verify", run, code=5)


async def test_a_place_that_refuses_is_told_once_and_tried_again_while_the_run_goes_on(place, hook) -> None:
    hook.answers = [500, 503]
    policy(place)
    said = anchors.of_said({"webhook": hook.url}, "policy.yaml", folder=place)
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        ledger: Ledger = conductor._ledger
        clock = records.SystemClock()
        conductor.beside(keep_anchored(ledger, now=clock.now, read=lambda: said, pauses=(0.05,)))
        signs = [step for step in conductor.runbook.steps if step.signoff is not None]
        await conductor.perform(i.SignStep(step=signs[0].id, name="Ana", meaning="ok"))
        await conductor.perform(i.SignStep(step=signs[1].id, name="Ben", meaning="ok"))
        name = "the webhook at 127.0.0.1"
        await until(lambda: conductor.state.anchored.get(name, 0) >= conductor.state.anchor_wanted)
        events = [record.event for record in await journal.read(conductor.state.run)]
        await conductor.close()
        await journal.give_drive(conductor.state.run)
    failed = [one for one in events if isinstance(one, e.AnchorFailed)]
    assert [one.reason for one in failed] == ["it answered 500"]
    assert conductor.state.anchor_trouble == {}


async def test_a_place_that_never_answers_ends_at_its_deadline_and_its_program_with_it(place) -> None:
    said = anchors.of_said({"command": "echo $$ > pid; sleep 600"}, "policy.yaml", folder=place)
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        clock = records.SystemClock()
        conductor.beside(
            keep_anchored(conductor._ledger, now=clock.now, read=lambda: said, deadline=0.5, last=0.2, pauses=(60,))
        )
        await conductor.perform(i.Finish(outcome=e.Outcome.ABORTED, reason="enough"))
        await until(lambda: conductor.state.anchor_trouble)
        assert "no answer" in next(iter(conductor.state.anchor_trouble.values()))
        pid = int(Path("pid").read_text())
        await conductor.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_the_place_does_not_have_although_the_record_says_so_is_told(place, branch) -> None:
    policy(place, {"git": str(branch), "name": "audit"})
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path("release.md"))
        run = conductor.state.run
        await conductor.close()
        await journal.give_drive(run)
    assert rbt("head", run, "--anchor").startswith(lines_of(branch)[0].rsplit(" ", 1)[0])
    subprocess.run(["git", "-C", branch, "update-ref", "-d", "refs/heads/rbt-heads"], check=True)
    assert "does not have what the record says" in rbt("verify", run, code=1)
    policy(place)
    assert "audit is not asked from here" in rbt("verify", run)
    policy(place, {"git": str(branch / "gone"), "name": "audit"})
    assert "could not be read" in rbt("verify", run)
    assert "was not written down in audit" in rbt("head", run, "--anchor", code=1)


async def test_what_comes_in_pieces_is_read_to_its_end(place, hook) -> None:
    """The newest heads stand last: an answer that is read in part hides them."""
    hook.slowly = [f"rbt-head-v1 r {seq} {'0' * 64}\n".encode() for seq in range(8)]
    (there,) = anchors.of_said({"webhook": hook.url, "read": hook.url}, "p", folder=place)
    assert await there.read() == b"".join(hook.slowly).decode()


@pytest.mark.parametrize("kind", ["webhook", "command"])
async def test_more_than_can_be_read_is_told_and_never_read_in_part(place, hook, kind, monkeypatch) -> None:
    monkeypatch.setattr(anchors, "LARGEST", 1 << 20)
    hook.slowly = [bytes(1 << 20), b"and one more"]
    (there,) = anchors.of_said(
        {"webhook": hook.url, "read": hook.url}
        if kind == "webhook"
        else {"command": "true", "read": "yes & echo $! > pid; wait"},
        "p",
        folder=place,
    )
    with pytest.raises(anchors.NotAnchored, match="it holds more than 1 MB"):
        await there.read()
    if kind == "command":
        await until(lambda: not alive(Path("pid").read_text().strip()))


def alive(pid: str) -> bool:
    """Whoever is dead and waits to be buried is not."""
    try:
        return "State:\tZ" not in Path("/proc", pid, "status").read_text()
    except OSError:
        return False


async def test_a_program_that_says_much_and_reads_nothing_is_no_trouble() -> None:
    noise = "head -c 3000000 /dev/zero >&2; echo fatal: no >&2; exit 3"
    with pytest.raises(anchors.NotAnchored, match="fatal: no"):
        await anchors._output(("/bin/sh", "-c", noise), stdin=bytes(1_000_000))
    heads = await anchors._output(("/bin/sh", "-c", "exec <&-; echo heads"), stdin=bytes(1_000_000))
    assert heads == b"heads\n"


async def test_two_who_push_at_once_both_stand_on_the_branch(place, branch, tmp_path) -> None:
    one, other = (
        anchors.of_said({"git": str(branch)}, "p", folder=tmp_path / folder)[0] for folder in ("one", "other")
    )
    await asyncio.gather(*(at.write(f"rbt-head-v1 r {seq} {'0' * 64}") for seq, at in enumerate((one, other, one), 1)))
    assert sorted(line.split()[2] for line in lines_of(branch)) == ["1", "2", "3"]
    assert sorted((await one.read()).splitlines()) == sorted(lines_of(branch))


async def test_a_file_on_another_host(place, ssh_hosts, tmp_path, monkeypatch) -> None:  # noqa: F811
    hosts = ssh_hosts(1)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {hosts.config} "$@"\n')
    (tools / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    alias = next(iter(hosts)).alias
    (there,) = anchors.of_said({"ssh": alias, "file": "kept here.txt"}, "p", folder=tmp_path)
    await there.write("one")
    await there.write("two")
    assert await there.read() == "one\ntwo\n"


@pytest.mark.parametrize(
    "url", ["git@git.example.org:ops/audit.git", "ssh://git@git.example.org:22/a.git", "https://git.example.org/a.git"]
)
def test_the_name_of_a_branch_tells_where_it_is(url, tmp_path) -> None:
    (there,) = anchors.of_said({"git": url}, "p", folder=tmp_path)
    assert there.name == f"the branch rbt-heads of {url}"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"carrier": "pigeon"}, "an anchor is one of git, webhook, ssh, command"),
        ({"git": "https://me:hush@example.org/a.git"}, "holds a password or a token"),
        ({"git": "https://hush@example.org/a.git"}, "a password or a token"),
        ({"git": "HTTPS://hush@example.org/a.git"}, "a password or a token"),
        ({"git": "ssh://me:hush@example.org/a.git"}, "a password or a token"),
        ({"git": "https://example.org/a.git?private_token=hush"}, "goes on after its path"),
        ({"git": "https://[hush/a.git"}, "cannot be read"),
        ({"webhook": "https://[hush/a"}, "cannot be read"),
        ({"git": "ext::sh -c hush"}, "no address of a repository"),
        ({"git": "a.git", "file": "../x"}, "no file of a branch"),
        ({"git": "a.git", "branch": "--force"}, "no name of a branch"),
        ({"webhook": "http://example.org/"}, "https address"),
        ({"ssh": "-oProxyCommand=x"}, "no host"),
        ({"ssh": "a", "port": 22}, "has no 'port'"),
        ([{"command": "x"}, {"command": "y"}], "give one of them a `name`"),
    ],
)
def test_a_policy_with_a_slip_is_refused(said, why, tmp_path) -> None:
    with pytest.raises(BadPolicy, match=why) as refused:
        anchors.of_said(said, "policy.yaml", folder=tmp_path)
    assert "hush" not in str(refused.value)
