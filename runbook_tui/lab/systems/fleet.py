"""The BEM Fleet: the programs of its project, over missions that are processes (`mission`) and their `board`."""

# ruff: noqa: ARG001  # every program is given the words it was called with

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from runbook_tui.lab.process import alive, launch, read_record, stop
from runbook_tui.lab.server import Reply, ask
from runbook_tui.lab.systems.board import NAME as BOARD
from runbook_tui.lab.systems.board import NAMES, start
from runbook_tui.lab.systems.stage import Failed, answers, given, say, shim

PLACE = Path(".fleet")  # of the running fleet: who is deployed, checkpoints, records of processes
SNAPSHOTS = Path("snapshots")
STANDS_ON = {"B": ("A",), "E": ("A",)}  # who must be there first
KEPT = ("deployed.json", "knob", *(f"{letter}.version" for letter in NAMES))
PATIENCE = 20.0  # seconds for a mission to answer, and to come back


def _folder() -> Path:
    return PLACE.absolute()


def _port(letter: str) -> int:
    record = read_record(_folder(), letter)
    if record is None or not alive(record):
        raise Failed(f"mission {letter} does not run" if letter in NAMES else f"the {letter} does not run")
    return record.port


def _call(letter: str, where: str, /, **said: object) -> Reply:
    return ask(_port(letter), "GET", f"{where}?{urlencode(said)}")


def _told(letter: str, where: str, /, **said: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_call(letter, where, **said).body)
    return found


def _deployed() -> list[str]:
    path = PLACE / "deployed.json"
    return list(json.loads(path.read_text("utf-8"))) if path.is_file() else []


def _said() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path("bem_fleet_architecture.yml").read_text("utf-8"))
    return found


# --- deployment ---


def validate_readiness(words: list[str]) -> None:
    """The configuration of every mission is there and names a device."""
    for letter in NAMES:
        if not str(_said()["gpu_allocation"][f"mission_{letter}"]).startswith("cuda:"):
            raise Failed(f"mission {letter} has no device")
    for name in ("requirements.txt", "mission_families.yaml", "configs/fleet_monitoring.yaml"):
        yaml.safe_load(Path(name).read_text("utf-8"))
    say("5 missions, 3 files:", "good", *words)


def orchestrate(words: list[str]) -> None:
    if "--phase" in words:
        PLACE.mkdir(exist_ok=True)
        _snapshot("before")
    elif "--validate-full-fleet" in words:
        _validate()
    elif "--dashboard-production" in words:
        cards = answers(_port(BOARD), "/")["cards"]
        if cards.keys() != NAMES.keys():
            raise Failed(f"the dashboard shows {', '.join(cards)} and not 5 missions")
        (PLACE / "dashboard").write_text(f"http://127.0.0.1:{_port(BOARD)}/\n", "utf-8")
    elif "--drain" in words:
        for letter in given(words, "--drain").split(","):
            (PLACE / f"{letter}.drained").touch()
    elif "--restore-snapshot" in words:
        _restore(SNAPSHOTS / "before")
    else:
        deploy(given(words, "--missions").split(","), given(words, "--version", str(_said()["version"])))


def deploy(letters: list[str], version: str) -> None:
    """Start missions beside each other; those they stand on must answer. A version that runs is replaced."""
    for letter in letters:
        for needed in STANDS_ON.get(letter, ()):
            if needed not in letters:
                answers(_port(needed), "/health")
    PLACE.mkdir(exist_ok=True)
    with ProcessPoolExecutor(max_workers=len(letters)) as pool:
        done = list(pool.map(_start, letters, [version] * len(letters)))
    failed = [letter for letter, good in zip(letters, done, strict=True) if not good]
    if failed:
        raise Failed(f"missions {', '.join(failed)} did not start; the others run on")
    both = sorted({*_deployed(), *letters})
    (PLACE / "deployed.json").write_text(json.dumps(both), "utf-8")
    say(f"missions {', '.join(letters)} run {version}")


def _start(letter: str, version: str) -> bool:
    record = read_record(_folder(), letter)
    (PLACE / f"{letter}.version").write_text(version, "utf-8")
    (PLACE / f"{letter}.drained").unlink(missing_ok=True)
    if record is not None:
        stop(record)
    _warm_up(letter)
    return start(_folder(), letter)


def _warm_up(letter: str) -> None:
    """A mission's first training step: what takes time before it may serve."""
    chance, weight = random.Random(letter), 0.0  # noqa: S311
    end = time.process_time() + 0.4
    while time.process_time() < end:
        weight += 0.01 * (chance.gauss(1.0, 1.0) - weight)
    (PLACE / f"{letter}.checkpoint").write_text(str(weight), "utf-8")


