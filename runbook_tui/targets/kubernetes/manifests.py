"""Objects that a command names by their manifests: files and folders as kubectl reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

LARGEST = 8 * 1024 * 1024  # bytes of one file
MOST = 500  # files of a folder
_ENDS = (".yaml", ".yml", ".json")


class Manifests(msgspec.Struct, frozen=True, kw_only=True):
    objects: tuple[dict[str, Any], ...]
    unread: tuple[str, ...] = ()  # what could not be read, and why


def read(files: tuple[str, ...], folder: Path, *, recursive: bool = False) -> Manifests:
    """The objects in these files, seen from `folder`; standard input and addresses cannot be read beforehand."""
    objects: list[dict[str, Any]] = []
    unread: list[str] = []
    for name in files:
        if name == "-":
            unread.append("what comes through a pipe")
        elif "://" in name:
            unread.append(f"{name} is fetched by kubectl itself")
        else:
            try:
                for path in _paths(folder / Path(name).expanduser(), recursive=recursive):
                    objects += _objects(path)
            except (OSError, ValueError, yaml.YAMLError) as error:
                unread.append(f"{name}: {str(error).splitlines()[0]}")
    return Manifests(objects=tuple(objects), unread=tuple(unread))


def _paths(place: Path, *, recursive: bool) -> list[Path]:
    if not place.is_dir():
        return [place]
    found = sorted(place.rglob("*") if recursive else place.iterdir())
    return [path for path in found if path.suffix in _ENDS and path.is_file()][:MOST]


def _objects(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.stat().st_size / 1e6:.0f} MB are too many for a manifest")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    out: list[dict[str, Any]] = []
    for document in yaml.load_all(path.read_text("utf-8"), Loader=loader):  # a safe loader, in C
        if not isinstance(document, dict):
            continue
        items = document.get("items") if str(document.get("kind", "")).endswith("List") else None
        out += [one for one in (items if isinstance(items, list) else [document]) if isinstance(one, dict)]
    return [one for one in out if one.get("kind") and (one.get("metadata") or {}).get("name")]
