"""Where this program keeps things. Light: it is imported before the first frame."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """Where runs are kept: $RBT_STATE, else state/ of the checkout this runs from, else the user's state folder."""
    if chosen := os.environ.get("RBT_STATE"):
        return Path(chosen).expanduser().absolute()
    checkout = Path(__file__).parent.parent / "state"
    if (checkout / "README.md").is_file():
        return checkout
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "runbook-tui"


def keys_file() -> Path:
    """The operator's own keys: $RBT_KEYS, else keys.toml in the user's configuration folder."""
    if chosen := os.environ.get("RBT_KEYS"):
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "runbook-tui" / "keys.toml"


def as_typed(called: str) -> str:
    """What is typed to call this program again, which was called by this path: `rbt` where the shell finds it."""
    if os.path.basename(called) != "rbt" or not os.path.isfile(called):  # noqa: PTH113, PTH119  # pathlib costs start-up
        return "rbt"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = os.path.join(folder, "rbt")  # noqa: PTH118
        if os.path.isfile(found):  # noqa: PTH113
            return "rbt" if os.path.samefile(found, called) else called  # noqa: PTH121
    return called


def log_file() -> Path:
    """Where a defect of the program itself is written down."""
    return state_folder() / "rbt.log"


def write_down(error: BaseException) -> str:
    """Put a defect of the program into the log; where its details are, for the operator."""
    import traceback

    log = log_file()
    details = "".join(traceback.format_exception(error))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write(details + "\n")
    except OSError:
        return details
    return f"details are in {log}"
