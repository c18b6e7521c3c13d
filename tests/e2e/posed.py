"""Everything that is on a picture, posed: a document, events at fixed times, people, devices, and a desk that has them.

Nothing runs and nothing is random: the state is the fold of the events below, `now` is one moment.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from runbook_tui.records import parse
from runbook_tui.run import events as e
from runbook_tui.run.estimate import Pace
from runbook_tui.run.fold import fold
from runbook_tui.run.gate_events import BreakerChanged, CanaryChecked, CanaryStage, CanaryStageEntered, CanaryStarted
from runbook_tui.run.gauges import Gauge
from runbook_tui.run.gpu.model import Gpu, GpuHost, GpuProcess, RowRemap, Source, Xid
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.verdicts import Check
from runbook_tui.run.gpu.verdicts import Verdict as Health
from runbook_tui.run.kernel_gate import read_kernels
from runbook_tui.run.kernels import KernelVerdict, Verdict
from runbook_tui.run.people import Someone, Who
from runbook_tui.run.people_events import DriveTaken, NoteAdded, SecondAsked
from runbook_tui.run.preview import preview
from runbook_tui.run.rollback import rollback_plan
from runbook_tui.tui.ports import LibraryEntry
from runbook_tui.tui.signing_port import Sheet
from runbook_tui.validation.reading import KernelReader
from tests.unit.tui.test_preflight_screen import fleet as looked_at
from tests.unit.validation.test_reading import case, end, start, text

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
BEGUN = NOW - timedelta(minutes=42)
RUN = "brave-otter"
ANA = "ana@bastion"
PERFORMED: list[object] = []  # what was asked of a posed run; nothing of it is done
GIB = 1 << 30

RELEASE = """# Release the billing service

Read **all** of it first; the whole takes about *an hour*.

## Prepare 準備

- [ ] The channel knows
- [ ] データベースをバックアップする, all of them, also the one that nobody remembers and that has a very long name
- [ ] تحقق من الخدمة 🚀

```bash
# Pull the image
docker pull registry.local/billing:<version>
```

Ticket: ____________

## Deploy

The configuration comes first: the service reads it **once**, when it starts.

| part | replicas |
|------|----------|
| api  | 3        |
| jobs | 1        |

<!-- rbt: rollback="kubectl rollout undo deployment/billing -n prod" -->
```bash
# Apply the configuration
kubectl apply -f config/ -n prod
```

```bash
# Prove the kernels
python kernels/build.py --check-numerics --tol 1e-3
```

- [ ] The canary gets traffic

## Sign-off

- [ ] **QA Lead**: ____________________ Date: __________

## Rollback criteria

Roll back immediately if:

- [ ] Error rate > 5% for 5 minutes
- [ ] Latency p95 > 200ms for 10 minutes
- [ ] Payments fail

## Rollback

```bash
# Scale it back
kubectl scale deployment/billing --replicas=1 -n prod
```

- [ ] Tell the channel
"""
DRIVERS = """# Driver update

## Roll out

```bash
# Install the driver
sudo install-driver 580.65
```

