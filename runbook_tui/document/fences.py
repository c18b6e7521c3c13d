"""Code fences: which hold commands, how these group into steps, and why the others do not."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from runbook_tui.document import annotation, house, noise, orders, prompts, settings, shell, transfers
from runbook_tui.document.judgement import Comment, Piece, Typed, judge_console
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import listed

LARGEST = 64 * 1024  # characters of a fence that are read as shell; a larger one is a file, not things to type

SHELLS = listed("""bash sh shell zsh ksh dash ash console shell-session shellsession sh-session bash-session terminal
    shellscript     shell-script posix-shell cli cmdline commandline bashsession consolesession cli-session zsh-session
    """)
_TRANSCRIPTS = listed(
    "console shell-session shellsession sh-session bash-session terminal bashsession consolesession cli-session"
)
_UNLABELLED = frozenset(["", "text", "txt", "plain", "plaintext", "none", "raw", "nohighlight", "no-highlight", "code"])
_DEFAULTS = frozenset(["java"])  # what an export of Confluence writes over every block
_WINDOWS = listed("powershell pwsh ps1 ps posh cmd bat batch dos winbatch")

_EXPECTED = expression(
    r"^(?:the )?(?:expected|desired|sample|example|typical)\b.*\b(?:outputs?|results?|responses?"
    r"|looks?|values?)\b|^(?:expected|outputs?|results?|response|example output|returns|example response)\s*:?$"
    r"|\b(?:you|it|this|that|which|output|response|result|logs?|list) (?:should|will|must|would|may|might"
    r"|can) (?:then |now |also )?"
    r"(?:see|look|return|show|print|output|give|be|get|contain|display|respond|produce|say)\b"
    r"|\b(?:output|result|response)s? (?:is|are|looks?|should|will|similar|for example)\b.*:?$"
    r"|\blooks? (?:something )?like(?: this)?:?$"
    r"|\b(?:similar|sample|example|expected|following|this) (?:outputs?|results?|responses?)\b[^.]*:?$"
    r"|^(?:returns|prints|shows|gives)\b",
    re.IGNORECASE,
)
_ASKED = expression(
    r"\b(?:run|running|execute|executing|issue|type|enter|use|using|following commands?|this command|check with"
    r"|with)\b",
    re.IGNORECASE,
)
_SENTENCES = expression(r"(?<=[.!?])\s+(?=[A-Z])")
_THEN = expression(r"^\W*(?:then|now|next|follow|afterwards)\b", re.IGNORECASE)
_WHEN_SO = expression(r"\b(?:if|when|until|unless|as soon as|as long as)\b[^:]*\.$", re.IGNORECASE)
_EXPECT = expression(
    r"^(?:expect(?:ed|s)?(?:\s+(?:output|results?|response|value))?|should (?:see|return|output"
    r"|show|print|be)|outputs?|returns?|=>|→)\s*[:：=–-]?\s*(?P<what>.*)$",
    re.IGNORECASE,
)
_EXPECT_LEAD = expression(r"^(?:expect(?:ed|s)?\b|should\b|=>|→|(?:outputs?|returns?)\s*:)", re.IGNORECASE)
_NUMBERING = expression(
    r"^(?:(?:step|phase)\s+\d+(?:\.\d+)*\s*[:.)–—-]*|\(?\d+(?:\.\d+)*[.):]\)?)\s*(?=\S)", re.IGNORECASE
)
_FILE_NAME = expression(r"^[\w./~-]+\.(?:sh|bash|ya?ml|py|conf|cfg|env|service|json|toml|ini|md)$")
_RULER = expression(r"^[-=~*#_\s]*$")
_DIRECTIVE = expression(r"^\{(?P<name>[\w:-]+)\}\s*(?P<language>[\w+-]*)")
_CODE_DIRECTIVES = listed("code-block code sourcecode code-cell prompt terminal")
_PANDOC = expression(r"^\{[^}]*?\.(?P<language>[\w-]+)")
_OPTION = expression(r"^\s*:[\w-]+:(?:\s.*)?$")


@dataclass(slots=True)
class Group:
    """Commands under one comment: what becomes a step."""

    title: str | None
    line: int
    notes: list[str] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    expect: dict[int, str] = field(default_factory=dict)  # position in `typed` -> what should come out


@dataclass(slots=True)
class Fence:
    """What a fence holds for an operator; no groups when it holds nothing to type."""

    groups: list[Group] = field(default_factory=list)
    left: list[Comment] = field(default_factory=list)  # comments with no command after them
    too_large: bool = False
    answers: list[int] = field(default_factory=list)  # lines of output among the commands


def is_shell(language: str) -> bool:
    return _plain(language) in SHELLS


@lru_cache(maxsize=64)  # most blocks of a document are labelled alike
def language_of(info: str) -> tuple[str, bool]:
    """The language of an info string, and whether a directive (`{code-block} bash`) gives it."""
    stripped = info.strip()
    directive = _DIRECTIVE.match(stripped)
    if directive and directive["name"] in _CODE_DIRECTIVES:
        return directive["language"].lower() or ("console" if directive["name"] == "terminal" else ""), True
    pandoc = _PANDOC.match(stripped)
    if pandoc:
        return pandoc["language"].lower(), False
    if directive:  # a directive that is none of code: its body is no block of commands
        return directive["name"].lower(), True
    return _plain(annotation.info_string(info)[0]), False


def body(lines: Sequence[str], *, directive: bool) -> tuple[list[str], int]:
    """The lines of a fence without a directive's options, and how many stood before them."""
    rows = list(lines)
    skipped = 0
    if directive:
        while rows and _OPTION.match(rows[0]):
            rows.pop(0)
            skipped += 1
    return rows, skipped


