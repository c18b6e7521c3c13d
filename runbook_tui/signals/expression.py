"""A small part of PromQL, computed here over the scrapes of one text endpoint.

    rate(requests_total{version="v2",status=~"5.."}[1m]) / rate(requests_total{version="v2"}[1m]) * 100

Selectors with = != =~ !~, `rate` and `increase` (counter resets counted as such, nothing extrapolated; without a range:
since the scrape before), `sum` `max` `min` `count`, also `by (labels)`, `histogram_quantile`, + - * / and
parentheses. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from runbook_tui.run.ports import SignalError

if TYPE_CHECKING:
    from lark import Lark

GRAMMAR = r"""
start: sum
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: factor | product "*" factor -> multiply | product "/" factor -> divide
?factor: NUMBER -> number | "-" factor -> negate | grouped | call | selector | "(" sum ")"
grouped: NAME BY labels "(" sum ")"
labels: "(" [NAME ("," NAME)*] ")"
call: NAME "(" [sum ("," sum)*] ")"
selector: NAME [matchers] [RANGE]
matchers: "{" [matcher ("," matcher)* [","]] "}"
matcher: NAME OP STRING
BY.2: /by\b/
OP: "=~" | "!~" | "!=" | "="
RANGE: /\[\s*\d+(\.\d+)?\s*(ms|s|m|h)\s*\]/
NAME: /[a-zA-Z_:][a-zA-Z0-9_:]*/
NUMBER: /\d+(\.\d+)?([eE][+-]?\d+)?/
STRING: /"(\\.|[^"\\])*"/ | /'(\\.|[^'\\])*'/
%ignore /\s+/
"""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
Labels = tuple[tuple[str, str], ...]


class BadExpression(SignalError):
    """The expression cannot be computed here, whatever the endpoint says."""


class Scrape(msgspec.Struct, frozen=True, kw_only=True):
    at: float  # seconds
    series: Mapping[tuple[str, Labels], float]
    ages: Mapping[tuple[str, Labels], float] = {}  # seconds, of those that say when they were made


class _Selector(msgspec.Struct, frozen=True):
    name: str
    matchers: tuple[tuple[str, str, str], ...]
    range: float | None

    def of(self, scrape: Scrape) -> dict[Labels, float]:
        return {
            labels: value
            for (name, labels), value in scrape.series.items()
            if name == self.name and self._matches(dict(labels))
        }

    def _matches(self, labels: dict[str, str]) -> bool:
        for label, sign, wanted in self.matchers:
            given = labels.get(label, "")
            same = re.fullmatch(wanted, given) is not None if "~" in sign else given == wanted
            if same == sign.startswith("!"):
                return False
        return True


Vector = dict[Labels, float]


class Expression:
    """A parsed expression. Raises BadExpression when it is none that can be computed here."""

    def __init__(self, text: str) -> None:
        from lark.exceptions import LarkError

        self.text = text
        try:
            self._tree = _parser().parse(text).children[0]
        except LarkError as error:
            column = getattr(error, "column", None)
            where = f" (at character {column})" if isinstance(column, int) and column > 0 else ""
            raise BadExpression(f"{text} cannot be computed over a text endpoint{where}") from None
        self._chosen = list(self._selectors(self._tree))
        self.names = frozenset(selector.name for selector in self._chosen)
        self.longest = max((selector.range or 0.0 for selector in self._chosen), default=0.0)

    def age(self, scrape: Scrape) -> float:
        """How old the oldest sample it takes of that scrape was then, seconds; 0 where none says when it was made."""
        if not scrape.ages:
            return 0.0
        taken = [(selector.name, labels) for selector in self._chosen for labels in selector.of(scrape)]
        return max((scrape.ages.get(one, 0.0) for one in taken), default=0.0)

    def evaluate(self, scrapes: Sequence[Scrape]) -> Vector:
        """The series now; `scrapes` oldest first, the last is now. Empty when there is nothing, or no scrape before."""
        value = self._value(self._tree, scrapes)
        return {(): value} if isinstance(value, float) else value

    # --- inside ---

    def _selectors(self, tree: Any) -> Iterator[_Selector]:
        if getattr(tree, "data", None) == "selector":
            yield _selector(tree)
        for child in getattr(tree, "children", ()):
            yield from self._selectors(child)

    def _value(self, tree: Any, scrapes: Sequence[Scrape]) -> float | Vector:
        match tree.data:
            case "number":
                return float(tree.children[0])
            case "negate":
                return self._each(tree.children[0], scrapes, lambda x: -x)
            case "selector":
                selector = _selector(tree)
                if selector.range is not None:
                    raise BadExpression(f"{self.text}: a range stands only inside rate() or increase()")
                return selector.of(scrapes[-1])
            case "call":
                return self._call(str(tree.children[0]), [c for c in tree.children[1:] if c is not None], scrapes)
            case "grouped":
                return self._grouped(tree, scrapes)
            case sign:
                left, right = tree.children
                return self._joined(str(sign), left, right, scrapes)

    def _each(self, tree: Any, scrapes: Sequence[Scrape], function: Any) -> float | Vector:
        value = self._value(tree, scrapes)
        return function(value) if isinstance(value, float) else {k: function(v) for k, v in value.items()}

    def _call(self, name: str, arguments: list[Any], scrapes: Sequence[Scrape]) -> float | Vector:
        if name in ("rate", "increase") and len(arguments) == 1 and arguments[0].data == "selector":
            return _growth(_selector(arguments[0]), scrapes, per_second=name == "rate")
        if name in _REDUCE and len(arguments) == 1:
            value = self._value(arguments[0], scrapes)
            vector = {(): value} if isinstance(value, float) else value
            return {(): float(_REDUCE[name](vector.values()))} if vector else {}
        if name == "histogram_quantile" and len(arguments) == 2:
            share = self._value(arguments[0], scrapes)
            buckets = self._value(arguments[1], scrapes)
            if isinstance(share, float) and not isinstance(buckets, float):
                return _quantiles(share, buckets)
        known = ", ".join(["rate", "increase", *_REDUCE, "histogram_quantile"])
        raise BadExpression(f"{self.text}: {name}() cannot be computed here; there are {known}")

    def _grouped(self, tree: Any, scrapes: Sequence[Scrape]) -> Vector:
        name, _, labels, inner = tree.children
        if name not in _REDUCE:
            raise BadExpression(f"{self.text}: {name} by (…) cannot be computed here; there are {', '.join(_REDUCE)}")
        kept = {str(label) for label in labels.children if label is not None}
        value = self._value(inner, scrapes)
        groups: dict[Labels, list[float]] = {}
        for found, number in ({(): value} if isinstance(value, float) else value).items():
            groups.setdefault(tuple(pair for pair in found if pair[0] in kept), []).append(number)
        return {group: float(_REDUCE[name](numbers)) for group, numbers in groups.items()}

    def _joined(self, sign: str, left: Any, right: Any, scrapes: Sequence[Scrape]) -> float | Vector:
        a, b = self._value(left, scrapes), self._value(right, scrapes)
        compute: Callable[[float, float], float] = _ARITHMETIC[sign]
        if isinstance(a, float) and isinstance(b, float):
            return compute(a, b)
        if isinstance(b, float):
            return {k: compute(v, b) for k, v in a.items()} if not isinstance(a, float) else {}
        if isinstance(a, float):
            return {k: compute(a, v) for k, v in b.items()}
        if len(a) == 1 and len(b) == 1:  # what is summed has lost its labels on one side only
            return {next(iter(a)): compute(next(iter(a.values())), next(iter(b.values())))}
        return {k: compute(v, b[k]) for k, v in a.items() if k in b}


def _growth(selector: _Selector, scrapes: Sequence[Scrape], *, per_second: bool) -> Vector:
    """Growth of counters over the selector's range; a counter that fell was reset and started from 0."""
    now = scrapes[-1]
    if selector.range is None:
        used = scrapes[-2:]
    else:
        used = [scrape for scrape in scrapes if scrape.at >= now.at - selector.range - 1e-6]
        older = [scrape for scrape in scrapes if scrape.at < now.at - selector.range - 1e-6]
        used = older[-1:] + used if len(used) < 2 else used
    if len(used) < 2 or used[-1].at <= used[0].at:
        return {}
    grown: Vector = {}
    before: Vector = selector.of(used[0])
    for scrape in used[1:]:
        current = selector.of(scrape)
        for labels, value in current.items():
            last = before.get(labels)
            step = value if last is None or value < last else value - last
            grown[labels] = grown.get(labels, 0.0) + step
        before = current
    alive = {labels: grown[labels] for labels in before if labels in grown}
    seconds = used[-1].at - used[0].at
    return {labels: value / seconds for labels, value in alive.items()} if per_second else alive


