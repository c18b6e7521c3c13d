"""`make screenshots`: the pictures of the README, made by walking the quickstart in the real app.

Each picture is an SVG as the app draws it and a PNG of it. The PNG wants resvg-py and a monospace font;
without them the SVG stands alone and it is said so.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from runbook_tui.desk import LocalDesk
from runbook_tui.tui.app import RunbookApp

HERE = Path(__file__).parent.parent
PICTURES = HERE / "screenshots"
TERM = "xterm-256color"
RBT = Path(sys.executable).parent / "rbt"
FONT = "DejaVu Sans Mono"  # of the PNGs; it has every glyph that the app draws


@asynccontextmanager
async def app(size: tuple[int, int], **opening: str) -> AsyncIterator[Pilot[None]]:
    desk = LocalDesk()
    screen = RunbookApp(desk, **opening)
    async with screen.run_test(size=size) as pilot:
        yield pilot


async def until(pilot: Pilot[None], there: Callable[[], bool], seconds: float = 20.0) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not there():
                await pilot.pause(0.05)
    except TimeoutError:
        raise SystemExit(f"this did not come; the screen says:\n{text_of(pilot)}") from None
    await pilot.pause(0.3)


def text_of(pilot: Pilot[None]) -> str:
    screen = pilot.app.screen
    lines = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


async def seen(pilot: Pilot[None], text: str) -> None:
    await until(pilot, lambda: text in text_of(pilot))


async def keep(pilot: Pilot[None], name: str) -> None:
    """The screen as it stands, dark and light."""
    for theme, ending in (("rbt-light", "-light"), ("rbt-dark", "")):
        pilot.app.theme = theme
        await pilot.pause(0.15)
        save(pilot.app.export_screenshot(title="rbt"), name + ending)


def save(svg: str, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(svg)
    try:
        import resvg_py
    except ImportError:
        print(f"{name}.svg (no PNG: resvg-py is not installed)")
        return
    plain = svg.replace("Fira Code", FONT)
    (PICTURES / f"{name}.png").write_bytes(
        bytes(resvg_py.svg_to_bytes(svg_string=plain, monospace_family=FONT, zoom=1.2))
    )
    print(f"{name}.svg, {name}.png")


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.25)


async def run_step(pilot: Pilot[None]) -> None:
    """`enter`, and `y` when it asks; until nothing runs any more."""
    await press(pilot, "enter")
    await pilot.pause(0.3)
    if "esc leave it" in text_of(pilot):
        await pilot.pause(0.3)
        await press(pilot, "y")
    await until(pilot, lambda: "running" not in text_of(pilot).splitlines()[0])


async def quickstart() -> None:
    """Walk the quickstart by its keys, with a picture at each turn."""
    async with app((140, 40), open_path="runbooks/quickstart.md") as pilot:
        await seen(pilot, "Start the lab")
        await press(pilot, "enter")
        await seen(pilot, "run it")
        await keep(pilot, "confirm")
        await pilot.pause(0.4)
        await press(pilot, "y")
        await seen(pilot, "exit status 0")
        await run_step(pilot)
        await press(pilot, "enter", "enter", "enter")
        await run_step(pilot)
        await run_step(pilot)
        await press(pilot, "enter")
        await seen(pilot, "your-name")
        await keep(pilot, "placeholder")
        await pilot.pause(0.4)
        await press(pilot, *"Ada", "enter")
        await pilot.pause(0.5)
        if "esc leave it" in text_of(pilot):
            await pilot.pause(0.4)
            await press(pilot, "y")
        await pilot.pause(1.0)
        await run_step(pilot)
        await run_step(pilot)
        await run_step(pilot)
        await press(pilot, "enter", "enter")
        await keep(pilot, "walk")
        await press(pilot, "R")
        await seen(pilot, "The way back")
        await keep(pilot, "rollback")
        await press(pilot, "escape")
        await press(pilot, "question_mark")
        await pilot.pause(0.5)
        await keep(pilot, "help")


async def small() -> None:
    async with app((80, 24), open_path="runbooks/mlsdm.md") as pilot:
        await seen(pilot, "0/")
        await press(pilot, *["j"] * 4)
        await keep(pilot, "small")


async def library() -> None:
    async with app((120, 30)) as pilot:
        await seen(pilot, "Quickstart")
        await pilot.pause(3.0)
        await keep(pilot, "library")
        await press(pilot, "comma")
        await seen(pilot, "Settings")
        await keep(pilot, "settings")


FLEET = """---
targets:
  gpu: {hosts: [gpu-01, gpu-02, gpu-03, gpu-04, gpu-05, gpu-06], limit: 4, stop: never}
---
# Driver update

## Roll out

```bash
# Install the driver
touch $HOME/driver.old
for part in kernel library tools; do echo "installing $part"; sleep 0.7; done
grep -q "$(hostname)" <<< "h001 h002 h003 h004 h006" || { echo "module nvidia is in use by 2 processes"; exit 1; }
```

