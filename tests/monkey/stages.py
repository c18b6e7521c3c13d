"""What is played with: documents of several sorts with what they need, and screens that are posed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

from runbook_tui import wiring
from runbook_tui.desk import LocalDesk
from runbook_tui.lab import control
from runbook_tui.run.ports import OperatorError
from runbook_tui.tui.looking import Looking
from runbook_tui.tui.ports import LabFault
from tests.e2e import posed
from tests.integration.gates.conftest import Exporter
from tests.integration.signing.bed import DOCUMENT as SIGNED
from tests.integration.signing.bed import POLICY, Team
from tests.ssh.hosts import start_hosts
from tests.ssh.machine import no_private_machines
from tests.ssh.sshd import no_sshd
from tests.unit.validation.test_reading import case, end, start

PLAIN = """# Monkey

Some **prose**.

## One

- [ ] A box
  - [ ] inside 部署

```bash
# Look
echo hello <name>
```

<!-- rbt: rollback="echo undone" -->
```bash
# Change
touch changed
```

```bash
# Many lines
seq 1 2000
```

```bash
# Wrong
echo '{"no": [1, 2]}'; exit 3
```

Ticket: ____________

## Choose

### Option A: quick

- [ ] Quickly

### Option B: slow

- [ ] Slowly

## Sign-off

- [ ] **Operator**: ____________________ Date: __________

## Rollback criteria

Roll back immediately if:

- [ ] It burns

## Rollback

```bash
# Back
echo back
```

- [ ] Tell them
"""
GATES = """---
rbt:
  text: {url}
  every: 0.2s
  signals:
    error rate: {{query: errors, unit: '%', stale: 2s}}
    p95 latency: {{query: latency, unit: ms, stale: 2s}}
  canary:
    command: 'echo {{weight}} > {folder}/weight'
    stages: 10% 1s, 50% 2s, 100% 60s
    every: 0.3s
    checks: [p95 latency < 500ms]
---
# Gates

## Deploy

<!-- rbt: rollback="rm -f changed" -->
```bash
# Change it
touch changed; sleep 0.5
```

- [ ] Walk the canary <!-- rbt: gate=canary -->
- [ ] Afterwards

## Success criteria

- [ ] p95 latency < 500ms

## Rollback

### Rollback triggers

Immediately roll back if:

- [ ] Error rate > 10% for 1 second
- [ ] Customers complain

### Rollback procedure

```bash
# Put it back
sleep 0.2; rm -f changed
```
"""
KERNELS = """# Kernels

## Prove

```bash
# Prove the kernels
cat good.jsonl; sleep 0.4; cat bad.jsonl
```

```bash
# Prove them again
cat good.jsonl; sleep 0.2; echo done
```

- [ ] Go on
"""
LAB = """# Lab

## Go

```bash
# Half of the traffic
rbt lab weights v1=50 v2=50
```

- [ ] Look
"""
FLEET = """---
targets:
  web:
    hosts: [h001, h002, h003]
    stop: never
---
# Fleet

## Deploy

```bash
# Write it
hostname > $HOME/released; sleep 0.3; test "$(hostname)" != h002 || cat $HOME/mended
```

```bash
# Look at it
seq 1 50; hostname
```

## Elsewhere

```bash
$ ssh h001
$ hostname
```

## Rollback

```bash
# Away with it
rm -f $HOME/released
```
"""
PAIR = """# Pair

- [ ] The team was told
- [ ] The window is open

<!-- rbt: rollback="rm -f flag" -->
```bash
# Change it
echo changed > flag; sleep 1; echo really
```

