"""Disks that lose what was not synced, are full or fail: what the journal promises is tested on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def no_compiler() -> str | None:
    """Why the shim cannot be built here, or None."""
    return None if shutil.which("gcc") and sys.platform == "linux" else "there is no C compiler (gcc) on this machine"


def build_shim(folder: Path) -> Path:
    library = folder / "shim.so"
    subprocess.run(
        ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(HERE / "shim.c"), "-ldl", "-lpthread"], check=True
    )
    return library


def environment(shim: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "LD_PRELOAD": str(shim), "PYTHONPATH": str(HERE.parent.parent), **more}
