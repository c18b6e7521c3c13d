"""Which block rules of markdown-it can match a line at all, by the line's first character.

markdown-it tries every rule on every line. What a rule matches is decided by the first character in nearly all of them,
so the others are not asked: the same blocks come out (tested against the plain parser), in about half the time.
"""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock

Rule = Callable[[StateBlock, int, int, bool], bool]

# the characters that a line must start with for a rule to match; a rule that is not named here is asked for every line
_FIRST = {
    "admonition": "!?",
    "colons": ":",
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": "*+-0123456789",
    "reference": "[",
    "html_block": "<",
    "heading": "#",
}
_RULER = "*-_ \t"
_MAY_END = frozenset("=-*+_`~#<>|:!?[0123456789")
_APART = frozenset(["front_matter", "table", "code", "lheading", "paragraph"])  # decided by more than one character


class _Chains(Ruler[Rule]):
    """One rule per chain, which asks those that can match."""

    def __init__(self, active: list[str], chains: dict[str, Rule]) -> None:
        super().__init__()
        self._active = active
        self._chains = {chain: [rule] for chain, rule in chains.items()}

    def getRules(self, chainName: str = "") -> list[Rule]:  # noqa: N802, N803 - markdown-it's name
        return self._chains.get(chainName, [])

    def get_active_rules(self) -> list[str]:
        return list(self._active)


def by_first_character(parser: MarkdownIt) -> MarkdownIt:
    """The parser with its block rules asked by the first character of a line; no rule can be added afterwards."""
    ruler = parser.block.ruler
    every: list[Rule] = list(ruler.getRules(""))
    named = dict(zip(ruler.get_active_rules(), every, strict=True))
    chains = {"": _blocks(named, every)}
    for chain in ("paragraph", "reference", "blockquote", "list"):
        asked = set(ruler.getRules(chain))
        chains[chain] = _interrupts({name: rule for name, rule in named.items() if rule in asked})
    parser.block.ruler = _Chains(list(named), chains)
    return parser


def _by_kind(named: dict[str, Rule]) -> tuple[dict[str, tuple[Rule, ...]], tuple[Rule, ...]]:
    """The rules for each kind of line, in the parser's order, and those for any other."""
    simple = {name: rule for name, rule in named.items() if name not in _APART}
    table = {
        char: tuple(rule for name, rule in simple.items() if char in _FIRST.get(name, char))
        for char in set("".join(_FIRST.values()))
    }
    for char, rules in list(table.items()):
        table[char + "…"] = tuple(rule for rule in rules if rule not in (named.get("hr"), named.get("reference")))
    return table, tuple(rule for name, rule in simple.items() if name not in _FIRST)


def _kind(state: StateBlock, line: int) -> str:
    """The first character of a line; with … behind it where it can be no ruler and no definition of a link."""
    at, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    char = state.src[at : at + 1]
    if char in "*-_":
        return char + "…" if state.src[at:end].strip(_RULER) else char
    if char == "[":
        label = state.src.find("]", at, end)
        if label > 0 and state.src[label - 1] != "\\" and state.src[label + 1 : label + 2] != ":":
            return "[…"
    return char


def _blocks(named: dict[str, Rule], every: list[Rule]) -> Rule:
    rules, others = _by_kind(named)
    table, code, heading, paragraph = (named[name] for name in ("table", "code", "lheading", "paragraph"))

    def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if start == 0:  # front matter
            return any(rule(state, start, end, silent) for rule in every)
        if state.sCount[start] - state.blkIndent >= 4:
            return code(state, start, end, silent)
        if _ruled(state, start + 1, end) and table(state, start, end, silent):
            return True
        for rule in rules.get(_kind(state, start), others):
            if rule(state, start, end, silent):
                return True
        if _underlined(state, start, end) and heading(state, start, end, silent):
            return True
        return paragraph(state, start, end, silent)

    return block


def _interrupts(named: dict[str, Rule]) -> Rule:
    """What ends a paragraph, a definition, a quote or a list on a line."""
    rules, others = _by_kind(named)
    table, front = named.get("table"), named.get("front_matter")

    def interrupt(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if start == 0 and front is not None and front(state, start, end, silent):
            return True
        if state.sCount[start] - state.blkIndent >= 4:
            return False
        if table is not None and _ruled(state, start + 1, end) and table(state, start, end, silent):
            return True
        return any(rule(state, start, end, silent) for rule in rules.get(_kind(state, start), others))

    return interrupt


def _ruled(state: StateBlock, line: int, end: int) -> bool:
    """Whether a line may be the ruler below a table's head."""
    if line >= end:
        return False
    at = state.bMarks[line] + state.tShift[line]
    return at < state.eMarks[line] and state.src[at] in "|-:"


def _underlined(state: StateBlock, start: int, end: int) -> bool:
    """Whether a paragraph may have a line that underlines a heading: looked for up to a line that may end it."""
    for line in range(start + 1, end):
        at, stop = state.bMarks[line] + state.tShift[line], state.eMarks[line]
        if at >= stop:
            return False
        char = state.src[at]
        if char in _MAY_END and state.sCount[line] - state.blkIndent <= 3:
            return char not in "-*+" or not _next_item(state, line, at, stop)
    return False


def _next_item(state: StateBlock, line: int, at: int, stop: int) -> bool:
    """Whether a line is a bullet with words, which ends any paragraph."""
    if state.listIndent >= 0 and state.sCount[line] - state.listIndent >= 4:
        return False
    return state.src[at + 1 : at + 2] == " " and bool(state.src[at + 1 : stop].strip(_RULER))