def _restore(place: Path) -> None:
    """The fleet as it was: what ran then runs again, in the version of then; what is newer is ended."""
    for letter in NAMES:
        if (record := read_record(_folder(), letter)) is not None:
            (PLACE / "deployed.json").write_text("[]", "utf-8")
            stop(record)
        for mark in ("drained", "broken", "version"):
            (PLACE / f"{letter}.{mark}").unlink(missing_ok=True)
    _verified(place)
    said = {path.name: path.read_text("utf-8") for path in place.iterdir() if path.name in KEPT}
    for letter in json.loads(said.get("deployed.json", "[]")):
        deploy([letter], said[f"{letter}.version"])


def _snapshot(name: str) -> Path:
    place = SNAPSHOTS / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    sums = {}
    for kept in KEPT:
        if (PLACE / kept).is_file():
            shutil.copyfile(PLACE / kept, place / kept)
            sums[kept] = hashlib.sha256((place / kept).read_bytes()).hexdigest()
    (place / "manifest.json").write_text(json.dumps(sums), "utf-8")
    return place


def _verified(place: Path) -> None:
    for name, expected in json.loads((place / "manifest.json").read_text("utf-8")).items():
        if hashlib.sha256((place / name).read_bytes()).hexdigest() != expected:
            raise Failed(f"{place / name} is not what was saved")


def _validate() -> None:
    version = _said()["version"]
    for letter in NAMES:
        health = answers(_port(letter), "/health")
        if health["version"] != version or health["drained"]:
            raise Failed(f"mission {letter}: {health}")
    if _told("A", "/via", to="B", path="/learn?delta=0").get("weight") is None:
        raise Failed("A does not reach B")
    say(f"5 missions run {version} and reach each other")


def health_check(words: list[str]) -> None:
    """Of those that are named, or of all that are deployed."""
    letters = given(words, "--missions").split(",") if "--missions" in words else _deployed()
    end = time.monotonic() + min(float(given(words, "--timeout", "20")), PATIENCE)
    for letter in letters:
        while True:
            try:
                health = answers(_port(letter), "/health")
            except (Failed, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
                continue
            say(f"mission {letter}: {health['status']}, {health['version']}")
            break
    answers(_port(BOARD), "/")
    say(f"{len(letters)} missions and the dashboard: healthy")


def setup_dashboard(words: list[str]) -> None:
    record = read_record(_folder(), BOARD)
    if (record is None or not alive(record)) and launch(_folder(), BOARD, "runbook_tui.lab.systems.board"):
        raise Failed("the dashboard did not start")
    say(f"dashboard on port {_port(BOARD)}", *words)


# --- what missions must do ---


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Failed(f"{what}: {found!r} instead of {wanted!r}")
    say(what)


def test_router(words: list[str]) -> None:
    seen = [_told("A", "/route", score=score)["skill"] for score in (0.5, 0.7, 0.5, 0.3)]
    _expect("the router keeps its skill between the thresholds", seen, ["answer", "retrieve", "retrieve", "answer"])


def test_learning(words: list[str]) -> None:
    before = _told("B", "/learn", delta=0.0)["weight"]
    _expect("a small update is learnt", round(_told("B", "/learn", delta=0.5)["weight"] - before, 6), 0.5)
    _expect("a large one is refused", _call("B", "/learn", delta=5).status, 409)


def test_safety(words: list[str]) -> None:
    counts = []
    for knob in (0.0, 0.5, 1.0):
        _told("C", "/knob", value=knob)
        counts.append(sum(_told("C", "/answer", n=n)["violation"] for n in range(100)))
    _told("C", "/knob", value=0.5)
    _expect("the knob lowers violations, by 30 % and more", counts[1] <= 0.7 * counts[0] and counts[2] == 0, True)


def test_sep(words: list[str]) -> None:
    text = "a pipeline of scramblers"
    scrambled = _told("D", "/scramble", text=text)["text"]
    _expect("what is scrambled is other", scrambled != text and sorted(scrambled) == sorted(text), True)


def test_memory(words: list[str]) -> None:
    for number in range(10):
        _told("E", "/remember", key=f"k{number}", value=number)
    _expect("the oldest is forgotten", _call("E", "/recall", key="k0").status, 404)
    _expect("the newest is known", _told("E", "/recall", key="k9")["value"], "9")


def test_router_online(words: list[str]) -> None:
    _expect("A reaches B, within B's guard rail", _call("A", "/via", to="B", path="/learn?delta=5").status, 409)


def test_router_memory(words: list[str]) -> None:
    _told("A", "/via", to="E", path="/remember?key=via&value=A")
    _expect("E remembers what came through A", _told("E", "/recall", key="via")["value"], "A")


def test_overlay(words: list[str]) -> None:
    _told("C", "/knob", value=0.75)
    safety = {answers(_port(letter), "/health")["safety"] for letter in NAMES}
    _told("C", "/knob", value=0.5)
    _expect("C's knob is known to all missions", safety, {0.75})


def test_fleet(words: list[str]) -> None:
    _validate()
    for check in (test_router, test_learning, test_sep, test_memory, test_overlay):
        check(words)


# --- statistics: rbt's own, on data whose truth is known ---


def _stats(*words: str) -> dict[str, Any]:
    done = subprocess.run(["rbt", "stats", *words, "--json"], capture_output=True, text=True, timeout=120, check=False)
    if not done.stdout:
        raise Failed(done.stderr.strip())
    return {"exit": done.returncode, **json.loads(done.stdout)}


def _numbers(name: str, values: list[float]) -> str:
    path = Path("analysis/data") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{value}\n" for value in values), "utf-8")
    return str(path)


def _drawn(seed: int, count: int, mean: float) -> list[float]:
    chance = random.Random(seed)  # noqa: S311
    return [chance.gauss(mean, 1.0) for _ in range(count)]


def statistics_framework(words: list[str]) -> None:
    seeds = _said()["statistical"]["random_seeds"]
    names = [_numbers(f"seed{seed}.txt", _drawn(seed, 40, 1.0)) for seed in seeds]
    _expect("5 seeds give 5 files", len(names), 5)
    again = _drawn(seeds[0], 40, 1.0)
    _expect("a seed gives the same again", _numbers("again.txt", again) and again == _drawn(seeds[0], 40, 1.0), True)
    budgets(words)


def budgets(words: list[str]) -> None:
    """Parameters and FLOPs of every mission against the base: within 5 %, and a fatter one is seen."""
    said = _said()["budgets"]
    names = [f"{letter} {what}" for letter in NAMES for what in ("parameters", "flops")]
    base = [said["base"][name.partition(" ")[2]] for name in names]
    own = [said[f"mission_{name[0]}"][name.partition(" ")[2]] for name in names]
    fat = [own[0] * 1.2, *own[1:]]
    files = [_budgets(file, names, values) for file, values in (("base", base), ("missions", own), ("fat", fat))]
    equal, over = _stats("parity", files[0], files[1]), _stats("parity", files[0], files[2])
    _expect("budgets are within 5 %, and one that is 20 % over is seen", (equal["exit"], over["exit"] != 0), (0, True))


def _budgets(name: str, rows: list[str], values: list[float]) -> str:
    path = Path("analysis/data") / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "name,value\n" + "".join(f"{row},{value}\n" for row, value in zip(rows, values, strict=True)), "utf-8"
    )
    return str(path)


