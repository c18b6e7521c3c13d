"""Shell text to commands: one command is one thing typed at a prompt.

The grammar is tree-sitter's, so continuation lines, heredocs, quotes over several lines, compounds and pipelines
stay together. What it cannot read is given back as such and never run.

A block is one command when it is a script: it starts with a shebang, its first command is `set -e…`, or it defines
functions and calls them. Its parts cannot be typed one by one without changing what they do. A shebang over numbered
comments is only the head of a procedure: its steps are walked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from runbook_tui.document import hosts, noise, programs, prompts, syntax
from runbook_tui.document.judgement import (
    BLANK_AFTER_BACKSLASH,
    Comment,
    Piece,
    Typed,
    judge,
    judge_console,
    understand,
)
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import listed
from runbook_tui.document.prompts import Prompt

__all__ = ["Comment", "Piece", "Typed", "looks_like_shell", "looks_typed", "prompted", "split", "understand"]

_LOOP = expression(r"(?:for\s+\w+\s+in\b|while\s|until\s).*[;\n]\s*do\b.*[;\n]\s*done\b", re.DOTALL)
_NUMBERED = expression(r"^\s*#\s*(?:step\s+)?\d+\s*[.):-]\s+\S", re.IGNORECASE)
_ROOT_PROMPT = expression(r"^\s{0,4}#\s*(?=[a-z./])(?!(?:node|host|service)\s+\d+\W*$)")
_OWN_TOOL = expression(r"[a-z][\w.+-]+\s(?=.*(?:(?:^|\s)--?[A-Za-z]|\s\|\s|\s>\s|(?:^|\s)[~.]{0,2}/\w|['\"*$=]))")
_HEREDOC = expression(r"<<-?\s*[\"'\\]?([A-Za-z_]\w*)")
_CONTINUED = expression(r"^>\s?")
_UNSAFE_ALONE = expression(
    r"^\s*(?:for|while|until|if|case|select|do|then|else|elif|done|fi|esac|function|\}|\)|\{|\()(?:\s|;|$)|<<|\(\)\s*\{"
)
_WRAPPED = expression(r"^\s*(?:-{1,2}[A-Za-z][\w-]*(?=[\s=]|$)(?!,|\s{2,})|\|{1,2}\s|&&\s)")
_STRICT = expression(r"^\s*set\s+-\w*e")
_SHEBANG = expression(r"^#!\s*(?:\S*/)?([\w.-]+)(?:\s+-\S+)*(?:\s+(\w+))?")
_NEEDS_MORE = listed(
    "get describe logs exec delete apply edit patch scale port-forward cp run inspect pull push rm tag rollout install"
)
_SPARSE = listed("kubectl oc k docker podman helm")
_ENDS = (["done"], ["fi"], ["esac"], ["}"])
_SCRIPTS = (".sh", ".py", ".bash", ".pl", ".rb", ".ps1", ".js")
_FORWARD = 80  # lines in which a statement is looked for at once
_LONGEST = 400  # lines of one statement


def prompted(lines: Sequence[str]) -> bool:
    """Whether somebody typed at a prompt here; text that a heredoc writes to a file does not count."""
    end = ""
    for line in lines:
        if end:
            end = "" if line.strip() == end else end
        elif prompts.match(line):
            return True
        elif "<<" in line and (mark := _HEREDOC.search(line)) is not None:
            end = mark[1]
    return False


def split(
    lines: Sequence[str], first_line: int, *, transcript: bool = False, tools: Collection[str] = ()
) -> list[Piece]:
    """The commands and comments of a block, output lines of a transcript left out.

    `transcript`: the label says that this is a console, where `# command` is what root typed.
    """
    if prompted(lines):
        pieces = list(_transcript(lines, first_line))
        _sessions(pieces)
        return pieces
    roots = by_root(lines, transcript=transcript)
    if roots:
        pieces = list(
            _transcript([line if at in roots else _plain(line) for at, line in enumerate(lines)], first_line, roots)
        )
        _sessions(pieces)
        return pieces
    pieces = _script(lines, first_line, tools)
    _sessions(pieces)
    if not any(isinstance(piece, Comment) and piece.in_session for piece in pieces):
        return pieces
    pieces = [_typed_by_root(piece) for piece in pieces]
    for piece in pieces:
        piece.in_session = False
    _sessions(pieces)
    return pieces


def looks_typed(text: str) -> bool:
    """Whether a piece of inline code clearly is a command: a known program or a script by its path, with arguments."""
    text = text.strip()
    first, _, rest = text.partition(" ")
    rest = rest.strip()
    if not rest and not first.startswith("./"):
        return False
    if re.match(r"^(?:/[a-z][\w-]*|![a-z])", first) and first.count("/") < 2 and not first.startswith("~"):
        return False  # /deploy speaks to a chat bot
    if first.startswith(("./", "../", "~/")) or (first.startswith("/") and rest):
        return "." not in first.rsplit("/", 1)[-1] or first.endswith(_SCRIPTS)
    if re.match(r"^[A-Z_][A-Z0-9_]*=", first):
        return looks_typed(rest)
    if first.endswith(_SCRIPTS) and re.match(r"^[\w/.-]+$", first):
        return noise.shelly(rest)
    if programs.in_bin(first):
        return noise.problem(text) is None and not noise.prose(text) and programs.arguments(rest)
    if first != first.lower() or not programs.known(first) or rest.startswith(("=", ":", "(")) or noise.problem(text):
        return False
    second = rest.split(None, 1)[0]
    if first == "sudo" or first in programs.WRAPPERS:
        plain = programs.unwrapped(text.split())
        inner = " ".join(plain)
        named = re.fullmatch(r"[a-z][a-z0-9_.]*(?:-[a-z0-9_.]+)*|/\S+/\S+|\./\S+", plain[0]) and not noise.prose(inner)
        return (first == "sudo" and named is not None and named is not False) or (inner != text and looks_typed(inner))
    if rest == second and second in _NEEDS_MORE and first in _SPARSE:
        return False  # `kubectl describe` names a verb
    if programs.takes(first, second) or second.startswith("-"):
        return True
    if first == "make":
        return (
            re.fullmatch(r"[a-z][\w:./-]*(?: [a-z][\w:-]*| \w+=\S+)*", rest) is not None
            and second not in programs.NOUNS
        )
    if first in programs.WORDS:
        return noise.shelly(rest) and not (" " in rest and not noise.shelly(second) and first in noise.STOP)
    return " " in rest or second not in programs.NOUNS


def looks_like_shell(lines: Sequence[str], tools: Collection[str] = ()) -> bool:
    """Whether unlabelled text reads like things to type: prompts, or a known program first and mostly such lines."""
    if prompted(lines):
        return any((found := prompts.match(line)) is not None and found.kind != prompts.REPL for line in lines)
    if noise.whole(lines) is not None:
        return False
    if by_root(lines, transcript=False):
        return True
    typed = [piece for piece in _script(lines, 1) if isinstance(piece, Typed)]
    clear = [piece for piece in typed if clearly(piece, tools)]
    return (
        bool(clear)
        and clear[0] is typed[0]
        and len(clear) * 2 >= len([item for item in typed if item.problem != "output"])
    )


def clearly(typed: Typed, tools: Collection[str] = ()) -> bool:
    """Whether something in unlabelled text is a command beyond doubt."""
    if typed.problem is not None:
        return False
    line = typed.text.split("\n", 1)[0].rstrip("\\").strip()
    return (
        looks_typed(line)
        or line.split(" ", 1)[0] in tools
        or typed.assigns != ()
        or _LOOP.match(typed.text) is not None
        or (programs.known(line) and line not in programs.WORDS)
        or ("\n" in typed.text and programs.known(line.split(None, 1)[0] if line else ""))
    )


def _plain(line: str) -> str:
    return f" {line}" if line.startswith("$") else line


def by_root(lines: Sequence[str], *, transcript: bool) -> set[int]:
    """The lines `# command` that are root's prompt: in a console, or where nothing else than output stands."""
    marked = [at for at, line in enumerate(lines) if _ROOT_PROMPT.match(line)]
    typed = {at for at in marked if typed_comment(lines[at], console=transcript)}
    first = next((at for at, line in enumerate(lines) if line.strip()), -1)
    if not typed or first not in typed:
        return set()
    others = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if transcript:
        return typed if not any(looks_typed(line) for line in others) else set()
    answers = others and all(noise.problem(line, after=True) for line in others)
    return typed if answers else set()


