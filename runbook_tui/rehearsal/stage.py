"""The stage: a folder with a home, a working folder and a lab of its own; gone when the rehearsal is over."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from runbook_tui.document.runbook import Command, Effect, Runbook
from runbook_tui.document.traces import Trace, trace_of
from runbook_tui.lab import control, control_plane, faults, kube, ssh
from runbook_tui.lab import parts as lab_parts
from runbook_tui.lab.control import LabStatus
from runbook_tui.lab.process import read_record, start_mark
from runbook_tui.rehearsal import staging
from runbook_tui.rehearsal.isolation import Enclosure, Walls, environment
from runbook_tui.rehearsal.rules import Rules
from runbook_tui.rehearsal.staging import Act, Staged
from runbook_tui.run import traces
from runbook_tui.run.fleet import Fleet, HostSpec
from runbook_tui.run.ports import JobOrder, OperatorError
from runbook_tui.run.state import JobState, RunState
from runbook_tui.run.where import typed_on

FOLDER = "rehearsals"
MOST_FILES = 2_000  # copied into the working folder
MOST_BYTES = 64 * 1024 * 1024


class NoStage(OperatorError):
    """The stage could not be built; nothing was run."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything of one rehearsal is; all of it can be written from inside."""

    folder: Path

    @property
    def owner(self) -> Path:
        """Whose rehearsal it is, and behind which walls: beside it, where nothing inside can write."""
        return self.folder.with_suffix(".owner")

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def state(self) -> Path:
        """What `rbt` itself finds as its state, when commands call it."""
        return self.folder / "state"

    @property
    def lab(self) -> Path:
        return self.state / "lab"


def made(state: Path, document: Path, rules: Rules) -> Place:
    """A fresh folder, with the files that the rules name in it. Raises NoStage."""
    folder = state.absolute() / FOLDER / secrets.token_hex(4)
    place = Place(folder=folder)
    try:
        for one in (place.home, place.work, place.temporary, place.state):
            one.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
        owned(place, Walls.NONE)
        if rules.files is not None:
            _copied(document.parent / rules.files, place.work, document)
    except NoStage:
        removed(place, Walls.NONE)
        raise
    except OSError as error:
        removed(place, Walls.NONE)
        raise NoStage(f"the stage cannot be built in {folder}: {error.strerror or error}") from None
    return place


def _copied(source: Path, work: Path, document: Path) -> None:
    if not source.is_dir() or not source.resolve().is_relative_to(document.parent.resolve()):
        raise NoStage(f"{source} is no folder beside the document, as `rehearse.files` has to be")
    files = [path for path in source.rglob("*") if path.is_file() and not path.is_symlink()]
    if len(files) > MOST_FILES or sum(path.stat().st_size for path in files) > MOST_BYTES:
        raise NoStage(f"{source} is too much for a stage: {len(files)} files")
    for path in files:
        target = work / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def owned(place: Place, walls: Walls) -> None:
    """Say that it is this process's."""
    place.owner.write_text(f"{os.getpid()}\n{start_mark(os.getpid())}\n{walls.value}")


def removed(place: Place, walls: Walls) -> None:
    """The lab down, every file gone.

    Behind whole walls everything has ended with them; whom the records in the stage name then is some other process.
    """
    if walls is not Walls.WHOLE:
        with contextlib.suppress(OperatorError):
            control.down(place.lab)
    shutil.rmtree(place.folder, ignore_errors=True)
    place.owner.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        place.folder.parent.rmdir()


def sweep(state: Path) -> None:
    """Stages whose rehearsal was killed."""
    for file in (state.absolute() / FOLDER).glob("*.owner"):
        try:
            pid, mark, walls = file.read_text().split("\n", 2)
            gone = start_mark(int(pid)) != mark
        except (OSError, ValueError):
            continue
        if gone:
            removed(Place(folder=file.with_suffix("")), Walls(walls))