def baseline(words: list[str]) -> None:
    found = _stats("bca", _numbers("baseline.txt", _drawn(11, 60, 1.0)), "--at-least", "0.5", "--seed", "1")
    _expect("the baseline's effect is above 0.5", found["exit"], 0)


def bootstrap(words: list[str]) -> None:
    """An interval that holds a true effect passes, one without an effect is not let through."""
    good = _stats("bca", _numbers("effect.txt", _drawn(12, 60, 1.0)), "--at-least", "0.3", "--seed", "1")
    none = _stats("bca", _numbers("none.txt", _drawn(13, 60, 0.0)), "--at-least", "0.3", "--seed", "1")
    _expect("an effect is seen and none is not invented", (good["exit"], none["exit"] != 0), (0, True))


def fdr(words: list[str]) -> None:
    """The family of the file: two true effects among noise."""
    family = yaml.safe_load(Path(given(words, "--family-tests")).read_text("utf-8"))["p_values"]
    some = _stats("bh", _numbers("family.txt", family), "--q", "0.05", "--expect", "any")
    noise = _stats("bh", _numbers("noise.txt", [p for p in family if p > 0.01]), "--q", "0.05", "--expect", "none")
    _expect("true effects are found, noise is not", (some["exit"], noise["exit"]), (0, 0))


# --- watching ---


def setup_alerts(words: list[str]) -> None:
    said = yaml.safe_load(Path(given(words, "--config")).read_text("utf-8"))
    figures = {one["metric"]: one["above"] for one in said["critical"]}
    _expect("the thresholds are the document's", figures, {"mission_failure_rate": 0.05, "gpu_memory": 0.95})
    (PLACE / "alerts.json").write_text(json.dumps(said), "utf-8")


