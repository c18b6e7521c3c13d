"""Whether there is anything to read on this machine; light, and loads no driver."""

from __future__ import annotations

import os
from pathlib import Path

LIBRARY = "libnvidia-ml.so.1"
_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/nvidia/lib64",
    "/usr/lib/wsl/lib",
    "/run/opengl-driver/lib",
)


def driver_here() -> bool:
    """Whether the driver's library can be found on this machine; loads nothing."""
    folders = [*os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep), *_FOLDERS]
    return Path("/dev/nvidiactl").exists() or any(folder and Path(folder, LIBRARY).exists() for folder in folders)
