"""Where the five systems are deployed: a lab of real processes, one Kubernetes API for all, people with keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from runbook_tui import records, wiring
from runbook_tui.lab import control, control_plane, faults, kube
from runbook_tui.lab.systems.layout import lay_out
from runbook_tui.run.events import Outcome, Resolution
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import JournalError
from runbook_tui.run.state import JobState, RunState
from tests.integration.systems.operator import Operator, go_back
from tests.rbt import run as run_rbt
from tests.systems_table import CELLS, Row

LOOK = 0.05  # seconds between two looks at what another terminal does
REPOSITORY = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.xdist_group("systems"))
            item.add_marker(pytest.mark.timeout(300))  # whole deployments, by many processes: a busy machine takes long


class Site:
    """A machine from which a system is deployed: its project, its state, its lab and its people."""

    def __init__(self, system: str, folder: Path) -> None:
        self.system = system
        self.project = folder / "project"
        self.state = folder / "state"
        self.lab = self.state / "lab"
        self.keys: dict[str, Path] = {}
        self.values: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.skips: dict[str, str] = {}
        self.deeds: dict[str, str] = {}
        self.row = Row(system=system)
        self._folder = folder
        self._began = time.monotonic()
        lay_out(system, self.project)
        text = (REPOSITORY / "runbooks" / f"{system}.md").read_text()
        self.document = self.project / f"{system}.md"
        self.document.write_text(text.replace("/home/nathan/Projects/research/modules", str(self.project)))

    # --- people ---

    def people(self, roles: Sequence[str], **policy) -> None:
        """A key for each role and for who drives, and the files that say so; only they may sign, and only as that."""
        self.state.mkdir(parents=True, exist_ok=True)
        listed, said = [], {}
        for number, role in enumerate(("Driver", *roles)):
            who, key = f"person{number}@example.org", self._folder / f"key{number}"
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", key], check=True)
            self.keys[role] = key
            public = " ".join(key.with_name(key.name + ".pub").read_text().split()[:2])
            listed.append(f'{who} namespaces="*@runbook-tui" {public}')
            said[who] = {"name": f"{role} in person", "roles": [role]}
        (self.state / "allowed_signers").write_text("\n".join(listed) + "\n")
        rules = {"people": said, "drive": ["Driver"], "roll_back": ["Driver"], "sign": {"default": {}}, **policy}
        (self.state / "policy.yaml").write_text(yaml.safe_dump(rules))
        os.environ["RBT_KEY"] = str(self.keys["Driver"])

    # --- runs ---

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[Operator]:
        """A new one."""
        async with records.open_journal() as journal:
            conductor = await wiring.start_run(journal, self.document)
            try:
                yield self._operator(conductor, journal)
            finally:
                await conductor.close()

    @contextlib.asynccontextmanager
    async def resumed(self) -> AsyncIterator[Operator]:
        """The newest, after whoever drove it died."""
        async with records.open_journal() as journal:
            conductor = await wiring.open_run(journal, await records.find_run(journal, None))
            try:
                yield self._operator(conductor, journal)
            finally:
                await conductor.close()

    def _operator(self, conductor, journal) -> Operator:
        said = {"values": self.values, "options": self.options, "skips": self.skips, "deeds": self.deeds}
        return Operator(conductor, journal, keys=self.keys, **said)

    async def killed_during(self, title: str) -> RunState:
        """Another terminal walks a new run, and is killed with -9 while the command of that step runs; the record."""
        plan = self._folder / "plan.json"
        keys = {role: str(key) for role, key in self.keys.items()}
        said = {"values": self.values, "options": self.options, "skips": self.skips, "deeds": self.deeds}
        plan.write_text(json.dumps({"document": str(self.document), "keys": keys, "until": "nothing", **said}))
        log = self._folder / "operator.log"
        with log.open("wb") as out:
            terminal = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.systems.operator", plan],
                cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        end = time.monotonic() + 180

        def still_waiting() -> None:
            assert terminal.poll() is None, log.read_text()
            assert time.monotonic() < end, f"“{title}” never ran\n{log.read_text()}"

        try:
            while not (self.state / "runs.db").exists():
                still_waiting()
                await asyncio.sleep(LOOK)
            state = await self._running(title, still_waiting)
        finally:
            terminal.send_signal(signal.SIGKILL)
            terminal.wait()
        self.row.resumed = f"killed in “{title}”"
        return state

    async def _running(self, title: str, still_waiting: Callable[[], None]) -> RunState:
        """The record, once it has a command under way, or a canary that was checked, at the step whose title begins so."""
        while True:
            still_waiting()
            with contextlib.suppress(JournalError):  # just being made
                async with records.open_journal(read_only=True) as journal:
                    if runs := await journal.runs():
                        run = max(runs, key=lambda run: run.last).run
                        _, runbook = await records.load(journal, run)
                        wanted = {step.id for step in runbook.steps if step.title.startswith(title)}
                        return await self._followed(journal, run, wanted, still_waiting)
            await asyncio.sleep(LOOK)

    async def _followed(self, journal, run: str, wanted: set[str], still_waiting: Callable[[], None]) -> RunState:
        seen: list = []
        while True:
            still_waiting()
            if news := await journal.read(run, after=len(seen)):
                seen += news
                state = fold(seen)
                canary = state.gates.canary
                if canary is not None and canary.step in wanted:  # between two of its checks
                    if canary.checks:
                        return state
                elif any(job.step in wanted for job in state.open_jobs):
                    return state
            await asyncio.sleep(LOOK)

    # --- the end ---

    def verify(self, run: str) -> None:
        """As anybody would, in a process of its own: the run, and the bundle it is exported to."""
        told = self.rbt("verify", run, "--json")
        found = json.loads(told.stdout)
        assert told.returncode == 0, told.stdout + told.stderr
        assert found["verdict"] == "holds", told.stdout
        valid = [one for one in found["signoffs"] if one["state"] == "valid"]
        if valid:
            self.row.signed = f"{len(valid)} keys"
        bundle = self._folder / "bundle.tar"
        made = self.rbt("export", run, "--output", str(bundle))
        assert made.returncode == 0, made.stdout + made.stderr
        again = self.rbt("verify", str(bundle), "--json")
        assert again.returncode == 0, again.stdout + again.stderr
        assert json.loads(again.stdout)["head"] == found["head"]
        self.row.verified = f"run and bundle, {found['events']} events"

    def sound(self, run: str) -> None:
        """Nothing of the record was touched; what was signed before it was taken back is void, and said so."""
        told = self.rbt("verify", run, "--json")
        found = json.loads(told.stdout)
        assert found["verdict"] != "violated", told.stdout
        assert {one["state"] for one in found["signoffs"]} <= {"void"}, told.stdout

    def rbt(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_rbt(*words, cwd=self.project)

    def program(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One of the project's own."""
        return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60, cwd=self.project)

    def begun(self, state: RunState, pattern: str) -> list[JobState]:
        """The times a command was begun on its machine: one whose start never got there, proved so, is begun again."""
        jobs = [job for job in state.jobs.values() if re.search(pattern, job.shown)]
        return [job for job in jobs if job.resolution is not Resolution.NOT_RUN or job.resolved_by is not None]

    def walked(self, operator: Operator) -> None:
        gates = operator.conductor.state.gates
        boxes = sum(step.box for step in operator.conductor.runbook.steps)
        jobs = len(operator.conductor.state.jobs)
        self.row.walked = f"{boxes} boxes, {jobs} commands"
        self.row.gated = f"{sum(one.verdict == 'pass' for one in gates.conditions.values())} conditions" + (
            f", canary {gates.canary.outcome}" if gates.canary is not None else ""
        )

    def rolled_back(self, operator: Operator) -> None:
        back = operator.conductor.state.rollback
        how = "by itself" if operator.conductor.state.gates.countdown is not None else "by hand"
        self.row.rolled_back = f"{how}, {(back.finished - back.started).total_seconds():.1f} s"

    async def taken_back(self, operator: Operator, seconds: float = 40) -> None:
        """Wait until the conditions have taken the run back; what is left to people is said to be done."""
        conductor, end = operator.conductor, time.monotonic() + seconds
        while conductor.state.outcome is None:
            assert time.monotonic() < end, f"it was not taken back: {conductor.state.gates.conditions}"
            back = conductor.state.rollback
            if back is not None and not conductor.busy and conductor.rollback_plan().remaining:
                await go_back(operator, "goes on")
            await asyncio.sleep(0.1)
        assert conductor.state.outcome is Outcome.ROLLED_BACK

    def until(self, done: Callable[[], bool], what: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, what
            time.sleep(0.1)

    def fault(self, name: str, value: float | None = None, on: str = "v2") -> None:
        faults.switch_on(self.lab, faults.chosen(name, value=value, part=on))

    def release(self, version: str) -> str | None:
        return control.status(self.lab).part(version).release

    def weights(self) -> dict[str, int]:
        return {part.name: part.weight for part in control.status(self.lab).parts if part.weight is not None}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of the lab's own Kubernetes API."""
    if control_plane.assets() is None:
        pytest.skip(f"no control plane here: KUBEBUILDER_ASSETS names no folder with {', '.join(control_plane.NEEDED)}")
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    folder = tmp_path_factory.mktemp("cluster") / "lab"
    control.up(folder, port=0, more={"kube": ""})
    yield kube.kubeconfig(folder)
    control.down(folder)


@pytest.fixture
def site_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property) -> Iterator:
    """Make a site of a system; its lab is up, with users."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: nobody could sign")
    made: list[Site] = []

    def make(system: str, *, parts: dict[str, str] | None = None) -> Site:
        site = Site(system, tmp_path)
        made.append(site)
        for name, value in {"RBT_STATE": str(site.state), "RBT_LAB_PORT": "0", "TMPDIR": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("RBT_KEY", "")
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        monkeypatch.delenv("RBT_POLICY", raising=False)
        monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
        control.up(site.lab, port=0, more={"traffic": "40", **(parts or {})})
        return site

    yield make
    for site in made:
        record_property("system", json.dumps({name: getattr(site.row, name) for name in ("system", *CELLS)}))
        control.down(site.lab)


def kubectl(*words: str) -> str:
    done = subprocess.run(["kubectl", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
