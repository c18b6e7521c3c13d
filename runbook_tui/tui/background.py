"""Work that goes on while the screen takes keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode

Work = Callable[[], Coroutine[Any, Any, None]]


def in_background(node: DOMNode, work: Work, *, group: str, exclusive: bool = False) -> None:
    """Begin the work; it ends with the node. With `exclusive` it ends what the node has under way in this group.

    It is called when its turn comes: work that is ended before that has begun nothing, and leaves nothing behind.
    """
    node.run_worker(work, group=group, exclusive=exclusive)  # type: ignore[arg-type]  # mypy infers Never for None
