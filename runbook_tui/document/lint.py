"""What an author should know before the night it is needed.

Codes are stable: RB1xx come from reading, RB2xx from judging what was read, RB3xx from shellcheck.
docs/lint.md has a line for each.
"""

# lists of names are lines of names

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from runbook_tui.document import conditions, gates, secrets, syntax
from runbook_tui.document.counting import counted
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Command, Condition, Effect, Finding, Polarity, Runbook, SectionRole, Severity

_JUDGED = frozenset({None, "placeholder", "session", "unlabelled"})  # commands that somebody will run
_GIVEN = frozenset(
    [
        "HOME",
        "PATH",
        "USER",
        "LOGNAME",
        "SHELL",
        "PWD",
        "OLDPWD",
        "HOSTNAME",
        "HOST",
        "TMPDIR",
        "TEMP",
        "TMP",
        "LANG",
        "TERM",
        "EDITOR",
        "VISUAL",
        "DISPLAY",
        "UID",
        "EUID",
        "PPID",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "IFS",
        "REPLY",
        "PS1",
        "BASH",
        "BASH_SOURCE",
        "BASH_VERSION",
        "FUNCNAME",
        "PIPESTATUS",
        "OSTYPE",
        "HOSTTYPE",
        "MACHTYPE",
        "SHLVL",
        "COLUMNS",
        "LINES",
        "OPTARG",
        "OPTIND",
        "SSH_AUTH_SOCK",
        "SSH_CONNECTION",
        "SSH_CLIENT",
        "SSH_TTY",
        "SUDO_USER",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "XDG_STATE_HOME",
        "KUBECONFIG",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "JAVA_HOME",
        "GOPATH",
        "GOROOT",
        "NVM_DIR",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "CUDA_HOME",
        "CUDA_VISIBLE_DEVICES",
        "CI",
        "GITHUB_ACTIONS",
        "GITHUB_SHA",
        "GITHUB_REF",
        "GITHUB_TOKEN",
        "GITHUB_WORKSPACE",
        "GITHUB_REPOSITORY",
        "GITHUB_ACTOR",
        "GITLAB_CI",
        "BUILD_NUMBER",
        "BUILD_ID",
        "JOB_NAME",
        "WORKSPACE",
    ]
)
_GIVEN_KIND = expression(r"^(?:CI|GITHUB|RUNNER|CIRCLE|TRAVIS|BUILDKITE|JENKINS|BITBUCKET|TF|AWS|LC|RBT)_\w+$")
_PIPED = expression(
    r"\b(?:curl|wget)\b[^|;&\n]*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:env\s+)?(?:ba|z|da|k)?sh\b"
    r"|\b(?:ba|z)?sh\s+(?:-\w+\s+)*(?:<\(|[\"']?\$\()\s*(?:curl|wget)\b"
)
_LATEST = expression(r"(?<![\w/:-])[\w.-]+(?:/[\w.-]+)*(?::\d+(?:/[\w.-]+)+)?:latest\b")
_LIVE = expression(r"\b(?:prod|production|live|deploy\w*|release|rollout|go-live)\b", re.IGNORECASE)


def lint(runbook: Runbook) -> tuple[Finding, ...]:
    """All findings of a document, in the order of its lines."""
    found = {(finding.line, finding.code, finding.message): finding for finding in runbook.findings}
    for judge in (
        _empty,
        _destructive,
        _placeholders,
        _signoffs,
        _rollback,
        _variables,
        _contradictions,
        _numbers,
        _secrets,
        _mute_gates,
        _risks,
        _repeated,
    ):
        for finding in judge(runbook):
            found.setdefault((finding.line, finding.code, finding.message), finding)
    return tuple(found[key] for key in sorted(found))


def _empty(runbook: Runbook) -> Iterator[Finding]:
    if not runbook.steps:
        yield Finding(
            code="RB205",
            severity=Severity.WARNING,
            line=1,
            message="The document holds nothing to do: write steps as task boxes or shell blocks.",
        )


