"""What a job's shell left behind, as far as it can be read without a shell: the folder and plain variables."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec

_DECLARED = re.compile(
    r'^declare -(?P<marks>[-\w]*) (?P<name>[A-Za-z_]\w*)="(?P<value>(?:[^"\\\n]|\\.)*)"$', re.MULTILINE
)
_FOLDER = re.compile(r"^__rbt_cwd=(?P<rest>.*)$", re.MULTILINE)
_LONGEST = 200  # jobs looked at for the one that left a state
_LARGEST = 4 * 1024 * 1024  # bytes of a state


class ShellState(msgspec.Struct, frozen=True, kw_only=True):
    """Values with anything but plain text in them are left out."""

    folder: str | None = None
    values: dict[str, str] = {}
    exported: dict[str, str] = {}


def read(jobs: Path, run: str, job: str | None) -> ShellState:
    """The state that the job after `job` continues from; an empty one when none is there or it cannot be read."""
    for _ in range(_LONGEST):
        if not job or "/" in job or "/" in run:
            break
        folder = jobs / run / job
        try:
            if (folder / "end").stat().st_size:
                if (folder / "state").stat().st_size > _LARGEST:
                    break
                return parse((folder / "state").read_text("utf-8", "replace"))
            job = (folder / "from").read_text().partition("\n")[0]
        except OSError:
            break
    return ShellState()


def parse(text: str) -> ShellState:
    """The folder and the variables of a state as bash writes it."""
    values: dict[str, str] = {}
    exported: dict[str, str] = {}
    for found in _DECLARED.finditer(text):
        if set(found["marks"]) & set("aA"):
            continue
        value = re.sub(r"\\(.)", r"\1", found["value"])
        values[found["name"]] = value
        if "x" in found["marks"]:
            exported[found["name"]] = value
    folder = None
    if (line := _FOLDER.search(text)) and "$'" not in line["rest"]:
        words = shlex.split(line["rest"])
        folder = words[0] if words and "=" not in words[0][:12] else None
    return ShellState(folder=folder or None, values=values, exported=exported)
