"""`rbt` itself on many hosts: killed with -9 again and again, and with an output larger than what is kept."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

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


def test_of_a_large_output_the_record_keeps_both_ends_the_hash_and_the_count(ssh_hosts, tmp_path):
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