def _destructive(runbook: Runbook) -> Iterator[Finding]:
    for command in runbook.commands:
        if command.effect is Effect.DESTROY and not (command.undo or command.confirm or command.rollback):
            yield Finding(
                code="RB201",
                severity=Severity.WARNING,
                line=command.line,
                message=(
                    "A destructive command says neither how it is undone nor that it wants confirmation: "
                    "annotate rollback or confirm."
                ),
            )


def _placeholders(runbook: Runbook) -> Iterator[Finding]:
    for placeholder in runbook.placeholders:
        yield Finding(
            code="RB202",
            severity=Severity.INFO,
            line=placeholder.first_line,
            message=(
                f"{placeholder.text} is asked for before its commands run ({counted(placeholder.count, 'time')} in the "
                "document)."
            ),
        )


def _signoffs(runbook: Runbook) -> Iterator[Finding]:
    for slot in runbook.signoffs:
        if not slot.role:
            yield Finding(
                code="RB150",
                severity=Severity.WARNING,
                line=slot.line,
                message="A sign-off line names no role, so nobody can be asked to sign it: write who signs.",
            )


def _rollback(runbook: Runbook) -> Iterator[Finding]:
    sections = [section for section in runbook.sections if section.role is SectionRole.ROLLBACK]
    for section in sections:
        if section.parent is not None and runbook.section_by_id[section.parent].role is SectionRole.ROLLBACK:
            continue
        if not any(section.line <= step.line <= section.end_line for step in runbook.steps):
            yield Finding(
                code="RB203",
                severity=Severity.WARNING,
                line=section.line,
                message="The rollback section gives no step or command to take back with: write it out.",
            )
    changing = next(
        (
            command
            for command in runbook.commands
            if command.effect in {Effect.CHANGE, Effect.DESTROY} and not command.undo
        ),
        None,
    )
    live = _LIVE.search(runbook.title) or any(_LIVE.search(section.title) for section in runbook.sections)
    if changing is not None and live and not sections:
        yield Finding(
            code="RB204",
            severity=Severity.WARNING,
            line=changing.line,
            message="Commands change something and no section says how to roll back: add a rollback procedure.",
        )


def _variables(runbook: Runbook) -> Iterator[Finding]:
    """Variables that no command sets: each once, at its first use."""
    known: set[str] = set()
    used: dict[str, Command] = {}
    for command in runbook.commands:
        if "$" not in command.text and "=" not in command.text and "read" not in command.text:
            continue
        if command.why_not in _JUDGED | {"env-file"}:
            known |= syntax.variables_set(command.text) | set(command.env)
        if command.why_not in _JUDGED and "$" in command.text:
            for name in syntax.variables_used(command.text):
                used.setdefault(name, command)
    for name, command in sorted(used.items(), key=lambda pair: (pair[1].line, pair[0])):
        if name in known or name in _GIVEN or _GIVEN_KIND.match(name) or name in command.secrets or len(name) < 2:
            continue
        changes = command.effect in {Effect.CHANGE, Effect.DESTROY}
        yield Finding(
            code="RB206",
            severity=Severity.WARNING if changes and command.runnable else Severity.INFO,
            line=command.line,
            message=f"${name} is used and no command of the document sets it: set it before, or write ${{{name}:?}}.",
        )


