"""What the service is made of: images that are built, kept under a name, and looked at before they are deployed."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

import msgspec

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.process import write_json
from runbook_tui.run.ports import OperatorError

FOLDER = "images"
ADVISORIES = "advisories.json"
RELEASES = {"v1": "1.4.2", "v2": "2.0.0"}  # what a version is when no image was named
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}(?::[A-Za-z0-9][A-Za-z0-9._-]{0,60})?")


class ImageError(OperatorError):
    """An image that cannot be built, found or used; nothing was deployed."""

    exit_code = 1


class Image(msgspec.Struct, frozen=True, kw_only=True):
    name: str  # repository:tag
    release: str
    built: float  # epoch seconds
    digest: str


def build(folder: Path, name: str) -> Image:
    """An image of that name. Raises ImageError."""
    if not _NAME.fullmatch(name):
        raise ImageError(f"{name!r} is no name of an image: write service:2.0.0")
    if Faults(folder, "build").get("failed-build"):
        raise ImageError(
            f"{name} could not be built: step 3 of 7, `make service`, ended with exit status 2. Nothing was pushed."
        )
    release = name.partition(":")[2] or "latest"
    built = time.time()
    image = Image(name=name, release=release, built=built, digest=_digest(name, release, built))
    _path(folder, name).parent.mkdir(parents=True, exist_ok=True)
    write_json(_path(folder, name), image)
    return image


def listed(folder: Path) -> list[Image]:
    """Every image, oldest first."""
    found = [_read(path) for path in (folder / FOLDER).glob("*.image")]
    return sorted((image for image in found if image is not None), key=lambda image: image.built)


def usable(folder: Path, version: str, name: str | None) -> Image | None:
    """The image a version is to run; None when it runs what it ran. Raises ImageError when it cannot be used."""
    if Faults(folder, "registry").get("bad-image"):
        what = f"its image {name}" if name else "its image"
        raise ImageError(
            f"{version} cannot be deployed: {what} cannot be pulled (ImagePullBackOff). What ran before runs on."
        )
    if name is None:
        return None
    image = _read(_path(folder, name))
    if image is None:
        known = ", ".join(one.name for one in listed(folder)) or "none"
        raise ImageError(f"There is no image {name}; built so far: {known}. Build it: rbt lab build {name}")
    if image.digest != _digest(image.name, image.release, image.built):
        raise ImageError(f"The image {name} is not what was built: its digest is another. It was not deployed.")
    return image


def use(folder: Path, version: str, image: Image) -> None:
    """The version runs it when it starts next."""
    write_json(folder / f"{version}.image.json", image)


def deployed(folder: Path, version: str) -> str:
    """The release that this version runs."""
    image = _read(folder / f"{version}.image.json")
    return RELEASES[version] if image is None else image.release


def advised(folder: Path) -> int:
    """How many versions run an image that a critical advisory names: `advisories.json` lists those."""
    try:
        named = msgspec.json.decode((folder / ADVISORIES).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return 0
    used = (_read(folder / f"{version}.image.json") for version in RELEASES)
    return sum(image is not None and image.name in named for image in used)


def _path(folder: Path, name: str) -> Path:
    return folder / FOLDER / (hashlib.sha256(name.encode()).hexdigest()[:16] + ".image")


def _digest(name: str, release: str, built: float) -> str:
    return "sha256:" + hashlib.sha256(f"{name}\n{release}\n{built}".encode()).hexdigest()


def _read(path: Path) -> Image | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Image)
    except (OSError, msgspec.DecodeError):
        return None