def typed_comment(line: str, *, console: bool = False) -> bool:
    """Whether what stands behind # was typed. `console`: a program that nobody knows is enough there."""
    found = _ROOT_PROMPT.match(line)
    if found is None:
        return False
    text = line[found.end() :].strip()
    known = programs.known(text) and text not in programs.WORDS and len(text) < 12
    assigned = re.match(r"^[A-Za-z_]\w*=\$\(.+\)$", text) is not None
    certain = looks_typed(text) and not noise.prose(text)
    return known or assigned or certain or text in {"exit", "df", "top"} or (console and _own_tool(text))


def _own_tool(text: str) -> bool:
    said = noise.problem(text) is not None or not (noise.STOP - {"all"}).isdisjoint(text.split())
    return _OWN_TOOL.match(text) is not None and not said


def _typed_by_root(piece: Piece) -> Piece:
    """After `ssh root@host` or `sudo -i`, a comment that reads like a command was typed at root's prompt."""
    if isinstance(piece, Typed) or not piece.in_session or not typed_comment(f"# {piece.text}"):
        return piece
    typed = Typed(piece.text, piece.line, piece.line, prompt="#", in_session=True, session=piece.session)
    judge(typed, seen_prompt=True)
    return typed


def _transcript(lines: Sequence[str], first_line: int, roots: set[int] | None = None) -> Iterator[Piece]:
    """Prompted lines with their continuations; everything else is what the machine answered."""
    at = 0
    opened = False
    outside = _before_inside(lines) if roots is None else 0  # rows typed before the first prompt of a session
    while at < len(lines):
        prompt = _prompt(lines, at, roots, opened=opened)
        if prompt is None and at < outside and looks_typed(lines[at]) and noise.problem(lines[at]) is None:
            prompt = Prompt("", prompts.SHELL, len(lines[at]) - len(lines[at].lstrip()))
        if prompt is None:
            if (comment := _comment_before_prompt(lines, at)) is not None:
                yield Comment(comment, first_line + at)
            at += 1
            continue
        start = at
        at, parts, wrapped = _typed_at(lines, at, prompt, roots)
        text = "\n".join(BLANK_AFTER_BACKSLASH.sub(r"\\", part) for part in parts).rstrip()
        if prompt.kind == prompts.REPL or text in {"...", "…"}:
            continue
        if text.startswith("#"):
            yield Comment(text.lstrip("#").strip(), first_line + start)
            continue
        typed = Typed(text, first_line + start, first_line + at - 1, prompt=prompt.text or None)
        typed.split_backslash = any(BLANK_AFTER_BACKSLASH.search(part) for part in parts)
        typed.wrapped = wrapped
        if prompt.kind == prompts.SHELL:
            judge(typed, seen_prompt=True)
        else:
            judge_console(typed, windows=prompt.kind == prompts.WINDOWS)
        typed.inside = prompt.inside
        opened = (opened or typed.opens_session) and not typed.closes_session
        yield typed


