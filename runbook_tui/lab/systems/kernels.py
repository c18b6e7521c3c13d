"""`bem/kernels/build.py` of the stage: the project's real kernels against their references, where no card is.

Triton's interpreter computes them on the processor; a few cases of each, as it is slow. That proves numbers, not speed,
and nothing of a card: it says so.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from runbook_tui.lab.systems.stage import Failed, given, say

BUILD = Path(__file__).parents[3] / "kernels" / "build.py"
NEEDED = ("torch", "triton")
CASES = "infinity"  # the name of a few cases that each kernel has
NOT_ON_A_CARD = 3  # exit status of the build


def why_not() -> str:
    """What is missing here to compute them, or nothing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed" if missing else "" if BUILD.is_file() else f"{BUILD} is not there"


def build(words: list[str]) -> None:
    """Compute and compare; raises Failed when a case does not hold or a kernel had none."""
    if why := why_not():
        raise Failed(f"the kernels cannot be computed: {why}")
    tolerance, evidence = given(words, "--tol", "1e-3"), Path("build/kernels.json").absolute()
    evidence.parent.mkdir(exist_ok=True)
    command = [sys.executable, str(BUILD), "--check-numerics", "--tol", tolerance, "--device", "interpreter"]
    command += ["--targets", "", "--case", CASES, "--json", "--evidence", str(evidence)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode != NOT_ON_A_CARD:
        raise Failed(f"the kernels' build ends with {done.returncode}: {done.stdout[-400:]}{done.stderr[-400:]}")
    verdict = json.loads(done.stdout.splitlines()[-1])
    bad = [f"{one['kernel']} {one['case']}" for one in verdict["cases"] if not one["ok"]]
    kernels = sorted({one["kernel"] for one in verdict["cases"]})
    if bad or len(kernels) != 3:
        raise Failed(f"cases that do not hold: {', '.join(bad)}" if bad else f"only {kernels} have cases")
    say(f"{len(verdict['cases'])} cases of {', '.join(kernels)} hold within {tolerance}, in Triton's interpreter")
    say("nothing ran on a graphics card: speed and the cards themselves are not proved")


PROGRAMS = {"build": build}
