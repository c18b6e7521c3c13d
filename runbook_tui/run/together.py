"""Several things at the same time, failing as one would."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from runbook_tui.run.ports import OperatorError


async def together(work: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Await all; the first failure cancels the others and is raised itself, an operator's error before any other."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for one in work:
                tasks.create_task(one)
    except BaseExceptionGroup as group:
        raise _telling(group) from group


def _telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    told = group.subgroup(OperatorError)
    current: BaseException = told or group
    while isinstance(current, BaseExceptionGroup):
        current = current.exceptions[0]
    return current
