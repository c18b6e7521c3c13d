"""Codes of the driver in words, after nvml.h and the constants of the binding."""

from __future__ import annotations

THROTTLE = {
    0x1: "idle",
    0x2: "application clocks",
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "thermal (software)",
    0x40: "thermal (hardware)",
    0x80: "power brake",
    0x100: "display clocks",
}
NORMAL_THROTTLE = frozenset({"idle", "application clocks", "power cap", "sync boost", "display clocks"})
HARD_THROTTLE = frozenset({"hardware slowdown", "thermal (hardware)", "power brake"})
SOFT_THROTTLE = frozenset({"thermal (software)"})

RECOVERY = {
    0: "nothing",
    1: "reset the GPU",
    2: "reboot the machine",
    3: "drain peer-to-peer traffic",
    4: "drain, then reset the GPU",
    5: "recover the IMEX domain",
    6: "reset the bus",
    7: "reboot the whole system",
}

FABRIC = {0: "unsupported", 1: "not started", 2: "in progress", 3: "completed"}

GONE = "it was there, and is not told of any more"  # of a device

ERRORS = {
    4: "no permission",
    9: "the driver is not loaded",
    10: "the driver did not answer in time",
    12: "libnvidia-ml.so.1 is not installed: there is no NVIDIA driver here",
    13: "the driver is too old for this",
    14: "the card's infoROM is corrupt",
    15: "the GPU is lost: it fell off the bus",
    16: "the GPU wants a reset",
    17: "the operating system refused",
    18: "the driver was updated and not reloaded (library and kernel module differ): reboot or reload it",
    999: "unknown error of the driver",
}


def throttle_names(mask: int) -> tuple[str, ...]:
    """The reasons in a clocks-event mask; bits without a name by their number."""
    known = tuple(name for bit, name in THROTTLE.items() if mask & bit)
    rest = mask & ~sum(THROTTLE)
    return (*known, f"reason {rest:#x}") if rest else known


def recovery_words(action: int) -> str:
    return RECOVERY.get(action, f"action {action}")


def error_words(code: int) -> str:
    """An NVML error for the operator."""
    return ERRORS.get(code, f"NVML error {code}")
