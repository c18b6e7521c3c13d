"""Two people at one run: each in a terminal (an app) of their own."""

import asyncio
import re
import shutil
import subprocess
from contextlib import asynccontextmanager

import pytest

from runbook_tui import company
from runbook_tui.tui.people import People

DOCUMENT = """# Release

## Before

- [ ] The team was told
- [ ] The window is open

## Deploy

```bash
# Change it
echo changed > flag
```

- [ ] Looks right
"""


@pytest.fixture
def two(opened, document, monkeypatch):
    """Ana drives and Ben watches."""

    @asynccontextmanager
    async def start(text=DOCUMENT, size=(120, 36)):
        monkeypatch.setenv(company.AS, "ana")
        async with opened(document(text), size=size) as ana:
            await ana.until(lambda: ana.walk.pairing.company is not None, "being seen")
            monkeypatch.setenv(company.AS, "ben")
            async with opened(watch=ana.state.run, size=size) as ben:
                await ben.until(lambda: ben.walk.pairing.others, "ana")
                await ana.until(lambda: ana.walk.pairing.others, "ben")
                yield ana, ben

    return start


async def test_each_sees_who_is_there_and_where_the_other_looks(two):
    async with two() as (ana, ben):
        await ana.reads("with ben")
        await ben.reads("driver ana", "watching")
        await ana.go_to("Looks right")
        await ben.until(
            lambda: any("◂ana" in line and "Looks right" in line for line in ben.screen.splitlines()), "ana's cursor"
        )
        await ben.go_to("The window is open")
        await ana.until(
            lambda: any("◂ben" in line and "window" in line for line in ana.screen.splitlines()), "ben's cursor"
        )


async def test_who_watches_writes_notes_and_nothing_else(two):
    async with two() as (ana, ben):
        await ben.go_to("The team was told")
        await ben.press("space")
        await ben.reads("you only watch this run")
        await ben.press("n")
        await ben.write("was it?")
        await ben.answer("enter")
        await ana.reads("✎ ben/", "was it?")
        step = next(step for step in ana.state.steps.values() if step.notes)
        assert step.notes[0].by.startswith("ben/")
        assert ana.phase("The team was told") == "pending"
        await ana.go_to("The team was told")
        await ana.press("space")
        await ben.until(lambda: ben.phase("The team was told") == "done", "the tick")


async def test_the_drive_is_asked_for_and_given(two):
    async with two() as (ana, ben):
        await ben.press("T")
        await ben.answer("enter")  # the first option asks
        await ana.reads("ben asks for the drive", "T gives it")
        await ana.go_to("The window is open")
        await ana.press("space")  # no question has taken her keys
        assert ana.phase("The window is open") == "done"
        await ana.press("T")
        await ben.until(lambda: ben.walk.driving, "the drive")
        await ben.reads("the drive is yours")
        await ana.until(lambda: not ana.walk.driving, "watching")
        await ana.reads("watching")
        assert ben.state.driver.startswith("ben/")
        await ben.go_to("Looks right")
        await ben.press("space")
        await ana.until(lambda: ana.phase("Looks right") == "done", "the tick")
        here = ana.here
        assert here is not None  # the cursor stayed


async def test_the_drive_is_taken_on_purpose_and_the_other_is_told_at_once(two):
    async with two() as (ana, ben):
        await ben.press("T")
        await ben.answer("t")
        await ben.answer("T")
        await ben.until(lambda: ben.walk.driving, "the drive")
        await ana.until(lambda: not ana.walk.driving, "watching")
        await ana.reads("ben/", "drives now")
        await ana.go_to("Looks right")
        await ana.press("space")
        await ana.reads("you only watch this run")
        assert ben.state.epoch == 2
        await ana.press("T")  # and back
        await ana.answer("t")
        await ana.answer("T")
        await ana.until(lambda: ana.walk.driving, "the drive")
        await ben.until(lambda: not ben.walk.driving, "watching")


async def test_who_watches_reads_who_drives_and_is_told_no_key_of_the_driver(two):
    async with two() as (ana, ben):
        await ana.press("space")
        await ana.reads("U takes it back")
        await ben.reads("last: tick of")
        assert "U takes" not in ben.screen
        assert "F completes" not in ben.screen
        await ben.reads("driver ana", "R way back")


async def test_the_people_screen(two):
    async with two() as (ana, ben):
        await ben.press("p")
        await ben.until(lambda: isinstance(ben.app.screen, People), "the screen")
        await ben.reads("ben (you)", "observing", "ana", "driving", "name only", "1 other is here")
        await ana.go_to("Looks right")
        await ben.reads("Looks right")
        await ben.answer("p")
        await ben.until(lambda: not isinstance(ben.app.screen, People), "the walk")


async def test_who_leaves_is_gone_and_a_free_drive_is_taken_at_once(two):
    async with two() as (ana, ben):
        await ana.press("q")
        await ben.until(lambda: not ben.walk.pairing.others, "nobody")
        await ben.until(lambda: ben.state.driver is None, "a free drive")
        await ben.press("T")
        await ben.until(lambda: ben.walk.driving, "the drive")
        await asyncio.sleep(0)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_small_and_large(two, size):
    async with two(size=size) as (ana, ben):
        await ben.reads("watching", "+ana" if size[0] < 100 else "driver ana")
        await ben.press("T")
        await ben.answer("enter")
        await ana.reads("ben asks for the drive")


DESTROYS = "# Clean up\n\n```bash\n# Remove it\nrm -rf ./nothing-here\n```\n"


