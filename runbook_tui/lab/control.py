"""Bring the lab up, change it, ask about it, take it down."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from runbook_tui.lab import faults, images, parts, process
from runbook_tui.lab.gateway import INITIAL, WEIGHTS_FILE
from runbook_tui.lab.gpu import OWN as GPU_RECORDING
from runbook_tui.lab.parts import GATEWAY
from runbook_tui.lab.server import HOST, VERSIONS, ask
from runbook_tui.run.ports import OperatorError

DEFAULT_PORT = 8400
STORE_WANTED = "store.wanted"
_PLAN_FILE = "lab.json"
_LOCK_FILE = "lock"
_MADE = (
    *(f"{version}.image.json" for version in VERSIONS),
    *("store.db", "store.db-wal", "store.db-shm", GPU_RECORDING, STORE_WANTED, images.ADVISORIES),
    *(faults.FILE, _PLAN_FILE, WEIGHTS_FILE, _LOCK_FILE),
)
_MADE_FOLDERS = (images.FOLDER, "ssh", "kube")
READY_WITHIN = 10.0  # seconds a version may take until it is ready
LOOK = 0.05  # seconds between two looks whether a part is ready


class LabError(OperatorError):
    """The lab could not do what was asked."""


class PartState(StrEnum):
    RUNNING = "running"
    ABSENT = "not deployed"
    CRASHED = "crashed"
    SILENT = "not answering"
    STARTING = "starting"  # it lives and must not get traffic yet


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway, one version of the service, or what else was brought up."""

    name: str
    state: PartState
    pid: int | None = None
    port: int | None = None
    weight: int | None = None  # percent of the traffic
    release: str | None = None  # what a version runs