def _before_inside(lines: Sequence[str]) -> int:
    """Where the first prompt stands, when all prompts are those of a session: what opened it was typed above."""
    found = [(at, prompt) for at, line in enumerate(lines) if (prompt := prompts.match(line)) is not None]
    if not found or all(prompt.inside for _, prompt in found):
        return found[0][0] if found else 0
    above = next((line for line in reversed(lines[: found[0][0]]) if line.strip()), "")
    return found[0][0] if looks_typed(above) and understand(above.strip()).opens_session else 0


def _prompt(lines: Sequence[str], at: int, roots: set[int] | None, *, opened: bool) -> Prompt | None:
    if (roots is not None and at in roots) or (opened and typed_comment(lines[at])):
        found = _ROOT_PROMPT.match(lines[at])
        return Prompt("#", prompts.SHELL, found.end()) if found else None
    return None if roots is not None else prompts.match(lines[at])


def _comment_before_prompt(lines: Sequence[str], at: int) -> str | None:
    """A comment of the writer, not of the machine: at the start of a paragraph and directly over a prompt."""
    text = lines[at].strip()
    if not text.startswith("#"):
        return None
    after = next((line for line in lines[at + 1 :] if line.strip() and not line.startswith("#")), "")
    if prompts.match(after) and (at == 0 or not lines[at - 1].strip() or lines[at - 1].startswith("#")):
        return text.lstrip("#").strip()
    return None


def _typed_at(lines: Sequence[str], at: int, prompt: Prompt, roots: set[int] | None) -> tuple[int, list[str], bool]:
    """The lines of what was typed at a prompt: the next line, the parts, whether a backslash is missing."""
    start = at
    parts = [lines[at][prompt.end :]]
    wrapped = False
    at += 1
    while at < len(lines) and at - start < _LONGEST and _prompt(lines, at, roots, opened=False) is None:
        if prompt.kind == prompts.CONSOLE:
            if not re.match(r"^\s*(?:->|['\"`]>|\w+-[#>])", lines[at]):
                break
            parts.append(re.sub(r"^\s*\S*>\s?", "", lines[at]))
        elif prompt.kind == prompts.WINDOWS:
            if not re.search(r"[`^]\s*$", parts[-1]):
                break
            parts.append(re.sub(r"^>>\s?", "", lines[at]))
        else:
            continues = _CONTINUED.match(lines[at])
            open_end = BLANK_AFTER_BACKSLASH.sub(r"\\", parts[-1]).endswith("\\")
            if open_end or (
                syntax.unfinished("\n".join(parts)) and (continues or _finishes(parts, lines[at : start + _LONGEST]))
            ):
                parts.append(lines[at][continues.end() :] if continues else lines[at])
            elif _goes_on(lines[at]) and not lines[at].startswith("-"):
                parts.append(lines[at])
                wrapped = True
            else:
                break
        at += 1
    return at, parts, wrapped


