"""From a command as written to one that can run: placeholders filled by environment, never by pasting. Pure."""

from __future__ import annotations

import hashlib
import re

import msgspec

from runbook_tui.document.runbook import Command
from runbook_tui.run.state import RunState

# programs that read their arguments as shell text again: a value that is safe once is not safe twice
_REPARSING = frozenset(
    {"ssh", "sh", "bash", "dash", "zsh", "ksh", "su", "sudo", "eval", "xargs", "watch", "exec", "env"}
)
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,~-]+\Z")
_SECRET_NAME = re.compile(r"pass(word|wd|phrase)?|secret|token|api[ _-]?key|credential|private[ _-]?key", re.IGNORECASE)


class ResolvedCommand(msgspec.Struct, frozen=True, kw_only=True):
    command: Command
    text: str  # what the shell gets; values stand in `env`
    env: dict[str, str]
    shown: str  # for people: values in place, secrets as ***
    missing: tuple[str, ...] = ()
    refused: str | None = None
    secrets: tuple[str, ...] = ()  # values to be masked in the output


def is_secret_name(name: str) -> bool:
    """Whether a placeholder's name says that its value must never be kept."""
    return _SECRET_NAME.search(name) is not None


def variable_name(placeholder: str) -> str:
    """The environment variable that carries a placeholder's value."""
    return "RBT_V_" + hashlib.sha256(placeholder.encode()).hexdigest()[:12].upper()


def resolve(command: Command, state: RunState, secrets: dict[str, str] | None = None) -> ResolvedCommand:
    """Put references to variables where the placeholders stand, each quoted for its place.

    `secrets` are values kept in memory only, by placeholder. A placeholder without a value is
    reported as missing; a place where no value can be put safely is refused.
    """
    known = dict(secrets or {})
    for name, variable in state.variables.items():
        if variable.value is not None:
            known[name] = variable.value
    missing = tuple(name for name in command.placeholders if name not in known)
    hidden = tuple(
        known[name]
        for name in command.placeholders
        if name in known and (name in (secrets or {}) or _is_hidden(state, name))
    )
    if not command.placeholders:
        return ResolvedCommand(command=command, text=command.text, env=dict(command.env), shown=command.text)
    refused = _unsafe_value(command, known)
    text, places = _fill(command.text, {name: known[name] for name in command.placeholders if name in known})
    shown = command.text
    for name in sorted(command.placeholders, key=len, reverse=True):
        if name in known:
            shown = shown.replace(name, "***" if known[name] in hidden else known[name])
    return ResolvedCommand(
        command=command,
        text=text,
        env={**command.env, **{variable_name(name): known[name] for name in places}},
        shown=shown,
        missing=missing,
        refused=refused,
        secrets=hidden,
    )


def _is_hidden(state: RunState, name: str) -> bool:
    return name in state.variables and state.variables[name].secret


def _unsafe_value(command: Command, known: dict[str, str]) -> str | None:
    words = set(re.findall(r"[A-Za-z0-9_]+", command.text))
    reparsed = words & _REPARSING
    for name in command.placeholders:
        value = known.get(name)
        if value is None:
            continue
        if "\0" in value or "\n" in value:
            return f"the value of {name} holds a line break: it cannot be put into a command safely"
        if reparsed and not _PLAIN.match(value):
            return (
                f"the value of {name} has characters that {min(reparsed)} would read as shell text again; "
                "only letters, digits and . / : @ % + = , ~ - _ are taken here"
            )
    return None


def _fill(text: str, values: dict[str, str]) -> tuple[str, list[str]]:
    """Replace each placeholder by a reference to its variable, quoted for where it stands."""
    if not values:
        return text, []
    pattern = re.compile("|".join(re.escape(name) for name in sorted(values, key=len, reverse=True)))
    used: list[str] = []
    out: list[str] = []
    last = 0
    for match in pattern.finditer(text):
        name = match.group()
        place = _place(text, match.start())
        reference = "${" + variable_name(name) + "}"
        # in a quoted heredoc nothing is expanded, and nothing is shell text
        piece = values[name] if place == "literal" else _QUOTED[place].format(reference)
        out += [text[last : match.start()], piece]
        last = match.end()
        if place != "literal" and name not in used:
            used.append(name)
    out.append(text[last:])
    return "".join(out), used


_QUOTED = {"word": '"{}"', "double": "{}", "heredoc": "{}", "single": "'\"{}\"'", "ansi": "'\"{}\"$'"}
_HEREDOC = re.compile(r"<<-?\s*(['\"\\]?)([A-Za-z_][A-Za-z0-9_]*)['\"]?")


def _place(text: str, position: int) -> str:
    """How the shell reads the character at `position`: word, double, single, ansi, heredoc or literal.

    A small scanner of quotes, substitutions and heredocs: placeholders such as `<name>` are themselves
    not valid shell, so the grammar cannot be asked before they are filled.
    """
    scopes = ["word"]  # what encloses what; a substitution opens a "word" of its own inside double quotes
    pending: list[tuple[str, bool]] = []
    index = 0
    while index < position:
        char, scope = text[index], scopes[-1]
        if scope == "single":
            if char == "'":
                scopes.pop()
        elif char == "\\":
            index += 1
        elif scope == "ansi":
            if char == "'":
                scopes.pop()
        elif text.startswith("$(", index):
            scopes.append("word")
            index += 1
        elif char == "`":
            scopes.pop() if scope == "backtick" else scopes.append("backtick")
        elif char == '"':
            scopes.pop() if scope == "double" else scopes.append("double")
        elif scope != "double":
            index, place = _unquoted(text, position, index, scopes, pending)
            if place is not None:
                return place
        index += 1
    return "word" if scopes[-1] == "backtick" else scopes[-1]


def _unquoted(
    text: str, position: int, index: int, scopes: list[str], pending: list[tuple[str, bool]]
) -> tuple[int, str | None]:
    """One character outside of quotes: where to go on, and the answer when `position` was passed."""
    char = text[index]
    if text.startswith("$'", index):
        scopes.append("ansi")
        return index + 1, None
    if char == "'":
        scopes.append("single")
    elif char == "(":
        scopes.append("word")
    elif char == ")" and len(scopes) > 1 and scopes[-1] == "word":
        scopes.pop()
    elif char == "#" and (index == 0 or text[index - 1] in " \t\n;"):
        end = text.find("\n", index)
        return (end - 1, None) if 0 <= end < position else (index, "word")
    elif text.startswith("<<<", index):
        return index + 2, None
    elif match := _HEREDOC.match(text, index):
        pending.append((match.group(2), bool(match.group(1))))
        return match.end() - 1, None
    elif char == "\n" and pending:
        return _past_heredocs(text, position, index, pending)
    return index, None


def _past_heredocs(text: str, position: int, index: int, pending: list[tuple[str, bool]]) -> tuple[int, str | None]:
    for word, quoted in pending:
        end = re.compile(rf"^\t*{re.escape(word)}$", re.MULTILINE).search(text, index + 1)
        if position < (end.start() if end else len(text)):
            return index, "literal" if quoted else "heredoc"
        index = end.end() - 1 if end else len(text)
    pending.clear()
    return index, None