@lru_cache(maxsize=64)  # asked for each block below the same words
def expected_output(lead: str) -> bool:
    """Whether a lead-in announces what comes out rather than what to type."""
    if len(lead) >= 200 or not _EXPECTED.search(lead.strip()):
        return False
    last = _SENTENCES.split(lead.strip())[-1]
    if last.endswith(":"):  # "Returns an id. Follow it:"
        return _EXPECTED.search(last) is not None or not (orders.imperative(last) or _THEN.match(last))
    return _WHEN_SO.search(last) is None  # "All waves go back when results are wrong."


def read(
    lines: Sequence[str],
    first_line: int,
    language: str,
    lead: str,
    used: Mapping[str, int],
    *,
    tools: Collection[str] = (),
    heading: str = "",
    told: Collection[str] = (),
) -> Fence:
    """The groups of commands in a fence. `used` says on which last line each variable is expanded.

    `told`: programs that are typed here because the words say that all of it is.
    """
    tools = {*tools, *told}
    if sum(len(line) + 1 for line in lines) > LARGEST:
        return Fence(too_large=True)
    language = _plain(language)
    if language in _WINDOWS:
        return _windows(lines, first_line)
    if language in transfers.LANGUAGES:
        typed = transfers.read(lines, first_line)
        return Fence([Group(None, typed[0].line, typed=typed)]) if typed else Fence()
    labelled = language in SHELLS
    if not labelled and language not in _UNLABELLED and not (language in _DEFAULTS and tools and not _java(lines)):
        return Fence()
    prompted = shell.prompted(lines)
    if expected_output(lead) and not prompted and not _asked_for(lines, lead) and not _typed_all(lines, lead):
        return _one(lines, first_line, "output") if labelled else Fence()
    transcript = language in _TRANSCRIPTS
    if (
        not prompted
        and (why := noise.whole(lines)) is not None
        and not (transcript and shell.by_root(lines, transcript=True))
    ):
        return _one(lines, first_line, why) if labelled else Fence()
    if not labelled and not shell.looks_like_shell(lines, tools):
        rooted = (sum(1 for line in lines if line.strip()) > 1 or lead.rstrip().endswith(":")) and all(
            line.startswith("# ") for line in lines if line.strip()
        )
        return _commented(shell.split(lines, first_line), alone=False) if rooted else Fence()
    pieces = shell.split(lines, first_line, transcript=transcript, tools=[*filter(house.named_so, tools), *told])
    typed = [piece for piece in pieces if isinstance(piece, Typed)]
    if transcript and not prompted and not any(item.prompt for item in typed):
        uncommented = [line for line in lines if line.strip() and not line.startswith("#")]
        if not shell.looks_like_shell(uncommented):
            return _one(lines, first_line, "output")
    if not typed:
        return _commented(pieces) if labelled else Fence()
    if all(item.problem in {"output", "config", "not-shell"} for item in typed) and not any(
        item.split_backslash or item.script for item in typed
    ):
        return _one(lines, first_line, _chief(typed)) if labelled else Fence()
    fence = _grouped(_without_answers(pieces, labelled=labelled, prompted=prompted, tools=tools))
    fence.answers = [item.line for item in typed if item.problem == "output"]
    if not labelled:
        for item in (item for group in fence.groups for item in group.typed):
            item.problem = item.problem or "unlabelled"
    if _environment(fence, first_line + len(lines), used, lead, heading):
        return _one(lines, first_line, "env-file")
    return fence


