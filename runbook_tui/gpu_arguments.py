"""What `rbt gpu` can be asked; light, because every call of `rbt` builds its parser."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", help="a runbook, whose map of work to GPUs is judged with --health")
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="H",
        help="a machine reached by SSH, or a range of them: gpu-[01-16]",
    )
    parser.add_argument(
        "--dcgm", action="append", default=[], metavar="URL", help="a dcgm-exporter: http://…, or k8s:NAMESPACE/POD"
    )
    parser.add_argument("--watch", action="store_true", help="go on: the screen in a terminal, lines elsewhere")
    parser.add_argument("--plain", action="store_true", help="with --watch: lines, also in a terminal")
    parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help="between two readings")
    parser.add_argument(
        "--health", action="store_true", help="judge them; exit 0 only when nothing blocks or is unknown"
    )
    parser.add_argument(
        "--for", dest="seconds", type=float, default=3.0, metavar="SECONDS", help="how long to look before judging"
    )
    parser.add_argument("--count", type=int, help="how many devices there must be")
    parser.add_argument("--uuid", action="append", default=[], help="a device that must be there, and no other")
    parser.add_argument("--nvlinks", type=int, metavar="N", help="how many NVLinks each device must have up")
    parser.add_argument("--cuda", metavar="VERSION", help="the CUDA version that is wanted")
    parser.add_argument(
        "--welcome", action="append", default=[], metavar="USER", help="whose processes are no strangers"
    )
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep every reading (.gz: compressed)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a recording instead of reading anything")
    parser.add_argument("--speed", type=float, default=1.0, help="of the replay")
