"""Thresholds in YAML that a document shows: alert lists, trigger lists, threshold maps, Prometheus rule files.

https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from runbook_tui.document import durations
from runbook_tui.document.patterns import expression

seconds = durations.seconds  # the times of a rule are written so

LARGEST = 64 * 1024  # characters of a block that are read as YAML
DEEPEST = 20

_PLAIN_COMPARISON = expression(r"^[A-Za-z_][\w.]*\s*(?:>=|<=|==|[<>])\s*(?:baseline\s*\*\s*)?[\d.]+\s*%?$")
_NUMBER = expression(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$")
_LEVELS = frozenset(["critical", "warning", "info"])
_HOLDS = expression(r"^(?:max|maximum)_(?P<max>\w+)$|^(?:min|minimum)_(?P<min>\w+)$", re.IGNORECASE)
_LIMITS = expression(r"(?:^|_)(?:thresholds?|limits?|slos?|gates?|criteria)$", re.IGNORECASE)
_WRITTEN = expression(r"^(\d+(?:\.\d+)?)\s?(%|ms|s|min|h)?$")


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold as it stands in YAML; `metric` None leaves reading the text to the grammar."""

    text: str
    line: int  # 0-based, within the block
    metric: str | None = None
    op: str | None = None
    value: float | None = None
    unit: str | None = None
    duration: float | None = None
    severity: str | None = None


class _Loader(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for more memory than there is."""


def read(text: str) -> tuple[Rule, ...]:
    """The thresholds of a YAML block; none when it is not YAML, too large, or speaks of something else."""
    if len(text) > LARGEST or not re.search(r"[<>]|==|^\s*(?:max|min)", text, re.MULTILINE):
        return ()
    found: list[Rule] = []
    try:
        for document in yaml.compose_all(_prepared(text), _Loader):
            if document is not None:
                found += _walk(document, None, 0)
    except (yaml.YAMLError, RecursionError, ValueError, AttributeError, TypeError):
        return ()
    return tuple(found)


def comparison(expression: str) -> tuple[str, str, float] | None:
    """The outermost comparison of a PromQL expression with a number: what, how, with what.

    None when the expression compares nothing, something with something, or joins comparisons by `and`, `or`, `unless`.
    """
    depth, quote, at = 0, "", 0
    found: tuple[int, str] | None = None
    while at < len(expression):
        char = expression[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "\"'`":
            quote = char
        elif char in "({[":
            depth += 1
        elif char in ")}]":
            depth -= 1
        elif depth == 0:
            sign = next((sign for sign in (">=", "<=", "==", "!=", ">", "<") if expression.startswith(sign, at)), None)
            if sign is not None:
                if found is not None:
                    return None
                found = (at, sign)
                at += len(sign)
                continue
            if re.match(r"\b(?:and|or|unless)\b", expression[at:], re.IGNORECASE) and (
                at == 0 or not expression[at - 1].isalnum()
            ):
                return None
        at += 1
    if found is None:
        inner = expression.strip()
        return comparison(inner[1:-1]) if _enclosed(inner) else None
    where, sign = found
    left = " ".join(expression[:where].split())
    right = re.sub(r"^bool\b", "", expression[where + len(sign) :].strip()).strip()
    if sign == "!=" or not left or not _NUMBER.match(right) or _NUMBER.match(left):
        return None
    return left, sign, float(right)


def _enclosed(text: str) -> bool:
    """Whether one pair of parentheses holds the whole."""
    if not (text.startswith("(") and text.endswith(")")) or len(text) < 3:
        return False
    depth = 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return index == len(text) - 1
    return False


def _prepared(text: str) -> str:
    """The block without what makes many shown rule files no YAML: template braces and tabs."""
    return text.replace("\t", "  ").replace("&", "+")


def _walk(node: yaml.Node, severity: str | None, depth: int, key: str = "") -> Iterator[Rule]:
    if depth > DEEPEST:
        return
    if isinstance(node, yaml.MappingNode):
        pairs = {str(name.value): value for name, value in node.value if isinstance(name, yaml.ScalarNode)}
        if "expr" in pairs and isinstance(pairs["expr"], yaml.ScalarNode):
            yield from _prometheus(pairs)
            return
        for name, value in pairs.items():
            level = name.lower() if name.lower() in _LEVELS else severity
            if isinstance(value, yaml.ScalarNode) and (rule := _limit(name, value, level, key)) is not None:
                yield rule
            yield from _walk(value, level, depth + 1, name)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if isinstance(item, yaml.ScalarNode):
                text = str(item.value).strip()
                if _PLAIN_COMPARISON.match(text):
                    yield Rule(text=text, line=item.start_mark.line, severity=severity)
            else:
                yield from _walk(item, severity, depth + 1, key)


def _limit(name: str, value: yaml.ScalarNode, severity: str | None, above: str) -> Rule | None:
    """`thresholds: { max_error_rate: 0.05 }`, `error_rate: "> 5%"`: only where the key says which side it limits."""
    written = str(value.value).strip()
    if re.match(r"^(?:>=|<=|==|[<>])\s*[\d.]+\s*%?$", written):
        return Rule(text=f"{name} {written}", line=value.start_mark.line, severity=severity)
    side = _HOLDS.match(name)
    number = _WRITTEN.match(written)
    if side is None or number is None or not _LIMITS.search(above):
        return None
    unit = number[2]
    return Rule(
        text=f"{name}: {written}",
        line=value.start_mark.line,
        metric=(side["max"] or side["min"]).lower(),
        op="<=" if side["max"] else ">=",
        value=float(number[1]),
        unit=unit,
        severity=severity,
    )


def _prometheus(pairs: dict[str, yaml.Node]) -> Iterator[Rule]:
    """An alerting rule; a recording rule (`record:`) has no threshold."""
    node = pairs["expr"]
    parts = comparison(str(node.value))
    if parts is None or "record" in pairs:
        return
    left, sign, value = parts
    labels = pairs.get("labels")
    severity = None
    if isinstance(labels, yaml.MappingNode):
        severity = next((str(value.value).lower() for name, value in labels.value if name.value == "severity"), None)
    lasting = pairs.get("for")
    yield Rule(
        text=" ".join(str(node.value).split()),
        line=node.start_mark.line,
        metric=left,
        op=sign,
        value=value,
        duration=seconds(str(lasting.value)) if isinstance(lasting, yaml.ScalarNode) else None,
        severity=severity,
    )
