"""Code fences: which hold commands, how these group into steps, and why the others do not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runbook_tui.document import shell
from runbook_tui.document.shell import Comment, Typed

LARGEST = 64 * 1024  # characters of a fence that are read as shell; a larger one is a file, not things to type

SHELLS = frozenset(
    [
        "bash",
        "sh",
        "shell",
        "zsh",
        "ksh",
        "dash",
        "ash",
        "console",
        "shell-session",
        "shellsession",
        "sh-session",
        "bash-session",
        "terminal",
        "shellscript",
    ]
)
_TRANSCRIPTS = frozenset(["console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal"])
_UNLABELLED = frozenset(["", "text", "txt", "plain", "plaintext", "none", "raw"])

_ROOT = "root@target:~#"  # stands for a bare `#` prompt while the transcript is read

_EXPECTED = re.compile(
    r"^(?:the )?(?:expected|desired|sample|example|typical)\b.*\b(?:outputs?|results?|responses?"
    r"|looks?)\b|^(?:expected|outputs?|results?|response|example output|returns)\s*:?$"
    r"|\b(?:you|it|this|that|which|output|response) (?:should|will|must) (?:see|look|return|show"
    r"|print|output|give|be)\b"
    r"|\b(?:output|result|response)s? (?:is|are|looks?|should|will|similar)\b.*:?$|\blooks like(?: this)?:?$",
    re.IGNORECASE,
)
_EXPECT = re.compile(
    r"^(?:expect(?:ed|s)?(?:\s+(?:output|results?|response|value))?|should (?:see|return|output"
    r"|show|print|be)|outputs?|returns?|=>|→)\s*[:：=–-]?\s*(?P<what>.*)$",
    re.IGNORECASE,
)
_EXPECT_LEAD = re.compile(r"^(?:expect(?:ed|s)?\b|should\b|=>|→|(?:outputs?|returns?)\s*:)", re.IGNORECASE)
_NUMBERING = re.compile(
    r"^(?:(?:step|phase)\s+\d+(?:\.\d+)*\s*[:.)–—-]*|\(?\d+(?:\.\d+)*[.):]\)?)\s*(?=\S)", re.IGNORECASE
)
_FILE_NAME = re.compile(r"^[\w./~-]+\.(?:sh|bash|ya?ml|py|conf|cfg|env|service|json|toml|ini|md)$")
_RULER = re.compile(r"^[-=~*#_\s]*$")


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


def is_shell(language: str) -> bool:
    return language in SHELLS


def unlabelled(language: str) -> bool:
    return language in _UNLABELLED


def expected_output(lead: str) -> bool:
    """Whether a lead-in announces what comes out rather than what to type."""
    return len(lead) < 200 and bool(_EXPECTED.search(lead.strip()))


def read(lines: Sequence[str], first_line: int, language: str, lead: str, used: Mapping[str, int]) -> Fence:
    """The groups of commands in a fence. `used` says on which last line each variable is expanded."""
    if sum(len(line) + 1 for line in lines) > LARGEST:
        return Fence(too_large=True)
    prompted = any(shell.PROMPT.match(line) for line in lines)
    if expected_output(lead) and not prompted:
        return _one(lines, first_line, "output") if is_shell(language) else Fence()
    if unlabelled(language):
        if not shell.looks_like_shell(lines):
            return Fence()
        fence = _grouped(lines, first_line)
        for group in fence.groups:
            for typed in group.typed:
                typed.problem = typed.problem or "unlabelled"
        return fence
    if not is_shell(language):
        return Fence()
    if language in _TRANSCRIPTS and not prompted:
        if shell.root_prompts(lines):
            lines = [re.sub(r"^#\s+", f"{_ROOT} ", line) for line in lines]
        elif not shell.looks_like_shell([line for line in lines if line.strip() and not line.startswith("#")]):
            return _one(lines, first_line, "output")
    fence = _grouped(lines, first_line)
    for typed in (typed for group in fence.groups for typed in group.typed):
        typed.prompt = "#" if typed.prompt == _ROOT else typed.prompt
    if _environment(fence, first_line + len(lines), used):
        return _one(lines, first_line, "env-file")
    return fence


def title_of(comment: str) -> str:
    """A comment as a step's title: `1. Validate` becomes `Validate`."""
    text = _NUMBERING.sub("", comment.strip("#=-*~ \t"), count=1).strip()
    return (text or comment.strip()).rstrip(":").strip()


def _grouped(lines: Sequence[str], first_line: int) -> Fence:
    fence = Fence()
    pending: list[Comment] = []
    for piece in shell.split(lines, first_line):
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


def _environment(fence: Fence, end: int, used: Mapping[str, int]) -> bool:
    """Whether a fence only sets constants that nothing later uses: the content of an .env file."""
    typed = [typed for group in fence.groups for typed in group.typed]
    if not typed or any(not item.assigns or item.expands or item.prompt for item in typed):
        return False
    return not any(used.get(name, 0) >= end for item in typed for name in item.assigns)


def _one(lines: Sequence[str], first_line: int, problem: str) -> Fence:
    """The whole fence as one piece that is not run."""
    rows = list(lines)
    while rows and not rows[-1].strip():
        rows.pop()
    if not rows:
        return Fence()
    typed = Typed("\n".join(rows), first_line, first_line + len(rows) - 1, problem=problem)
    return Fence([Group(None, first_line, typed=[typed])])
