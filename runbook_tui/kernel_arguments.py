"""The options of `rbt kernels`; apart from the verb itself, which loads more than a start of `rbt` should."""

from __future__ import annotations

import argparse
import os
import sys

CHECKOUT = os.path.join(os.path.dirname(__file__), os.pardir, "kernels", "build.py")  # noqa: PTH118, PTH120  # pathlib costs


def add_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--spec", metavar="FILE", help="your own kernels (TOML) instead of the three of the BEM documents")
    sub.add_argument("--tol", type=float, default=1e-3, help="largest normwise relative error (default 1e-3)")
    sub.add_argument("--mutants", action="store_true", help="also plant bugs in the kernels; all must be caught")
    sub.add_argument("--device", choices=("auto", "gpu", "interpreter"), default="auto")
    sub.add_argument("--kernel", action="append", default=[], metavar="NAME", help="only this one (again for more)")
    sub.add_argument("--seed", type=int, help="of the inputs; else drawn anew")
    sub.add_argument("--evidence", metavar="FILE", help="where the evidence goes (default build/kernels/evidence.json)")
    sub.add_argument("--python", default=sys.executable, metavar="PROGRAM", help="the Python that has torch and Triton")
    sub.add_argument("--build", default=CHECKOUT, metavar="FILE", help=argparse.SUPPRESS)
    sub.add_argument("--lines", action="store_true", help="JSON lines as they come, as a step of a runbook wants them")
