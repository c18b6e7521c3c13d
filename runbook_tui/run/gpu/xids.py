"""Errors the driver reports (XID): what each means and what to do.

Codes and actions follow NVIDIA's XID catalogue (docs.nvidia.com/deploy/xid-errors).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Remedy(StrEnum):
    """What the catalogue asks for."""

    IGNORE = "nothing: it is informative"
    APP = "restart the application; look for a bug in it first"
    RESET = "drain the node, reset the GPU, then check it"
    REBOOT = "drain the node and restart the machine"
    WORKFLOW = "drain the node and follow NVIDIA's procedure for this code"
    ACTION = "do what the driver asks for (recovery action)"
    UNKNOWN = "look it up in NVIDIA's XID catalogue before going on"


class Meaning(NamedTuple):
    says: str
    remedy: Remedy


_A, _R, _B, _W, _I = Remedy.APP, Remedy.RESET, Remedy.REBOOT, Remedy.WORKFLOW, Remedy.IGNORE
_ENGINE = Meaning("an engine of the GPU met an error of the application", _A)
_TEST = Meaning("a test message", _I)
_NVLINK = Meaning("NVLink error", _W)
CATALOGUE = {
    8: Meaning("the GPU stopped processing", _A),
    11: Meaning("invalid or corrupted push buffer stream", _A),
    13: Meaning("graphics engine exception, often an illegal access of a kernel", _A),
    25: Meaning("invalid or illegal push buffer stream", _A),
    31: Meaning("memory page fault: an access to an address that is not mapped", _A),
    32: Meaning("invalid or corrupted push buffer stream", _A),
    37: Meaning("driver firmware error", _I),
    38: Meaning("driver firmware error", _I),
    39: Meaning("copy engine exception", _A),
    43: Meaning("the driver stopped the application after its own error", _I),
    45: Meaning("preemptive clean-up after an earlier error", _A),
    46: Meaning("the GPU stopped processing", _R),
    48: Meaning("double-bit ECC error: memory that could not be corrected", _W),
    62: Meaning("internal micro-controller halted", _R),
    63: Meaning("a row of memory was remapped, or a page retired", _I),
    64: Meaning("a row of memory could not be remapped, or a page not retired", _R),
    68: Meaning("video decoder exception", _A),
    69: Meaning("graphics engine class error", _A),
    74: _NVLINK,
    79: Meaning("the GPU has fallen off the bus", _B),
    80: Meaning("corrupted data sent to the GPU", _A),
    **dict.fromkeys((*range(82, 87), 88, 89, *range(96, 106), *range(126, 136), 139), _ENGINE),
    92: Meaning("high rate of single-bit ECC errors", _I),
    94: Meaning("contained ECC error: only the application that met it is lost", _A),
    95: Meaning("uncontained ECC error", _R),
    106: _TEST,
    107: _TEST,
    109: Meaning("context switch timed out", _R),
    110: Meaning("security fault", _R),
    119: Meaning("the GPU's system processor (GSP) does not answer", _R),
    120: Meaning("the GPU's system processor (GSP) failed", _R),
    121: Meaning("error of the chip-to-chip link", _I),
    136: Meaning("NVLink: training of a link failed", _R),
    140: Meaning("unrecovered ECC error", _R),
    143: Meaning("the GPU could not be initialised", _R),
    **dict.fromkeys(range(144, 151), _NVLINK),
    154: Meaning("the recovery action the driver asks for has changed", Remedy.ACTION),
    155: Meaning("NVLink: software-defined error", _R),
    156: Meaning("resources of the GPU were retired", _R),
    158: Meaning("fatal timeout of the GPU", _R),
    160: Meaning("a channel was retired", _I),
}
GRAVE = frozenset({Remedy.RESET, Remedy.REBOOT, Remedy.WORKFLOW})


def meaning(code: int) -> Meaning:
    return CATALOGUE.get(code, Meaning("an error this program has no words for", Remedy.UNKNOWN))
