"""Collect what the tests of the reader have it read: sentences and lists made to be told apart, thousands of them.

    python -m tests.writers.collect

Where those tests pass, the rules read them rightly, so what the rules find is the truth of each. They are written to
`told.jsonl`, and the model is fitted to them too: it must not overrule in passing what a test has taught the rules.
"""

import json
from unittest import mock

import msgspec
import pytest

from runbook_tui.document import reader
from tests.writers import TOLD
from tests.writers.fit import recorded

UNFIT = (
    "test_fuzz",
    "test_laws",
    "test_recombined",
    "test_likeness",
    "test_presumed",
    "test_writers",
    "test_nothing_lost",
    "test_text",
    "test_mojibake",
)


class Collector:
    """A plugin of pytest that keeps what is read."""

    def __init__(self):
        self.units = {}

    def read(self, plain):
        def reading(data, source, beside):
            if len(data) > 20_000:
                return plain(data, source, beside)
            runbook, found = recorded(lambda: plain(data, source, beside))
            told = {}
            for trigger in runbook.triggers:
                told.setdefault(trigger.line, []).append(trigger)
            for line, unit in found["condition"]:
                kind = next((one.polarity.value for one in told.get(line, ()) if _is(unit, one.text)), None)
                self.units["condition", unit] = {"do": "do", "consider": "do", "dont": "dont", None: None}[kind]
            signed = {one.line for one in runbook.signoffs}
            self.units |= {("hand", unit): "hand" if line in signed else None for line, unit in found["hand"]}
            offered = {step.line for step in runbook.steps if step.role == "option"}
            self.units |= {("choice", unit): "choice" if line in offered else None for line, unit in found["choice"]}
            return runbook

        return reading


def _is(unit, text):
    return unit.listed or text in unit.text or unit.text in text


def main():
    collector = Collector()
    skipped = [f"--ignore=tests/unit/document/{name}.py" for name in UNFIT]
    with (
        mock.patch.object(reader, "_read", collector.read(reader._read)),
    ):
        pytest.main(["-q", "-p", "no:cacheprovider", "-n", "0", *skipped, "tests/unit/document", "tests/unit/runbooks"])
    rows = sorted(
        json.dumps([asked, *msgspec.structs.astuple(unit), kind], ensure_ascii=False)
        for (asked, unit), kind in collector.units.items()
        if unit.text.strip() and "\n" not in unit.text
    )
    TOLD.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(len(rows), "units,", sum(1 for kind in collector.units.values() if kind), "of them something")


if __name__ == "__main__":
    main()
