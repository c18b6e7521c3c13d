"""Memory of a process that lives for days, with floods of output now and then."""

from __future__ import annotations

import gc
from contextlib import suppress

_MMAP_THRESHOLD = -3  # of mallopt(3)
_LARGE = 128 * 1024  # bytes


def hold() -> None:
    """To be called before anything is loaded, and followed by `settle`.

    Modules, styles and a document are made of some 100,000 objects, nearly all of which stay; a collector that looks
    them over again and again takes a fifth of the time to the first frame.
    """
    gc.disable()


def settle() -> None:
    """To be called when the first screen stands.

    What lives then lives to the end: collections look past it and get short. Large buffers go back to the system when
    they are free: glibc would raise the size from which it does so with every one that is freed (mallopt(3)), and a
    flood leave the heap full of holes.
    """
    gc.freeze()
    gc.enable()
    with suppress(ImportError, OSError, AttributeError):  # another C library has no such call, and no such habit
        import ctypes

        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
