"""`python -m tests.bench [name …]`: every figure as a ratio taken in one run; a word with a slash is a folder."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "startup",
    "documents",
    "long_run",
    "flood",
    "idle",
    "kills",
    "cuts",
    "remote",
    "gpus",
    "rollback",
    "gates",
    "power",
    "masking",
    "verifying",
    "forging",
    "reports",
    "systems",
    "monkey",
)

for name in [word for word in sys.argv[1:] if not word.startswith("--") and "/" not in word] or NAMES:
    importlib.import_module(f"tests.bench.{name}").main()
