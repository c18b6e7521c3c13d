"""Markdown to blocks that know their lines.

Only the block structure is parsed for the whole document; the inline structure of a paragraph
is parsed when somebody asks, because most prose is shown and never looked into.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from runbook_tui.document import dispatch, mending
from runbook_tui.document.patterns import expression

NESTING = 200  # markdown-it drops what is nested deeper
LONGEST_INLINE = 4_000  # characters; longer paragraphs are taken as plain text

_MARKUP = expression(r"[`*_\[<\\~]|&[#\w]")
# what most texts are: words, *italics*, **bold**, `code`, a_name, [links](https://…) and [words]; not parsed
_SIMPLE = expression(
    r"(?:[^`*_\[<\\~&]++|(?<!\*)\*\*(?=[^\W_])[^`*_\[<\\~&\n]*[^\W_]\*\*(?!\*)|(?<!`)`(?! )[^`\n]+`(?!`)"
    r"|(?<!\*)\*(?=[^\W_])[^`*_\[<\\~&\n]*[^\W_]\*(?!\*)|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])"
    r"|(?<!!)\[[^`*_\[\]<\\~&\n!]+\]\(https?://[a-z][\w./#-]*\)|\[[^`*_\[\]<\\~&\n!]*\](?!\())+"
)
_MARKED = expression(r"\*\*([^*]+)\*\*|`([^`]+)`|\*([^*]+)\*|\[([^\]]+)\]\([^)]*\)")
_COMMENT = expression(r"<!--.*?(?:-->|$)", re.DOTALL)
_KNOWN_TAG = expression(
    r"</?(?:a|b|br|i|em|strong|code|kbd|sub|sup|span|div|p|u|s|del|ins|mark|small|img|input|details|summary|font|center"
    r"|table|tr|td|th|tbody|thead|ul|ol|li|h[1-6]|hr|pre|blockquote)\b[^>]*>",
    re.IGNORECASE,
)


@dataclass(slots=False)
class Block:
    """A piece of Markdown: what it is, where it stands, what it holds."""

    kind: str  # heading paragraph fence indented html list item table quote rule
    line: int
    end_line: int
    raw: str = ""  # inline Markdown, or the code of a fence
    info: str = ""  # info string of a fence, number of an ordered item
    level: int = 0  # of a heading
    ordered: bool = False
    closed: bool = True  # false: a fence that ends with the document
    setext: bool = False
    children: list[Block] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)  # of a table: line and raw cells

    @cached_property
    def text(self) -> str:
        """Plain text on one line."""
        return plain(self.raw)

    @cached_property
    def tokens(self) -> list[Token]:
        return inline(self.raw)


def parse(lines: Sequence[str]) -> tuple[str | None, int, list[Block]]:
    """The front matter's text, the line it ends on, and the blocks of the document."""
    mended = mending.mended(lines)
    tokens = _PARSER.parse("\n".join(mended) + "\n", {})
    front, end = None, 0
    if tokens and tokens[0].type == "front_matter":
        front = tokens[0].content
        end = (tokens[0].map or [0, 0])[1]
    return front, end, _blocks(tokens, lines, 0)


def parse_inside(lines: Sequence[str], first: int, last: int, indent: int) -> list[Block]:
    """The blocks of some lines of the document, for content that a directive wraps."""
    inner = [_dedent(line, indent) for line in lines[first - 1 : last]]
    tokens = _INNER.parse("\n".join(mending.mended(inner)) + "\n", {})
    return _blocks(tokens, inner, first - 1)


def inline(raw: str) -> list[Token]:
    """The inline tokens of some Markdown text."""
    if len(raw) > LONGEST_INLINE:
        return [Token("text", "", 0, content=raw)]
    tokens: list[Token] = []
    _PARSER.inline.parse(raw, _PARSER, {}, tokens)
    return tokens


@lru_cache(maxsize=512)  # several rooms ask for the same text, one after the other
def plain(raw: str) -> str:
    """What a reader sees of some inline Markdown, on one line."""
    if not _MARKUP.search(raw) or len(raw) > LONGEST_INLINE:
        return " ".join(raw.split())
    if _SIMPLE.fullmatch(raw):
        return " ".join(_MARKED.sub(_shown, raw).split())
    parts: list[str] = []
    for token in inline(raw):
        if token.type in {"text", "code_inline", "text_special"}:
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif token.type == "html_inline":
            parts.append(_tagless(token.content))
        elif token.type == "image":
            parts.append(token.content)
    return " ".join("".join(parts).split())


def comments(block: Block) -> list[str]:
    """The HTML comments inside a block's text."""
    if "<!--" not in block.raw:
        return []
    if block.kind == "html":
        return _COMMENT.findall(block.raw)
    return [token.content for token in block.tokens if token.type == "html_inline" and token.content.startswith("<!--")]


def _shown(match: re.Match[str]) -> str:
    return match[match.lastindex or 0]