## Rollback

```bash
mv $HOME/driver.old $HOME/driver
```
"""


async def fleet() -> None:
    """Six real hosts: looked at, then a change on all of them."""
    from tests.ssh import no_private_machines, no_sshd, start_hosts

    if why := no_sshd() or no_private_machines():
        print(f"preflight, fleet: left as they were ({why})")
        return
    home = os.environ["HOME"]
    Path("driver.md").write_text(FLEET)
    with start_hosts(6, Path("bed").absolute(), user="ops") as hosts:
        for number, host in enumerate(hosts, 1):
            hosts.alias(f"gpu-{number:02}", host)
        hosts.forget_key(list(hosts)[5])
        os.environ["HOME"] = str(hosts.home)
        try:
            desk = LocalDesk(target="gpu")
            async with RunbookApp(desk, open_path="driver.md").run_test(size=(140, 32)) as pilot:
                await seen(pilot, "Install the driver")
                await press(pilot, "enter")
                await until(pilot, lambda: "of 6 hosts can go on" in text_of(pilot), 60)
                await press(pilot, *["j"] * 5)
                await keep(pilot, "preflight")
                await press(pilot, "t")
                await pilot.pause(0.5)
                await press(pilot, "y")
                await until(pilot, lambda: "All 6 hosts can go on" in text_of(pilot), 60)
                await press(pilot, "c")
                await seen(pilot, "6 hosts: gpu-[01-06]")
                await pilot.pause(0.5)
                await press(pilot, "y")
                await until(pilot, lambda: "5 of 6 done" in text_of(pilot), 60)
                await press(pilot, "o")
                await keep(pilot, "fleet")
        finally:
            os.environ["HOME"] = home


async def gpus() -> None:
    """The GPU screen, playing a recording: a card that slows down and one that fell off the bus."""
    from runbook_tui import records, telemetry
    from tests.bench.gpus import recording

    path = recording(Path("incident.jsonl"), 1, 8, 40)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for number, reading in enumerate(lines[1:]):
        hot, lost = reading["gpus"][3], reading["gpus"][5]
        if number > 20:
            hot |= {"throttle": ["hardware slowdown", "thermal (hardware)"], "temperature": 86.0, "clock_sm": 900.0}
        if number > 30:
            told = {"code": 79, "at": float(number)}
            lost |= {"error": "the GPU is lost: it fell off the bus", "error_code": 15, "xid": [told], "xid_since": 0.0}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    view = telemetry.Telemetry(telemetry.recorded(records.SystemClock(), path, speed=20.0))
    screen = RunbookApp(LocalDesk(gpus=lambda: view), gpus=True)
    async with screen.run_test(size=(140, 40)) as pilot:
        await seen(pilot, "8 GPUs on")
        await pilot.pause(3.0)
        await press(pilot, *["j"] * 5)
        await pilot.pause(1.2)
        await keep(pilot, "gpus")


CANARY = """---
rbt:
  text: lab
  every: 0.5s
  signals:
    error rate: {query: 'increase(lab_gateway_errors_total{version="v2"}[3s]) / sum(increase(lab_gateway_requests_total{version="v2"}[3s])) * 100', unit: '%', stale: 8s}
    p95 latency: {query: 'histogram_quantile(0.95, rate(lab_gateway_request_duration_seconds_bucket{version="v2"}[3s]))', unit: s, stale: 8s}
    canary requests: {query: 'sum(increase(lab_gateway_requests_total{version="v2"}[3s]))'}
  canary:
    lab: true
    stages: 5% 4s, 25% 60s, 100% 60s
    every: 1s
    checks: [Error rate < 5%, p95 latency < 500ms]
    requests: canary requests
    least: 1
    allowed: 20
---
# Release v2

## Deploy

```bash
# Start v2 beside v1, without traffic
rbt lab deploy v2
```

- [ ] Walk the canary <!-- rbt: gate=canary -->
- [ ] Tell support that v2 is out

## Rollback

Roll back immediately if:

- Error rate > 10% for 10 seconds
- p95 latency > 2s for 10 seconds

### Rollback procedure

```bash
# All traffic to v1
rbt lab weights v1=100 v2=0
```

