"""Speaks with remote.sh on a host: one channel a question, the scripts put there when they are missing."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Protocol

from runbook_tui.run.passwords import PasswordWanted
from runbook_tui.run.ports import TargetError
from runbook_tui.targets import order as wire
from runbook_tui.targets.ssh.exchange import Exchange
from runbook_tui.targets.ssh.faults import WENT_ON, Unreachable
from runbook_tui.targets.ssh.link import Link

FOLDER = Path(__file__).parents[1]
SCRIPTS = tuple(sorted(path.name for path in FOLDER.glob("*.sh")))
_FOLDERS = ('"${XDG_STATE_HOME:-$HOME/.local/state}/runbook-tui"', '"/var/tmp/runbook-tui-$u"', '"/tmp/runbook-tui-$u"')
_END = b"RBT-END-OF-FILE"
NOISE = 1000  # bytes kept of what a login shell says
CHUNK = 1024 * 1024  # bytes of output handed on at once: pieces of the channel are joined once and cut nowhere


@cache
def scripts_version() -> str:
    """Names the folder of the scripts on a host: jobs under an older version go on undisturbed."""
    digest = hashlib.sha256()
    for name in SCRIPTS:
        digest.update(_script(name))
    return digest.hexdigest()[:16]


@cache
def installation() -> bytes:
    """A POSIX shell script, read from stdin, that puts the scripts into the first folder that takes them.

    Everything stands in functions: a script cut short by a lost link does nothing.
    """
    place = f"$d/bin/{scripts_version()}"
    files = b"".join(
        b"cat >\"$1/%s\" <<'%s' &&\n%s\n%s\n" % (name.encode(), _END, _script(name).rstrip(b"\n"), _END)
        for name in SCRIPTS
    )
    return (
        b"write() {\n" + files + b":\n}\n"
        b"install() {\numask 077\nu=$(id -u)\nfor d in " + " ".join(_FOLDERS).encode() + b"; do\n"
        b'mkdir -p "$d/bin" "$d/jobs" 2>/dev/null && [ -O "$d" ] && [ ! -h "$d" ] && chmod 700 "$d" || continue\n'
        b'new=$d/bin/.new.$$\nif mkdir "$new" && write "$new"; then\n'
        b'mv "$new" "' + place.encode() + b'" 2>/dev/null || rm -rf "$new"\n'
        b'[ -f "' + place.encode() + b'/remote.sh" ] && { echo installed; return; }\nfi 2>/dev/null\nrm -rf "$new"\n'
        b'done\necho "failed no folder for jobs: neither ~/.local/state nor /var/tmp nor /tmp can be written"\n}\n'
        b"install\n"
    )


def _script(name: str) -> bytes:
    return FOLDER.joinpath(name).read_bytes()


class Reply:
    """What remote.sh says on one channel: its output after the mark, and its words."""

    def __init__(self, exchange: Exchange, nonce: str, name: str, *, begun: bool = False) -> None:
        self._exchange = exchange
        self._mark = f"{nonce}\n".encode()
        self._last = b"\x1e" + self._mark  # after the output where the channel is free then
        self._held = b""  # may be the beginning of that
        self._prefix = f"{nonce} "
        self._prompt = _prompt(nonce)
        self._name = name
        self._begun = begun
        self._output = b""  # came together with the mark
        self._said: dict[str, str] = {}
        self._line = b""  # of stderr, not ended yet
        self._asked = 0
        self._before = b""  # the end of what the login shell said, on stdout
        self._muttered = b""  # and on stderr

    def say(self, word: str) -> None:
        """A line more for the other end; nothing when it has ended."""
        if not self._exchange.ended:
            self._exchange.send(f"{word}\n".encode(), end=False)

    def begun(self) -> bool:
        """Whether the mark has come: ours is at the other end, and what comes from now on is its output."""
        if not self._begun and (data := self._exchange.take()):
            before, mark, self._output = (self._before + data).partition(self._mark)
            self._begun = bool(mark)
            self._before = before[-NOISE:]
        return self._begun

    async def chunk(self) -> bytes:
        """Output as it comes; empty at its end. Raises Unreachable when the link was lost before."""
        while True:
            data = b""
            if self.begun():
                data, self._output = self._output or self._exchange.take(CHUNK), b""
            if data and (data := self._without_mark(data)):
                return data
            if self._exchange.ended:
                if self._exchange.lost is not None:
                    raise Unreachable(f"The link to {self._name} was lost ({self._exchange.lost}). {WENT_ON}")
                data, self._held = self._held, b""
                return data
            if self.over():
                self._exchange.free = True
                return b""
            await self._exchange.news()

    def over(self) -> bool:
        """Whether all has come, and the other end takes another request."""
        words = self.words()
        return "next" in words and (self._held == self._last or "silent" in words)

    def _without_mark(self, data: bytes) -> bytes:
        """What is held back is told apart from output by what comes after it, or does not."""
        if self._held:
            data, self._held = self._held + data, b""
        at = data.rfind(b"\x1e", -len(self._last))
        if at < 0 or not self._last.startswith(data[at:]):
            return data
        self._held = data[at:]
        return data[:at]

    async def text(self, patience: float) -> str:
        """All of it."""
        data = bytearray()
        try:
            async with asyncio.timeout(patience):
                while piece := await self.chunk():
                    data += piece
        except TimeoutError:
            raise Unreachable(f"{self._name} gave no answer within {patience:.0f} s. {WENT_ON}") from None
        return data.decode("utf-8", "replace")

    async def words_until(self, keys: Sequence[str], patience: float) -> dict[str, str]:
        """Its words as soon as one of these is among them, or the channel has ended."""
        try:
            async with asyncio.timeout(patience):
                while not (words := self.words()).keys() & set(keys) and not self._exchange.ended:
                    await self._exchange.news()
        except TimeoutError:
            raise Unreachable(f"{self._name} gave no answer within {patience:.0f} s. {WENT_ON}") from None
        return words

    def words(self) -> dict[str, str]:
        """What it has said so far: `key words`."""
        *lines, self._line = (self._line + self._exchange.take_stderr()).split(b"\n")
        if self._exchange.ended and self._line:
            lines, self._line = [*lines, self._line], b""
        for line in lines:
            # sudo leaves its prompt standing without a line end.
            text = line.decode("utf-8", "replace")
            self._asked += text.count(self._prompt)
            text = text.replace(self._prompt, "")
            if text.startswith(self._prefix):
                key, _, rest = text.removeprefix(self._prefix).strip().partition(" ")
                self._said.setdefault(key, rest)
            elif not self._begun:
                self._muttered = (self._muttered + text.encode() + b"\n")[-NOISE:]
        return self._said

    def times_asked(self) -> int:
        """How often sudo has asked for a password."""
        self.words()
        return self._asked + self._line.decode("utf-8", "replace").count(self._prompt)

    @property
    def question(self) -> str:
        """What stands there without a line end, as a prompt does."""
        self.words()
        return self._line.decode("utf-8", "replace").strip()[-100:]

    @property
    def noise(self) -> str:
        """The last that was said that is not ours: why it could not begin."""
        lines = (self._before + b"\n" + self._muttered).decode("utf-8", "replace").splitlines()
        return " ".join(line.strip() for line in lines if line.strip())[-300:]


class Meanwhile(Protocol):
    def stop(self) -> None: ...


class Remote:
    """One account on one host."""

    def __init__(self, link: Link, become: str | None, *, answer_timeout: float) -> None:
        self.link = link
        self._become = become
        self.password: str | None = None  # for sudo, in memory only
        self._answer_timeout = answer_timeout
        self._installing = asyncio.Lock()

    @property
    def name(self) -> str:
        return self.link.spec.name

    async def ask(self, *words: str, data: bytes = b"", patience: float | None = None) -> dict[str, str]:
        """Raises TargetError with the host's reason, Unreachable when it cannot be had."""
        return wire.understood(words[0], await self.say(*words, data=data, patience=patience))

    async def say(self, *words: str, data: bytes = b"", patience: float | None = None) -> str:
        async with self.conversation(words, data) as reply:
            return await reply.text(patience or self._answer_timeout)

    @asynccontextmanager
    async def conversation(
        self, words: Sequence[str], data: bytes = b"", *, meanwhile: Callable[[Reply], Meanwhile] | None = None
    ) -> AsyncIterator[Reply]:
        """Send a request and hand out the reply; puts the scripts there first when they are missing.

        `meanwhile` says more while the conversation lasts.
        """
        spare = words[0] == "go" and self._become is None
        installed = False
        while True:
            nonce = secrets.token_hex(8)
            async with AsyncExitStack() as stack:
                exchange, reply = await stack.enter_async_context(
                    self._opened(f"sh -c '{_call(nonce)}'", nonce, spare=spare)
                )
                again, exchange.free = exchange.free, False
                greeting = f"again {nonce}\n".encode() if again else b""
                exchange.send(greeting + _request(words) + data, end=meanwhile is None)
                if meanwhile is not None:
                    stack.callback(meanwhile(reply).stop)
                await self._first_word(reply, exchange, again=again)
                if again and not reply.words():
                    continue  # it had gone meanwhile; asking once more starts nothing twice
                if not self._absent(reply, exchange):
                    yield reply
                    return
            if installed:
                raise TargetError(f"{self.name} does not keep the files put there. Nothing was run.")
            await self._install()
            installed = True

    def terminal_command(self, nonce: str, run: str, job: str, order: str) -> str:
        """For a channel with a pty, whose stdin is the operator's."""
        return self._as_account(f"sh -c '{_call(nonce, 'terminal', run, job, order)}'", nonce, quiet=True)

    # --- inside ---

    async def _first_word(self, reply: Reply, exchange: Exchange, *, again: bool) -> None:
        """Wait until ours has begun, has said that the scripts are not there, or has ended.

        `again`: it had begun before; then something that it says.
        """
        try:
            async with asyncio.timeout(self._answer_timeout):
                while not (exchange.ended or (reply.words() if again else reply.begun() or "absent" in reply.words())):
                    await exchange.news()
        except TimeoutError:
            self.link.drop()
            raise Unreachable(f"{self.name} gave no answer within {self._answer_timeout:.0f} s. {WENT_ON}") from None

    def _absent(self, reply: Reply, exchange: Exchange) -> bool:
        """Whether the scripts are not there; else ours has begun, or the link was lost."""
        if reply.begun() or exchange.lost is not None:
            return False
        if "absent" in reply.words():
            return True
        why = reply.noise or "its login shell ended without a word"
        raise TargetError(f"{self.name} runs no commands for this user: {why}. Nothing was run.")

    async def _install(self) -> None:
        async with self._installing:
            nonce = secrets.token_hex(8)
            async with self._opened(f"sh -c 'echo {nonce}; exec sh'", nonce) as (exchange, reply):
                exchange.send(installation(), end=True)
                answer = await reply.text(self._answer_timeout)
            wire.understood("start", answer)
            if "installed" not in answer:
                why = answer.strip() or reply.noise
                raise TargetError(f"The files for jobs could not be put on {self.name}: {why}. Nothing was run.")

    @asynccontextmanager
    async def _opened(self, command: str, nonce: str, *, spare: bool = False) -> AsyncIterator[tuple[Exchange, Reply]]:
        async with self.link.exchange(f"exec {self._as_account(command, nonce)}", spare=spare) as exchange:
            reply = Reply(exchange, nonce, self.name, begun=exchange.free)
            if self._become:
                await self._give_password(exchange, reply)
            yield exchange, reply

    def _as_account(self, command: str, nonce: str, *, quiet: bool = False) -> str:
        become = self._become
        if become is None:
            return command
        # -k: a password remembered over there would make the answer depend on the moment.
        asked = "" if quiet else f"-k -S -p {_prompt(nonce)} "
        return f"sudo {asked}-H -u {become} -- {command}"

    async def _give_password(self, exchange: Exchange, reply: Reply) -> None:
        """Wait for exactly our prompt or for the command itself; answer once, with nothing else on its heels."""
        given = False
        try:
            async with asyncio.timeout(self._answer_timeout):
                while not (reply.begun() or exchange.ended or "absent" in reply.words()):
                    if (asked := reply.times_asked()) > int(given):
                        exchange.send(self._password_after(asked), end=False)
                        given = True
                    await exchange.news()
        except TimeoutError:
            why = f": it asks {reply.question!r}, which nobody can answer here" if reply.question else ""
            raise Unreachable(f"sudo on {self.name} gave no answer{why}. {WENT_ON}") from None

    def _password_after(self, asked: int) -> bytes:
        if asked > 1:
            self.password = None
            raise PasswordWanted(
                f"sudo on {self.name} did not take the password. Nothing was run.", host=self.name, refused=True
            )
        if self.password is None:
            why = "wants a password: the preflight (f) asks for it"
            raise PasswordWanted(f"sudo on {self.name} {why}. Nothing was run.", host=self.name)
        return self.password.encode() + b"\n"


def _prompt(nonce: str) -> str:
    return f"rbt-{nonce}:"


def _call(nonce: str, *words: str) -> str:
    """Find our scripts and become remote.sh. Stands in single quotes, so that every login shell leaves it alone."""
    arguments = " ".join((nonce, *words))
    home, *others = _FOLDERS
    tries = "; ".join(f"t {folder}" for folder in others)
    place = f'here=$1/bin/{scripts_version()}; s=$here/remote.sh; [ -f "$s" ] && [ -O "$s" ]'
    try_one = f'if {place}; then set -- {arguments}; . "$s"; exit; fi'
    return f"t() {{ {try_one}; }}; t {home}; u=$(id -u); {tries}; echo {nonce} absent >&2"


def _request(words: Sequence[str]) -> bytes:
    for word in words:
        if "\n" in word or "\0" in word:
            raise TargetError(f"{word!r} cannot be sent to a host: it holds a line break. Nothing was run.")
    return "".join(f"{word}\n" for word in (str(len(words)), *words)).encode("utf-8", "surrogateescape")