class Stage:
    """What stands on it, and what happened to every command that came there."""

    def __init__(self, place: Place, rules: Rules, runbook: Runbook, enclosure: Enclosure) -> None:
        self.place = place
        self.rules = rules
        self.enclosure = enclosure
        self._runbook = runbook
        self.decisions: dict[str, Staged] = {}  # by job
        self.status: LabStatus | None = None

    def up(self, wanted: tuple[faults.Active, ...] = (), *, alerts: bool = False) -> None:
        """Bring up the lab with the parts that the document and its rule files need. Raises OperatorError."""
        names = self.rules.parts or guessed_parts(self._runbook, wanted, alerts=alerts)
        unknown = [name for name in names if name not in lab_parts.MORE]
        if unknown:
            raise NoStage(f"the lab has no part {unknown[0]!r}: {', '.join(lab_parts.MORE)}")
        told = {name: {"traffic": "40", "dashboard": "0"}.get(name, "") for name in names}
        port = control.DEFAULT_PORT if self.enclosure.network else 0
        self.status = control.up(self.place.lab, port=port, more=told)
        if "ssh" in names:
            config = self.place.home / ".ssh" / "config"
            config.parent.mkdir(mode=0o700, exist_ok=True)
            config.write_text((ssh.inside(self.place.lab) / "config").read_text())

    def port(self, name: str) -> int:
        """Of a part; 0 when it is not there."""
        record = read_record(self.place.lab, name)
        return record.port if record is not None else 0

    def environ(self) -> dict[str, str]:
        """What commands find."""
        config = kube.kubeconfig(self.place.lab)
        found = environment(
            self.place.home,
            state=self.place.state,
            temporary=self.place.temporary,
            kubeconfig=config if self.has("kube") else None,
        )
        own = str(Path(sys.executable).parent)
        path = found.get("PATH", os.defpath)
        return {**found, "PATH": path if own in path.split(os.pathsep) else f"{own}{os.pathsep}{path}"} | {
            "RBT_LAB_PORT": str(self.port("gateway"))
        }

    def has(self, name: str) -> bool:
        return self.status is not None and any(part.name == name for part in self.status.parts)

    # --- targets ---

    def fleets(self, named: Mapping[str, Fleet], names: Iterator[str]) -> dict[str, Fleet]:
        """Every host of the document, each leading to the stage's one."""
        found = dict(named)
        for name in names:
            found.setdefault(name, Fleet(name=name, hosts=(HostSpec(name=name),)))
        return {
            name: msgspec.structs.replace(fleet, hosts=tuple(_led_here(host) for host in fleet.hosts))
            for name, fleet in found.items()
        }

    def leads_to(self, host: str) -> str:
        """ssh, local or would."""
        said = self.rules.target(host)
        if said is not None:
            return said
        return "ssh" if self.has("ssh") else "local"

    def reached(self, step: tuple[str, ...]) -> tuple[faults.Active, ...]:
        """A step begins: faults that waited for it begin too."""
        return faults.reached(self.place.lab, step)

    # --- commands ---

    def decide(self, state: RunState, order: JobOrder, host: str) -> tuple[Staged, str]:
        """What happens to this order on that host; kept for the report."""
        if order.job.endswith(traces.SUFFIX):
            return Staged(act=Act.RUN, why="a look at what was left"), ""
        job = state.jobs[order.job]
        command = self._runbook.command_by_id.get(job.command) or Command(
            id=job.command, text=job.shown, line=0, end_line=0, language="bash", section="", effect=Effect.CHANGE
        )
        if host != "local" and self.leads_to(host) == "would":
            staged = Staged(act=Act.WOULD, why=f"{host} has no place on the stage", by_rule=True)
        else:
            staged = staging.staged(command, self.rules, self._there(), shown=job.shown)
        self.decisions[order.job] = staged
        return staged, job.shown

    def leaves(self, job: JobState) -> Trace | None:
        """What a command must leave; nothing is asked of one that was only shown."""
        staged = self.decisions.get(job.job)
        if staged is None or staged.act is Act.WOULD:
            return None
        return trace_of(self._runbook, job.command)

    def _there(self) -> staging.Stage:
        work = self.place.work
        files = frozenset(str(path.relative_to(work)) for path in work.rglob("*") if path.is_file())
        ports = {part.port for part in self.status.parts if part.port} if self.status is not None else set()
        return staging.Stage(enclosed=self.enclosure.whole, kube=self.has("kube"), ports=frozenset(ports), files=files)


def _led_here(host: HostSpec) -> HostSpec:
    """The same name, the lab's address; no account and no option of the real one."""
    return HostSpec(name=host.name, address=ssh.NAME)


def guessed_parts(
    runbook: Runbook, wanted: tuple[faults.Active, ...] = (), *, alerts: bool = False
) -> tuple[str, ...]:  # fmt: skip
    """The parts that a document needs, by what its commands name, and those that the faults are of."""
    said = "\n".join(command.text for command in runbook.commands)
    measured = " ".join(one.metric.casefold() for one in (*runbook.triggers, *runbook.conditions) if one.metric)
    needs = {
        "store": "disk" in measured or "rbt lab job" in said,
        "gpu": "gpu" in measured,
        "ssh": bool(set(hosts_named(runbook))),
        "kube": "kubectl" in said and control_plane.assets() is not None,
        "traffic": alerts or bool(runbook.triggers or runbook.conditions),
        "metrics": alerts or bool(runbook.triggers or runbook.conditions),
    }
    faulty = {fault.part for fault in wanted} & set(lab_parts.MORE)
    return tuple(name for name in lab_parts.MORE if needs.get(name) or name in faulty)


def hosts_named(runbook: Runbook) -> Iterator[str]:
    """Every target that a command has, or is said to be typed on."""
    seen = dict.fromkeys(command.target or typed_on(command) for command in runbook.commands)
    yield from (name for name in seen if name is not None and name != "local")
