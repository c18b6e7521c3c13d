"""What a command would change, asked of the API server without changing it: `--dry-run=server`, compared with now."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runbook_tui.document.kubectl import KubectlCall
from runbook_tui.targets.kubernetes import words
from runbook_tui.targets.kubernetes.clusters import Cluster
from runbook_tui.targets.kubernetes.essence import differences, essence
from runbook_tui.targets.kubernetes.faults import KubeError

PATIENCE = 20.0  # seconds for kubectl
_WITH_OBJECTS = frozenset(["apply", "create", "patch", "replace", "scale", "set", "label", "annotate", "expose", "run",
                           "autoscale", "rollout undo"])  # fmt: skip
_TOLD_ONLY = frozenset(["delete", "cordon", "uncordon", "drain", "taint"])
_NEVER = "rollout restart, pause and resume know no dry run; what they do is a new rollout, or none"


async def rehearse(cluster: Cluster, call: KubectlCall, environ: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """A line for each object that would be otherwise. Raises KubeError when the cluster would refuse it."""
    program = shutil.which("kubectl", path=environ.get("PATH"))
    if program is None:
        raise KubeError("a dry run wants kubectl, and it is not installed here")
    first = call.verb.split(" ", 1)[0]
    if call.verb.startswith("traffic"):
        out = await _said("rbt", [*call.words, "--dry-run"], environ, folder)
        return tuple(out.splitlines())
    if first in _TOLD_ONLY:
        out = await _said(program, [*call.words, "--dry-run=server"], environ, folder)
        return tuple(out.splitlines())
    if first not in _WITH_OBJECTS and call.verb not in _WITH_OBJECTS:
        raise KubeError(_NEVER)
    plain = [word for word in call.words if not word.startswith(("-o", "--output", "--dry-run"))]
    out = await _said(program, [*plain, "--dry-run=server", "-o", "json"], environ, folder)
    found: list[str] = []
    for thing in _objects(out):
        found += await _compared(cluster, call, thing)
    return tuple(found) or ("nothing would be otherwise",)


async def _compared(cluster: Cluster, call: KubectlCall, thing: dict[str, Any]) -> list[str]:
    kind, meta = str(thing.get("kind")), thing.get("metadata") or {}
    resource = await cluster.recorder.resources.find(kind, str(thing.get("apiVersion", "")))
    if resource is None:
        return [f"{words.title(kind, str(meta.get('name')))} of a kind that is not known"]
    namespace = str(meta.get("namespace") or call.namespace or cluster.api.how.namespace)
    now = await cluster.api.find(resource.path(namespace, str(meta.get("name"))))
    before, after = essence(now), essence(thing)
    if before == after:
        return []
    title = words.title(kind, str(meta.get("name")))
    lines = [f"{title}: {words.change(kind, before, after)}"]
    places = [".".join(path) for path in differences(before, after)] if before is not None else []
    return [*lines, *(f"    {place}" for place in places[:8])]


def _objects(out: str) -> list[dict[str, Any]]:
    """Kubectl prints one object, a List, or several after each other."""
    import json

    decoder, at = json.JSONDecoder(), 0
    found: list[Any] = []
    while at < len(out):
        while at < len(out) and out[at].isspace():
            at += 1
        if at >= len(out):
            break
        try:
            one, at = decoder.raw_decode(out, at)
        except ValueError:
            raise KubeError("what kubectl said in its dry run could not be read") from None
        found += one.get("items", []) if str(one.get("kind", "")).endswith("List") else [one]
    return [one for one in found if isinstance(one, dict)]


async def _said(program: str, arguments: list[str], environ: Mapping[str, str], folder: Path) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            cwd=folder,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise KubeError(f"{program} could not be run: {error.strerror}") from None
    try:
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        raise KubeError(f"the dry run did not end within {PATIENCE:.0f} s") from None
    if process.returncode:
        why = err.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        raise KubeError(f"it would be refused: {why[0]}")
    return out.decode("utf-8", "replace")
