"""What a command leaves open: `<service>`, `{name}`, `[HOST]`, `your-domain.com`, XXXX and their like.

An unfilled `<service>-x` is valid shell, a redirection that reads one file and creates another,
so in doubt a piece of text counts as a placeholder: it is asked for, and nothing runs without an answer.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from runbook_tui.document.patterns import Pattern, expression
from runbook_tui.document.runbook import Placeholder

# what a writer calls a value in capitals; VERSION alone at the end of a path is a file
_CALLED = r"(?:NAME|VERSION|HOST|HOSTNAME|DATE|TAG|REVISION|USER|USERNAME|TENANT|CUSTOMER|BRANCH|(?:OLD|NEW)?_?SHA|COMMIT|PROJECT|CLUSTER|NAMESPACE|NODE)"


class Blank(NamedTuple):
    """One place to fill in."""

    start: int
    end: int
    text: str
    kind: str


_PATTERNS: tuple[tuple[str, Pattern], ...] = (
    # GitHub's ${{ x }}, Jinja's {{ x }}; Go templates ({{.Tag}}, {{json .}}) are meant for the program
    (
        "mustache",
        expression(
            r"\$?\{\{-?\s*(?![^{}]*(?:^|[\s(])\.)(?!\.)(?!(?:range|end|if|else|json|with)\b)[^{}\n.][^{}\n]*?-?\}\}"
        ),
    ),
    (
        "angle",
        expression(
            r"(?<![<&\d])<(?![a-z]+://)([A-Za-z](?:[^<>\n&;\"`]{0,78}[^<>\n&;\"`\s])?|\d+(?:\.\d+){0,2}\.[xyz]{1,2}(?:\.[xyz])?)>"
        ),
    ),
    (
        "brace",
        expression(r"(?<![$%{@\w'\\])\{(?!(?:print|next|exit|end|upstream)\})[A-Za-z_][\w-]*(?: [\w-]+){0,5}\}(?!\})"),
    ),
    (
        "bracket",
        expression(
            r"(?<![\w$\]\[{'\\^])\[(?:[A-Z][A-Z0-9]+(?:[ _-][A-Z0-9]+)*|[A-Z][a-z]{2,}(?: [A-Za-z]+)*"
            r"|[a-z]{2,}(?:[ _-][a-z]{2,})+)\](?![\](\w*+?])"
        ),
    ),
    (
        "domain",
        expression(
            r"(?<![\w$\]\[{'\\^])\[[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*\.(?:com|org|net|io|dev|local|tld|example|internal|name|de|eu|gov|edu|app|cloud)\]"
        ),
    ),
    ("bracket", expression(r"(?<=[\w=/\"-])(?<!\bif)(?<!while)(?<!until) ?\[\[ ?[A-Za-z]\w*(?:[ _-]\w+){0,4} ?\]\]")),
    (
        "your",
        expression(
            r"(?<![\w$])(?<!\$\{)(?:[Yy]our|YOUR)(?:[-_][\w.-]*\w|[a-z]+(?:\.[a-z]+)+|[A-Z]{3,})"
            r"|(?<!\w)/path/to/[\w./-]+|(?<=/)your(?=/)"
        ),
    ),
    ("date", expression(r"(?<!\w)YYYY(?:[-/.]?MM(?:[-/.]?DD)?)?(?:[T_-]?HH[-:.]?MM(?:[-:.]?SS)?)?(?!\w)")),
    (
        "x",
        expression(
            r"(?<![A-Za-z])(?:X{3,}|x{3,})(?![A-Za-z])|(?<=[A-Z0-9])X{6,}(?![A-Za-z])|(?<![\w])[A-Z]+_FROM_(?:THE_)?(?:VAULT|1PASSWORD|KEEPASS|BITWARDEN|LASTPASS|SAFE)\b|(?<![\w.])v?(?:X\.[YX](?:\.[ZX])?"
            r"|x\.[yx]\.(?:[zx]|\d+))(?!\w)|(?<=\d\.)(?:X\.Y|Y\.Z|XX|[XYZ])(?![\w.])|(?<=\drc)N(?!\w)|(?<=-rc)\.?N(?!\w)|(?<=\d)(?:\.[x]){2,3}(?!\w)"
        ),
    ),
    (  # "gcloud sql backups restore BACKUP_ID": a name in capitals, where no variable is named or set
        "x",
        expression(
            r"(?<=\w )(?<!-e )(?<!--env )(?<!env )(?<!unset )(?<!export )(?<!set )(?<!get )(?<!read )(?<!local )"
            r"(?<!secret )(?<!declare )(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:ID|SHA|ARN|UUID)"
            r"|(?:NEW|OLD|PREV|PREVIOUS|TARGET|CURRENT)_(?:[A-Z0-9]+_)*(?:VERSION|TAG|IMAGE|RELEASE|REVISION|NAME|HOST|NODE|DIGEST|COMMIT|BUILD))(?=\s|$)"
        ),
    ),
    (
        "bracket",
        expression(r"(?<=\w\[)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:ID|SHA|ARN|UUID|NAME|NUMBER)(?=\])"),
    ),  # rake's "pause[ACCOUNT_ID]"
    (  # "/srv/pkg/NAME/NAME-VERSION.tar", "image:OLD_SHA", "postgres://USER:PASSWORD@HOST/db", "ssh HOST"
        "x",
        expression(
            rf"(?<=/){_CALLED}(?=/)|(?<=[a-z0-9]-){_CALLED}(?=[./\s]|$)|(?<=/)NAME(?=-)|(?<=NAME-)VERSION(?![A-Za-z])|(?<=/)(?:OLD|NEW)_?SHA(?=[/\s]|$)"
            r"|(?<=[a-z0-9]:)(?:(?:OLD_?|NEW_?)?SHA|TAG|VERSION)(?=\s|$)|(?<=://)USER(?:NAME)?(?=:)|(?<=:)PASSWORD(?=@)|(?<=@)(?:HOST|HOSTNAME|SERVER|NODE|IP)(?=[:/\s]|$)"
            r"|(?<=\bssh )(?:HOST|HOSTNAME|SERVER|NODE|IP)(?=\s|$)|(?<=\bdrain )NODE(?=\s|$)|(?<=cordon )NODE(?=\s|$)|(?<=\bcheckout )(?:TAG|BRANCH|COMMIT|SHA)(?=\s|$)|(?<=\brevert )(?:COMMIT|SHA)(?=\s|$)"
            r"|(?<=[a-z0-9] )(?<!cat )(?<!grep )(?<!echo )(?<!less )(?<!head )(?<!add )(?<!unset )(?<!export )(?<!set )(?<!read )(?<!local )(?<!env )(?:REVISION|(?:OLD|NEW)_?SHA)(?=\s|$)"
        ),
    ),
    ("x", expression(r"(?<=[/-])NN(?=[./\s]|$)|(?<=-0)N(?=[./\s]|$)")),  # "ssh gpu-NN", "kfk-0N"
    ("x", expression(r"(?<![A-Za-z])[A-Z]{2,6}-?x{3,}(?![A-Za-z])")),  # a ticket: CHGxxxx, INC-xxxxx
    ("your", expression(r"(?<![\w$.-])you(?=@[\w-])")),
    ("x", expression(r"(?<![\w./=:-])[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[NX](?![\w.-])")),  # "--limit kafka-N"
    ("changeme", expression(r"(?<![\w$])(?:CHANGE_?ME|changeme|REPLACE_?(?:ME|THIS|WITH_\w+)|FIXME|TBD)(?!\w)")),
    ("x", expression(r"(?<![A-Za-z])N{3,}(?![A-Za-z])")),  # "run.NNNN"
    ("blank", expression(r"(?<!\w)_{3,}(?!\w)|(?<![\w$])[A-Z0-9]{2,}_{4,}(?!\w)|(?<=\d\.)_{2,}(?=\.|\s|$)")),
    ("elision", expression(r"(?<![^\s\"'=])(?:\.\.\.|…)(?![^\s\"'])")),
)
_HINT = expression(
    r"[<{\[…]|\.\.\.|your|YOUR|you@|/path/|YYYY|xxx|XXX|[Xx]\.|CHANGE|changeme|REPLACE|FIXME|TBD|___|\d\.[XYZ]|[A-Z]_(?:ID|SHA|ARN|UUID)\b|(?:NEW|OLD|PREV|PREVIOUS|TARGET|CURRENT)_|NNN|_FROM_|\._|rc\.?N|[a-z0-9]-[NX]\b",
    re.IGNORECASE,
)
_CAPITALS = expression(r"[A-Z]{2}|0N")  # enough to pass over most code
_HINT_CALLED = expression(
    rf"[/@:-]{_CALLED}\b|/NAME-|://USER|[/-]NN\b|-0N\b|@SERVER|@IP|\b(?:HOST|NODE|SERVER|REVISION|TAG|COMMIT|SHA|OLDSHA|NEWSHA|OLD_SHA|NEW_SHA|IP|HOSTNAME|BRANCH)\b"
)
_ADDRESS = expression(r"(?!you)[\w.+-]+@(?!your)[\w-]+\.[\w.-]+", re.IGNORECASE)
_GO_TEMPLATE = expression(
    r"\{\{-?\s*(?:range|end|if|with|else|println?|printf|json)\b|\{\{-?\s*[\"$.]\S*\s*-?\}\}.*\{\{"
)
_HTML = frozenset(
    [
        "a",
        "b",
        "i",
        "p",
        "br",
        "hr",
        "em",
        "td",
        "th",
        "tr",
        "ul",
        "ol",
        "li",
        "div",
        "pre",
        "body",
        "head",
        "html",
        "span",
        "code",
        "table",
        "title",
        "script",
        "style",
        "strong",
        "details",
        "summary",
        "img",
        "kbd",
        "small",
    ]
)


@lru_cache(maxsize=2048)
def find(text: str) -> tuple[Blank, ...]:
    """The placeholders of a piece of code, in order, none inside another."""
    if not _HINT.search(text) and not (_CAPITALS.search(text) and _HINT_CALLED.search(text)):
        return ()
    found: list[Blank] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            blank = Blank(match.start(), match.end(), match.group(), kind)
            if _trap(blank, text) or any(blank.start < other.end and other.start < blank.end for other in found):
                continue
            found.append(blank)
    return tuple(sorted(found))


def texts(text: str, declared: Collection[str] = ()) -> tuple[str, ...]:
    """The distinct placeholders as written, in order; `declared` ones are values that the prose says to replace."""
    marked = [blank.text for blank in find(text)]
    named = [value for value in declared if _stands(value, text) and not any(value in other for other in marked)]
    return tuple(dict.fromkeys([*marked, *named]))


def _stands(value: str, text: str) -> bool:
    """Whether a declared value is in a text; a letter or two only as words of their own, wherever they are."""
    if value not in text:
        return False
    if len(value) > 2:
        return not value.isupper() or re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None
    return len(re.findall(rf"(?<![\w$])(?<!\s-){re.escape(value)}(?!\w)", text)) == text.count(value)


def neutralised(text: str) -> str:
    """The text with a plain word of the same length in every placeholder's place, for the shell's grammar."""
    pieces: list[str] = []
    at = 0
    for blank in find(text):
        pieces += [text[at : blank.start], "x" * (blank.end - blank.start)]
        at = blank.end
    pieces.append(text[at:])
    return "".join(pieces)


def count(places: Iterable[tuple[int, str]], declared: Collection[str] = ()) -> tuple[Placeholder, ...]:
    """The distinct placeholders of many pieces of code, each with the line the piece starts on."""
    seen: dict[str, tuple[str, int, int]] = {}
    for line, blank in _everywhere(places, declared):
        kind, number, first = seen.get(blank.text, (blank.kind, 0, line))
        seen[blank.text] = (kind, number + 1, min(first, line))
    return tuple(
        Placeholder(text=text, kind=kind, count=number, first_line=first)
        for text, (kind, number, first) in seen.items()
    )


def _everywhere(places: Iterable[tuple[int, str]], declared: Collection[str]) -> Iterator[tuple[int, Blank]]:
    for line, text in places:
        marked = {blank.text for blank in find(text)}
        for value in texts(text, declared):
            if value not in marked:
                at = text.find(value)
                yield line + text.count("\n", 0, at), Blank(at, at + len(value), value, "declared")
        for blank in find(text):
            yield line + text.count("\n", 0, blank.start), blank


def _trap(blank: Blank, text: str) -> bool:
    """What only looks like a placeholder."""
    if blank.kind == "angle":
        inside = blank.text[1:-1]
        return inside.split(" ", 1)[0].lower() in _HTML or _ADDRESS.fullmatch(inside) is not None
    if blank.kind == "mustache":  # Go templates come in families: {{range .items}}{{"\\n"}}{{end}}
        return _GO_TEMPLATE.search(text) is not None
    if blank.kind == "x":
        return "mktemp" in text or ("_" in blank.text and (_quoted(text, blank.start) or "<<" in text))
    if blank.kind in {"brace", "bracket"}:
        return _single_quoted(text, blank.start) or _INDEXED.search(text[: blank.start]) is not None
    return False


_INDEXED = expression(r"\$\{\w+\[$")  # "${rows[ROW_ID]}" is an entry of an array


def _quoted(text: str, at: int) -> bool:
    start = text.rfind("\n", 0, at) + 1
    return _single_quoted(text, at) or text.count('"', start, at) % 2 == 1


def _single_quoted(text: str, at: int) -> bool:
    """Whether an odd number of single quotes stands before, in the same line."""
    start = text.rfind("\n", 0, at) + 1
    return text.count("'", start, at) % 2 == 1