def _contradictions(runbook: Runbook) -> Iterator[Finding]:
    """The same metric, the same role and two limits."""
    groups: dict[tuple[object, ...], Condition] = {}
    triggers = [("trigger", one) for one in runbook.triggers]
    for role, one in (*triggers, *((one.severity or "gate", one) for one in runbook.conditions)):
        if not conditions.certain(one):
            continue
        where = _section_at(runbook, one.line) if role == "gate" else ""
        key = (role, where, one.polarity, one.metric, one.op, one.unit, one.duration, one.baseline_factor is None)
        first = groups.setdefault(key, one)
        if (first.value, first.baseline_factor) != (one.value, one.baseline_factor):
            message = (
                f"Two limits for “{one.metric}” in the same role contradict each other (the other is on line "
                f"{first.line}): keep one."
            )
            yield Finding(code="RB207", severity=Severity.WARNING, line=one.line, message=message)
    alerts = [one for one in runbook.conditions if one.severity in {"critical", "warning"} and one.value is not None]
    for critical in (one for one in alerts if one.severity == "critical"):
        for warning in (one for one in alerts if one.severity == "warning"):
            same = (critical.metric, critical.op, critical.unit) == (warning.metric, warning.op, warning.unit)
            sooner = {">": 1, ">=": 1, "<": -1, "<=": -1}.get(critical.op or "", 0)
            if same and ((critical.value or 0) - (warning.value or 0)) * sooner < 0:
                message = (
                    f"“{critical.metric}” becomes critical before it becomes a warning (line {warning.line}): "
                    "exchange the limits."
                )
                yield Finding(code="RB207", severity=Severity.WARNING, line=critical.line, message=message)


def _section_at(runbook: Runbook, line: int) -> str:
    found = ""
    for section in runbook.sections:
        if section.line > line:
            break
        found = section.id
    return found


def _numbers(runbook: Runbook) -> Iterator[Finding]:
    bare = [one for one in runbook.triggers if one.polarity is Polarity.DO and not conditions.certain(one)]
    if bare:
        message = (
            f"{counted(len(bare), 'rollback condition', 'has', 'have')} no number that could be watched: "
            "a person judges. Add a threshold where there is one."
        )
        yield Finding(code="RB208", severity=Severity.INFO, line=bare[0].line, message=message)


def _secrets(runbook: Runbook) -> Iterator[Finding]:
    for line, what, certain in secrets.find(runbook.lines):
        yield Finding(
            code="RB209",
            severity=Severity.ERROR if certain else Severity.WARNING,
            line=line,
            message=f"{what} seems to stand here in clear text: replace it by a variable, and withdraw it.",
        )


def _mute_gates(runbook: Runbook) -> Iterator[Finding]:
    unknown = gates.trouble((name for name in runbook.gates if name != "stats"), ())
    if unknown is not None:
        message = f"{unknown}: no change can be made until it is corrected."
        yield Finding(code="RB215", severity=Severity.ERROR, line=1, message=message)
    for step in runbook.steps:
        why = gates.mute(runbook, step)
        if why is not None and why != unknown:
            message = f"{why}: the step cannot be done until it is corrected."
            yield Finding(code="RB215", severity=Severity.ERROR, line=step.line, message=message)


def _risks(runbook: Runbook) -> Iterator[Finding]:
    for command in runbook.commands:
        if command.why_not not in _JUDGED:
            continue
        if _PIPED.search(command.text):
            message = "A download goes straight into a shell, so nobody sees what runs: download, check, then run."
            yield Finding(code="RB210", severity=Severity.WARNING, line=command.line, message=message)
        if command.effect in {Effect.CHANGE, Effect.DESTROY} and _LATEST.search(command.text):
            message = (
                "An image is taken by the tag latest, which names another image tomorrow: name a version or digest."
            )
            yield Finding(code="RB211", severity=Severity.INFO, line=command.line, message=message)


def _repeated(runbook: Runbook) -> Iterator[Finding]:
    """Headings with the same words beside each other: their steps are told apart by their order alone."""
    busy = {step.section for step in runbook.steps}
    named = sorted(
        (section.parent or "", section.title.casefold(), section.line)
        for section in runbook.sections
        if section.id in busy
    )
    for (_, title), group in groupby(named, key=lambda one: one[:2]):
        lines = [line for _, _, line in group]
        if len(lines) > 1:
            message = (
                f"{len(lines)} headings say “{title[:60]}”, so an edited document may be mapped wrongly onto a run: "
                "make them differ."
            )
            yield Finding(code="RB212", severity=Severity.INFO, line=lines[1], message=message)
