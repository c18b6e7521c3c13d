"""The command line and other machines: the preflight, runs on fleets, what wants a person."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pexpect
import pytest

from tests.integration.cli.test_command_line import Rbt
from tests.ssh import PASSWORD, has
from tests.ssh.plugin import ssh_hosts  # noqa: F401

DOCUMENT = """---
targets:
  web: [h001, h002]
---
# Release

## Deploy

```bash
# Change it
hostname >> $HOME/flag
```

```bash
$ ssh h001
$ cat $HOME/flag
```
"""


@pytest.fixture
def bed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ssh_hosts):  # noqa: F811
    hosts = ssh_hosts(2)
    monkeypatch.setenv("HOME", str(hosts.home))
    path = tmp_path / "release.md"
    path.write_text(DOCUMENT)
    return Rbt(tmp_path / "state"), hosts, path


def test_a_preflight_tells_what_is_fit_and_takes_keys_over_only_when_told_to(bed) -> None:
    rbt, hosts, path = bed
    found = rbt.json("preflight", path, "--target", "web")
    assert (found["schema"], found["verdict"], found["fit"]) == ("runbook-tui/preflight@1", "pass", ["h001", "h002"])
    hosts.forget_key(hosts[1])
    assert "h002" in rbt("preflight", path, "--target", "web", code=1).stdout
    assert rbt.json("preflight", path, "--target", "web", "--trust-new")["unfit"] == []
    assert rbt.json("preflight", path, "--target", "web")["unfit"] == []


def test_a_run_without_a_screen_stops_where_a_host_is_not_fit_and_where_a_place_is_not_said(bed) -> None:
    rbt, hosts, path = bed
    hosts[1].server.change_host_key()
    stopped = rbt("run", path, "--headless", "--yes", "--target", "web", code=3)
    assert "1 cannot" in stopped.stdout
    assert not hosts[0].home_here.joinpath("flag").exists()
    stopped = rbt("resume", "--headless", "--yes", "--leave-out-unfit", code=3)
    assert "it is typed on h001" in stopped.stdout
    assert hosts[0].home_here.joinpath("flag").read_text() == "h001\n"
    assert not hosts[1].home_here.joinpath("flag").exists()
    done = rbt.json("resume", "--headless", "--yes", "--at", "h001=h001")
    assert done["outcome"] == "completed"
    jobs = [job for step in done["steps"] for job in step["jobs"]]
    assert [job["target"] for job in jobs] == ["h001", "h001"]
    assert json.dumps(done).count("h002") == 0


def test_a_host_of_the_operators_own_words_needs_no_inventory(bed) -> None:
    rbt, hosts, path = bed
    path.write_text("# R\n\n## Go\n\n```bash\n# Change it\ntouch $HOME/flag\n```\n")
    rbt("run", path, "--headless", "--yes", "--target", "h002")
    assert hosts[1].home_here.joinpath("flag").exists()
    assert "'h003' is in no inventory" in rbt("run", path, "--headless", "--target", "h003", code=2).stderr


@pytest.mark.skipif(not has("sudo"), reason="sudo is not installed")
def test_without_a_screen_a_wrong_password_of_sudo_is_asked_for_again(tmp_path, monkeypatch, ssh_hosts) -> None:  # noqa: F811
    hosts = ssh_hosts(2, user="ops")
    monkeypatch.setenv("HOME", str(hosts.home))
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    path = tmp_path / "release.md"
    path.write_text("---\ntargets:\n  web: [h001, h002]\n---\n# R\n\n## Go\n\n```bash\nsudo touch became\n```\n")
    words = ["run", str(path), "--headless", "--yes", "--target", "web", "--ask-sudo"]
    child = pexpect.spawn(sys.executable, ["-m", "runbook_tui", *words], encoding="utf-8", timeout=60)
    for password in ("mistyped-7", PASSWORD):
        child.expect_exact("password for sudo: ")
        child.sendline(password)
    child.expect_exact("done")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert all(host.home_here.joinpath("became").exists() for host in hosts)
