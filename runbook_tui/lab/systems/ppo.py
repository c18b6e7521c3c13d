"""The PPO scheduler: jobs in SQLite, a policy of few weights in a zip, schedules that are checked and compared.

The lab's v1 stands for the old system and v2 for PPO where requests are divided; what they would schedule is computed
here, from the same jobs: first come first served, against the policy's order.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import random
import sqlite3
import sys
import time
import tomllib
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from runbook_tui.lab.systems import measures
from runbook_tui.lab.systems.stage import Failed, asked, port_of, say, shim

DATABASE, SNAPSHOT = Path("data/production.db"), Path("data/real_production_snapshot.json")
MODEL, SHADOW = Path("models/full_production/final_model.zip"), Path("logs/shadow.jsonl")
BATCH, MACHINES = 170, 6

Job = dict[str, Any]
Slot = tuple[int, float, float]  # machine, begin, end


def uv(words: list[str]) -> None:
    """As much of uv as the document needs: an environment, what the project names, a command in it."""
    match words:
        case ["venv"]:
            import venv

            venv.create(".venv", with_pip=False)
        case ["sync"]:
            project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
            for name in project["dependencies"]:
                say(name, importlib.metadata.version(name))  # raises for what is not installed
        case ["run", "python", *rest]:
            os.execv(sys.executable, [sys.executable, *rest])  # noqa: S606
        case _:
            raise Failed(f"uv {' '.join(words)} is nothing this stage can do")


def fill_database(words: list[str]) -> None:
    """What production has: jobs with a release time, a duration and a weight, the same for the same seed."""
    chance = random.Random(7)  # noqa: S311
    DATABASE.parent.mkdir(exist_ok=True)
    with sqlite3.connect(DATABASE) as db:
        db.execute("CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY, release REAL, minutes REAL, weight REAL)")
        rows = [(n, chance.uniform(0, 240), chance.lognormvariate(3, 0.9), chance.random()) for n in range(1, 681)]
        db.executemany("INSERT OR IGNORE INTO job VALUES (?, ?, ?, ?)", rows)
    say(len(rows), "jobs in the database", *words)


def ingest_data(words: list[str]) -> None:
    with sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        jobs = [dict(row) for row in db.execute("SELECT * FROM job ORDER BY id")]
    SNAPSHOT.write_text(json.dumps({"made": time.time(), "jobs": jobs}), "utf-8")
    say(len(jobs), "jobs in the snapshot", *words)


def verify_production_data(words: list[str]) -> None:
    """As many jobs as the database has, each once, none without a duration, and not older than an hour."""
    said = json.loads(SNAPSHOT.read_text("utf-8"))
    with sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True) as db:
        count = db.execute("SELECT count(*) FROM job").fetchone()[0]
    ids = {job["id"] for job in said["jobs"]}
    if len(ids) != count or len(said["jobs"]) != count:
        raise Failed(f"{len(ids)} of {count} jobs are in the snapshot")
    if any(job["minutes"] <= 0 for job in said["jobs"]) or time.time() - said["made"] > 3600:
        raise Failed("a job takes no time, or the snapshot is older than an hour")
    say(count, "jobs: whole", *words)


def save_model(words: list[str]) -> None:
    """A policy and the version of the code it belongs to."""
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(MODEL, "w") as archive:
        archive.writestr("policy.json", json.dumps({"minutes": 1.0, "release": -0.05, "weight": 2.0}))
        archive.writestr("version", _version())
    say("saved", MODEL, *words)


def verify_model(words: list[str]) -> None:
    policy, version = _model()
    if version != _version():
        raise Failed(f"the model belongs to {version}, the code is {_version()}")
    say(f"policy of {len(policy)} weights, version {version}", *words)


def test_end_to_end(words: list[str]) -> None:
    """Batch after batch through the policy: every job done, no machine doubly used, each answer within a second."""
    policy, jobs, slowest = _model()[0], _jobs(), 0.0
    for number in range(30):
        batch = _batch(jobs, number)
        began = time.perf_counter()
        done = schedule(batch, policy)
        slowest = max(slowest, time.perf_counter() - began)
        check(batch, done)
    if slowest > 1.0:
        raise Failed(f"one answer took {slowest:.2f} s")
    say(f"30 batches of {BATCH}: all done, slowest answer {1000 * slowest:.0f} ms", *words)


def shadow(words: list[str]) -> None:
    """A copy of each request to both: the policy's schedules are logged, not used, and compared with those in use."""
    policy, jobs = _model()[0], _jobs()
    SHADOW.parent.mkdir(exist_ok=True)
    better = 0
    with SHADOW.open("a", encoding="utf-8") as log:
        for number in range(20):
            batch = _batch(jobs, number)
            used, beside = schedule(batch, None), schedule(batch, policy)
            check(batch, used)
            check(batch, beside)
            row = {"batch": number, "legacy": _makespan(used), "ppo": _makespan(beside), "completed": len(beside)}
            better += row["ppo"] <= row["legacy"]
            log.write(json.dumps(row) + "\n")
    if asked(port_of("http://scheduler.internal"), 20) > 0:
        raise Failed("production noticed: requests failed meanwhile")
    say(f"{better} of 20 batches no later than the old system, and production answered meanwhile", *words)


