"""The search for garbage in cycles, put off: a document is read into many small values, and none of them is in a cycle.

They make Python search all of them again and again, which takes a fifth of the reading of a large document.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Search no cycles meanwhile, in no thread; nothing changes where they are not searched anyway."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