def _quantiles(share: float, buckets: Vector) -> Vector:
    """As PromQL's histogram_quantile: linear within a bucket, the last finite bound for what lies above it."""
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for labels, count in buckets.items():
        bound = dict(labels).get("le")
        if bound is not None:
            rest = tuple(pair for pair in labels if pair[0] != "le")
            groups.setdefault(rest, []).append((_bound(bound), count))
    return {labels: _quantile(share, sorted(rows)) for labels, rows in groups.items()}


def _bound(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        raise BadExpression(f"a bucket of the histogram ends at {written!r}, which is no number") from None


def _quantile(share: float, rows: list[tuple[float, float]]) -> float:
    total = rows[-1][1]
    if total <= 0 or not math.isinf(rows[-1][0]) or not 0 <= share <= 1:
        return math.nan
    rank, lower, below = share * total, 0.0, 0.0
    for bound, count in rows:
        if count >= rank:
            if math.isinf(bound):
                return rows[-2][0] if len(rows) > 1 else math.nan
            inside = count - below
            return lower + (bound - lower) * ((rank - below) / inside if inside else 0.0)
        lower, below = bound, count
    return math.nan


def _numbers(values: Iterable[float]) -> list[float]:
    """As PromQL's max and min: what is not a number counts only where nothing else is there."""
    found = list(values)
    return [value for value in found if not math.isnan(value)] or found


_REDUCE: dict[str, Any] = {
    "sum": sum,
    "max": lambda values: max(_numbers(values)),
    "min": lambda values: min(_numbers(values)),
    "count": len,
}
_ARITHMETIC: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b if b else math.nan,
}


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


def _selector(tree: Any) -> _Selector:
    name, matchers, span = tree.children
    rules = []
    for matcher in matchers.children if matchers is not None else ():
        if matcher is not None:
            label, sign, quoted = (str(child) for child in matcher.children)
            rules.append((label, sign, re.sub(r"\\(.)", r"\1" if "~" not in sign else r"\\\1", quoted[1:-1])))
    seconds = None
    if span is not None:
        number, unit = re.fullmatch(r"\[\s*([\d.]+)\s*(\w+)\s*\]", str(span)).groups()  # type: ignore[union-attr]
        seconds = float(number) * _SECONDS[unit]
    for _, sign, wanted in rules:
        if "~" in sign:
            try:
                re.compile(wanted)
            except re.error as error:
                raise BadExpression(f"{wanted} is no regular expression: {error}") from None
    return _Selector(str(name), tuple(rules), seconds)
