"""Work that goes on while the screen takes keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode

Work = Callable[[], Coroutine[Any, Any, None]]
QUESTION = "question"  # the group of work that asks the operator


def in_background(node: DOMNode, work: Work, *, group: str, exclusive: bool = False) -> None:
    """Begin the work; it ends with the node. With `exclusive` it ends what the node has under way in this group.

    It is called when its turn comes: work that is ended before that has begun nothing, and leaves nothing behind.
    """
    node.run_worker(work, group=group, exclusive=exclusive)  # type: ignore[arg-type]  # mypy infers Never for None


def one_question(node: DOMNode, work: Work) -> None:
    """Begin work that asks something, unless this screen asks already: two keys of one moment ask once."""
    if all(worker.node is not node or worker.group != QUESTION or worker.is_finished for worker in node.workers):
        in_background(node, work, group=QUESTION)
