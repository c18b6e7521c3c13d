"""A job order as the supervisor takes it, and the supervisor's answers as values. Pure; ssh will speak the same."""

from __future__ import annotations

import re

import msgspec

from runbook_tui.run.ports import JobExit, JobOrder, JobPhase, JobReport, TargetError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELLS = ("bash", "sh", "dash", "ash", "ksh", "mksh")
_PLAIN = re.compile(rb"[\t\n -~]*")
LINES_LIMIT = 2048  # bytes
# One program with its words, none of which a shell would read as anything else.
_ONE_PROGRAM = re.compile(rb"[A-Za-z][A-Za-z0-9_.+-]*(?: +[A-Za-z0-9_./:=@%+,-]+)*[ \n]*")
# First words that mean something else to a shell, or not quite the same as the program of that name.
_SHELL_WORDS = frozenset(
    b"alias bg bind break builtin caller case cd command compgen complete compopt continue coproc declare dirs "
    b"disown do done echo elif else enable esac eval exec exit export fc fg fi for function getopts hash help "
    b"history if in jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return select "
    b"set shift shopt source suspend test then time times trap type typeset ulimit umask unalias unset until wait "
    b"while".split()
)
_NOTHING_RUN = "Nothing was run."


class Payload(msgspec.Struct, frozen=True):
    """The bytes for the supervisor's stdin: `env` lines, then the command text as it is."""

    env: bytes
    text: bytes
    password: bytes = b""  # a line

    @property
    def data(self) -> bytes:
        return self.password + self.env + self.text


def checked_name(name: str) -> str:
    """A run or job id becomes the name of a folder; anything that could lead elsewhere is refused."""
    if not _NAME.fullmatch(name):
        raise TargetError(f"{name!r} cannot be used as the name of a job's folder. {_NOTHING_RUN}")
    return name


def payload(order: JobOrder) -> Payload:
    """Values are quoted here, once; the text is never quoted, it is sourced from its own file."""
    lines = [b"export %s=%s\n" % (_variable(name), quoted(_raw(value))) for name, value in order.env.items()]
    password = b"" if order.password is None else _raw(order.password) + b"\n"
    if password.count(b"\n") > 1:
        raise TargetError(f"The password holds a line break, which sudo cannot take. {_NOTHING_RUN}")
    whole = Payload(b"".join(lines), _raw(order.text), password)
    if b"\0" in whole.data:
        raise TargetError(f"The command or one of its values holds a NUL byte, which no shell can take. {_NOTHING_RUN}")
    return whole


def arguments(order: JobOrder, parts: Payload) -> list[str]:
    """The words after `start JOBS`."""
    if order.shell not in _SHELLS:
        raise TargetError(f"There is no way to run {order.shell!r} here, only {', '.join(_SHELLS)}. {_NOTHING_RUN}")
    return [
        checked_name(order.run),
        checked_name(order.job),
        str(len(parts.env)),
        str(len(parts.text)),
        "" if order.timeout is None else _seconds(max(order.timeout, 0.01)),
        _seconds(max(order.grace, 0)),
        order.shell,
        "" if order.state_from is None else checked_name(order.state_from),
        order.cwd or "",
        order.home,
    ]


def in_lines(order: JobOrder, parts: Payload) -> tuple[list[str], bytes] | None:
    """The words after `go` and the payload as lines, for a shell to read by itself; None where that does not pay.

    A shell takes a system call for each byte, and not every one takes every byte.
    """
    if parts.password or len(parts.data) > LINES_LIMIT or not _PLAIN.fullmatch(parts.data):
        return None
    run, job, _, _, *rest = arguments(order, parts)
    counts = [str(part.count(b"\n") + 1) for part in (parts.env, parts.text)]
    one = "one" if is_one_program(order) else ""
    return [run, job, *rest, *counts, one], parts.env + b"\n" + parts.text + b"\n"


def is_one_program(order: JobOrder) -> bool:
    """Whether the text only starts a program, with words that any shell takes as they are: nothing is left by that.

    It may still be a function or an alias that an earlier command left.
    """
    text = _raw(order.text)
    found = _ONE_PROGRAM.fullmatch(text)
    return found is not None and order.shell in ("bash", "sh") and text.split()[0] not in _SHELL_WORDS


def quoted(value: bytes) -> bytes:
    r"""In single quotes nothing is special but the quote itself, which goes outside as \'."""
    return b"'" + value.replace(b"'", b"'\\''") + b"'"


def answer(text: str) -> dict[str, str]:
    """Lines `key words` up to a line with a dot; padding after it is the room that was reserved on the disk."""
    words: dict[str, str] = {}
    for line in text.splitlines():
        key, _, rest = line.strip().partition(" ")
        if key == ".":
            break
        if key:
            words[key] = rest
    return words


def understood(verb: str, text: str) -> dict[str, str]:
    """The answer, or TargetError with the supervisor's reason."""
    words = answer(text)
    if why := words.get("failed"):
        ending = f" {_NOTHING_RUN}" if verb == "start" else ""
        raise TargetError(f"{why[0].upper()}{why[1:]}.{ending}")
    return words


def report(words: dict[str, str]) -> JobReport:
    try:
        phase = JobPhase(words.get("phase", ""))
    except ValueError:
        raise TargetError(f"The supervisor's answer was not understood: {words}") from None
    return JobReport(
        phase=phase,
        detail=words.get("detail", ""),
        exit=_number(words.get("exit")),
        output_bytes=_number(words.get("bytes")) or 0,
        started=_number(words.get("started")),
    )


def result(words: dict[str, str]) -> JobExit:
    """What `rc` says. Without an exit status the outcome is unknown, never success."""
    return JobExit(
        exit=_number(words.get("exit")),
        signal=words.get("signal") or None,
        timed_out=words.get("timed_out") == "1",
        cancelled=words.get("cancelled") == "1",
        leftover=_number(words.get("leftover")) or 0,
        seconds=float(words.get("seconds") or 0),
        shell_state=words.get("state") == "1",
        detail=words.get("detail", ""),
    )


def _seconds(seconds: float) -> str:
    """Whole numbers as such: not every `sleep` takes others."""
    return str(int(seconds)) if seconds == int(seconds) else f"{seconds:.2f}"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _variable(name: str) -> bytes:
    if not _VARIABLE.fullmatch(name):
        raise TargetError(f"{name!r} is not a name that a shell variable can have. {_NOTHING_RUN}")
    return name.encode("ascii")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
