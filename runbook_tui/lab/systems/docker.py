"""As much of `docker` as the documents need: images by their content, tags, a registry in a folder.

An image is the digest of the build context; a push copies it, digest compared, to the registry's folder. No container
is started: the lab's service runs what was pushed.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.systems.stage import Failed, lab, say

STORE = ".docker"
REGISTRY = ".registry"


def docker(words: list[str]) -> None:
    match words:
        case ["build", "-t", name, context]:
            _build(name, Path(context))
        case ["tag", name, other]:
            _write(STORE, other, _read(STORE, name))
        case ["push", name]:
            _write(REGISTRY, name, _read(STORE, name))
            say(name, "digest:", _read(REGISTRY, name))
        case _:
            raise Failed(f"docker {' '.join(words)} is nothing this stage can do")


def pushed(name: str) -> str:
    """The digest of an image in the registry; raises Failed when it was never pushed."""
    return _read(REGISTRY, name)


def _build(name: str, context: Path) -> None:
    if not (context / "Dockerfile").is_file():
        raise Failed(f"there is no Dockerfile in {context}")
    if Faults(lab(), "build").get("failed-build"):
        raise Failed("step 3 of 7 ended with exit status 2")
    digest = hashlib.sha256()
    for path in sorted(context.rglob("*")):
        inside = path.relative_to(context)
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    _write(STORE, name, f"sha256:{digest.hexdigest()}")
    say("built", name, f"sha256:{digest.hexdigest()}")


def _read(where: str, name: str) -> str:
    path = _path(where, name)
    if not path.is_file():
        raise Failed(f"there is no image {name} in {where.removeprefix('.')}")
    return str(json.loads(path.read_text("utf-8"))["digest"])


def _write(where: str, name: str, digest: str) -> None:
    path = _path(where, name)
    path.parent.mkdir(exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}")
    half.write_text(json.dumps({"name": name, "digest": digest}), "utf-8")
    half.replace(path)


def _path(where: str, name: str) -> Path:
    return Path(where) / (hashlib.sha256(name.encode()).hexdigest()[:16] + ".json")


PROGRAMS = {"docker": docker}
