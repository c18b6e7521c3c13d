"""BCI-2-Token: its configuration, its quality gates, and what deploys it with Docker, Kubernetes or systemd.

Where those are not installed, `docker-compose` and `systemctl` do what the project's files say to the lab's service:
what is started serves users, what is stopped does not.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from runbook_tui.lab import control, images
from runbook_tui.lab.check import Limits, check
from runbook_tui.lab.control import gateway_port
from runbook_tui.lab.systems import measures
from runbook_tui.lab.systems.stage import Failed, answers, lab, say, shim

_SECRET = re.compile(r"(?i)\b(?:password|api_key|token|secret)\b\s*[:=]\s*['\"][^'\"]{8,}")
_WANTED = {"CACHE_SIZE": 1, "MAX_THREADS": 1, "MAX_PROCESSES": 1, "SESSION_TIMEOUT": 60, "MAX_SESSIONS": 1}


def create_production_config() -> None:
    """What this shell has exported, checked: it raises where production would not start."""
    said = {name.removeprefix("BCI2TOKEN_"): value for name, value in os.environ.items() if name.startswith("BCI2T")}
    if said.get("ENVIRONMENT") != "production" or said.get("REQUIRE_HTTPS") != "true":
        raise Failed("this shell is not set up for production over HTTPS")
    small = [name for name, least in _WANTED.items() if int(said.get(name, "0")) < least]
    if small or int(said["MIN_INSTANCES"]) > int(said["MAX_INSTANCES"]):
        raise Failed(f"{', '.join(small) or 'the number of instances'} cannot be used")
    say(json.dumps(dict(sorted(said.items()))))


def run_comprehensive_diagnostics() -> dict[str, Any]:
    """The service, asked; raises where a part of it is not well."""
    port = gateway_port(lab())
    found = {path.strip("/"): answers(port, path)["status"] for path in ("/health", "/ready")}
    return {**found, "release": answers(port, "/version")["release"]}


class PerformanceOptimizer:
    """Measures what is served now."""

    def get_performance_report(self) -> dict[str, float]:
        result = check(gateway_port(lab()), 40, Limits(errors=5.0, p95=5000.0))
        if not result.passed:
            raise Failed("; ".join(result.complaints))
        return {"p95_ms": round(result.p95, 1), "error_rate": result.error_rate}


def run_quality_checks(words: list[str]) -> None:
    """Every program can be parsed, no secret is written in a file, what serves now is quick enough; the report."""
    files = [path for path in Path().rglob("*") if path.suffix in (".py", ".yml", ".yaml", ".sh") and path.is_file()]
    for path in files:
        if path.suffix == ".py":
            ast.parse(path.read_text("utf-8"), str(path))
    leaks = [str(path) for path in files if _SECRET.search(path.read_text("utf-8"))]
    gates: dict[str, Any] = {"parsed": len(files), "secrets": leaks}
    if "--basic-only" not in words:
        result = check(gateway_port(lab()), 300, Limits(errors=1.0, p95=5000.0))
        gates |= {"p95_ms": result.p95, "error_rate": result.error_rate, "complaints": list(result.complaints)}
    Path("reports").mkdir(exist_ok=True)
    Path("reports/quality.json").write_text(json.dumps({"at": time.time(), **gates}), "utf-8")
    say(json.dumps(gates))
    if leaks or gates.get("complaints"):
        raise Failed(f"quality gates: {leaks or gates['complaints']}")


def deploy(words: list[str]) -> None:
    match words:
        case ["production", "docker", version]:
            _serve(version)
        case ["production", "kubernetes", version, namespace]:
            text = Path("deployment/kubernetes/deployment.yaml").read_text("utf-8")
            for done in (
                _do("kubectl", "apply", "-n", namespace, "-f", "-", said=text.replace("VERSION", version)),
                _do("kubectl", "rollout", "status", "-n", namespace, "deployment/bci2token-app", "--timeout=60s"),
            ):
                say(done)
        case ["production", "systemd"]:
            systemctl(["start", "bci2token"])
        case _:
            raise Failed(f"deploy.sh {' '.join(words)}: production docker|kubernetes|systemd …")


def docker_compose(words: list[str]) -> None:
    """`up -d` beside the file, `-f FILE down`, `logs`: the service of the file, in the version of its image."""
    name = words[words.index("-f") + 1] if "-f" in words else "docker-compose.yml"
    image = yaml.safe_load(Path(name).read_text("utf-8"))["services"]["bci2token"]["image"]
    match words:
        case ["up", "-d"]:
            _serve(image.rpartition(":")[2])
        case ["-f", _, "down"]:
            _end()
        case ["logs", "bci2token"]:
            say((lab() / "v2.log").read_text("utf-8"))
        case _:
            raise Failed(f"docker-compose {' '.join(words)} is nothing this stage can do")


def systemctl(words: list[str]) -> None:
    """start, stop and is-active of a unit in `etc/`, whose lines are really carried out."""
    verb, unit = words
    lines = (Path("etc") / f"{unit}.service").read_text("utf-8").splitlines()
    wanted = {"start": ("ExecStart", "ExecStartPost"), "stop": ("ExecStop", "ExecStopPost")}
    if verb == "is-active":
        if control.status(lab()).part("v2").pid is None:
            raise Failed("inactive")
        return say("active")
    for key in wanted[verb]:
        for line in lines:
            if line.startswith(f"{key}="):
                say(_do(*shlex.split(line.partition("=")[2])))
    return None


def sudo(words: list[str]) -> None:
    """Nothing here needs another account."""
    os.execvp(words[0], words)  # noqa: S606


def _serve(version: str) -> None:
    images.build(lab(), f"bci2token:{version}")
    control.deploy(lab(), "v2", image=f"bci2token:{version}")
    control.switch(lab(), "green")
    say(f"bci2token {version} serves")


def _end() -> None:
    control.switch(lab(), "blue")
    control.remove(lab(), "v2")
    say("bci2token is taken down, what was there before serves")


def _do(*words: str, said: str = "") -> str:
    done = subprocess.run(words, input=said, capture_output=True, text=True, timeout=90, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


PROGRAMS = {
    "run_quality_checks": run_quality_checks,
    "deploy": deploy,
    "docker-compose": docker_compose,
    "systemctl": systemctl,
    "sudo": sudo,
}
SIDECAR = measures.answered_by_the_lab(
    "Where the stage's conditions get their values from.",
    measures.signal("error rate", measures.ERRORS, "ratio"),
    measures.signal("p95 latency", measures.P95, "s"),
    measures.signal("p99 latency", measures.slowest(0.99), "s"),
    "",
)
UNIT = """\
[Unit]
Description=BCI-2-Token
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=rbt lab build bci2token:v1.0.0
ExecStart=rbt lab deploy v2 --image bci2token:v1.0.0
ExecStartPost=rbt lab switch green
ExecStop=rbt lab switch blue
ExecStopPost=rbt lab remove v2
"""
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: bci2token-app}
spec:
  replicas: 2
  selector: {matchLabels: {app: bci2token-app}}
  template:
    metadata: {labels: {app: bci2token-app}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: bci2token, image: 'bci2token:VERSION'}]
"""
COMPOSE = "services:\n  bci2token: {image: 'bci2token:v1.0.0', ports: ['8080:8080']}\n"
_FROM = "from runbook_tui.lab.systems.bci import"
FILES = {
    "bci2token.runbook.yaml": SIDECAR,
    "run_quality_checks.py": shim("bci", "run_quality_checks"),
    "deployment/__init__.py": "",
    "deployment/production_config.py": f"{_FROM} create_production_config\n\n__all__ = ['create_production_config']\n",
    "deployment/docker/docker-compose.yml": COMPOSE,
    "deployment/kubernetes/deployment.yaml": MANIFEST,
    "deployment/scripts/deploy.sh": f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$(dirname "$0")/deploy.py" "$@"\n',
    "deployment/scripts/deploy.py": shim("bci", "deploy"),
    "bci2token/__init__.py": "",
    "bci2token/health.py": f"{_FROM} run_comprehensive_diagnostics\n\n__all__ = ['run_comprehensive_diagnostics']\n",
    "bci2token/optimization.py": f"{_FROM} PerformanceOptimizer\n\n__all__ = ['PerformanceOptimizer']\n",
    "etc/bci2token.service": UNIT,
    **{f"bin/{name}": shim("bci", name) for name in ("docker-compose", "systemctl", "sudo")},
}
