"""The NVML binding, and the one package that takes its name."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from runbook_tui.run.ports import SignalError


class BindingConflict(SignalError):
    """Another package answers to the name `pynvml`."""


def load() -> ModuleType:
    """`pynvml` of nvidia-ml-py. Raises BindingConflict when it is missing or another package stands in its place.

    nvidia-ml-py installs the single file pynvml.py; the old package of the name `pynvml` a folder that wins over it.
    """
    try:
        module = importlib.import_module("pynvml")
    except ImportError:
        raise BindingConflict("the NVML binding is not installed: pip install nvidia-ml-py") from None
    check(module)
    return module


def check(module: ModuleType) -> None:
    place = Path(module.__file__ or "")
    if place.name == "pynvml.py" and hasattr(module, "nvmlDeviceGetCurrentClocksEventReasons"):
        return
    raise BindingConflict(
        f"the old package `pynvml` ({place.parent}) hides nvidia-ml-py: "
        "pip uninstall pynvml, then pip install --force-reinstall nvidia-ml-py"
    )