def compare(words: list[str]) -> None:
    """What the shadow showed: no constraint broken (it would not be in the log), complete, and better on the whole."""
    rows = [json.loads(line) for line in SHADOW.read_text("utf-8").splitlines()]
    legacy, ppo = (sum(row[name] for row in rows) / len(rows) for name in ("legacy", "ppo"))
    if any(row["completed"] != BATCH for row in rows) or ppo > legacy:
        raise Failed(f"makespan {ppo:.1f} min against {legacy:.1f}")
    say(f"{len(rows)} batches: makespan {ppo:.1f} min against {legacy:.1f}, completion 100 %", *words)


def schedule(jobs: list[Job], policy: dict[str, float] | None) -> dict[int, Slot]:
    """Who begins when and where. List scheduling: by the policy's score, without one first come first served."""
    free = [0.0] * MACHINES
    waiting, done = sorted(jobs, key=lambda job: job["release"]), {}
    while waiting:
        machine = min(range(MACHINES), key=free.__getitem__)
        now = max(free[machine], waiting[0]["release"])
        ready = [job for job in waiting if job["release"] <= now]
        job = ready[0] if policy is None else max(ready, key=lambda one: sum(policy[k] * one[k] for k in policy))
        free[machine] = now + job["minutes"]
        done[job["id"]] = (machine, now, free[machine])
        waiting.remove(job)
    return done


def check(jobs: list[Job], done: dict[int, Slot]) -> None:
    """Raises Failed where a job is missing, begins before its time, or two share a machine."""
    if done.keys() != {job["id"] for job in jobs}:
        raise Failed(f"{len(done)} of {len(jobs)} jobs are scheduled")
    if any(done[job["id"]][1] < job["release"] for job in jobs):
        raise Failed("a job begins before its release")
    for machine in range(MACHINES):
        slots = sorted((begin, end) for where, begin, end in done.values() if where == machine)
        if any(later[0] < earlier[1] for earlier, later in pairwise(slots)):
            raise Failed(f"two jobs share machine {machine}")


def _makespan(done: dict[int, Slot]) -> float:
    return max(end for _, _, end in done.values())


def _jobs() -> list[Job]:
    jobs: list[Job] = json.loads(SNAPSHOT.read_text("utf-8"))["jobs"]
    return jobs


def _batch(jobs: list[Job], number: int) -> list[Job]:
    return random.Random(number).sample(jobs, BATCH)  # noqa: S311


def _model() -> tuple[dict[str, float], str]:
    with zipfile.ZipFile(MODEL) as archive:
        if (bad := archive.testzip()) is not None:
            raise Failed(f"{bad} in the model is damaged")
        return json.loads(archive.read("policy.json")), archive.read("version").decode()


def _version() -> str:
    return str(tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["version"])


PROGRAMS = {
    "uv": uv,
    "fill_database": fill_database,
    "ingest_data": ingest_data,
    "verify_production_data": verify_production_data,
    "save_model": save_model,
    "verify_model": verify_model,
    "test_end_to_end_production": test_end_to_end,
    "shadow": shadow,
    "compare": compare,
}
_NAMES = {
    "ratio": ("completion rate", "job completion rate", "system stability"),
    "s": ("response time", "api response time"),
}
_MEASURED = {"ratio": measures.GOOD, "s": measures.P95}
_SIGNALS = [measures.signal(name, _MEASURED[unit], unit) for unit, names in _NAMES.items() for name in names]
_HEAD = measures.answered_by_the_lab("Where the stage's conditions get their values from.", *_SIGNALS)
SIDECAR = f"""\
{_HEAD}
  windows: {{days 8-9: [0s, 1s], days 10-11: [1s, 2s], days 12-13: [2s, 4s]}}
"""
FILES = {
    "ppo-scheduler.runbook.yaml": SIDECAR,
    "addresses.json": json.dumps({"http://scheduler.internal": "lab"}),
    "pyproject.toml": '[project]\nname = "ppo-scheduler"\nversion = "1.0.0"\ndependencies = ["msgspec", "PyYAML"]\n',
    "bin/uv": shim("ppo", "uv"),
    "src/data_ingestion/ingest_data.py": shim("ppo", "ingest_data"),
    "phase_4/test_end_to_end_production.py": shim("ppo", "test_end_to_end_production"),
    **{
        f"scripts/{name}.py": shim("ppo", name)
        for name in ("fill_database", "verify_production_data", "save_model", "verify_model", "shadow", "compare")
    },
}