def _tagless(html: str) -> str:
    """A known tag is markup, an unknown one is a placeholder like <service>."""
    return "" if html.startswith("<!--") or _KNOWN_TAG.fullmatch(html) else html


def _dedent(line: str, indent: int) -> str:
    blank = len(line) - len(line.lstrip(" "))
    return line[min(indent, blank) :]


def _colons(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line `:::note` or `:::` is a wrapper (Docusaurus, Pandoc): what it wraps is read as if it were not there."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.is_code_block(start_line) or not state.src.startswith(":::", start):
        return False
    if not silent:
        state.line = start_line + 1
        if (code := _COLON_CODE.match(state.getLines(start_line, start_line + 1, 0, False).strip())) is not None:
            _colon_code(state, start_line, end_line, code)
    return True


def _colon_code(state: StateBlock, start_line: int, end_line: int, found: re.Match[str]) -> None:
    """A MyST directive of code between colons, up to the line that closes it."""
    open_ones: dict[int, int] = state.env.setdefault("unclosed colons", {})  # end -> the shortest that found no end
    if len(found["marks"]) >= open_ones.get(end_line, sys.maxsize):
        return
    last = start_line + 1
    while last < end_line and not _closes(state.getLines(last, last + 1, 0, False).strip(), found["marks"]):
        last += 1
    if last == end_line:  # never closed: read as any wrapper
        open_ones[end_line] = len(found["marks"])
        return
    state.line = last + 1
    token = state.push("fence", "code", 0)
    token.info, token.markup, token.map = found["info"], found["marks"], [start_line, state.line]
    token.content = state.getLines(start_line + 1, last, state.sCount[start_line], True)


def _closes(row: str, marks: str) -> bool:
    return row.startswith(marks) and not row.strip(":")


_COLON_CODE = expression(
    r"(?P<marks>:{3,})\s*(?P<info>\{(?:code|code-block|sourcecode|prompt|terminal|code-cell)\}.*)$"
)


def plain_parser() -> MarkdownIt:
    """markdown-it with the constructs that are read here, asking every rule on every line."""
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING}).enable(["table", "strikethrough"])
    parser.use(admon_plugin)
    parser.block.ruler.before("fence", "colons", _colons, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


_INNER = dispatch.by_first_character(plain_parser())
_PARSER = dispatch.by_first_character(plain_parser().use(front_matter_plugin))

_LEAVES = {"fence": "fence", "code_block": "indented", "html_block": "html", "hr": "rule"}
_HOLDERS = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "blockquote_open": "quote",
    "admonition_open": "quote",
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "table_open": "table",
}


def _blocks(tokens: Sequence[Token], lines: Sequence[str], offset: int) -> list[Block]:
    root = Block("root", 1, len(lines))
    stack = [root]
    row: list[str] | None = None
    for token in tokens:
        kind = token.type
        first, after = token.map or (0, 0)
        if kind in _LEAVES:
            block = Block(_LEAVES[kind], first + 1 + offset, max(after, first + 1) + offset, raw=token.content)
            if kind == "fence":
                block.info = token.info.strip()
                block.closed = _closed(lines, first, after, token.markup)
            elif kind == "code_block":
                block.end_line = block.line + max(token.content.rstrip("\n").count("\n"), 0)
            stack[-1].children.append(block)
        elif kind in _HOLDERS:
            block = Block(_HOLDERS[kind], first + 1 + offset, max(after, first + 1) + offset)
            if kind == "heading_open":
                block.level = int(token.tag[1])
                block.setext = token.markup in {"=", "-"}
            block.ordered = kind == "ordered_list_open"
            block.info = token.info if kind == "list_item_open" else ""
            stack[-1].children.append(block)
            stack.append(block)
        elif kind == "tr_open":
            row = []
            stack[-1].rows.append((first + 1 + offset, row))
        elif kind == "inline":
            if row is not None:
                row.append(token.content)
            elif stack[-1].kind in {"heading", "paragraph"}:
                stack[-1].raw = token.content
        elif kind == "tr_close":
            row = None
        elif kind.endswith("_close") and f"{kind[:-6]}_open" in _HOLDERS:
            stack.pop()
    _trim(root.children, lines, offset)
    return root.children


def _trim(blocks: list[Block], lines: Sequence[str], offset: int) -> None:
    """Lists and quotes end on their last line that is not blank."""
    for block in blocks:
        if block.kind in {"list", "item", "quote", "table"}:
            while block.end_line > block.line and not lines[block.end_line - 1 - offset].strip():
                block.end_line -= 1
            _trim(block.children, lines, offset)


def _closed(lines: Sequence[str], first: int, after: int, markup: str) -> bool:
    if after - first < 2:
        return False
    last = lines[after - 1].lstrip("> \t").rstrip()
    return len(last) >= len(markup) and not last.strip(markup[0])