def _finishes(parts: list[str], rest: Sequence[str]) -> bool:
    """Whether some of the following lines complete an open quote, heredoc or loop."""
    text = "\n".join(parts)
    for line in rest[:60]:
        if prompts.match(line):
            return False
        text += "\n" + line
        if not syntax.unfinished(text):
            return True
    return False


def _script(lines: Sequence[str], first_line: int, tools: Collection[str] = ()) -> list[Piece]:
    """Lines without prompts, grouped by the statements the grammar finds."""
    script = _shebang(lines, first_line)
    if script is not None and (script.problem is not None or sum(map(_is_numbered, lines)) < 2):
        return [script]
    pieces: list[Piece] = []
    joined = [BLANK_AFTER_BACKSLASH.sub(r"\\", line) for line in lines]
    spans = syntax.spans(joined)
    if any(broken for _, _, _, broken in spans) or any(map(_commented_option, joined, joined[1:])):
        spans = list(_one_by_one(joined))
    console = False
    own = noise.owned(lines).union(tools)
    above = -2  # the row on which the last command ended
    listing = False  # inside a table or after "Output:"
    for first, last, comment, failed in spans:
        broken = failed
        rows = lines[first : last + 1]
        if comment:
            if rows[0].startswith("#!"):
                continue
            pieces.append(Comment(rows[0].strip().lstrip("#").strip(), first_line + first))
            listing = False
            continue
        after = above == first - 1
        listing = listing and (not looks_typed(rows[0]) or re.search(r"\S  +\S", rows[0]) is not None)
        wrapped = after and not listing and not console and _goes_on(rows[0])
        last_typed = pieces[-1] if pieces and isinstance(pieces[-1], Typed) else None
        if wrapped and last_typed is not None and last_typed.problem in {None, "broken-line"}:
            rows = lines[last_typed.line - first_line : last + 1]
            pieces.pop()
            broken = False
        typed = Typed(_text(rows), first_line + last + 1 - len(rows), first_line + last)
        typed.split_backslash = any(BLANK_AFTER_BACKSLASH.search(row) for row in rows)
        typed.wrapped = wrapped and last_typed is not None
        above = last
        if listing:
            typed.problem = "output"
        else:
            judge(typed, after=after and "".join(rows[0].split(None, 1)[:1]) not in own)
            if broken:
                cut = any(map(_commented_option, rows, rows[1:]))
                typed.problem = "broken-line" if cut else typed.problem or "not-shell"
        if typed.problem == "output" and (noise.header(rows[0]) or noise.LABEL.match(rows[0])):
            listing = not console
        if console and not noise.answer(rows[0]):
            judge_console(typed, windows=False)
        console = (console or typed.console) and not typed.closes_session
        pieces.append(typed)
    _orphaned(pieces)
    return _as_script(pieces, lines, first_line)


def _orphaned(pieces: Sequence[Piece]) -> None:
    """A `done` whose loop could not be read: what stands before it must not run outside that loop."""
    ends = [at for at, piece in enumerate(pieces) if isinstance(piece, Typed) and piece.text.split()[:1] in _ENDS]
    for piece in pieces[: ends[-1] if ends else 0]:
        if isinstance(piece, Typed) and piece.problem is None:
            piece.problem = "not-shell"


def _is_numbered(line: str) -> bool:
    return _NUMBERED.match(line) is not None


def _shebang(lines: Sequence[str], first_line: int) -> Typed | None:
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    found = _SHEBANG.match(lines[first]) if first is not None else None
    if found is None or first is None:
        return None
    last = max(at for at, line in enumerate(lines) if line.strip())
    typed = Typed("\n".join(lines[first : last + 1]), first_line + first, first_line + last, script=True)
    judge(typed, seen_prompt=True)
    interpreter = found[2] if found[1] == "env" and found[2] else found[1]
    if interpreter not in programs.SHELLS:
        typed.problem = "not-shell"
    return typed