- [ ] All nodes are back
"""
HOSTS = ("gpu-01", "gpu-02", "gpu-03", "gpu-04", "gpu-05")


class Tale:
    """Events, one after the other; steps and commands are called by their titles."""

    def __init__(self, document, source):
        self.runbook = parse(document.encode(), source)
        self.now = BEGUN
        self.records = []
        started = e.RunStarted(
            title=self.runbook.title, source=source, document=hashlib.sha256(document.encode()).hexdigest(),
            tool="0", user="ana", host="bastion", target="local", cwd="/srv/release",
            hosts={"gpus": HOSTS} if document is DRIVERS else {},
        )  # fmt: skip
        self.tell(started, DriveTaken(epoch=1, holder=ANA))

    def step(self, title):
        return next(step for step in self.runbook.steps if step.title == title)

    def tell(self, *events, by=ANA, after=20, at=None):
        self.now = at or self.now
        for event in events:
            self.now += timedelta(seconds=after)
            at = len(self.records) + 1
            self.records.append(
                e.Record(run=RUN, seq=at, at=self.now, actor=by, epoch=1, event=event, prev="", hash=f"{at:064x}")
            )

    def tick(self, *titles):
        for title in titles:
            self.tell(e.StepTicked(step=self.step(title).id))

    def run(
        self, title, job, *, exit_=0, shown="", output=b"", target="local", group="", ends=True, seconds=12.4, attempt=1
    ):
        step = self.step(title)
        command = self.runbook.command_by_id[step.commands[0]]
        self.tell(e.JobStarted(job=job, step=step.id, command=command.id, text=command.text,
                               shown=shown or command.text, target=target, group=group, attempt=attempt))  # fmt: skip
        if ends:
            self.tell(e.JobFinished(job=job, exit=exit_, seconds=seconds, output_bytes=len(output)))

    def state(self):
        return fold(self.records)


@dataclass
class View:
    """A run as the screens read it; nothing of it moves."""

    runbook: object
    state: object
    outputs: dict = field(default_factory=dict)
    seen: tuple = ()
    busy: str | None = None
    current_job: str | None = None
    unheard: str = ""
    pace: Pace = field(default_factory=lambda: Pace(runs=4, usual=4200.0))

    def standings(self):
        return {}

    def gauges(self):
        return self.seen

    def subscribe(self, _listener):
        return lambda: None

    def preview(self, step_id):
        return preview(self.runbook, self.state, step_id)

    def rollback_plan(self):
        return rollback_plan(self.runbook, self.state, {})

    def live_change(self, _job):
        return ()

    def live_output(self, _job):
        return None

    async def kept_output(self, job):
        return self.outputs.get(job, b"")

    def live_kernels(self, _job):
        return None

    async def kept_kernels(self, job):
        return read_kernels(KernelReader(), self.outputs[job])

    async def preflight(self):
        PERFORMED.append("preflight")
        return looked_at()

    # of a driver

    async def perform(self, intent):
        PERFORMED.append(intent)

    async def answer(self, _request, *, yes, reason=""):
        PERFORMED.append("yes" if yes else f"no: {reason}")

    async def recover(self):
        return []

    async def document_diff(self):
        return None

    async def close(self):
        pass

    def hand_over_terminal(self, _hand_over):
        pass


@dataclass
class Round:
    """Who is here."""

    me: Someone
    around: tuple = ()

    def others(self):
        return self.around

    def look_at(self, step):
        pass

    def do(self, doing):
        pass

    def ask(self, epoch):
        pass

    def subscribe(self, _listener):
        return lambda: None


@dataclass
class Pen:
    """Signs nothing: it shows what would be signed."""

    shown: Sheet

    async def sheet(self, _step):
        return self.shown

    async def sign(self, _sheet, _meaning, *, reject=False):
        return "said no" if reject else "signed"


class Devices:
    """Two machines with GPUs, as they were read at one moment."""

    def __init__(self):
        processes = (
            GpuProcess(pid=4242, name="python", user="ana", memory=61 * GIB),
            GpuProcess(pid=4711, name="triton-server", user="svc", memory=2 * GIB),
        )
        busy = _gpu("gpu-01", 0, util=97.0, memory_used=64 * GIB, temperature=71.0, processes=processes)
        hot = _gpu(
            "gpu-01", 1, temperature=86.0, throttle=("thermal (software)",), xid=(Xid(code=79, detail="fallen off"),)
        )
        idle = _gpu("gpu-02", 0, util=0.0, memory_used=GIB, power=70.0)
        gone = GpuHost(host="gpu-03", source=Source.SMI, error="no answer within 10 s")
        self._hosts = (
            GpuHost(host="gpu-01", source=Source.NVML, driver="580.65", cuda="13.0", gpus=(busy, hot)),
            GpuHost(host="gpu-02", source=Source.DCGM, driver="580.65", gpus=(idle,), notes=("it tells no processes",)),
            gone,
        )
        self._trails = {}
        for host in self._hosts:
            for number, one in enumerate(host.gpus):
                trail = self._trails[one.uuid] = Trail()
                for second in range(300):
                    share = (second * (7 + number)) % 97
                    trail.add(
                        msgspec.structs.replace(one, at=float(second), util=float(share), power=200.0 + 4 * share)
                    )

    def hosts(self):
        return self._hosts

    def trail(self, uuid):
        return self._trails.get(uuid) or Trail()

    def health(self):
        return (
            Check(check="xid", verdict=Health.BLOCK, detail="XID 79: the card has fallen off the bus", source="NVIDIA",
                  host="gpu-01", gpu="GPU-gpu-01-1"),
            Check(check="temperature", verdict=Health.WARN, detail="1 °C to the card's own limit", source="NVIDIA",
                  host="gpu-01", gpu="GPU-gpu-01-1"),
            Check(check="driver", verdict=Health.PASS, detail="one version everywhere", source="ours"),
        )  # fmt: skip

    async def ask_now(self):
        pass

    def end_process(self, host, process):
        return f"{process.pid} was asked to end on {host.host}"


def _gpu(host, index, **more):
    values = {
        "name": "NVIDIA H100 80GB HBM3", "pci": f"00000000:0{index + 4}:00.0", "util": 43.0, "memory_used": 30 * GIB,
        "memory_total": 80 * GIB, "power": 310.0, "power_limit": 700.0, "temperature": 60.0, "temperature_slowdown": 87.0,
        "clock_sm": 1755.0, "clock_sm_max": 1980.0, "pstate": 0, "throttle": (), "persistence": True, "ecc": True,
        "ecc_corrected": 0, "ecc_uncorrected": 0, "ecc_uncorrected_total": 0, "row_remap": RowRemap(correctable=0, uncorrectable=0, pending=False, failure=False),
        "recovery": 0, "pcie_gen": 5, "pcie_gen_max": 5, "pcie_width": 16, "pcie_width_max": 16, "pcie_replay": 0,
        "xid": (), "processes": (), "without": ("fabric", "nvlink"),
    }  # fmt: skip
    return Gpu(uuid=f"GPU-{host}-{index}", index=index, **(values | more))


@dataclass
class Desk:
    """Has what stands here and nothing else."""

    view: View | None = None
    rows: tuple = ()
    company: Round = field(default_factory=lambda: Round(ME))
    devices: Devices | None = None
    sheet: Sheet | None = None
    drives: bool = True

    async def entries(self):
        PERFORMED.append("entries")
        return self.rows

    async def understand(self, path):
        return parse(Path(path).read_bytes(), path)

    async def new_run(self, _path):
        return self.view

    async def resume(self, _run, *, take=False):
        return self.view

    async def watch(self, _run):
        return self.view

    async def part(self):
        pass

    async def unfinished_run_of(self, _path):
        return None

    async def leave(self, driving, *, to=""):
        pass

    async def meet(self, _run, *, driving):
        return self.company

    async def signer(self, _run):
        return Pen(self.sheet)

    async def gpus(self):
        return self.devices

    async def close(self):
        pass


ME = Someone(id="1", who=Who(person="ana", user="ana", uid=1000, host="bastion", terminal="pts/3"), doing="driving")
BEN = Someone(
    id="2",
    who=Who(person="ben", principal="ben@example.org", fingerprint="SHA256:b", how="agent", user="ops", uid=1001,
            host="bastion", terminal="pts/7"),
)  # fmt: skip
PULLED = b"1.8.2: Pulling from billing\n\x1b[32mStatus: Downloaded newer image\x1b[0m\nregistry.local/billing:1.8.2\n"
APPLIED = (
    b"".join(b"configmap/part-%02d configured\n" % n for n in range(1, 31)) + b"deployment.apps/billing configured\n"
)
KERNELS = text(
    start(4),
    case("several blocks"),
    case("gate per sequence", ok=False, kernel="dynamic_rank", bound=7.2, shape=[36, 64, 24]),
    case("odd sizes", kernel="film", ms=0.42, reference_ms=0.77),
    end("fail"),
)
SHEET = Sheet(
    step="", role="QA Lead", signer="ana@example.org", name="Ana Lópezová", key="SHA256:Yz3… in ~/.ssh/id_ed25519", material="m",
    lines=("document  release.md, sha256 41d2…", "run       brave-otter, by ana", "", "What was done", "✔ The channel knows",
           "✔ Pull the image", "    $ docker pull registry.local/billing:1.8.2", "– Prove the kernels  skipped: no GPU here",
           "○ The canary gets traffic", "? Apply the configuration  outcome unknown"),
)  # fmt: skip


def under_way():
    """The release in its middle: ticks, a note, a skip, outputs, a failure."""
    tale = Tale(RELEASE, "/srv/release/release.md")
    tale.tick("The channel knows")
    backups = next(step for step in tale.runbook.steps if step.title.startswith("データ"))
    tale.tick(backups.title)
    tale.tell(NoteAdded(step=backups.id, text="the archive took longer than usual"), by="ben@laptop")
    tale.tell(
        e.StepSkipped(step=next(s for s in tale.runbook.steps if "الخدمة" in s.title).id, reason="seen yesterday")
    )
    tale.tell(e.VariableSet(name="<version>", value="1.8.2"))
    tale.run("Pull the image", "j1", shown="docker pull registry.local/billing:1.8.2", output=PULLED)
    tale.tick("Pull the image")
    tale.tell(
        e.FieldFilled(step=next(s for s in tale.runbook.steps if s.title.startswith("Ticket")).id, value="CHG0012345")
    )
    tale.run("Apply the configuration", "j2", output=APPLIED, seconds=95.0)
    tale.tick("Apply the configuration")
    tale.run("Prove the kernels", "j3", exit_=1, output=KERNELS, seconds=61.0)
    failed = KernelVerdict(
        verdict=Verdict.FAIL, reason="1 of 4 cases failed", executed_on="gpu", device="H200", cases=4, failed=1
    )
    tale.tell(e.KernelsValidated(job="j3", verdict=failed))
    return tale


def release(**more):
    tale = under_way()
    return View(tale.runbook, tale.state(), {"j1": PULLED, "j2": APPLIED, "j3": KERNELS}, **more)


def watched():
    """The conditions, one that soon holds, and a canary at its second stage."""
    tale = under_way()
    step = tale.step("The canary gets traffic")
    stages = tuple(CanaryStage(weight=w, seconds=s) for w, s in ((5, 300.0), (25, 600.0), (100, 900.0)))
    tale.tell(
        CanaryStarted(step=step.id, stages=stages, every=30.0),
        CanaryStageEntered(stage=0, weight=5, deadline=NOW - timedelta(minutes=4)),
        CanaryStageEntered(stage=1, weight=25, deadline=NOW + timedelta(minutes=6, seconds=10)),
        *(CanaryChecked(stage=1, verdict="pass", detail="4 of 4 checks") for _ in range(7)),
        BreakerChanged(target="gpu-02", state="open", failures=3, until=NOW + timedelta(minutes=1), reason="no answer"),
    )
    waves = tuple(float(20 + (n * 7) % 30) for n in range(30))
    gauges = (
        Gauge(condition="err", text="Error rate > 5% for 5 minutes", verdict="pass", value=0.21, unit="%", threshold=5.0,
              bad=">", age=3.0, history=waves),
        Gauge(condition="p95", text="Latency p95 > 200ms for 10 minutes", verdict="pass", value=231.0, unit="ms",
              threshold=200.0, bad=">", age=3.0, breaching=252.0, trips_in=348.0, history=waves[::-1]),
        Gauge(condition="q", text="Queue depth > 10000", verdict="no_data", unit="", threshold=10000.0, bad=">",
              detail="the source did not answer", history=(None, *waves)),
        Gauge(condition="pay", text="Payments fail", verdict=None, detail="nothing measures it", manual=True),
    )  # fmt: skip
    return View(tale.runbook, tale.state(), {"j1": PULLED, "j2": APPLIED, "j3": KERNELS}, seen=gauges)


def asking():
    """A run that somebody else drives, who wants another person's yes."""
    tale = under_way()
    step = tale.step("Apply the configuration")
    command = tale.runbook.command_by_id[step.commands[0]]
    tale.tell(
        SecondAsked(
            request="r1", step=step.id, commands=(command.text,), places=("prod (kubernetes)",), digest="9f2c41d27a06e8b3" * 4,
            effect="changing", person="ana", seconds=600.0,
        ),
        at=NOW - timedelta(minutes=3),
    )  # fmt: skip
    return View(tale.runbook, tale.state(), {"j1": PULLED, "j2": APPLIED, "j3": KERNELS})