@pytest.fixture
def keys(folder, monkeypatch):
    """Ana and Ben with keys, under a policy that wants two people for what destroys something."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    state = folder / "state"
    state.mkdir(exist_ok=True)
    signers = []
    for name in ("ana", "ben"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        public = " ".join((folder / f"{name}.pub").read_text().split()[:2])
        signers.append(f'{name}@x namespaces="*@runbook-tui" {public}')
    (state / "allowed_signers").write_text("\n".join(signers) + "\n")
    people = "people:\n  ana@x: [SRE]\n  ben@x: [SRE]\n"
    (state / "policy.yaml").write_text(people + "drive: [SRE]\ntake: [SRE]\nsecond: [SRE]\nsecond_person: [destroy]\n")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

    def sits(name):
        monkeypatch.setenv("RBT_KEY", str(folder / name))
        monkeypatch.setenv(company.AS, f"{name}@x")

    return sits


async def test_what_destroys_waits_for_the_other_persons_yes(opened, document, keys):
    keys("ana")
    async with opened(document(DESTROYS), size=(120, 36)) as ana:
        await ana.until(lambda: ana.walk.pairing.company is not None, "being seen")
        await ana.press("enter")
        await ana.answer("D")
        await ana.reads("waiting for another person's yes", "nobody is here who could say it", "withdraw")
        keys("ben")
        async with opened(watch=ana.state.run, size=(120, 36)) as ben:
            await ana.reads("ben can say it")
            await ben.reads("ana@x wants your yes", "rm -rf ./nothing-here")
            await ben.press("y", "enter", "space")  # keys typed ahead answer nothing
            assert ana.state.wanted_second is not None
            await ben.press("p")
            await ben.reads("exactly this", "destroy", "for one start only", "on both screens")
            check = re.search(r"check +((?:[0-9a-f]{4} ){4})", ben.screen)[1]
            assert check.strip() in ana.screen
            await ben.answer("Y")
            await ana.until(lambda: ana.state.jobs, "the start")
            await ana.until(lambda: ana.phase("Remove it") == "done", "its end")
            assert next(iter(ana.state.seconds.values())).given.principal == "ben@x"


async def test_a_key_with_a_passphrase_asks_for_the_terminal_and_not_over_the_screen(
    opened, document, keys, folder, monkeypatch
):
    """Here is no terminal to give over: that is told, and nothing is asked."""
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", folder / "ben"], check=True)
    for name in ("DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"):
        monkeypatch.delenv(name, raising=False)
    keys("ana")
    async with opened(document(DESTROYS), size=(120, 36)) as ana:
        await ana.press("enter")
        await ana.answer("D")
        await ana.reads("waiting for another person's yes")
        keys("ben")
        async with opened(watch=ana.state.run, size=(120, 36)) as ben:
            await ben.reads("wants your yes")
            await ben.press("p")
            await ben.answer("Y")
            await ben.reads("no terminal that could be handed over")
            assert ana.state.wanted_second.given is None


async def test_no_is_an_answer_and_the_driver_may_withdraw(opened, document, keys):
    keys("ana")
    async with opened(document(DESTROYS), size=(120, 36)) as ana:
        await ana.press("enter")
        await ana.answer("D")
        await ana.reads("waiting for another person's yes")
        await ana.press("x")
        await ana.reads("withdrawn")
        await ana.press("enter")
        await ana.answer("D")
        await ana.until(lambda: ana.state.wanted_second is not None, "a new request")
        keys("ben")
        async with opened(watch=ana.state.run, size=(120, 36)) as ben:
            await ben.reads("wants your yes")
            await ben.press("p")
            await ben.answer("N")
            await ben.write("not today")
            await ben.answer("enter")
            await ana.reads("says no: not today")
            assert ana.phase("Remove it") == "pending"


async def test_who_watches_holds_the_run_and_lets_go_of_it(two):
    async with two() as (ana, ben):
        await ben.press("H")
        await ben.write("the database migrates")
        await ben.answer("enter")
        await ana.reads("ben holds this run", "the database migrates", "H releases it")
        await ben.reads("ben holds this run", "H releases it")
        await ana.go_to("Change it")
        await ana.press("enter")
        await ana.until(lambda: ana.app.screen is not ana.walk or ana.state.held is not None, "a question or a refusal")
        assert not ana.state.jobs
        await ben.press("H")
        await ana.until(lambda: ana.state.held is None, "the release")
        await ben.press("H")
        await ben.write("again")
        await ben.answer("enter")
        await ana.until(lambda: ana.state.held is not None, "the second hold")


async def test_who_watches_has_the_running_command_cancelled(two):
    async with two(DOCUMENT.replace("echo changed > flag", "sleep 60")) as (ana, ben):
        await ana.go_to("Change it")
        await ana.press("enter")
        await ben.until(lambda: any(job.phase == "running" for job in ben.state.jobs.values()), "the command")
        await ben.press("x")
        await ben.write("wrong cluster")
        await ben.answer("enter")
        await ana.until(lambda: any(job.phase == "cancelled" for job in ana.state.jobs.values()), "the end of it", 20)
        assert next(iter(ana.state.cancels.values())).by.startswith("ben/")
        await ana.reads("ben asked to cancel the command: wrong cluster")
        assert ana.state.driver == ben.state.driver, "the drive stays where it was"


async def test_who_watches_is_told_when_the_record_cannot_be_read_and_goes_on_when_it_can(two, folder, monkeypatch):
    async with two() as (ana, ben):
        state = folder / "state"
        (state / "runs.db").rename(state / "runs.db.away")
        await ben.reads("no news of this run: The journal")
        (state / "runs.db.away").rename(state / "runs.db")
        await ana.go_to("Change it")
        await ana.press("n")
        await ana.write("heard again")
        await ana.answer("enter")
        await ben.until(lambda: ben.state.seq == ana.state.seq and not ben.walk.view.unheard, "news again")
        assert "no news" not in ben.screen
