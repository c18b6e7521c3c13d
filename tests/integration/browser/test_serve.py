"""`rbt serve` in a real browser: reads, never drives, and nobody else gets in."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.integration.browser import chromium
from tests.integration.signing.bed import DOCUMENT as SIGNED
from tests.integration.signing.bed import POLICY, Team
from tests.rbt import run as run_rbt

DOCUMENT = """# Release the heron

- [ ] The channel knows

```bash
# Make it
touch made
```

## Rollback

```bash
rm made
```
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("RBT_KEYS", str(tmp_path / "keys.toml"))
    (tmp_path / "heron.md").write_text(DOCUMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
async def serve(place):
    """Starts a server; its address with the token."""
    started = []

    async def start(*words):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "runbook_tui", "serve", *words, stdout=asyncio.subprocess.PIPE
        )
        started.append(process)
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        return line.decode().strip()

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) == 0


def rbt(*words):
    run = run_rbt(*words)
    return run.stdout


def open_run():
    rbt("run", "heron.md", "--headless")
    (run,) = json.loads(rbt("runs", "--json"))["runs"]
    return run["run"]


def record(run):
    return {key: value for key, value in json.loads(rbt("status", run, "--json")).items() if key != "driver"}


async def test_only_the_token_opens_it_and_only_for_this_page(serve):
    address = await serve()
    base = address.partition("?")[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:

        async def status(url, **more):
            async with session.get(url, allow_redirects=False, **more) as answer:
                return answer.status

        assert await status(base) == 403
        assert await status(f"{base}static/js/textual.js") == 403
        assert await status(f"{base}ws") == 403
        assert await status(f"{address}x") == 403
        assert await status(f"{base}?token=") == 403
        assert await status(f"{base}?token=é") == 403
        assert await status(address) == 303
        assert await status(base) == 200  # by the cookie
        assert await status(base, headers={"Host": "evil.example"}) == 421
        assert await status(f"{base}ws", headers={"Origin": "http://evil.example"}) == 403
        assert await status(f"{base}ws") == 403  # no page at all
        for cookie in session.cookie_jar:
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"
            assert cookie.value not in address


@pytest.mark.timeout(180)
@pytest.mark.skipif(chromium.missing() is not None, reason=str(chromium.missing()))
async def test_a_browser_reads_a_run_and_no_key_drives_it(serve, place):
    run = open_run()
    before = record(run)
    address = await serve()
    async with chromium.browser(place / "chromium") as page:
        await page.open(address.replace("token=", "token=wrong"))
        await asyncio.sleep(0.5)
        assert "wants the token" in await page.ask("document.body.innerText")
        assert page.frames == 0
        await page.open(address)
        await page.reads("Release the heron")
        assert "token" not in await page.ask("location.href")
        await page.ask("document.querySelector('textarea').focus()")
        await page.press("enter")  # opens the run: to watch
        await page.reads("The channel knows")
        for key in ["enter", *" suxeRHODFTBAyvU", "escape", "enter", "escape"]:
            await page.press(key)
        for _ in range(6):
            if "Runbooks and runs" not in page.screen:
                await page.press("q")
                await asyncio.sleep(0.7)
        await page.reads("Runbooks and runs")
        await page.press("j", "j", "enter")  # the runbook itself
        await asyncio.sleep(1.0)
        assert not [url for url in page.statuses if not url.startswith(address.partition("?")[0])]
    assert record(run) == before
    assert len(json.loads(rbt("runs", "--json"))["runs"]) == 1
    assert not (place / "made").exists()


@pytest.fixture
def signers(place, monkeypatch):
    """Eve drives, Ben signs: their keys, who may do what, and the agent that holds whose turn it is."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed")
    (place / "keys").mkdir()
    team = Team(place / "keys")
    (place / "state").mkdir()
    (place / "state" / "policy.yaml").write_bytes(POLICY)
    (place / "state" / "allowed_signers").write_bytes(team.signers())
    (place / "release.md").write_bytes(SIGNED)
    sock = place / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
    while not sock.exists():
        assert agent.poll() is None
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))

    def holds(person):
        subprocess.run(["ssh-add", "-q", "-D"], check=True, capture_output=True)
        subprocess.run(["ssh-add", "-q", team.folder / person], check=True)

    yield holds
    agent.terminate()
    agent.wait()


@pytest.mark.timeout(180)
@pytest.mark.skipif(chromium.missing() is not None, reason=str(chromium.missing()))
async def test_who_has_nothing_but_a_browser_reads_and_signs_and_anybody_can_check_it(serve, place, signers):
    signers("eve")
    assert run_rbt("run", "release.md", "--headless", "--yes").returncode == 3  # it stops where people are wanted
    (listed,) = json.loads(rbt("runs", "--json"))["runs"]
    run, before = listed["run"], record(listed["run"])
    signers("ben")
    address = await serve(run)
    async with chromium.browser(place / "chromium") as page:
        await page.open(address)
        await page.reads("QA Lead")
        await page.ask("document.querySelector('textarea').focus()")
        await page.press("/")
        await page.reads("words of a title")
        await asyncio.sleep(1.0)  # what is typed before a question could be read is not its answer
        await page.press(*"QA Lead")
        await page.reads("▌§ QA Lead")
        await page.press("enter")
        await page.reads("§ to sign")
        await page.press(" ", "x")  # who reads ticks nothing and stops nothing
        await page.press("a")
        await page.reads("Ben Bitdiddle (ben@example.org) signs")
        await page.reads("○ Look at the dashboard: open")  # what is open is told before somebody signs
        await asyncio.sleep(0.5)
        await page.press(*"read it all")
        await page.reads("read it all")
        await page.press("enter")
        await page.reads("signed as QA Lead by Ben Bitdiddle")
        await page.reads("✔ QA Lead")
        await page.reads("signed  Ben Bitdiddle as QA Lead")
        if picture := os.environ.get("RBT_PICTURE"):
            await page.picture(Path(picture))
    after = record(run)
    assert [step["state"] for step in before["steps"] if step["title"] != "QA Lead"] == [
        step["state"] for step in after["steps"] if step["title"] != "QA Lead"
    ]
    (signed,) = [step for step in after["steps"] if step["title"] == "QA Lead"]
    assert signed["state"] == "done"
    verdict = run_rbt("verify", run)
    assert verdict.returncode == 0, verdict.stdout
    assert "ben@example.org" in verdict.stdout


@pytest.mark.timeout(180)
@pytest.mark.skipif(chromium.missing() is not None, reason=str(chromium.missing()))
async def test_where_it_is_allowed_a_browser_drives(serve, place):
    run = open_run()
    address = await serve("--allow-drive")
    async with chromium.browser(place / "chromium") as page:
        await page.open(address)
        await page.reads("Release the heron")
        await page.ask("document.querySelector('textarea').focus()")
        await page.press("enter")
        await page.reads("The channel knows")
        await page.reads("tick")
        await page.press(" ")
        await page.reads("1/2 done")
    steps = {step["title"]: step["state"] for step in record(run)["steps"]}
    assert steps["The channel knows"] == "done"


async def test_a_port_that_is_taken_is_said(serve, place):
    address = await serve()
    port = address.partition("/?")[0].rpartition(":")[2]
    run = run_rbt("serve", "--port", port, env=os.environ, timeout=30)
    assert run.returncode == 2
    assert "name another with --port" in run.stderr