class LabStatus(msgspec.Struct, frozen=True, kw_only=True):
    folder: str
    up: bool  # everything that should run runs and answers
    url: str | None  # None when the lab was never brought up here
    parts: tuple[Part, ...]
    faults: tuple[faults.Active, ...] = ()

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What should run; what does run is asked of the processes."""

    port: int
    deployed: tuple[str, ...]
    more: dict[str, str] = {}  # other parts, each with what it was told at its start


def up(folder: Path, *, port: int | None = None, more: Mapping[str, str] | None = None) -> LabStatus:
    """Start what should run and does not: the gateway and v1 the first time, whatever has crashed later.

    `port` is the gateway's: 8400 unless told, 0 for any free one. `more` are other parts, each with what it is told.
    """
    with _locked(folder):
        plan = _read_plan(folder)
        if plan is None:
            wanted = _Plan(port=DEFAULT_PORT if port is None else port, deployed=("v1",))
        elif port in (None, 0, plan.port):
            wanted = plan
        elif _answers(folder, GATEWAY):
            raise LabError(
                f"The lab runs already, on port {plan.port}. To move it to {port}, take it down first: rbt lab down"
            )
        else:
            wanted = msgspec.structs.replace(plan, port=port)
        wanted = msgspec.structs.replace(wanted, more={**wanted.more, **(more or {})})
        _start_all(folder, wanted)
        gateway = process.read_record(folder, GATEWAY)
        if gateway is not None:
            wanted = msgspec.structs.replace(wanted, port=gateway.port)
        process.write_json(folder / _PLAN_FILE, wanted)
        return status(folder)


def _start_all(folder: Path, wanted: _Plan) -> None:
    """What the service needs first, the gateway last; when one does not start, nothing of it stays."""
    if "store" in wanted.more:
        (folder / STORE_WANTED).touch()
    started: list[str] = []
    try:
        for name, told in wanted.more.items():
            if name != "traffic" and _ensure(folder, name, *([told] if told else _FIRST_WORD.get(name, []))):
                started.append(name)
        started += [version for version in wanted.deployed if _ensure(folder, version)]
        if _ensure(folder, GATEWAY, str(wanted.port)):
            started.append(GATEWAY)
        if "traffic" in wanted.more:
            _ensure(folder, "traffic", wanted.more["traffic"] or "20")
    except LabError:
        for name in started:  # as it was before
            _halt(folder, name)
        raise


_FIRST_WORD = {"dashboard": ["0"]}


def down(folder: Path, names: Sequence[str] = ()) -> LabStatus:
    """Stop everything and remove what the lab has written; also when nothing is there. With `names` only those."""
    if names and _read_plan(folder) is not None:
        with _locked(folder):
            _without(folder, names)
    elif folder.is_dir():
        with _locked(folder):
            for name in reversed(parts.KINDS):
                _halt(folder, name)
                process.log_path(folder, name).unlink(missing_ok=True)
            for folder_name in _MADE_FOLDERS:
                shutil.rmtree(folder / folder_name, ignore_errors=True)
            for name in _MADE:
                (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # something of somebody else's is in there
                folder.rmdir()
    return status(folder)


def _without(folder: Path, names: Sequence[str]) -> None:
    plan = _known_plan(folder)
    for name in names:
        if name in (GATEWAY, *VERSIONS):
            raise LabError(f"{name} belongs to the lab as long as it is up; rbt lab remove stops a version.")
        _halt(folder, name)
        process.log_path(folder, name).unlink(missing_ok=True)
    if "store" in names:
        (folder / STORE_WANTED).unlink(missing_ok=True)
    kept = {name: told for name, told in plan.more.items() if name not in names}
    process.write_json(folder / _PLAN_FILE, msgspec.structs.replace(plan, more=kept))


def lose(folder: Path, name: str) -> LabStatus:
    """A disaster: the part dies at once, and what it kept is gone. `up` starts it again, empty."""
    with _locked(folder):
        _known_plan(folder)
        record = process.read_record(folder, name)
        if record is None:
            raise LabError(f"{name} is not there, so it cannot be lost. rbt lab status shows what runs.")
        with contextlib.suppress(ProcessLookupError):
            if process.alive(record):
                os.kill(record.pid, signal.SIGKILL)
        process.gone(record)
        for path in folder.glob(f"{name}.db*") if name == "store" else [folder / f"{name}.image.json"]:
            path.unlink(missing_ok=True)
        return status(folder)


def status(folder: Path) -> LabStatus:
    """What is true now: processes and their answers, not what was written about them."""
    plan = _read_plan(folder)
    weights = _weights(folder) if plan is not None else {}
    more = tuple(plan.more) if plan is not None else ()
    found = tuple(_part(folder, name, weights.get(name)) for name in (GATEWAY, *VERSIONS, *more))
    should_run = {GATEWAY, *plan.deployed, *more} if plan is not None else set()
    return LabStatus(
        folder=str(folder),
        up=plan is not None and all(p.state is PartState.RUNNING for p in found if p.name in should_run),
        url=None if plan is None else f"http://{HOST}:{plan.port}/",
        parts=found,
        faults=faults.read(folder),
    )


def deploy(folder: Path, version: str, *, image: str | None = None, patience: float = READY_WITHIN) -> LabStatus:
    """Start a version beside the others, and wait until it is ready. It gets no traffic by that.

    With `image` it is stopped first when it runs another one. Raises LabError or ImageError.
    """
    with _locked(folder):
        plan = _known_plan(folder, version)
        chosen = images.usable(folder, version, image)
        if chosen is not None and chosen.release != images.deployed(folder, version):
            if _answers(folder, version):
                _refuse_traffic(folder, version, "restarted with another image")
            _halt(folder, version)
            images.use(folder, version, chosen)
        _ensure(folder, version, patience=patience)
        if version not in plan.deployed:
            wanted = msgspec.structs.replace(plan, deployed=(*plan.deployed, version))
            process.write_json(folder / _PLAN_FILE, wanted)
        return status(folder)


def remove(folder: Path, version: str) -> LabStatus:
    """Stop a version that gets no traffic; fine when it is not there."""
    with _locked(folder):
        plan = _known_plan(folder, version)
        _refuse_traffic(folder, version, "removed")
        _halt(folder, version)
        (folder / f"{version}.image.json").unlink(missing_ok=True)
        wanted = msgspec.structs.replace(plan, deployed=tuple(v for v in plan.deployed if v != version))
        process.write_json(folder / _PLAN_FILE, wanted)
        return status(folder)


def _refuse_traffic(folder: Path, version: str, what: str) -> None:
    weight = _weights(folder).get(version, 0)
    if weight:
        other = next(v for v in VERSIONS if v != version)
        raise LabError(
            f"{version} gets {weight} % of the traffic; nothing was {what}. "
            f"Send the traffic elsewhere first: rbt lab weights {other}=100 {version}=0"
        )


def switch(folder: Path, slot: str) -> LabStatus:
    """All traffic to one slot at once, as a blue/green deployment does; only to one that is ready."""
    version = parts.SLOTS.get(slot, slot)
    if not _answers(folder, version):
        raise LabError(f"{slot} ({version}) is not ready; the traffic is unchanged.")
    return weigh(folder, {version: 100, **{other: 0 for other in VERSIONS if other != version}})


def weigh(folder: Path, weights: dict[str, int]) -> LabStatus:
    """Send the traffic by these percentages, which add up to 100."""
    gateway = gateway_port(folder)
    try:
        reply = ask(gateway, "PUT", "/admin/weights", msgspec.json.encode(weights))
    except (OSError, http.client.HTTPException) as error:
        raise LabError("The gateway does not answer; the traffic is unchanged. Start it again: rbt lab up") from error
    if reply.status != 200:
        raise LabError(msgspec.json.decode(reply.body, type=dict[str, str])["error"])
    return status(folder)


def gateway_port(folder: Path) -> int:
    """Where the running gateway listens; raises LabError when it does not run."""
    record = process.read_record(folder, GATEWAY)
    if record is None:
        raise LabError("The lab is not up. Bring it up: rbt lab up")
    if not process.alive(record):
        raise LabError("The lab's gateway has crashed. Start it again: rbt lab up")
    return record.port


# --- one part ------------------------------------------------------------------------------------


def _ensure(folder: Path, name: str, *words: str, patience: float | None = None) -> bool:
    """Have the part running and answering. True when it had to be started."""
    answer = _asked(folder, name)
    if answer is parts.Answer.READY:
        return False
    waiting = parts.KINDS[name].patience if patience is None else patience
    if answer is parts.Answer.NONE:
        _halt(folder, name)
        _launch(folder, name, *((name,) if name in VERSIONS else words))
    end = time.monotonic() + waiting
    while not _answers(folder, name):
        record = process.read_record(folder, name)
        if record is None or not process.alive(record):
            raise LabError(f"{name} did not start; see {process.log_path(folder, name)}")
        if time.monotonic() > end:
            raise LabError(f"{name} was started and is not ready after {waiting:g} s. It gets no traffic.")
        time.sleep(LOOK)
    return True


def _launch(folder: Path, name: str, *words: str) -> None:
    try:
        exit_status = process.launch(folder, name, f"runbook_tui.lab.{parts.KINDS[name].module}", *words)
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"{name} did not start within {error.timeout:.0f} s; see {process.log_path(folder, name)}"
        ) from error
    if exit_status == process.PORT_TAKEN:
        port = int(words[0])
        raise LabError(
            f"Port {port} of {HOST} is taken by another program; nothing was started. "
            f"Choose another: rbt lab up --port {port + 1}"
        )
    if exit_status:
        why = process.last_line(folder, name)
        raise LabError(f"{name} did not start: {why or f'exit {exit_status}'}. See {process.log_path(folder, name)}")


def _halt(folder: Path, name: str) -> None:
    record = process.read_record(folder, name)
    if record is not None and not process.stop(record):
        raise LabError(f"{name} (process {record.pid}) could not be stopped; it may belong to another user.")
    process.forget(folder, name)


_STATES = {
    parts.Answer.READY: PartState.RUNNING,
    parts.Answer.STARTING: PartState.STARTING,
    parts.Answer.NONE: PartState.SILENT,
}


def _part(folder: Path, name: str, weight: int | None) -> Part:
    record = process.read_record(folder, name)
    if record is None:
        return Part(name=name, state=PartState.ABSENT, weight=weight)
    state = _STATES[parts.asked(record)] if process.alive(record) else PartState.CRASHED
    release = images.deployed(folder, name) if name in VERSIONS else None
    return Part(name=name, state=state, pid=record.pid, port=record.port, weight=weight, release=release)


def _answers(folder: Path, name: str) -> bool:
    return _asked(folder, name) is parts.Answer.READY


def _asked(folder: Path, name: str) -> parts.Answer:
    record = process.read_record(folder, name)
    return parts.asked(record) if record is not None and process.alive(record) else parts.Answer.NONE


# --- what should run -----------------------------------------------------------------------------


def _read_plan(folder: Path) -> _Plan | None:
    try:
        return msgspec.json.decode((folder / _PLAN_FILE).read_bytes(), type=_Plan)
    except (OSError, msgspec.DecodeError):
        return None


def _known_plan(folder: Path, version: str = VERSIONS[0]) -> _Plan:
    if version not in VERSIONS:
        raise LabError(f"There is no version {version}; the lab has {' and '.join(VERSIONS)}.")
    plan = _read_plan(folder)
    if plan is None:
        raise LabError("The lab is not up. Bring it up: rbt lab up")
    return plan


def _weights(folder: Path) -> dict[str, int]:
    """What the gateway was told last; it keeps that over a crash."""
    try:
        return msgspec.json.decode((folder / WEIGHTS_FILE).read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return dict(INITIAL)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One change at a time; a second caller waits for the first. The kernel frees the lock of one that dies."""
    path = folder / _LOCK_FILE
    while True:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue  # `down` removed the folder in between
        except OSError as error:
            raise LabError(f"The lab cannot keep its state in {folder}: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(path, descriptor):
                yield
                return
        finally:
            os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the locked file is the one others would lock: `down` removes it, a new `up` makes another."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
