"""BEM v1.3: the programs of its project. Each looks at the stage, or changes it, and fails when that was not so."""

from __future__ import annotations

import ast
import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import yaml

from runbook_tui.lab import backup, control
from runbook_tui.lab.process import read_record
from runbook_tui.lab.server import ask
from runbook_tui.lab.systems import measures
from runbook_tui.lab.systems.stage import Failed, answers, asked, given, lab, port_of, say, shim

PUBLIC = "https://bem.company.com"
SETS = Path("backup/sets")
NEEDED = ("Dockerfile", "config/production.yml", "deployment/validate_production.py", "backup/restore_backup.py")
STAGES = (5, 25, 100)  # percent


class Breaker:
    """Opens after 5 failures in a row and refuses at once; after its rest one request decides."""

    def __init__(self, *, failures: int = 5, rest: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._rest, self._now = failures, rest, now
        self._failures, self._opened = 0, 0.0

    @property
    def state(self) -> str:
        if self._failures < self._limit:
            return "closed"
        return "half open" if self._now() - self._opened >= self._rest else "open"

    def call(self, work: Callable[[], bool]) -> bool:
        """Whether it was done well; raises Failed, without trying, while open."""
        if self.state == "open":
            raise Failed("the circuit breaker is open")
        good = work()
        self._failures = 0 if good else self._failures + 1
        if self._failures >= self._limit:
            self._opened = self._now()
        return good


def validate_structure(words: list[str]) -> None:
    """Everything the runbook names is there, every program can be parsed, the configuration holds its figures."""
    missing = [name for name in NEEDED if not Path(name).is_file()]
    if missing:
        raise Failed(f"missing: {', '.join(missing)}")
    programs = [path for path in Path().rglob("*.py") if not path.parts[0].startswith(".")]
    for path in programs:
        ast.parse(path.read_text("utf-8"), str(path))
    said = yaml.safe_load(Path("config/production.yml").read_text("utf-8"))
    if not 0 < said["training"]["batch_size"] <= 32 or said["safety"]["max_error_rate"] != 0.05:
        raise Failed("config/production.yml holds other figures than the guide")
    say(f"{len(NEEDED)} files, {len(programs)} programs, the configuration:", "good", *words)


def test_comprehensive(words: list[str]) -> None:
    """The service through its gateway, and the circuit breaker against a port where nobody listens."""
    port = port_of(PUBLIC)
    if (share := asked(port, 40)) > 5:
        raise Failed(f"{share:.1f} % of 40 requests failed")
    clock = [0.0]
    breaker = Breaker(now=lambda: clock[0])
    for _ in range(5):
        breaker.call(lambda: _good(1))  # tcpmux: nobody is there
    if breaker.state != "open":
        raise Failed(f"the breaker is {breaker.state} after 5 failures")
    try:
        breaker.call(lambda: _good(port))
    except Failed:
        say("circuit breaker: open after 5 failures, refuses at once")
    else:
        raise Failed("the open breaker let a request through")
    clock[0] = 60.0
    if not breaker.call(lambda: _good(port)) or breaker.state != "closed":
        raise Failed("one success after the rest did not close the breaker")
    say("40 requests, the breaker closed again after 60 s:", "good", *words)


def _good(port: int) -> bool:
    try:
        return ask(port, "GET", "/health", timeout=1).status == HTTPStatus.OK
    except OSError:
        return False


def test_staging(words: list[str]) -> None:
    port = port_of(given(words, "--endpoint"))
    _healthy(port, 10)
    version = answers(port, "/version")
    if version["release"] != "v1.3.0":
        raise Failed(f"staging runs {version['release']}, not v1.3.0")
    say("staging runs v1.3.0 and answers")


def validate_production(words: list[str]) -> None:
    """/health, /ready and real requests at the public address."""
    _healthy(port_of(given(words, "--endpoint", PUBLIC)), 10 if "--quick-check" in words else 40)
    say("healthy, ready, answers")


def _healthy(port: int, requests: int) -> None:
    for path, word in (("/health", "healthy"), ("/ready", "ready")):
        if (status := answers(port, path)["status"]) != word:
            raise Failed(f"{path} says {status}")
    if (share := asked(port, requests)) > 5:
        raise Failed(f"{share:.1f} % of {requests} requests failed")


def canary_controller(words: list[str]) -> None:
    """--enable: the new version is there, ready and gets nothing yet. --restore-traffic: it gets all, in stages."""
    record = read_record(lab(), "v2")
    if record is None:
        raise Failed("the new version is not deployed")
    version = answers(record.port, "/version")["release"]
    if "--enable" in words:
        if version != given(words, "--version"):
            raise Failed(f"{version} is deployed, not {given(words, '--version')}")
        if (weight := control.status(lab()).part("v2").weight) != 0:
            raise Failed(f"the new version gets {weight} % already")
        answers(record.port, "/ready")
        say(f"canary enabled: {version} is ready and gets 0 %")
        return
    seconds = float(yaml.safe_load(Path("config/production.yml").read_text("utf-8"))["canary"]["restore_seconds"])
    for share in STAGES:
        control.weigh(lab(), {"v1": 100 - share, "v2": share})
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (failed := asked(port_of(PUBLIC), 20)) > 5:
                control.weigh(lab(), {"v1": 100, "v2": 0})
                raise Failed(f"{failed:.0f} % of the requests failed at {share} %: all traffic is back at v1")
        say(f"{share} %: good for {seconds:g} s")


def backup_now(words: list[str]) -> None:
    """A new set with its manifest, and the configuration beside it."""
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    backup.save(lab(), SETS / name)
    shutil.copyfile("config/production.yml", SETS / name / "production.yml")
    say(name, *words)


def get_latest_backup(words: list[str]) -> None:
    """The newest set whose manifest holds."""
    for place in sorted(SETS.glob("*"), reverse=True):
        try:
            backup.verified(place)
        except backup.BackupError:
            continue
        say(place.name, *words)
        return
    raise Failed("there is no backup that holds what its manifest says")


def restore_backup(words: list[str]) -> None:
    """Models, configuration and database as of then; whatever of the lab died is started again."""
    place = SETS / given(words, "--backup-id")
    control.up(lab())
    manifest = backup.restore(lab(), place)
    shutil.copyfile(place / "production.yml", "config/production.yml")
    age = datetime.now(UTC) - datetime.fromisoformat(manifest.made)
    say(json.dumps({"restored": place.name, "jobs": manifest.jobs, "lost_at_most_s": round(age.total_seconds())}))


PROGRAMS = {
    "validate_structure": validate_structure,
    "test_bem_v13_comprehensive": test_comprehensive,
    "test_staging_deployment": test_staging,
    "validate_production": validate_production,
    "canary_controller": canary_controller,
    "backup_now": backup_now,
    "get_latest_backup": get_latest_backup,
    "restore_backup": restore_backup,
}
_HEAD = measures.answered_by_the_lab(
    "Where the stage's conditions get their values from. The canary's 5, 10 and 15 minutes are 2 seconds each there.",
    measures.ERROR_RATE,
    measures.P95_LATENCY,
)
SIDECAR = f"""\
{_HEAD}
  canary:
    lab: true
    stages: 5% 2s, 25% 2s, 100% 2s
    every: 0.5s
    checks: [Error rate < 5%, p95 latency < 2s]
steps:
  300 s went by without a violation: {{gate: canary}}
  Let the traffic come, little by little: {{rollback: rbt lab weights v1=100 v2=0}}
"""
CONFIGURATION = """\
training: {batch_size: 8, gradient_accumulation_steps: 4, use_gradient_checkpointing: true}
safety: {max_error_rate: 0.05, max_latency: 2.0}
canary: {restore_seconds: 0.5}
"""
FILES = {
    "bem-v13.runbook.yaml": SIDECAR,
    "addresses.json": json.dumps({PUBLIC: "lab"}),
    "config/production.yml": CONFIGURATION,
    "Dockerfile": "FROM ubuntu:20.04\nCOPY . /app\nUSER 1000\nEXPOSE 8000\n",
    "bin/docker": shim("docker", "docker"),
    "bem/kernels/build.py": shim("kernels", "build"),
    **{f"{name}.py": shim("bem", name) for name in ("validate_structure", "test_bem_v13_comprehensive")},
    **{f"deployment/{name}.py": shim("bem", name) for name in ("validate_production", "canary_controller")},
    "tests/test_staging_deployment.py": shim("bem", "test_staging_deployment"),
    **{f"backup/{name}.py": shim("bem", name) for name in ("backup_now", "get_latest_backup", "restore_backup")},
}