def test_alerts(words: list[str]) -> None:
    """Kill a mission; an alert must come, the mission must come back by itself, and the alert must go."""
    known = len(answers(_port(BOARD), "/alerts")["alerts"])
    record = read_record(_folder(), "D")
    if record is None:
        raise Failed("mission D does not run")
    os.kill(record.pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while True:
        fired = [one for one in answers(_port(BOARD), "/alerts")["alerts"][known:] if one["mission"] == "D"]
        if fired and fired[0]["cleared"] is not None:
            break
        if time.monotonic() > end:
            raise Failed(f"alerts {fired}: the failure was not answered" if not fired else "D did not come back")
        time.sleep(0.05)
    _expect("another process serves D", answers(_port("D"), "/health")["pid"] != record.pid, True)
    say(f"alert, and back after {fired[0]['cleared'] - fired[0]['at']:.1f} s")


def test_recovery(words: list[str]) -> None:
    """A snapshot is taken, damaged in a copy, found damaged, and the good one holds what runs."""
    place = _snapshot("drill")
    _verified(place)
    copy = SNAPSHOTS / "damaged"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place, copy)
    (copy / "deployed.json").write_text("[]", "utf-8")
    try:
        _verified(copy)
    except Failed:
        say("a damaged snapshot is refused")
    else:
        raise Failed("a damaged snapshot was taken for a good one")
    _expect("the snapshot holds what runs", json.loads((place / "deployed.json").read_text("utf-8")), _deployed())


PROGRAMS = {
    "scripts/validate_deployment_readiness": validate_readiness,
    "scripts/orchestrate_bem_fleet": orchestrate,
    "scripts/setup_monitoring_dashboard": setup_dashboard,
    "scripts/system_health_check": health_check,
    "scripts/mission_health_check": health_check,
    "scripts/setup_production_alerts": setup_alerts,
    "scripts/test_alert_system": test_alerts,
    "scripts/test_disaster_recovery": test_recovery,
    "tests/test_agentic_router_production": test_router,
    "tests/test_online_learning_production": test_learning,
    "tests/test_safety_basis_production": test_safety,
    "tests/test_sep_production": test_sep,
    "tests/test_long_memory_production": test_memory,
    "tests/test_router_online_integration": test_router_online,
    "tests/test_router_memory_integration": test_router_memory,
    "tests/test_safety_overlay_integration": test_overlay,
    "tests/test_full_fleet_integration": test_fleet,
    "analysis/statistical_validation_framework": statistics_framework,
    "analysis/validate_bootstrap_framework": bootstrap,
    "analysis/test_fdr_correction": fdr,
    "analysis/check_budget_parity": budgets,
    "v13_final_analysis": baseline,
}
ARCHITECTURE = """\
version: "2.0"
gpu_allocation:
  {mission_A: "cuda:0", mission_B: "cuda:1", mission_C: "cuda:0", mission_D: "cuda:2", mission_E: "cuda:1"}
statistical: {bootstrap_samples: 10000, confidence_level: 0.95, random_seeds: [1, 2, 3, 4, 5]}
budgets:
  base: {parameters: 1.310e+8, flops: 2.62e+11}
  mission_A: {parameters: 1.341e+8, flops: 2.70e+11}
  mission_B: {parameters: 1.322e+8, flops: 2.66e+11}
  mission_C: {parameters: 1.283e+8, flops: 2.55e+11}
  mission_D: {parameters: 1.310e+8, flops: 2.62e+11}
  mission_E: {parameters: 1.368e+8, flops: 2.74e+11}
"""
MONITORING = """\
critical:
  - {metric: mission_failure_rate, above: 0.05}
  - {metric: gpu_memory, above: 0.95}
"""
SIDECAR = """\
# Where the stage's conditions get their values from; an hour is 2 seconds there. {board} is the dashboard's address.
rbt:
  every: 0.25s
  after: Start what the missions stand on
  signals:
    mission failure rate: {text: '{board}/metrics', query: fleet_mission_failure_rate, unit: ratio, for: 2s}
  windows: {hour 1: [0s, 1s], hour 6: [1s, 2s], hour 24: [2s, 4s]}
"""
FILES = {
    "bem-fleet.runbook.yaml": SIDECAR,
    "bem_fleet_architecture.yml": ARCHITECTURE,
    "configs/fleet_monitoring.yaml": MONITORING,
    "mission_families.yaml": "p_values: [0.0001, 0.0004, 0.21, 0.34, 0.48, 0.55, 0.67, 0.72, 0.83, 0.94]\n",
    "requirements.txt": "msgspec\n",
    ".venv/bin/activate": 'VIRTUAL_ENV="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"; export VIRTUAL_ENV\n',
    "bem/kernels/build.py": shim("kernels", "build"),
    **{f"{name}.py": shim("fleet", name) for name in PROGRAMS},
}