def fleet():
    """A command on five hosts: done, failed, running, waiting."""
    tale = Tale(DRIVERS, "/srv/release/driver.md")
    step = tale.step("Install the driver")
    tale.tell(e.FleetStarted(group="g1", step=step.id, command=step.commands[0], fleet="gpus", hosts=HOSTS, todo=HOSTS))
    good, bad = b"installing kernel\ninstalling tools\ndone\n", b"installing kernel\nmodule nvidia is in use\n"
    outputs = {"h1": good, "h2": good, "h3": bad}
    tale.now = NOW - timedelta(minutes=3)
    for number, job in enumerate(("h1", "h2", "h3")):
        tale.run(
            "Install the driver", job, exit_=int(job == "h3"), output=outputs[job], target=HOSTS[number], group="g1"
        )
    tale.run("Install the driver", "h4", target=HOSTS[3], group="g1", ends=False)
    return View(tale.runbook, tale.state(), outputs, busy="Install the driver")


def entries(folder):
    """Runs and runbooks of a library, near this folder."""
    (folder / "release.md").write_text(RELEASE)
    (folder / "driver.md").write_text(DRIVERS)
    source = str(folder / "release.md")

    def ago(**span):
        return NOW - timedelta(**span)

    return (
        LibraryEntry(title="Release the billing service · CHG0012345", source=source, run=RUN, driver=ANA, done=8, total=11,
                     last=ago(minutes=2), people=("ana", "ben"), took=2520.0),
        LibraryEntry(title="Driver update", source=str(folder / "driver.md"), run="calm-heron", done=1, total=2,
                     last=ago(hours=3), people=("ben",), took=640.0),
        LibraryEntry(title="Release the billing service", source=source, run="early-finch", outcome="completed", done=11,
                     total=11, last=ago(days=7), people=("ana",), took=4211.0),
        LibraryEntry(title="Release the billing service", source=source, run="dark-moth", outcome="rolled_back", done=6,
                     total=11, last=ago(days=9), people=("ben", "ana", "cy"), took=6902.0),
        LibraryEntry(title="Release the billing service", source=source, run="stage-wren", outcome="completed", done=11,
                     total=11, last=ago(days=10), people=("ana",), took=95.0, rehearsal=True),
        *documents(folder),
    )  # fmt: skip


def documents(folder):
    """The runbooks alone: nothing was ever run here."""
    (folder / "release.md").write_text(RELEASE)
    (folder / "driver.md").write_text(DRIVERS)
    return tuple(
        LibraryEntry(title=title, source=str(folder / name), last=NOW - timedelta(days=days))
        for title, name, days in (("Driver update", "driver.md", 40), ("Release the billing service", "release.md", 12))
    )
