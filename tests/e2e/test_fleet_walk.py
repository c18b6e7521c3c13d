"""One operator, three real hosts, told by keys: the preflight, the rows, the folded output, where a command is typed."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from runbook_tui.desk import LocalDesk
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.looking import Looking
from runbook_tui.tui.questions import Choice, Confirm, Form
from tests.e2e.conftest import Operator
from tests.ssh import PASSWORD, has
from tests.ssh.plugin import ssh_hosts  # noqa: F401

DOCUMENT = """---
targets:
  web:
    hosts: [h001, h002, h003]
    stop: never
---
# Release

## Deploy

```bash
# Write it
hostname > $HOME/released; test "$(hostname)" != h002 || cat $HOME/mended
```

## Look

```bash
$ ssh h001
$ hostname
```
"""


@pytest.fixture
def fleet(tmp_path, monkeypatch, ssh_hosts):  # noqa: F811
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))

    @asynccontextmanager
    async def open_(text=DOCUMENT, count=3, user=None, **where):
        hosts = ssh_hosts(count, **({"user": user} if user else {}))
        monkeypatch.setenv("HOME", str(hosts.home))
        path = tmp_path / "release.md"
        path.write_text(text)
        app = RunbookApp(LocalDesk(**where), open_path=str(path))
        async with app.run_test(size=(130, 40)) as pilot:
            ana = Operator(app, pilot)
            await ana.until(lambda: ana.walk.view is not None, "the run")
            yield ana, hosts

    return open_


async def test_a_change_on_three_hosts_is_looked_at_confirmed_shown_and_run_again_where_it_failed(fleet):
    async with fleet(target="web") as (ana, hosts):
        await ana.reads("web (3 hosts)")
        await ana.go_to("Write it")
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Looking), "the preflight")
        await ana.reads("All 3 hosts can go on", seconds=40)
        assert not ana.state.jobs
        await ana.answer("c")
        await ana.until(lambda: isinstance(ana.app.screen, Confirm), "the question")
        await ana.reads("web, 3 hosts: h[001-003]")
        await ana.answer("y")
        await ana.reads("2 of 3 done · 1 failed", "No such file", seconds=40)
        assert ana.phase("Write it") == "failed"
        hosts[1].home_here.joinpath("mended").write_text("mended\n")
        await ana.press("enter")
        await ana.reads("where it has not succeeded yet: h002")
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Write it") == "done", "the second try", 40)
        assert len(ana.state.jobs) == 4
    assert [host.home_here.joinpath("released").read_text() for host in hosts] == ["h001\n", "h002\n", "h003\n"]


async def test_what_is_typed_on_a_host_asks_where_it_goes(fleet):
    async with fleet() as (ana, _):
        await ana.go_to("ssh h001")
        await ana.reads("typed on h001")
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Choice), "the question")
        await ana.answer("t")
        await ana.until(lambda: ana.state.accepted == {"h001": "h001"}, "the place")
        await ana.reads("runs on h001")
        await ana.until(lambda: not ana.walk.steering.asking)
        await ana.press("enter")
        await ana.until(lambda: ana.phase("ssh h001") == "done", "the command", 40)
        assert {job.target for job in ana.state.jobs.values()} == {"h001"}


@pytest.mark.skipif(not has("sudo"), reason="sudo is not installed")
async def test_a_wrong_password_of_sudo_is_asked_for_again_by_the_key_that_runs_the_step(fleet):
    text = "# Release\n\n## Go\n\n```bash\n# Become\nsudo touch became\n```\n"
    async with fleet(text, count=1, user="ops", target="h001") as (ana, _):
        await ana.go_to("Become")
        await ana.press("W")
        await ana.until(lambda: isinstance(ana.app.screen, Form), "the question")
        await ana.write("mistyped-7")
        await ana.press("enter")
        await ana.reads("gets it from now on")
        await ana.press("enter")
        await _through(ana)
        await ana.reads("did not take the password", "W gives the password of sudo", seconds=40)
        await ana.until(lambda: not ana.walk.view.busy, "the end of the first try")
        await ana.press("enter")
        await _through(ana)
        await ana.until(lambda: isinstance(ana.app.screen, Form), "the question again")
        await ana.reads("tried on one host")
        await ana.write(PASSWORD)
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Become") == "done", "the second try", 40)
        assert "mistyped" not in str(ana.state)
        assert PASSWORD not in str(ana.state)


async def _through(ana) -> None:
    """Past the preflight and the confirmation, where they come."""
    await ana.until(lambda: isinstance(ana.app.screen, Looking | Confirm | Form), "a question", 20)
    if isinstance(ana.app.screen, Looking):
        await ana.reads("can go on", seconds=40)
        await ana.answer("c")
        await ana.until(lambda: isinstance(ana.app.screen, Confirm), "the confirmation", 20)
    if isinstance(ana.app.screen, Confirm):
        await ana.answer("y")
