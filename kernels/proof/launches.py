"""How many kernels a call really launched: a result computed elsewhere does not count as the kernel's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """Within, Triton launches are counted, compiled and interpreted ones; yields a function that says how many."""
    from triton import knobs
    from triton.runtime.interpreter import GridExecutor, InterpretedFunction

    count = 0

    def seen(*_: object) -> None:
        nonlocal count
        count += 1

    original = GridExecutor.__call__

    def executed(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen()
        patched.clear()
        return original(self, *args, **kwargs)

    patching_call = InterpretedFunction.__call__
    patched: set[str] = set()

    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        # once a launch and module is enough: patching the language for every call doubles the time
        if self.fn.__module__ in patched:
            return self.rewrite()(*args, **kwargs)
        patched.add(self.fn.__module__)
        return patching_call(self, *args, **kwargs)

    knobs.runtime.launch_enter_hook.add(seen)
    GridExecutor.__call__ = executed
    InterpretedFunction.__call__ = called
    try:
        yield lambda: count
    finally:
        GridExecutor.__call__ = original
        InterpretedFunction.__call__ = patching_call
        knobs.runtime.launch_enter_hook.remove(seen)
