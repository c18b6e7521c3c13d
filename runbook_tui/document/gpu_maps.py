"""Which work goes to which GPU, where a document says so: `mission_A: cuda:0` in YAML it shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import yaml

from runbook_tui.document import annotation
from runbook_tui.document.annotation import PlainLoader
from runbook_tui.document.patterns import expression
from runbook_tui.document.rules import DEEPEST, LARGEST
from runbook_tui.document.runbook import Runbook

_GPU = expression(r"gpu|cuda|nvidia", re.IGNORECASE)
_FENCE = expression(r"^\s{0,3}(`{3,}|~{3,})\s*([\w-]*)")
_DEVICE = expression(r"^(?:cuda:(\d{1,3})|(GPU-[0-9a-fA-F-]{8,}|MIG-[0-9a-zA-Z/-]{8,}))$")
_SIZE = expression(r"^(\d+(?:\.\d+)?)\s*(Ki|Mi|Gi|Ti|K|M|G|T)?B?$", re.IGNORECASE)
_FACTORS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 1 << 10,
    "mi": 1 << 20,
    "gi": 1 << 30,
    "ti": 1 << 40,
}
_DEVICE_KEYS = ("device", "gpu", "cuda")
_MEMORY_KEYS = ("memory", "gpu_memory", "vram", "memory_required")


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work and the device it is meant for."""

    name: str
    device: str  # as written: cuda:0, or a UUID
    line: int
    memory: int | None = None  # bytes it is said to need

    @property
    def index(self) -> int | None:
        match = _DEVICE.match(self.device)
        return int(match[1]) if match and match[1] is not None else None


def placements(lines: Sequence[str]) -> tuple[Placement, ...]:
    """Every placement in the YAML blocks of a document's lines; none where a block is no YAML."""
    return tuple(found for first, block in _blocks(lines) for found in _of_block(block, first))


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """YAML fences with the 1-based number of their first line."""
    block: list[str] = []
    mark, first, wanted = "", 0, False
    for number, line in enumerate(lines, start=1):
        match = _FENCE.match(line)
        if not mark and match is not None:
            mark, first, block, wanted = match[1], number + 1, [], match[2].lower() in ("yaml", "yml")
        elif mark and match is not None and match[1].startswith(mark) and not match[2]:
            if wanted:
                yield first, block
            mark = ""
        elif mark:
            block.append(line)


def _of_block(block: list[str], first: int) -> Iterator[Placement]:
    text = "\n".join(block)
    if len(text) > LARGEST or ("cuda:" not in text and "GPU-" not in text and "MIG-" not in text):
        return
    try:
        for document in yaml.compose_all(text, PlainLoader):
            yield from _walk(document, first, 0)
    except (yaml.YAMLError, RecursionError, ValueError):
        return


def _walk(node: Any, first: int, depth: int) -> Iterator[Placement]:
    if depth > DEEPEST:
        return
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _walk(item, first, depth + 1)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        name = str(getattr(key, "value", ""))
        if (
            isinstance(value, yaml.ScalarNode)
            and name.lower() not in _DEVICE_KEYS
            and _DEVICE.match(value.value.strip())
        ):
            yield Placement(name=name, device=value.value.strip(), line=first + key.start_mark.line)
        elif (found := _described(name, value, first + key.start_mark.line)) is not None:
            yield found
        else:
            yield from _walk(value, first, depth + 1)


def _described(name: str, node: Any, line: int) -> Placement | None:
    """`mission_A: {device: cuda:0, memory: 40GiB}`."""
    if not isinstance(node, yaml.MappingNode):
        return None
    plain = {
        str(key.value).lower(): value.value.strip()
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    device = next((plain[key] for key in _DEVICE_KEYS if _DEVICE.match(plain.get(key, ""))), None)
    if device is None:
        return None
    memory = next((size(plain[key]) for key in _MEMORY_KEYS if key in plain), None)
    return Placement(name=name, device=device, line=line, memory=memory)


def size(text: str) -> int | None:
    """`40GiB`, `80 GB`, `81920M` in bytes."""
    match = _SIZE.match(text.strip())
    return int(float(match[1]) * _FACTORS[(match[2] or "").lower()]) if match else None


def speaks_of_gpus(lines: Sequence[str]) -> bool:
    """Whether a document is about GPUs at all."""
    return any(_GPU.search(line) for line in lines)


def asks_for_gpus(runbook: Runbook) -> bool:
    """Whether anything in it, or in what stands beside it, waits for fit GPUs (`gate=gpu`)."""
    said = [step.annotations.get("gate", ()) for step in runbook.steps]
    said += [command.annotations.get("gate", ()) for command in runbook.commands]
    return "gpu" in runbook.gates or any("gpu" in annotation.names(one) for one in said)
