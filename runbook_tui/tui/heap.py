"""Memory of a process that lives for days, with floods of output now and then."""

from __future__ import annotations

import gc
from contextlib import suppress

_MMAP_THRESHOLD = -3  # of mallopt(3)
_LARGE = 128 * 1024  # bytes
_SWEPT = 1_000  # objects more than there were, which are looked over in a lull
_YOUNG = 20_000  # and whenever they come: a picture is made of some thousand, and goes again
_MIDDLE = 2  # such collections before what they left is looked over too
_WHOLE = 100  # collections of what is young before all is looked over, whoever types
_DUE = 3  # of them before it is looked over when nobody types
_GROWN = 2  # times what stood when the first screen did: then what was passed over is looked at too


def hold() -> None:
    """To be called before anything is loaded, and followed by `Heap.settle`.

    Modules, styles and a document are made of some 100,000 objects, nearly all of which stay; a collector that looks
    them over again and again takes a fifth of the time to the first frame.
    """
    gc.disable()


class Heap:
    """What lives when the first screen stands lives to the end; what comes later is looked over when nobody types.

    A whole collection stops every thread: fifty hosts in flood are fifty long lists to look through, some 50 ms, which
    would be felt in the key that it meets.
    """

    def __init__(self) -> None:
        self._stood = 0  # objects

    def settle(self) -> None:
        """To be called when the first screen stands: from then on collections look past it and are short.

        Large buffers go back to the system when they are free: glibc would raise the size from which it does so with
        every one that is freed (mallopt(3)), and a flood leave the heap full of holes.
        """
        self._pass_over()
        self._stood = gc.get_freeze_count()
        gc.enable()
        with suppress(ImportError, OSError, AttributeError):  # another C library has no such call, and no such habit
            import ctypes

            ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)

    def sweep(self) -> None:
        """To be called in the lull behind a key: what is young is looked over, which may be long lists in a flood."""
        if self._stood and gc.get_count()[0] > _SWEPT:
            gc.collect(1)

    def tidy(self) -> None:
        """To be called now and then while nobody types; it costs nothing where hardly anything has come."""
        if not self._stood or gc.get_count()[2] < _DUE:
            return
        if gc.get_freeze_count() > _GROWN * self._stood:
            gc.unfreeze()
        gc.collect()
        self._pass_over()

    def _pass_over(self) -> None:
        gc.set_threshold(_YOUNG, _MIDDLE, _WHOLE)
        gc.freeze()
