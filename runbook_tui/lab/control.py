"""Bring the lab up, change it, ask about it, take it down."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import subprocess
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from runbook_tui.lab import process
from runbook_tui.lab.gateway import INITIAL, WEIGHTS_FILE
from runbook_tui.lab.server import HOST, VERSIONS, ask
from runbook_tui.run.ports import OperatorError

DEFAULT_PORT = 8400
GATEWAY = "gateway"
_PLAN_FILE = "lab.json"
_LOCK_FILE = "lock"


class LabError(OperatorError):
    """The lab could not do what was asked."""


class PartState(StrEnum):
    RUNNING = "running"
    ABSENT = "not deployed"
    CRASHED = "crashed"
    SILENT = "not answering"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway or one version of the service."""

    name: str
    state: PartState
    pid: int | None = None
    port: int | None = None
    weight: int | None = None  # percent of the traffic


class LabStatus(msgspec.Struct, frozen=True, kw_only=True):
    folder: str
    up: bool  # everything that should run runs and answers
    url: str | None  # None when the lab was never brought up here
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What should run; what does run is asked of the processes."""

    port: int
    deployed: tuple[str, ...]


def up(folder: Path, *, port: int | None = None) -> LabStatus:
    """Start what should run and does not: the gateway and v1 the first time, whatever has crashed later.

    `port` is the gateway's: 8400 unless told, 0 for any free one.
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
        started = [version for version in wanted.deployed if _ensure(folder, version)]
        try:
            _ensure(folder, GATEWAY, wanted.port)
        except LabError:
            for version in started:  # as it was before
                _halt(folder, version)
            raise
        gateway = process.read_record(folder, GATEWAY)
        if gateway is not None:
            wanted = msgspec.structs.replace(wanted, port=gateway.port)
        process.write_json(folder / _PLAN_FILE, wanted)
        return status(folder)


def down(folder: Path) -> LabStatus:
    """Stop everything and remove what the lab has written; fine when there is nothing."""
    if folder.is_dir():
        with _locked(folder):
            for name in (GATEWAY, *VERSIONS):
                _halt(folder, name)
                process.log_path(folder, name).unlink(missing_ok=True)
            for name in (_PLAN_FILE, WEIGHTS_FILE, _LOCK_FILE):
                (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # something of somebody else's is in there
                folder.rmdir()
    return status(folder)


def status(folder: Path) -> LabStatus:
    """What is true now: processes and their answers, not what was written about them."""
    plan = _read_plan(folder)
    weights = _weights(folder) if plan is not None else {}
    parts = tuple(_part(folder, name, weights.get(name)) for name in (GATEWAY, *VERSIONS))
    should_run = {GATEWAY, *plan.deployed} if plan is not None else set()
    return LabStatus(
        folder=str(folder),
        up=plan is not None and all(p.state is PartState.RUNNING for p in parts if p.name in should_run),
        url=None if plan is None else f"http://{HOST}:{plan.port}/",
        parts=parts,
    )


def deploy(folder: Path, version: str) -> LabStatus:
    """Start a version beside the others. It gets no traffic by that."""
    with _locked(folder):
        plan = _known_plan(folder, version)
        _ensure(folder, version)
        if version not in plan.deployed:
            wanted = msgspec.structs.replace(plan, deployed=(*plan.deployed, version))
            process.write_json(folder / _PLAN_FILE, wanted)
        return status(folder)


def remove(folder: Path, version: str) -> LabStatus:
    """Stop a version that gets no traffic; fine when it is not there."""
    with _locked(folder):
        plan = _known_plan(folder, version)
        weight = _weights(folder).get(version, 0)
        if weight:
            other = next(v for v in VERSIONS if v != version)
            raise LabError(
                f"{version} gets {weight} % of the traffic; nothing was removed. "
                f"Send the traffic elsewhere first: rbt lab weights {other}=100 {version}=0"
            )
        _halt(folder, version)
        wanted = msgspec.structs.replace(plan, deployed=tuple(v for v in plan.deployed if v != version))
        process.write_json(folder / _PLAN_FILE, wanted)
        return status(folder)


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


def _ensure(folder: Path, name: str, port: int = 0) -> bool:
    """Have the part running and answering. True when it had to be started."""
    if _answers(folder, name):
        return False
    _halt(folder, name)
    arguments = ("runbook_tui.lab.gateway", str(port)) if name == GATEWAY else ("runbook_tui.lab.service", name)
    try:
        exit_status = process.launch(folder, name, *arguments)
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"{name} did not start within {error.timeout:.0f} s; see {process.log_path(folder, name)}"
        ) from error
    if exit_status == process.PORT_TAKEN:
        raise LabError(
            f"Port {port} of {HOST} is taken by another program; nothing was started. "
            f"Choose another: rbt lab up --port {port + 1}"
        )
    if exit_status or not _answers(folder, name):
        raise LabError(f"{name} did not start (exit {exit_status}); see {process.log_path(folder, name)}")
    return True


def _halt(folder: Path, name: str) -> None:
    record = process.read_record(folder, name)
    if record is not None and not process.stop(record):
        raise LabError(f"{name} (process {record.pid}) could not be stopped; it may belong to another user.")
    process.forget(folder, name)


def _part(folder: Path, name: str, weight: int | None) -> Part:
    record = process.read_record(folder, name)
    if record is None:
        return Part(name=name, state=PartState.ABSENT, weight=weight)
    if not process.alive(record):
        state = PartState.CRASHED
    else:
        state = PartState.RUNNING if _answers(folder, name) else PartState.SILENT
    return Part(name=name, state=state, pid=record.pid, port=record.port, weight=weight)


def _answers(folder: Path, name: str) -> bool:
    record = process.read_record(folder, name)
    if record is None or not process.alive(record):
        return False
    try:
        path = "/admin/status" if name == GATEWAY else "/ready"
        return ask(record.port, "GET", path, timeout=2).status == 200
    except (OSError, http.client.HTTPException):
        return False


# --- what should run -----------------------------------------------------------------------------


def _read_plan(folder: Path) -> _Plan | None:
    try:
        return msgspec.json.decode((folder / _PLAN_FILE).read_bytes(), type=_Plan)
    except (OSError, msgspec.DecodeError):
        return None


def _known_plan(folder: Path, version: str) -> _Plan:
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
            folder.mkdir(parents=True, exist_ok=True)
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