- [ ] Looks right
"""

Opening = dict[str, Any]  # what the app is made with: `desk`, and what it opens
Stage = Callable[[], AbstractAsyncContextManager[Opening]]


class PosedLab:
    """Faults that are switched and do nothing."""

    def __init__(self) -> None:
        self._on: set[str] = set()

    def faults(self) -> tuple[LabFault, ...]:
        names = ("error-rate", "no-metrics", "slow-start", "crash")
        return tuple(LabFault(name=one, does="as it says", part="gateway", on=one in self._on) for one in names)

    def switch(self, name: str) -> str:
        self._on ^= {name}
        return f"lab: {name} was switched"

    def none(self) -> str:
        self._on.clear()
        return "lab: all off"


class PosedView(posed.View):
    """Says what it was asked for, and does what has no effect."""

    canary = None

    async def comment(self, step: str, text: str) -> None:
        posed.PERFORMED.append(("comment", step, text))

    async def hold(self, reason: str) -> None:
        posed.PERFORMED.append(("hold", reason))

    async def release(self) -> None:
        posed.PERFORMED.append("release")

    async def ask_cancel(self, reason: str) -> None:
        posed.PERFORMED.append(("cancel", reason))

    async def answer(self, request: str, *, yes: bool, reason: str = "", on_terminal: bool = False) -> None:
        posed.PERFORMED.append(("answer", yes, reason))

    async def kept_kernels(self, job: str) -> Any:
        return await super().kept_kernels(job) if job in self.outputs else None

    async def rehearse(self, _step_id: str) -> tuple[str, ...]:
        return ("nothing would change",)

    async def trust(self, hosts: Any) -> list[str]:
        posed.PERFORMED.append(("trust", tuple(hosts)))
        return []


def _alive(view: posed.View) -> PosedView:
    return PosedView(**{name: getattr(view, name) for name in posed.View.__dataclass_fields__})


class PosedDesk(posed.Desk):
    """The posed one, with what the monkey finds besides."""

    async def lab(self, _view: object) -> PosedLab:
        return PosedLab()

    async def signer(self, run: str) -> Any:
        if self.sheet is None:
            raise OperatorError("nobody signs here")
        return await super().signer(run)


class Stages:
    """Each by its name; everything lies in a folder, which is the current one."""

    def __init__(self, folder: Path, *, all_of_them: bool = True) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._exporter: Exporter | None = None
        self.every: dict[str, Stage] = {
            "library": self._library,
            "plain": lambda: self._document("plain", PLAIN),
            "small": lambda: self._document("plain", PLAIN),
            "gates": self._gates,
            "kernels": self._kernels,
            "pair": self._pair,
            "posed release": lambda: self._posed(posed.release()),
            "posed watched": lambda: self._posed(posed.watched()),
            "posed fleet": lambda: self._posed(posed.fleet()),
            "posed asking": lambda: self._posed(posed.asking(), watching=True),
            "posed gpus": self._gpus,
        }
        if shutil.which("ssh-agent") and shutil.which("ssh-keygen"):
            self.every["signing"] = self._signing
        if all_of_them:
            self.every["lab"] = self._lab
            if not no_sshd() and not no_private_machines():
                self.every["fleet"] = self._fleet

    def __enter__(self) -> Self:
        wiring.put_rbt_on_path()
        self._open.enter_context(_surroundings(RBT_KEYS=str(self._folder / "keys.toml"), PAGER="true", EDITOR="true"))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / f"{name}.md"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return path

    def _state(self, name: str) -> str:
        return str(self._folder / f"state-{name}")

    @asynccontextmanager
    async def _library(self) -> AsyncIterator[Opening]:
        self._write("plain", PLAIN)
        self._write("kernels", KERNELS)
        with _surroundings(RBT_STATE=self._state("plain")):
            yield {"desk": LocalDesk()}

    @asynccontextmanager
    async def _document(self, name: str, text: str, **more: Any) -> AsyncIterator[Opening]:
        path = self._write(name, text)
        with _surroundings(RBT_STATE=self._state(name)):
            yield {"desk": LocalDesk(**more), "open_path": str(path)}

    @asynccontextmanager
    async def _gates(self) -> AsyncIterator[Opening]:
        if self._exporter is None:
            self._exporter = Exporter()
            self._open.callback(self._exporter.stop)
            self._exporter.text = "errors 0.5\nlatency 100\n"
        url = f"http://127.0.0.1:{self._exporter.port}/metrics"
        async with self._document("gates", GATES.format(url=url, folder=self._folder)) as opening:
            yield opening

    def weather(self, number: int) -> None:
        """Other values of what is watched."""
        if self._exporter is not None:
            texts = ("errors 0.5\nlatency 100\n", "errors 20\nlatency 100\n", "latency 900\n", "")
            self._exporter.text = texts[number % len(texts)]

    @asynccontextmanager
    async def _kernels(self) -> AsyncIterator[Opening]:
        bad = case("gate per sequence", ok=False, kernel="dynamic_rank", bound=7.2, shape=[36, 64, 24])
        good = [start(3), case("several blocks"), case("odd sizes")]
        for name, told in (("good", good), ("bad", [bad, end("fail")])):
            (self._folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in told))
        async with self._document("kernels", KERNELS) as opening:
            yield opening

    @asynccontextmanager
    async def _signing(self) -> AsyncIterator[Opening]:
        keys, state = self._folder / "people", Path(self._state("signing"))
        sock = self._folder / "agent.sock"
        if not keys.exists():
            keys.mkdir()
            state.mkdir()
            team = Team(keys)
            (state / "policy.yaml").write_bytes(POLICY)
            (state / "allowed_signers").write_bytes(team.signers())
            self._open.enter_context(_agent(sock))
            subprocess.run(
                ["ssh-add", "-q", keys / "eve", keys / "ben"],
                check=True, capture_output=True, env=os.environ | {"SSH_AUTH_SOCK": str(sock)},
            )  # fmt: skip
        with _surroundings(SSH_AUTH_SOCK=str(sock)):
            async with self._document("signing", SIGNED.decode()) as opening:
                yield opening

    @asynccontextmanager
    async def _pair(self) -> AsyncIterator[Opening]:
        """Somebody else drives; the monkey watches, and takes it over."""
        path = self._write("pair", PAIR)
        with _surroundings(RBT_STATE=self._state("pair"), RBT_AS="ana"):
            other = LocalDesk()
            driving = await other.new_run(str(path))
            await other.meet(driving.state.run, driving=True)
            os.environ["RBT_AS"] = "ben"
            try:
                yield {"desk": LocalDesk(), "watch": driving.state.run}
            finally:
                await driving.close()
                await other.close()

    @asynccontextmanager
    async def _lab(self) -> AsyncIterator[Opening]:
        lab = Path(self._state("lab")) / "lab"
        with _surroundings(RBT_STATE=str(lab.parent), RBT_LAB_PORT="0"):
            control.up(lab, port=0)
            try:
                async with self._document("lab", LAB) as opening:
                    yield opening
            finally:
                control.down(lab)

    @asynccontextmanager
    async def _fleet(self) -> AsyncIterator[Opening]:
        if not (self._folder / "bed").exists():
            self._hosts = self._open.enter_context(start_hosts(3, self._folder / "bed"))
        with _surroundings(HOME=str(self._hosts.home)):
            async with self._document("fleet", FLEET, target="web") as opening:
                yield opening

    @asynccontextmanager
    async def _posed(self, view: posed.View, *, watching: bool = False) -> AsyncIterator[Opening]:
        alive = _alive(view)
        company = posed.Round(posed.BEN, (posed.ME,)) if watching else posed.Round(posed.ME)
        desk = PosedDesk(view=alive, devices=posed.Devices(), sheet=posed.SHEET, company=company)
        yield {"desk": desk, "watch" if watching else "run": posed.RUN}

    @asynccontextmanager
    async def _gpus(self) -> AsyncIterator[Opening]:
        yield {"desk": PosedDesk(devices=posed.Devices()), "gpus": True}

    def besides(self, app: Any) -> None:
        """What no key leads to on a posed run: the preflight."""
        app.push_screen(Looking(_alive(posed.fleet()), posed.HOSTS))


@contextmanager
def _surroundings(**values: str) -> Iterator[None]:
    """Variables of the environment, for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _agent(sock: Path) -> Iterator[None]:
    with subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL) as process:
        while not sock.exists():
            if process.poll() is not None:
                raise RuntimeError("ssh-agent did not start")
        yield
        process.terminate()
