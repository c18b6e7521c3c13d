"""Whether the NVSwitches of a machine have their manager: links between its GPUs carry nothing without it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

NONE = "none"  # no NVSwitch here: nothing to manage
ACTIVE, INACTIVE = "active", "inactive"
SWITCH = "/dev/nvidia-nvswitchctl"
_NAME = "nv-fabricmanager"[:15]  # as the kernel keeps it
_BRIDGE, _NVIDIA = "0x0680", "0x10de"  # PCI class and vendor of a switch

# for another machine: `none`, or the state of the service; nothing where neither it nor the process can be asked for
COMMAND = (
    "switch={switch}; [ -e $switch ] || grep -qs " + _NVIDIA + " $(grep -ls '^" + _BRIDGE + "' "
    "/sys/bus/pci/devices/*/class | sed 's/class$/vendor/') /dev/null || {{ echo none; exit 0; }}; "
    "systemctl is-active nvidia-fabricmanager 2>/dev/null; "
    "grep -qsx " + _NAME + " /proc/[0-9]*/comm && echo active; :"
)


def told(lines: Iterable[str]) -> str | None:
    """The answer to COMMAND."""
    said = [line.strip() for line in lines if line.strip()]
    return ACTIVE if ACTIVE in said else said[0] if said else None


def here(root: Path, *, whole: bool) -> str | None:
    """That of this machine; `whole`: every process of it and its devices can be seen, as in no container."""
    switch = (root / SWITCH.lstrip("/")).exists() or any(_switches(root))
    if not switch:
        return NONE if whole else None
    names = [_text(place) for place in (root / "proc").glob("[0-9]*/comm")]
    if _NAME in names:
        return ACTIVE
    return INACTIVE if whole and names else None


def _switches(root: Path) -> Iterable[bool]:
    for place in (root / "sys/bus/pci/devices").glob("*/class"):
        yield _text(place).startswith(_BRIDGE) and _text(place.with_name("vendor")) == _NVIDIA


def _text(place: Path) -> str:
    try:
        return place.read_text().strip()
    except OSError:
        return ""