def first_words(lines: Sequence[str]) -> set[str]:
    """The programs that the lines of a block would be, where its words say that it is typed; none of a transcript."""
    rows = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if any(map(prompts.match, rows)) or noise.whole(lines) is not None:
        return set()
    if any(noise.answer(row) or noise.prose(row) or not _PROGRAM.match(row) for row in rows):
        return set()
    return {row.split()[0] for row in rows}


def _java(lines: Sequence[str]) -> bool:
    """Whether a block labelled Java is some."""
    return any(re.search(r"[{;}]\s*$|^\s*(?:import|package|public|private|@\w+)\b", line) for line in lines)


def title_of(comment: str) -> str:
    """A comment as a step's title: `1. Validate` becomes `Validate`."""
    text = _NUMBERING.sub("", comment.strip("#=-*~ \t"), count=1).strip()
    return (text or comment.strip()).rstrip(":").strip()


def _plain(language: str) -> str:
    """`language-bash`, `bash:run.sh` and `Bash` are all bash."""
    return language.lower().removeprefix("language-").removeprefix("lang-").split(":", 1)[0].strip(".")


def _asked_for(lines: Sequence[str], lead: str) -> bool:
    """Whether the words announce the command as well, as in `Run this, it should return 200:`."""
    first = next((line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return bool(_ASKED.search(lead)) and shell.looks_typed(first)


def _typed_all(lines: Sequence[str], lead: str) -> bool:
    """Whether the words say how things should be, without a colon, and every line below is a command beyond doubt."""
    rows = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return bool(rows) and not lead.rstrip().endswith(":") and all(map(shell.looks_typed, rows))


def _chief(typed: list[Typed]) -> str:
    problems = [item.problem or "not-shell" for item in typed]
    return max(dict.fromkeys(problems), key=problems.count)


def _without_answers(pieces: list[Piece], *, labelled: bool, prompted: bool, tools: Collection[str]) -> list[Piece]:
    """What was typed; text between the commands that is none is kept in one piece."""
    kept: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Typed):
            if piece.problem == "output":
                continue
            if (
                not labelled
                and not prompted
                and not shell.clearly(piece, tools)
                and not (kept and (piece.text in _LEAVES or noise.optioned(piece.text)))
                and not piece.in_session
                and not piece.wrapped
            ):
                continue
            before = kept[-1] if kept else None
            if (
                isinstance(before, Typed)
                and piece.problem == before.problem in {"config", "not-shell"}
                and before.end_line + 1 == piece.line
            ):
                kept[-1] = replace(before, text=f"{before.text}\n{piece.text}", end_line=piece.end_line)
                continue
        kept.append(piece)
    return kept


def _grouped(pieces: Sequence[Piece]) -> Fence:
    fence = Fence()
    pending: list[Comment] = []
    for piece in pieces:
        if isinstance(piece, Comment):
            if piece.text.startswith("!") or _RULER.match(piece.text):
                continue
            last = fence.groups[-1] if fence.groups else None
            if _EXPECT_LEAD.match(piece.text) and last is not None and last.typed and not pending:
                found = _EXPECT.match(piece.text)
                said = found["what"] if found and found["what"] else piece.text
                at = len(last.typed) - 1
                last.expect[at] = f"{last.expect[at]}\n{said}" if at in last.expect else said
            else:
                pending.append(piece)
            continue
        if pending or not fence.groups:
            titles = [comment for comment in pending if not _FILE_NAME.match(comment.text)]
            group = Group(title_of(titles[0].text) if titles else None, pending[0].line if pending else piece.line)
            group.notes = [comment.text for comment in titles[1:]]
            fence.groups.append(group)
            pending = []
        fence.groups[-1].typed.append(piece)
    fence.left = pending
    return fence


_PROGRAM = expression(r"^(?:[./~]|[A-Za-z][\w./+-]*(?:\s|$))")
_LEAVES = frozenset(["exit", "logout"])
_TOOL = expression(r"[a-z][a-z0-9_-]+(?:\s+[a-z-][\w./:=-]*)+(?:\s*&&.*)?$")  # "dkms remove qx25g/5.4.1 --all"


def _environment(fence: Fence, end: int, used: Mapping[str, int], lead: str, heading: str) -> bool:
    """Whether a fence only sets constants that nothing later uses: the content of an .env file.

    Less than half of them may be used where the words speak of a service's settings. `export X=…` changes the shell
    that later commands run in, so it is typed, unless the words name a file it goes to.
    """
    typed = [typed for group in fence.groups for typed in group.typed]
    if not typed or any(not item.assigns or item.expands or item.prompt for item in typed):
        return False
    if settings.to_a_file(lead):
        return True
    if any(item.exports for item in typed):
        return False
    names = [name for item in typed for name in item.assigns]
    wanted = sum(1 for name in names if used.get(name, 0) >= end)
    return not wanted or (wanted * 2 < len(names) and settings.of_a_service(lead, heading))


def _commented(pieces: Sequence[Piece], *, alone: bool = True) -> Fence:
    """Nothing but comments: commands behind a root prompt or commented out, nobody can tell which.

    `alone`: comments that are none stay as the titles of what follows.
    """
    comments = [piece for piece in pieces if isinstance(piece, Comment)]
    typed_ones = sum(1 for piece in comments if shell.typed_comment(f"# {piece.text}"))
    others = [piece.text for piece in comments if not shell.typed_comment(f"# {piece.text}")]
    if (
        comments
        and typed_ones * 2 > len(comments)
        and all(_TOOL.match(text) and not noise.prose(text) for text in others)
    ):
        typed = [replace(shell.understand(piece.text), line=piece.line, end_line=piece.line) for piece in comments]
        for item in typed:
            item.prompt, item.problem = "#", item.problem or ("commented" if alone else "unlabelled")
        return Fence([Group(None, typed[0].line, typed=typed)])
    return _grouped(pieces) if alone else Fence()


def _windows(lines: Sequence[str], first_line: int) -> Fence:
    """PowerShell and cmd.exe: shown line by line, never run by a POSIX shell."""
    typed: list[Typed] = []
    prompted = any((found := prompts.match(line)) is not None and found.kind == prompts.WINDOWS for line in lines)
    at = 0
    while at < len(lines):
        start, row = at, lines[at]
        at += 1
        prompt = prompts.match(row)
        stripped = row.strip()
        if (prompted and prompt is None) or not stripped or stripped.startswith(("#", "::", "REM ", "rem ", "<#")):
            continue
        rows = [row[prompt.end :] if prompt else row]
        while at < len(lines) and (
            re.search(r"[`^|]\s*$", rows[-1]) or "\n".join(rows).count("{") > "\n".join(rows).count("}")
        ):
            rows.append(lines[at])
            at += 1
        item = Typed("\n".join(rows).strip(), first_line + start, first_line + at - 1)
        item.prompt = prompt.text if prompt else None
        judge_console(item, windows=True)
        typed.append(item)
    return Fence([Group(None, typed[0].line, typed=typed)]) if typed else Fence()


def _one(lines: Sequence[str], first_line: int, problem: str) -> Fence:
    """The whole fence as one piece that is not run."""
    rows = list(lines)
    while rows and not rows[-1].strip():
        rows.pop()
    if not rows:
        return Fence()
    typed = Typed("\n".join(rows), first_line, first_line + len(rows) - 1, problem=problem)
    return Fence([Group(None, first_line, typed=[typed])])
