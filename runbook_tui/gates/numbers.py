"""Numbers from a file: one on a line, columns of CSV, or JSON. Nothing is dropped: what is no number becomes NaN."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from runbook_tui.run.ports import OperatorError


class Unusable(OperatorError):
    """The file holds no numbers that can be judged; nothing was computed."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one length, and what each row is called where the file says so."""

    names: tuple[str, ...]  # of the columns
    columns: tuple[tuple[float, ...], ...]
    rows: tuple[str, ...] = ()

    def column(self, name: str | None = None) -> tuple[float, ...]:
        """The named column, else the last one that holds numbers. Raises Unusable."""
        if name is not None:
            if name not in self.names:
                raise Unusable(f"there is no column {name!r}; there are: {', '.join(self.names)}")
            return self.columns[self.names.index(name)]
        return self.columns[-1]


def read(text: str, source: str) -> Table:
    """The numbers in a text. Raises Unusable with one sentence for the operator."""
    stripped = text.strip()
    if not stripped:
        raise Unusable(f"{source} is empty: no data is never a pass")
    table = _of_json(stripped, source) if stripped[0] in "[{" else _of_lines(stripped, source)
    if not table.columns or not table.columns[0]:
        raise Unusable(f"{source} holds no numbers")
    return table


def _of_json(text: str, source: str) -> Table:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Unusable(f"{source} looks like JSON and is none: {error}") from None
    if isinstance(value, dict):
        lists = {str(k): v for k, v in value.items() if isinstance(v, list)}
        if lists:
            if len({len(v) for v in lists.values()}) > 1:
                raise Unusable(f"the lists in {source} are of different lengths")
            return Table(names=tuple(lists), columns=tuple(tuple(map(_number, v)) for v in lists.values()))
        return Table(
            names=("value",), columns=(tuple(map(_number, value.values())),), rows=tuple(str(key) for key in value)
        )
    if value and all(isinstance(row, list) for row in value):
        return _of_rows([list(row) for row in value], (), source)
    if value and all(isinstance(row, dict) for row in value):
        names = tuple(dict.fromkeys(str(key) for row in value for key in row))
        return _of_rows([[row.get(name) for name in names] for row in value], names, source)
    return Table(names=("value",), columns=(tuple(map(_number, value)),))


def _of_lines(text: str, source: str) -> Table:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise Unusable(f"{source} holds no numbers")
    separator = next((char for char in ",;\t" if char in lines[0]), None)
    rows: list[list[Any]] = (
        [line.split() for line in lines]
        if separator is None
        else [[cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)]
    )
    header: tuple[str, ...] = ()
    if all(math.isnan(_number(cell)) and str(cell).lower() not in _MISSING for cell in rows[0]):
        header, rows = tuple(str(cell) for cell in rows[0]), rows[1:]
    return _of_rows(rows, header, source)


def _of_rows(rows: Sequence[Sequence[Any]], names: tuple[str, ...], source: str) -> Table:
    if not rows:
        raise Unusable(f"{source} holds no numbers")
    width = len(names) or len(rows[0])
    if bad := next((number for number, row in enumerate(rows, 1) if len(row) != width), None):
        raise Unusable(f"row {bad} of {source} has {len(rows[bad - 1])} columns, expected were {width}")
    columns = [tuple(_number(row[index]) for row in rows) for index in range(width)]
    known = names or tuple(f"column {index + 1}" for index in range(width))
    labels: tuple[str, ...] = ()
    if width > 1 and all(math.isnan(value) for value in columns[0]):
        labels = tuple(str(row[0]) for row in rows)
        columns, known = columns[1:], known[1:]
    return Table(names=known, columns=tuple(columns), rows=labels)


_MISSING = frozenset(["nan", "na", "n/a", "null", "none", "", "-"])


def _number(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
