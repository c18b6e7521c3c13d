"""What one typed thing does, how it behaves, or why it is nothing to type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from runbook_tui.document import behaviours, effects, hosts, noise, placeholders, programs, syntax
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Behaviour, Effect

BLANK_AFTER_BACKSLASH = expression(r"\\[ \t\u00a0]+$")
_HANDED_ON = frozenset({"ssh", "sudo", "bash", "sh", "zsh", "su"})
_POWERSHELL_READS = expression(
    r"^(?:Get|Test|Show|Find|Measure|Select|Resolve|Compare|dir|ipconfig$|whoami|hostname)", re.IGNORECASE
)
_POWERSHELL_DESTROYS = expression(
    r"^(?:Remove|Clear|Uninstall|Restart-Computer|Stop-Computer|Format|del|rmdir|rd|shutdown)\b", re.IGNORECASE
)
_MAKE_VARIABLE = expression(r"(?<![\\$])\$\(([A-Z][A-Z0-9_]+)\)")


@dataclass(slots=True)
class Typed:
    """One thing typed at a prompt, or a piece of the block that is not one (`problem` says why)."""

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
    inside: bool = False  # its prompt only stands inside a container or a database console
    session: str = ""  # what opened the session it is typed in
    host: str | None = None  # where it is typed, when the document says so
    goes_to: str | None = None  # the machine it hands its work to
    stays: bool = False  # the session it opens is on the same machine
    inner: str | None = None  # where the session is that it opens
    console: bool = False  # opens a console that speaks no shell
    assigns: tuple[str, ...] = ()  # variable names, when it does nothing but assign
    expands: bool = False  # an assignment whose value is computed
    exports: bool = False
    split_backslash: bool = False  # a blank stood behind a backslash and was taken away
    wrapped: bool = False  # goes on without a backslash
    script: bool = False
    program: str = ""


@dataclass(slots=True)
class Comment:
    text: str  # without the #
    line: int
    in_session: bool = False
    session: str = ""


Piece = Typed | Comment


def understand(text: str) -> Typed:
    """A single command read on its own, as it stands in inline code."""
    typed = Typed(text, 1, 1 + text.count("\n"))
    judge(typed)
    return typed


def judge(typed: Typed, *, seen_prompt: bool = False, after: bool = False) -> None:
    """Fill in what a command does, or why it is none. What stands at a prompt was typed, whatever it looks like."""
    text = placeholders.neutralised(typed.text)
    typed.problem = None if seen_prompt else noise.problem(typed.text, after=after)
    typed.effect, typed.goes_to = Effect.UNKNOWN, None
    if (plain := syntax.simple(text)) is not None:
        typed.problem = "broken-line" if typed.wrapped else typed.problem
        if typed.problem is None or typed.wrapped:
            typed.effect = effects.worst(*_of_commands(typed, [(plain, False, False)], text, background=False))
        typed.assigns, typed.expands, typed.exports = (), False, False
        return
    root = syntax.parse(text + "\n")
    if typed.problem is None and (
        syntax.refused(root, text) or syntax.runs_on(root, text) or text.rstrip().endswith("\\")
    ):
        typed.problem = "not-shell"
    if typed.wrapped:
        typed.problem = "broken-line"
    elif typed.problem is None and _MAKE_VARIABLE.search(typed.text):
        typed.problem = "not-shell"  # Make's $(VAR): a shell would run a program of that name
    if typed.problem is None or typed.wrapped:
        typed.effect = _does(typed, root, text)
    typed.assigns, typed.expands, typed.exports = syntax.assignments(root)


def _does(typed: Typed, root: Node, text: str) -> Effect:
    background = any(node.type == "&" for node in root.children)
    found = _of_commands(typed, list(syntax.commands(root)), text, background=background)
    if ">" in text and syntax.writes(root):
        found.append(Effect.CHANGE)
    if "<<" in text:
        found = _with_heredocs(typed, root, found)
    if any(node.type in {"while_statement", "until_statement"} and syntax.forever(node) for node in root.children):
        typed.behaviour = Behaviour.ENDLESS
    return effects.worst(*found) if found else Effect.READ


def _of_commands(
    typed: Typed, parts: list[tuple[list[str], bool, bool]], text: str, *, background: bool
) -> list[Effect]:
    """What the simple commands of a text do, where they go, and what they hand to another shell."""
    found: list[Effect] = []
    going: set[str | None] = set()
    for words, nested, redirected in parts:
        found.append(effects.effect(words))
        if (script := effects.inner(words)) is not None and script.strip() != typed.text.strip():
            inside = understand(script)
            found.append(Effect.CHANGE if inside.effect is Effect.UNKNOWN else inside.effect)
        if nested or not words:
            continue
        typed.program = typed.program or words[0]
        if hosts.may_go(words):
            going.add(hosts.goes_to(hosts.as_written(words, text, typed.text)))
        typed.behaviour = typed.behaviour or behaviours.behaviour(words, background=background, redirected=redirected)
        if not redirected and not typed.script and behaviours.opens_session(words):
            typed.opens_session = True
            typed.console = typed.console or behaviours.opens_console(words)
            typed.stays = hosts.stays(words)
        if behaviours.closes_session(words):
            typed.closes_session = True
    typed.goes_to = going.pop() if len(going) == 1 else None
    return found


def _with_heredocs(typed: Typed, root: Node, found: list[Effect]) -> list[Effect]:
    """A heredoc may be a script for another shell, or statements for a database."""
    name = programs.name_of(programs.unwrapped(typed.text.split())[0])
    bodies = syntax.heredocs(root)
    if name in programs.CONSOLES and bodies and found[1:] == []:
        return [effects.of_sql(body) for body in bodies]
    if programs.name_of(typed.program) in _HANDED_ON:
        opened = [effect for effect in found if effect is not Effect.CHANGE] if name in {"ssh", "bash", "sh"} else found
        inside = [understand(body).effect for body in bodies]
        return [*opened, *(Effect.CHANGE if effect is Effect.UNKNOWN else effect for effect in inside)]
    if any(effects.of_sql(body) is Effect.DESTROY for body in bodies):
        return [*found, Effect.DESTROY]
    return found


def judge_console(typed: Typed, *, windows: bool) -> None:
    """What was typed at a console that is no shell: never run here."""
    words = typed.text.split()
    first = words[0] if words else ""
    if windows:
        typed.problem = "other-shell"
        reads, destroys = _POWERSHELL_READS.match(first), _POWERSHELL_DESTROYS.match(first)
        typed.effect = Effect.DESTROY if destroys else Effect.READ if reads and len(words) < 12 else Effect.CHANGE
        if first.lower() == "ipconfig" and len(words) > 1 and words[1].lower() != "/all":
            typed.effect = Effect.CHANGE
        return
    statement = typed.text.rstrip().endswith(";") or typed.text.startswith("\\") or noise.query(typed.text)
    typed.problem = "other-shell" if statement else "session"
    typed.in_session = True
    typed.closes_session = re.match(r"^(?:exit|quit|\\q|bye)\b;?", typed.text.strip(), re.IGNORECASE) is not None
    as_redis = effects.effect(["redis-cli", *words])
    typed.effect = Effect.READ if typed.closes_session else effects.of_sql(typed.text)
    if typed.effect is Effect.CHANGE and as_redis is not Effect.CHANGE:
        typed.effect = as_redis
