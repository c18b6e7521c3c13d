"""Shell text to commands: one command is one thing typed at a prompt.

The grammar is tree-sitter's, so continuation lines, heredocs, quotes over several lines, compounds and pipelines
stay together. What it cannot read is given back as such and never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from runbook_tui.document import behaviours, placeholders, programs
from runbook_tui.document.runbook import Behaviour, Effect

_PARSER = Parser(Language(tree_sitter_bash.language()))

PROMPT = re.compile(
    r"^(?P<prompt>(?:\([\w.-]+\)\s?)?(?:\[?[\w.-]+@[\w.-]+[\s:][^$#%>\]]*\]?\s?[$#%]|(?:sh|bash"
    r"|zsh)-\d[\d.]*[$#]|[$❯➜]|[\w-]{1,20}[$](?=\s))\s+)(?=\S)"
)
_ROOT_PROMPT = re.compile(r"^(?P<prompt>#\s+)(?P<word>[a-z][\w.-]*|\./\S+|/\S+)(?:\s|$)")
_CONTINUED = re.compile(r"^>\s?")
_BLANK_AFTER_BACKSLASH = re.compile(r"\\[ \t]+$")
_UNSAFE_ALONE = re.compile(
    r"^\s*(?:for|while|until|if|case|select|do|then|else|elif|done|fi|esac|function|\}|\)|\{|\()(?:\s|;|$)|<<|\(\)\s*\{"
)

# how the first words of a line show that it is no command
_SQL = re.compile(
    r"^\s*(?:SELECT\s.+|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(?:CREATE|ALTER"
    r"|DROP)\s+(?:TABLE|INDEX|DATABASE|USER|VIEW|ROLE)|GRANT\s|BEGIN;|COMMIT;)",
    re.IGNORECASE,
)
_CRON = re.compile(r"^\s*(?:(?:[\d*]\S*\s+){4}[\d*]\S*\s+\S|@(?:daily|hourly|weekly|monthly|reboot|yearly)\s+\S)")
_PROMQL = re.compile(
    r"^\s*\w+\{[^}]*=~?[\"'][^}]*\}|^\s*(?:sum|rate|avg|max|min|count|increase|histogram_quantile)\s*(?:by\s*)?\("
)
_TABLE = re.compile(r"^[A-Z][A-Z()/_%-]{2,}(?:\s+[A-Z][A-Z()/_%-]+){2,}\s*$")
_OBJECT = re.compile(
    r"^[a-z][\w.-]*/[\w.-]+\s+(?:created|configured|unchanged|deleted|patched|scaled|restarted"
    r"|labeled|annotated|condition met)\b"
)


@dataclass(slots=True)
class Typed:
    """One thing typed at a prompt, or a piece of the fence that is not one (`problem` says why)."""

    text: str
    line: int
    end_line: int
    prompt: str | None = None
    problem: str | None = None
    effect: Effect = Effect.UNKNOWN
    behaviour: Behaviour | None = None
    opens_session: bool = False
    closes_session: bool = False
    in_session: bool = False
    assigns: tuple[str, ...] = ()  # variable names, when it does nothing but assign
    expands: bool = False  # an assignment whose value is computed
    split_backslash: bool = False
    program: str = ""


@dataclass(slots=True)
class Comment:
    text: str  # without the #
    line: int


Piece = Typed | Comment


def split(lines: Sequence[str], first_line: int) -> list[Piece]:
    """The commands and comments of a fence, output lines of a transcript left out."""
    pieces = _transcript(lines, first_line) if any(PROMPT.match(line) for line in lines) else _script(lines, first_line)
    _sessions(pieces)
    return pieces


def understand(text: str) -> Typed:
    """A single command read on its own, as it stands in inline code."""
    typed = Typed(text, 1, 1 + text.count("\n"))
    _judge(typed)
    return typed


def looks_typed(text: str) -> bool:
    """Whether a piece of inline code clearly is a command: a known program or a script by its path, with arguments."""
    first, _, rest = text.strip().partition(" ")
    if not rest and not first.startswith("./"):
        return False
    if first.startswith(("./", "../", "~/")) or (first.startswith("/") and rest):
        return "." not in first.rsplit("/", 1)[-1] or first.endswith((".sh", ".py", ".bash", ".pl", ".rb"))
    if "=" in first and rest and re.match(r"^[A-Z_][A-Z0-9_]*=", first):
        return looks_typed(rest.strip())
    return first == first.lower() and programs.known(first) and not rest.lstrip().startswith(("=", ":"))


def looks_like_shell(lines: Sequence[str]) -> bool:
    """Whether unlabelled text reads like things to type: prompts, or known programs first on every logical line."""
    if any(PROMPT.match(line) for line in lines):
        return True
    typed = [piece for piece in _script(lines, 1) if isinstance(piece, Typed)]
    return bool(typed) and all(
        piece.problem is None and (looks_typed(piece.text.split("\n", 1)[0]) or programs.known(piece.text.strip()))
        for piece in typed
    )


def _transcript(lines: Sequence[str], first_line: int) -> list[Piece]:
    """Prompted lines with their continuations; everything else is what the machine answered."""
    pieces: list[Piece] = []
    at = 0
    while at < len(lines):
        match = PROMPT.match(lines[at])
        if match is None:
            text = lines[at].strip()
            after = next((line for line in lines[at + 1 :] if line.strip() and not line.startswith("#")), "")
            if (
                text.startswith("#")
                and PROMPT.match(after)
                and (at == 0 or not lines[at - 1].strip() or lines[at - 1].startswith("#"))
            ):
                pieces.append(Comment(text.lstrip("#").strip(), first_line + at))
            at += 1
            continue
        start = at
        parts = [lines[at][match.end() :]]
        at += 1
        while at < len(lines) and at - start < 200 and not PROMPT.match(lines[at]):
            continues = _CONTINUED.match(lines[at])
            if not (
                parts[-1].endswith("\\")
                or (_unfinished("\n".join(parts)) and (continues or _finishes(parts, lines[at : start + 200])))
            ):
                break
            parts.append(lines[at][continues.end() :] if continues else lines[at])
            at += 1
        typed = Typed(
            "\n".join(parts).rstrip(), first_line + start, first_line + at - 1, prompt=match["prompt"].strip()
        )
        _judge(typed)
        pieces.append(typed)
    return pieces


def _finishes(parts: list[str], rest: Sequence[str]) -> bool:
    """Whether some of the following lines complete an open quote, heredoc or loop."""
    text = "\n".join(parts)
    for line in rest:
        if PROMPT.match(line):
            return False
        text += "\n" + line
        if not _unfinished(text):
            return True
    return False


def _unfinished(text: str) -> bool:
    plain = placeholders.neutralised(text)
    if not re.search(r"<<|['\"`]|\b(?:do|then|in)\b|[({|]|&&", plain):
        return False
    return _parse(plain).has_error or plain.rstrip().endswith(("&&", "||", "|")) or _open_heredoc(plain)


def _open_heredoc(text: str) -> bool:
    marks = re.findall(r"<<-?\s*[\"']?(\w+)", text)
    return bool(marks) and not re.search(rf"^\s*{re.escape(marks[-1])}\s*$", text, re.MULTILINE)


def _script(lines: Sequence[str], first_line: int) -> list[Piece]:
    """Lines without prompts, grouped by the statements the grammar finds."""
    joined = [_BLANK_AFTER_BACKSLASH.sub(r"\\", line) for line in lines]
    text = placeholders.neutralised("\n".join(joined))
    root = _parse(text)
    pieces: list[Piece] = []
    for first, last, comment, broken in _spans(root, len(lines)):
        rows = lines[first : last + 1]
        if comment:
            pieces.append(Comment(rows[0].strip().lstrip("#").strip(), first_line + first))
            continue
        if broken and first != last and not any(_UNSAFE_ALONE.search(row) or _odd_quotes(row) for row in rows):
            pieces += _line_by_line(rows, first_line + first)
            continue
        typed = Typed(_text(rows), first_line + first, first_line + last)
        typed.split_backslash = any(_BLANK_AFTER_BACKSLASH.search(row) for row in rows)
        _judge(typed)
        if broken:
            typed.problem = typed.problem or "not-shell"
        pieces.append(typed)
    return pieces


def _spans(root: Node, count: int) -> list[tuple[int, int, bool, bool]]:
    """Rows that belong together: first, last, whether a comment line of its own, whether the grammar failed."""
    spans: list[tuple[int, int, bool, bool]] = []
    for node in root.children:
        first, last = node.start_point[0], node.end_point[0]
        if node.end_point[1] == 0 and last > first:
            last -= 1
        last = min(last, count - 1)
        if node.type == "\n" or first > last:
            continue
        comment = node.type == "comment"
        broken = node.has_error or node.type == "ERROR"
        if spans and first <= spans[-1][1]:
            before = spans[-1]
            spans[-1] = (before[0], max(before[1], last), before[2] and comment, before[3] or broken)
        else:
            spans.append((first, last, comment, broken))
    return spans


def _line_by_line(rows: Sequence[str], first_line: int) -> list[Piece]:
    """Simple lines of which one could not be parsed: each is judged alone, so that it spoils only itself."""
    pieces: list[Piece] = []
    at = 0
    while at < len(rows):
        start = at
        while rows[at].rstrip().endswith("\\") and at + 1 < len(rows):
            at += 1
        at += 1
        text = _text(rows[start:at])
        if text.strip().startswith("#"):
            pieces.append(Comment(text.strip().lstrip("#").strip(), first_line + start))
        elif text.strip():
            typed = Typed(text, first_line + start, first_line + at - 1)
            _judge(typed)
            pieces.append(typed)
    return pieces


def _text(rows: Sequence[str]) -> str:
    """The rows without the indentation they share."""
    shared = min((len(row) - len(row.lstrip()) for row in rows if row.strip()), default=0)
    return "\n".join(row[shared:] if row.strip() else "" for row in rows).rstrip()


def _odd_quotes(row: str) -> bool:
    plain = row.replace("\\'", "").replace('\\"', "")
    return plain.count("'") % 2 == 1 or plain.count('"') % 2 == 1


def _parse(text: str) -> Node:
    return _PARSER.parse(text.encode("utf-8", "surrogatepass")).root_node


def _judge(typed: Typed) -> None:
    """Fill in what a command does, or why it is none."""
    text = placeholders.neutralised(
        "\n".join(_BLANK_AFTER_BACKSLASH.sub(r"\\", line) for line in typed.text.split("\n"))
    )
    root = _parse(text + "\n")
    typed.problem = _no_command(typed.text)
    if typed.problem is None and (root.has_error or _open_heredoc_at_end(root, text)):
        typed.problem = "not-shell"
    if typed.split_backslash:
        typed.problem = "not-shell"
    background = any(node.type == "&" for node in root.children)
    effects: list[Effect] = []
    for words, nested, redirected in _commands(root):
        effects.append(programs.effect(words))
        if nested or not words:
            continue
        typed.program = typed.program or words[0]
        typed.behaviour = typed.behaviour or behaviours.behaviour(words, background=background, redirected=redirected)
        if not redirected and behaviours.opens_session(words):
            typed.opens_session = True
        if behaviours.closes_session(words):
            typed.closes_session = True
    if ">" in text and _writes(root):
        effects.append(Effect.CHANGE)
    if "<<" in text and any(
        node.type == "heredoc_body" and re.search(r"\b(?:drop|truncate|delete\s+from)\b", _decoded(node), re.IGNORECASE)
        for node in _walk(root)
    ):
        effects.append(Effect.DESTROY)
    if "while" in text and any(node.type == "while_statement" and _forever(node) for node in root.children):
        typed.behaviour = Behaviour.ENDLESS
    if "<<" in text and typed.program.rsplit("/", 1)[-1] in {"ssh", "sudo", "bash", "sh", "zsh"}:
        effects += [  # a script for another shell
            understand(_decoded(node)).effect for node in _walk(root) if node.type == "heredoc_body"
        ]
    typed.effect = programs.worst(*effects) if effects else Effect.READ
    if typed.problem is not None:
        typed.effect = Effect.UNKNOWN
    _assignments(typed, root)


def _open_heredoc_at_end(root: Node, text: str) -> bool:
    return "<<" in text and any(node.type == "heredoc_redirect" for node in _walk(root)) and _open_heredoc(text)


def _assignments(typed: Typed, root: Node) -> None:
    names: list[str] = []
    for node in root.children:
        if node.type in {";", "comment", "\n"}:
            continue
        if node.type not in {"variable_assignment", "variable_assignments", "declaration_command"}:
            return
        found = [child for child in _walk(node) if child.type == "variable_assignment"]
        names += [_decoded(child.children[0]) for child in found if child.children]
        typed.expands = typed.expands or any(
            child.type in {"command_substitution", "simple_expansion", "expansion"} for child in _walk(node)
        )
    typed.assigns = tuple(names)


def _commands(root: Node) -> Iterator[tuple[list[str], bool, bool]]:
    """The words of every simple command; whether it is inside a substitution; whether its input is not the terminal."""
    stack: list[tuple[Node, bool, bool]] = [(root, False, False)]
    while stack:
        node, nested, redirected = stack.pop()
        if node.type == "command":
            yield (
                _words(node),
                nested,
                redirected or any(child.type == "herestring_redirect" for child in node.children),
            )
        elif node.type in {"command_substitution", "process_substitution", "function_definition"}:
            nested = True
        elif node.type == "redirected_statement":
            redirected = redirected or any(
                child.type in {"heredoc_redirect", "herestring_redirect"}
                or (child.type == "file_redirect" and "<" in _decoded(child)[:3])
                for child in node.children
            )
        children = list(node.children)
        for index in range(len(children) - 1, -1, -1):
            later = node.type == "pipeline" and index > 0
            stack.append((children[index], nested, redirected or later))


def _words(node: Node) -> list[str]:
    words: list[str] = []
    for child in node.children:
        if child.type in {"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"}:
            continue
        word = _decoded(child)
        if child.type in {"string", "raw_string"} and len(word) >= 2:
            word = word[1:-1]
        words.append(word)
    return words


def _writes(root: Node) -> bool:
    for node in _walk(root):
        if node.type != "file_redirect":
            continue
        target = re.sub(r"^\d*\s*(?:&>>?|>>?\||>>?|>&)\s*", "", _decoded(node))
        if ">" in _decoded(node)[:4] and not re.match(r"^(?:&?\d$|/dev/(?:null|stderr|stdout|tty)|&?-$)", target):
            return True
    return False


def _forever(node: Node) -> bool:
    head = _decoded(node).split("do", 1)[0]
    return re.match(r"^while\s+(?:true|:|\[\s*1\s*\])\s*;?\s*$", head.strip()) is not None and not any(
        child.type == "command" and _words(child)[:1] in (["break"], ["exit"]) for child in _walk(node)
    )


def _walk(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def _decoded(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _no_command(text: str) -> str | None:
    """Why text that may well parse as shell still is no command."""
    line = text.split("\n", 1)[0].strip()
    first = line.split(None, 1)[0] if line else ""
    if _CRON.match(line):
        return "config"
    if _SQL.match(line) or _PROMQL.match(line) or first.endswith(":") or first in {"-", "*", "|", ">"}:
        return "not-shell"
    if first and not first[0].isascii():
        return "output"
    if (
        _TABLE.match(line)
        or _OBJECT.match(line)
        or line[:2] in {'{"', "[{", "--"}
        or re.fullmatch(r"[-=~_.+|\s]{3,}", line)
    ):
        return "output"
    if re.match(r"^[A-Z][a-z]+$", first) and len(line.split()) >= 4 and not re.search(r"\s-{1,2}\w|[|/=$;]", line):
        return "not-shell"  # a sentence
    return None


def _sessions(pieces: list[Piece]) -> None:
    """What follows `ssh host` belongs to that session, until its `exit`."""
    depth = 0
    for piece in pieces:
        if isinstance(piece, Comment):
            continue
        piece.in_session = depth > 0
        if piece.opens_session:
            depth += 1
        elif piece.closes_session and depth:
            depth -= 1


def root_prompts(lines: Sequence[str]) -> bool:
    """Whether `# command` lines are prompts of root rather than comments: only when nothing else is typed."""
    marked = [line for line in lines if line.startswith("#")]
    return bool(marked) and all(
        (match := _ROOT_PROMPT.match(line)) is not None and looks_typed(line[match.end("prompt") :]) for line in marked
    )