```bash
# v2 is stopped
rbt lab remove v2
```
"""
POLICY = "automatic_rollback: {on: true, countdown: 10s}\n"


async def canary() -> None:
    """A canary in the lab under real requests; then v2 begins to fail, and the run takes itself back."""
    Path("release.md").write_text(CANARY)
    state = Path(os.environ["RBT_STATE"])
    state.mkdir(parents=True, exist_ok=True)
    (state / "policy.yaml").write_text(POLICY)
    subprocess.run([RBT, "lab", "down"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([RBT, "lab", "up", "traffic", "--rate", "60", "--port", "0"], check=True, stdout=subprocess.DEVNULL)
    async with app((110, 26), open_path="release.md") as pilot:
        await seen(pilot, "Start v2 beside v1")
        await run_step(pilot)
        await press(pilot, "enter")
        await press(pilot, "w")
        await until(pilot, lambda: "25 % of the traffic" in text_of(pilot), 60)
        await until(pilot, lambda: "2 of 2 good" in text_of(pilot) and "1 check passed" not in text_of(pilot), 60)
        await pilot.pause(8.0)
        await keep(pilot, "canary")
        await press(pilot, "escape")
        subprocess.run([RBT, "lab", "fault", "error-rate", "--value", "30"], check=True, stdout=subprocess.DEVNULL)
        await until(pilot, lambda: "rolls back" in text_of(pilot), 60)
        await pilot.pause(2.0)
        await keep(pilot, "trigger")
        await until(pilot, lambda: "◁ rolled back" in text_of(pilot).splitlines()[0], 60)
        await press(pilot, "R")
        await seen(pilot, "This run was rolled back in")
        await pilot.pause(1.0)
        await keep(pilot, "rolled-back")


class Recorded:
    """The app in a terminal of its own, and everything it writes there with its time: an asciicast."""

    def __init__(self, words: list[str], width: int, height: int) -> None:
        import pexpect
        import pyte

        self._child = pexpect.spawn(words[0], words[1:], dimensions=(height, width), encoding=None, timeout=None)
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self._started = time.monotonic()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        header = {"version": 2, "width": width, "height": height, "title": "rbt: the quickstart", "env": {"TERM": TERM}}
        self.lines = [json.dumps(header)]

    def look(self, seconds: float) -> None:
        import pexpect

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                data = self._child.read_nonblocking(65536, timeout=0.05)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                return
            self._stream.feed(data)
            at = round(time.monotonic() - self._started, 3)
            self.lines.append(json.dumps([at, "o", self._decoder.decode(data)]))

    def reads(self, text: str, seconds: float = 40.0) -> None:
        end = time.monotonic() + seconds
        while text not in "\n".join(self._screen.display):
            if time.monotonic() > end:
                shown = "\n".join(self._screen.display)
                raise SystemExit(f"the recording waited for {text!r}; the terminal says:\n{shown}")
            self.look(0.1)
        self.look(0.8)  # a person reads, too

    def press(self, keys: str) -> None:
        for key in keys:
            self._child.send(key.encode())
            self.look(0.12)
        self.look(0.5)

    def close(self) -> None:
        self._child.close(force=True)


def recording() -> None:
    """The quickstart's first steps in a real terminal, as a cast for `asciinema play`."""
    os.environ["TERM"] = TERM
    cast = Recorded([str(RBT), "runbooks/quickstart.md"], 110, 32)
    try:
        cast.reads("Start the lab")
        cast.press("\r")
        cast.reads("run it")
        cast.press("y")
        cast.reads("exit status 0", 60)
        cast.press("R")
        cast.reads("The way back")
        cast.press("q")
        cast.press("?")
        cast.reads("esc closes this")
        cast.press("q")
        cast.press("q")
        cast.reads("rbt resume")
    finally:
        cast.close()
    (PICTURES / "quickstart.cast").write_text("\n".join(cast.lines) + "\n")
    print("quickstart.cast")


def understood() -> None:
    """An alert runbook and a checklist side by side: what `rbt show` says of them, findings below."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    from runbook_tui.console import print_runbook
    from runbook_tui.records import read_runbook

    panels = []
    for name in ("corpus/alert-disk.md", "structure/01-release-checklist.md"):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            print_runbook(read_runbook(HERE / "tests" / "unit" / "document" / name))
        text = Text(said.getvalue().rstrip(), no_wrap=True, overflow="ellipsis")
        text.highlight_regex(r"(?m)^ *\$ .*$", "cyan")
        text.highlight_regex(r"\((read|change|destroy|not run: [a-z-]+)\)$", "yellow")
        text.highlight_regex(r"(?m)^  (info|warning|error):.*$", "magenta")
        panels.append(Panel(text, title=f"rbt show {Path(name).name}", width=96, border_style="bright_black"))
    console = Console(record=True, width=196, file=io.StringIO(), force_terminal=True)
    console.print(Columns(panels))
    save(console.export_svg(title="what rbt understood"), "understood")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rbt-demo-") as place:
        os.environ.update(
            RBT_STATE=f"{place}/state", RBT_KEYS=f"{place}/keys.toml", TMPDIR=place, USER="ana", LOGNAME="ana"
        )
        shutil.copytree(HERE / "runbooks", f"{place}/runbooks")
        os.chdir(place)
        try:
            understood()
            recording()
            subprocess.run([RBT, "lab", "down"], check=False, stdout=subprocess.DEVNULL)
            shutil.rmtree(f"{place}/state", ignore_errors=True)
            for part in (quickstart, small, library, fleet, gpus, canary):
                asyncio.run(part())
        finally:
            subprocess.run([RBT, "lab", "down"], check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
