"""Commands that become another account: which say so, and what helps where one wanted a password and could ask nobody.

A command has no terminal, so that nothing in it waits for an answer for ever: sudo gives up at once, in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SUDO = re.compile(r"\bsudo\b")
# Functions, aliases and variables that a text defines: sudo in them is meant where their names are written.
_DEFINED = re.compile(
    r"""(?mx) ^[ \t]*(?:function[ \t]+)?(?P<function>[A-Za-z_][\w.-]*)[ \t]*\(\)
    | \balias[ \t]+(?P<alias>[A-Za-z_][\w.-]*)=
    | (?:^|[;\s])(?P<variable>[A-Za-z_]\w*)=["']?sudo\b"""
)

# sudo speaks the language of the account; these are its words for a password, in the translations that it brings.
_WANTED = """
    password passwor[dt]s? mot.de.passe contrase(?:ñ|ny)a senha parol[aăe] heslo hesla has(?:ło|ła) jelszó lozink geslo
    adgangskode passord lösenord salasana wachtwoord pasvorto shifra şifre mật.khẩu парол лозинк κωδικός პაროლი
    パスワード 암호 密码 密碼 گذرواژه authentication terminal tty
"""
_SAID = re.compile(
    "|".join(
        (
            rf"(?P<sudo>sudo(?:-rs)?): (?!.*command not found)[^\n]*(?:{'|'.join(_WANTED.split())})",
            r"(?P<doas>doas): (?:a tty is required|Auth(?:orization|entication) (?:failed|required))",
            r"(?P<su>su): (?:must be run from a terminal|Authentication failure|Authentication token)",
            r"[^\n]*(?P<polkit>Interactive authentication required)",
            r"Error executing command as another user: (?P<pkexec>Not authorized|No authentication agent found)",
        )
    ).encode(),
    re.IGNORECASE,
)
_MARKS = tuple(word.encode() for word in ("sudo", "doas: ", "su: ", "nteractive auth", "as another user"))
NOT_GIVEN = (
    "sudo wanted a password and nobody has given one: give it (--ask-sudo without a screen) and run the step again"
)
REFUSED = "sudo did not take the password"  # in the supervisor's words
WRONG = f"{REFUSED}, and it is forgotten: give the right one (--ask-sudo without a screen) and run the step again"
_START = 1024 * 1024  # bytes of an output that are looked at from its start
_END = 64 * 1024  # and from its end


def says_sudo(text: str, before: Iterable[str] = ()) -> bool:
    """Whether a command calls sudo, as far as can be read: itself, or by a name that one `before` it defined.

    What a script file does cannot be read.
    """
    if _SUDO.search(text):
        return True
    for earlier in before:
        if not _SUDO.search(earlier):
            continue
        for found in _DEFINED.finditer(earlier):
            if variable := found["variable"]:
                named = rf"\$\{{?{variable}\b"
            else:
                named = rf"(?<![\w./-]){re.escape(found['function'] or found['alias'])}(?![\w./-])"
            if re.search(named, text):
                return True
    return False


class Asking:
    """Reads out of an output who in the command wanted a password; bounded in what it looks at and holds."""

    def __init__(self) -> None:
        self._left = _START
        self._line = b""  # not ended yet
        self._last: list[bytes] = []
        self._who = ""

    def feed(self, data: bytes) -> None:
        if not data or self._who:
            return
        if self._left > 0:
            text = self._line + data[: self._left]
            self._left -= len(data)
            self._who = _who(text)
            self._line = text[text.rfind(b"\n") + 1 :][-_END:]
        else:
            self._last.append(data)
            while len(self._last) > 1 and sum(map(len, self._last[1:])) >= _END:
                del self._last[0]

    def who(self) -> str:
        """The program that asked; empty when none did."""
        if not self._who and self._last:
            self._who = _who(b"".join(self._last)[-_END:])
        return self._who


def wants_password(barred: str) -> bool:
    """Whether what barred a job is that its sudo had no password, or a wrong one."""
    return barred in (NOT_GIVEN, WRONG)


def asked(output: bytes) -> str:
    """The program that wanted a password, by what it said; empty when none did."""
    reading = Asking()
    reading.feed(output)
    return reading.who()


def sentence(who: str, *, said: bool, given: bool, here: bool) -> str:
    """What happened and what to do.

    `said`: the text calls sudo. `given`: its password was known and handed over. `here`: it ran on this machine.
    """
    become = "" if here else "use `become`, "
    if who != "sudo":
        return (
            f"{who} inside the command wanted a password and had no terminal to ask on: {become}write sudo in its "
            "place, or mark the command `interactive`"
        )
    if said and given:
        return (
            "sudo asked again inside a script or subshell, where the password that was given does not reach: write "
            f"sudo before the script itself, {become}or mark the command `interactive`"
        )
    if said:
        return NOT_GIVEN
    return (
        "something inside the command called sudo, which wanted a password and had no terminal to ask on: write sudo "
        f"before it in the command itself, {become}or mark the command `interactive`"
    )


def _who(text: bytes) -> str:
    if not any(mark in text for mark in _MARKS):
        return ""
    for line in text.splitlines():
        if found := _SAID.match(line.lstrip()):
            who = found.lastgroup or ""
            return "polkit" if who == "pkexec" else who
    return ""
