"""Memory of a process that lives for days, with floods of output now and then."""

from __future__ import annotations

import gc
from contextlib import suppress

_MMAP_THRESHOLD = -3  # of mallopt(3)
_LARGE = 128 * 1024  # bytes


def settle() -> None:
    """To be called when the first screen stands.

    What lives then lives to the end: collections look past it and get short. Large buffers go back to the system when
    they are free: glibc would raise the size from which it does so with every one that is freed (mallopt(3)), and a
    flood leave the heap full of holes.
    """
    gc.freeze()
    with suppress(ImportError, OSError, AttributeError):  # another C library has no such call, and no such habit
        import ctypes

        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