def _as_script(pieces: list[Piece], lines: Sequence[str], first_line: int) -> list[Piece]:
    """One command where the parts only make sense together; the pieces as they are elsewhere."""
    typed = [piece for piece in pieces if isinstance(piece, Typed)]
    if len(typed) < 2 or any(item.problem or item.opens_session or item.wrapped for item in typed):
        return pieces
    start = typed[0] if _STRICT.match(typed[0].text) and "\n" not in typed[0].text else None
    if start is None:
        defined = {name for item in typed for name in syntax.functions(item.text)}
        if defined and any(item.text.split(None, 1)[0] in defined for item in typed):
            start = typed[0]
    if start is None:
        return pieces
    rows = lines[start.line - first_line : typed[-1].end_line - first_line + 1]
    one = Typed(_text(rows), start.line, typed[-1].end_line, script=True)
    judge(one, seen_prompt=True)
    before = [piece for piece in pieces if piece.line < start.line]
    return [*before, one, *(piece for piece in pieces if piece.line > one.end_line)]


def _one_by_one(lines: Sequence[str]) -> Iterator[syntax.Span]:
    """Statement after statement, so that a line the grammar cannot read spoils only itself."""
    own = noise.owned(lines)
    at = 0
    before = -2
    while at < len(lines):
        row = lines[at]
        if not row.strip():
            at += 1
            continue
        if row.lstrip().startswith("#"):
            yield (at, at, True, False)
            at += 1
            continue
        last, broken = at, False
        if noise.problem(row, after=before == at - 1 and row.split(None, 1)[0] not in own) is None and not _goes_on(
            row
        ):
            last, broken = _extent(lines, at)
        yield (at, last, False, broken)
        before = last
        at = last + 1


def _extent(lines: Sequence[str], at: int) -> tuple[int, bool]:
    """The last row of the statement that starts on a row, and whether the grammar cannot read it."""
    last = at
    while lines[last].endswith("\\") and last + 1 < len(lines):
        last += 1
    if any(map(_commented_option, lines[at:last], lines[at + 1 : last + 1])):
        return last, True
    rows = "\n".join(lines[at : last + 1])
    if not syntax.broken(rows):
        return last, False
    spans = syntax.spans(lines[at : at + _FORWARD])
    if spans and not spans[0][3] and spans[0][0] == 0 and spans[0][1] + at >= last:
        return at + spans[0][1], False
    if _UNSAFE_ALONE.search(rows) or syntax.odd_quotes(rows):
        for end in range(last + 1, min(at + _LONGEST // 4, len(lines))):
            if not syntax.broken("\n".join(lines[at : end + 1])):
                return end, False
        return len(lines) - 1, True  # its pieces must not run alone
    return last, True


def _goes_on(row: str) -> bool:
    """Whether a line carries on the command above it although no backslash says so."""
    return _WRAPPED.match(row) is not None and not noise.answer(row) and not row.rstrip().endswith("|")


def _commented_option(before: str, row: str) -> bool:
    """An option commented out inside a command that goes on: for a shell the command ends there."""
    return before.endswith("\\") and row.lstrip().startswith("#")


def _text(rows: Sequence[str]) -> str:
    """The rows without the indentation they share, and without blanks that break a continuation."""
    shared = min((len(row) - len(row.lstrip()) for row in rows if row.strip()), default=0)
    plain = [row[shared:] if row.strip() else "" for row in rows]
    return "\n".join(BLANK_AFTER_BACKSLASH.sub(r"\\", row) for row in plain).rstrip()


def _sessions(pieces: list[Piece]) -> None:
    """What follows `ssh host` belongs to that session, until its `exit` or until the first prompt comes back."""
    stack: list[tuple[Typed, bool]] = []  # the opener, whether another prompt was seen since
    for piece in pieces:
        if isinstance(piece, Typed) and stack and piece.prompt is not None and piece.prompt != "#":
            opener, other = stack[-1]
            if piece.prompt == opener.prompt and (other or "@" in piece.prompt):
                stack.pop()
            elif piece.prompt != opener.prompt:
                stack[-1] = (opener, True)
        piece.in_session = bool(stack) or piece.in_session
        piece.session = stack[-1][0].text.split("\n", 1)[0] if stack else piece.session
        if isinstance(piece, Comment):
            continue
        if piece.inside:
            piece.in_session = True
        around = stack[-1][0].inner if stack else hosts.SAME
        own = hosts.of_prompt(piece.prompt) if piece.prompt and not piece.inside else None
        piece.host = (around or own) if around is not None else None
        here = None if around is None else piece.host or hosts.SAME
        piece.inner = piece.goes_to or (here if piece.stays else None)
        if piece.opens_session:
            stack.append((piece, False))
        elif piece.closes_session and stack:
            stack.pop()
