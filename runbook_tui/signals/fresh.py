"""PromQL that takes no old values: every instant selector wants a sample of the last seconds. Pure.

Prometheus answers with a series' last value for five minutes when it ended without a stale marker (pushed, federated,
backfilled, remote-written). `x` becomes `(x and time() - timestamp(x) <= 120)`.
https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)"""
    r"""|(?P<number>(?:0x[0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)[a-z]*)|(?P<name>[a-zA-Z_:][\w:.]*)|(?P<other>.)""",
    re.DOTALL,
)
_LABEL_LISTS = frozenset(["by", "without", "on", "ignoring", "group_left", "group_right"])
_WORDS = _LABEL_LISTS | {"offset", "bool", "and", "or", "unless", "atan2", "inf", "nan", "start", "end"}
_OF_THEMSELVES = frozenset(["timestamp", "last_over_time"])  # a selector in these means what it says


@lru_cache(maxsize=1024)
def fresh(query: str, seconds: float) -> str:
    """The query with each instant selector bound to samples at most `seconds` old; ranges and offsets stay."""
    tokens = [(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(query)]
    out: list[str] = []
    calls: list[str] = []  # names of the open parentheses
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        if text == "(":
            calls.append(_last_word(out))
        elif text == ")" and calls:
            calls.pop()
        end = _selector_end(tokens, at) if kind == "name" or text == "{" else None
        if end is None:
            if text == "[" or text.lower() in _LABEL_LISTS:
                end = max(at + 1, _group_end(tokens, at if text == "[" else _solid(tokens, at + 1)))
                out.append("".join(token for _, token in tokens[at:end]))
                at = end
                continue
            out.append(text)
            at += 1
            continue
        selector = "".join(token for _, token in tokens[at:end])
        following = _text(tokens, _solid(tokens, end)).lower()
        if following in ("[", "offset", "@") or (calls and calls[-1] in _OF_THEMSELVES):
            out.append(selector)
        else:
            out.append(f"({selector} and (time() - timestamp({selector}) <= {seconds:g}))")
        at = end
    return "".join(out)


def _selector_end(tokens: list[tuple[str, str]], at: int) -> int | None:
    """Where the selector that starts here ends; None when it is a function, an operator or a word."""
    if tokens[at][1] == "{":
        return _group_end(tokens, at)
    following = _solid(tokens, at + 1)
    after = _text(tokens, following).lower()
    if after == "(" or after in ("by", "without") or tokens[at][1].lower() in _WORDS:
        return None
    return _group_end(tokens, following) if after == "{" else at + 1


def _group_end(tokens: list[tuple[str, str]], at: int) -> int:
    """Behind the bracket that closes the one at `at`; `at` when there is none."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    closing = pairs.get(_text(tokens, at))
    if closing is None:
        return at
    return next((index + 1 for index in range(at, len(tokens)) if tokens[index][1] == closing), len(tokens))


def _solid(tokens: list[tuple[str, str]], at: int) -> int:
    while at < len(tokens) and tokens[at][0] == "space":
        at += 1
    return at


def _text(tokens: list[tuple[str, str]], at: int) -> str:
    return tokens[at][1] if at < len(tokens) else ""


def _last_word(out: list[str]) -> str:
    return next((piece for piece in reversed(out) if piece.strip()), "").lower()
