"""A criterion that is said in words alone gets its measure where signals are told: `{…, fires: '> 0'}`. Pure.

signals:
  pods are killed: {kubernetes: deployment/api, take: restarts_since_rollout, fires: '> 0'}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from runbook_tui.document.mapped import FIRES as KEY
from runbook_tui.document.mapped import LEAST, plain
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Condition

_FIRES = expression(r"\s*(>=|<=|>|<|==|=)\s*(\d+(?:\.\d+)?)\s*(\S*)\s*")


class BadMeasure(ValueError):
    """What is said of when it fires is no comparison."""


def measured(condition: Condition, known: Mapping[str, Any]) -> Condition:
    """The condition with the threshold that its sentence leaves out, where a signal is named by words of it.

    Raises BadMeasure.
    """
    if condition.metric is not None:
        return condition
    sentence = plain(condition.text)
    for name, spec in known.items():
        if isinstance(spec, Mapping) and KEY in spec and len(name) >= LEAST and name in sentence:
            found = _FIRES.fullmatch(str(spec[KEY]))
            if found is None:
                raise BadMeasure(f"the signal “{name}”: {KEY} is a comparison like '> 0', not {spec[KEY]!r}")
            op = "==" if found[1] == "=" else found[1]
            return msgspec.structs.replace(
                condition, metric=name, op=op, value=float(found[2]), unit=found[3] or None
            )  # fmt: skip
    return condition
