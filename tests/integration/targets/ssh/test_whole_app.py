"""`rbt` itself on many hosts: killed with -9 again and again, and with an output larger than what is kept."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from runbook_tui import wiring
from runbook_tui.journal.output import HEAD, TAIL, Keep
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run import intents
from runbook_tui.run.looking import decision
from runbook_tui.run.output import joined
from tests.integration.targets.conftest import WallClock
from tests.ssh import Hosts

SLOW = """\
---
targets:
  web: {{hosts: [{names}]}}
---
# Twenty

## Go

```bash
# First
echo first >>~/effects; for i in 1 2 3 4 5; do echo "$i of $(hostname)"; sleep 0.3; done
```

```bash
# Second
echo second >>~/effects; seq 1 3000; exit 0
```
"""


class Rbt:
    def __init__(self, hosts: Hosts, folder: Path) -> None:
        self.env = {**os.environ, "HOME": str(hosts.home), "RBT_STATE": str(folder / "state")}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "runbook_tui", *words],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def told(self) -> dict:
        """The only run, as `rbt status` tells it."""
        runs = json.loads(self.start("runs", "--json").communicate(timeout=60)[0])
        assert len(runs["runs"]) == 1
        out, err = self.start("status", runs["runs"][0]["run"], "--json").communicate(timeout=60)
        assert out, err.decode()
        return json.loads(out)


def test_the_app_is_killed_again_and_again_while_twenty_hosts_work(ssh_hosts, tmp_path):
    hosts = ssh_hosts(20, per_daemon=10)
    path = tmp_path / "twenty.md"
    path.write_text(SLOW.format(names=", ".join(hosts.names)))
    rbt = Rbt(hosts, tmp_path)
    chance = random.Random(4)
    words = ("run", str(path), "--headless", "--yes", "--target", "web")
    for _ in range(3):
        app = rbt.start(*words)
        try:
            app.wait(chance.uniform(0.8, 2.5))
        except subprocess.TimeoutExpired:
            app.kill()
        app.communicate()
        if (tmp_path / "state").exists() and rbt.start("status").wait() == 0:
            words = ("resume", "--headless", "--yes")
    app = rbt.start(*words)
    out, err = app.communicate(timeout=100)
    assert app.returncode == 0, (out + err).decode()
    for host in hosts:
        assert (host.home_here / "effects").read_text().split() == ["first", "second"], host.alias
    jobs = [job for step in rbt.told()["steps"] for job in step["jobs"]]
    assert len(jobs) == 40
    expected = hashlib.sha256("".join(f"{i}\n" for i in range(1, 3001)).encode()).hexdigest()
    assert sum(job["output_sha256"] == expected for job in jobs) == 20


async def test_of_a_large_output_the_record_keeps_both_ends_the_hash_and_the_count(ssh_hosts, tmp_path):
    hosts = ssh_hosts()
    size = 11_000_000
    path = tmp_path / "large.md"
    path.write_text(f"# Large\n\n## Go\n\n```bash\nseq 10000000 90000000 | head -c {size}\n```\n")
    rbt = Rbt(hosts, tmp_path)
    app = rbt.start("run", str(path), "--headless", "--yes", "--target", "h001")
    out, err = app.communicate(timeout=100)
    assert app.returncode == 0, (out + err).decode()
    job = rbt.told()["steps"][0]["jobs"][0]
    lines = "".join(f"{number}\n" for number in range(10_000_000, 10_000_000 + size // 9 + 1)).encode()[:size]
    assert job["output_bytes"] == size
    assert job["output_sha256"] == hashlib.sha256(lines).hexdigest()
    journal = await SqliteJournal.open(tmp_path / "state", clock=WallClock(), actor="test", read_only=True)
    try:
        kept = await journal.read_output(rbt.told()["run"], job["job"])
    finally:
        await journal.close()
    assert [(piece.offset, len(piece.data)) for piece in kept] == [(0, HEAD), (size - TAIL, TAIL)]
    assert all(piece.data == lines[piece.offset :][: len(piece.data)] for piece in kept)


async def test_the_middle_of_an_output_is_left_out_of_the_record_and_of_nothing_else(ssh_hosts, tmp_path, monkeypatch):
    """As with 1 GB, with limits a thousand times smaller."""
    hosts = ssh_hosts()
    monkeypatch.setenv("HOME", str(hosts.home))
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    path = tmp_path / "large.md"
    path.write_text("# Large\n\n## Go\n\n```bash\nseq 100000 299999\n```\n")
    whole = "".join(f"{number}\n" for number in range(100_000, 300_000)).encode()
    keep = Keep(head=1_000, tail=9_000)
    journal = await SqliteJournal.open(tmp_path / "state", clock=WallClock(), actor="test", keep=keep)
    try:
        conductor = await wiring.start_run(journal, path, target="h001")
        if (found := await conductor.preflight()) is not None:
            await conductor.perform(decision(found))
        await conductor.perform(intents.RunStep(step=conductor.runbook.steps[0].id, confirmed=True))
        (job,) = conductor.state.jobs.values()
        kept = await journal.read_output(conductor.state.run, job.job)
        await conductor.close()
    finally:
        await journal.close()
    assert (job.exit, job.output_bytes) == (0, len(whole))
    assert job.output_sha256 == hashlib.sha256(whole).hexdigest()
    assert [(piece.offset, piece.data) for piece in kept] == [(0, whole[:1_000]), (len(whole) - 9_000, whole[-9_000:])]
    assert f"[… {len(whole) - 10_000} bytes not kept …]".encode() in joined(kept)
