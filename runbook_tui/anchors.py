"""Places outside of this machine where the head of a record is written down: policy.yaml, `anchor:`.

With one of them a tail that was cut off, or a record that was written anew, is found. Addresses may hold tokens: only
the names of places are shown and recorded.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import secrets
import shlex
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml

from runbook_tui.authorities import paths
from runbook_tui.gate_policy import BadPolicy
from runbook_tui.places import state_folder
from runbook_tui.run.masking import masked
from runbook_tui.run.ports import OperatorError

KEY = "anchor"
KINDS = {
    "git": frozenset({"git", "branch", "file", "name"}),
    "webhook": frozenset({"webhook", "read", "name"}),
    "ssh": frozenset({"ssh", "file", "name"}),
    "command": frozenset({"command", "read", "name"}),
}
_HELPER = re.compile(r"[A-Za-z0-9+.-]*::")  # git’s own programs for addresses: ext::command
_WITH_USERS = frozenset({"ssh", "git+ssh", "ssh+git"})  # where a user is a name, not a token
BRANCH, FILE = "rbt-heads", "heads.txt"
LARGEST = 64 * 1024 * 1024  # bytes of heads that are read: a line has about 110
LOUDEST = 64 * 1024  # bytes of what a program complains that are kept
PUSHES = 4  # somebody else may push in between
LONGEST = 200  # characters of a reason


class NotAnchored(OperatorError):
    """A place did not take it, or could not be read; nothing of the run is touched."""


class Place(Protocol):
    """Somewhere outside."""

    name: str  # as it is shown and recorded
    readable: bool

    async def write(self, line: str) -> None:
        """Keep this line. Raises NotAnchored, OSError; the caller has a deadline."""
        ...

    async def read(self) -> str:
        """The lines that were kept. Raises NotAnchored, OSError; the caller has a deadline."""
        ...


class GitBranch:
    """A file on a branch, one commit a line; made for a branch that nobody may rewrite."""

    readable = True

    def __init__(self, url: str, branch: str, file: str, name: str, *, folder: Path) -> None:
        self.name = name or f"the branch {branch} of {url}"  # an address with something secret in it is refused
        self._url = url
        self._ref = f"refs/heads/{branch}"
        self._file = file
        self._own = folder / f"{hashlib.sha256(f'{url} {branch}'.encode()).hexdigest()[:16]}.git"

    async def write(self, line: str) -> None:
        why = ""
        for _ in range(PUSHES):
            tip = await self._fetch()
            text = await self._text(tip)
            commit = await self._commit(tip, text + (b"" if text.endswith(b"\n") or not text else b"\n"), line)
            try:
                await self._git("push", "-q", self._url, f"{commit}:{self._ref}")
            except NotAnchored as error:  # somebody else was faster, or it is refused
                why = str(error)
            else:
                return
        raise NotAnchored(why)

    async def read(self) -> str:
        return (await self._text(await self._fetch())).decode("utf-8", "replace")

    async def _fetch(self) -> str:
        """The newest commit there; empty while there is none."""
        if not self._own.exists():
            self._own.parent.mkdir(parents=True, exist_ok=True)
            await _output(("git", "init", "-q", "--bare", str(self._own)), env=_GIT)
        told = (await self._git("ls-remote", self._url, self._ref)).decode().split()
        if not told:
            return ""
        await self._git("fetch", "-q", "--no-tags", "--no-write-fetch-head", self._url, self._ref)
        return told[0]

    async def _text(self, tip: str) -> bytes:
        if not tip or not (await self._git("ls-tree", tip, "--", self._file)).strip():
            return b""
        return await self._git("cat-file", "blob", f"{tip}:{self._file}")

    async def _commit(self, tip: str, before: bytes, line: str) -> str:
        """A commit with one line more; other files of the branch stay."""
        blob = (await self._git("hash-object", "-w", "--stdin", stdin=before + f"{line}\n".encode())).decode().strip()
        index = self._own / f"index.{secrets.token_hex(6)}"  # others may write at the same time, here or elsewhere
        try:
            await self._git("read-tree", tip or "--empty", index=index)
            await self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{self._file}", index=index)
            tree = (await self._git("write-tree", index=index)).decode().strip()
        finally:
            index.unlink(missing_ok=True)
        parents = ("-p", tip) if tip else ()
        return (await self._git("commit-tree", tree, *parents, "-m", line)).decode().strip()

    async def _git(self, *words: str, stdin: bytes = b"", index: Path | None = None) -> bytes:
        env = _GIT if index is None else {**_GIT, "GIT_INDEX_FILE": str(index)}
        return await _output(("git", "--git-dir", str(self._own), *words), stdin=stdin, env=env)


class Webhook:
    """A POST of the line as JSON; `text` is what chats show."""

    def __init__(self, url: str, read: str, name: str) -> None:
        self.name = name or f"the webhook at {urlsplit(url).hostname}"
        self.readable = bool(read)
        self._url = url
        self._read = read

    async def write(self, line: str) -> None:
        _, run, seq, hash_, *at = line.split()
        said = {"text": line, "run": run, "seq": int(seq), "hash": hash_, "at": at[0] if at else None}
        await self._ask("POST", self._url, json.dumps(said).encode())

    async def read(self) -> str:
        return (await self._ask("GET", self._read)).decode("utf-8", "replace")

    async def _ask(self, method: str, url: str, body: bytes | None = None) -> bytes:
        import aiohttp

        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise NotAnchored(f"it answered {answer.status}")
                return b"" if body is not None else await _whole(answer.content.iter_any())
        except aiohttp.ClientError as error:
            raise NotAnchored(f"it could not be asked ({type(error).__name__})") from None


class RemoteFile:
    """A file on another host, by ssh as the operator uses it; a line is added to its end."""

    readable = True

    def __init__(self, host: str, file: str, name: str) -> None:
        self.name = name or f"{file} on {host}"
        self._host = host
        self._file = shlex.quote(file)

    async def write(self, line: str) -> None:
        await self._ssh(f"cat >> {self._file}", f"{line}\n".encode())

    async def read(self) -> str:
        return (await self._ssh(f"if test -e {self._file}; then cat {self._file}; fi")).decode("utf-8", "replace")

    async def _ssh(self, command: str, stdin: bytes = b"") -> bytes:
        return await _output(("ssh", "-o", "BatchMode=yes", "--", self._host, command), stdin=stdin)


class Command:
    """A command of the policy: the line on its standard input and in RBT_HEAD; `read` prints what was kept."""

    def __init__(self, command: str, read: str, name: str) -> None:
        self.name = name or "the command of the policy"
        self.readable = bool(read)
        self._command = command
        self._read = read

    async def write(self, line: str) -> None:
        await _output(("/bin/sh", "-c", self._command), stdin=f"{line}\n".encode(), env={"RBT_HEAD": line})

    async def read(self) -> str:
        return (await _output(("/bin/sh", "-c", self._read))).decode("utf-8", "replace")


_GIT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "rbt", "GIT_AUTHOR_EMAIL": "rbt@localhost",
    "GIT_COMMITTER_NAME": "rbt", "GIT_COMMITTER_EMAIL": "rbt@localhost",
    "LC_ALL": "C",
}  # fmt: skip


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    """All of it: with a part the newest heads would be missing, as if they had never been kept. Raises NotAnchored."""
    read = bytearray()
    async for piece in pieces:
        read += piece
        if len(read) > LARGEST:
            raise NotAnchored(f"it holds more than {LARGEST >> 20} MB: begin another file there")
    return bytes(read)


async def _pieces(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await stream.read(LOUDEST):
        yield piece


async def _end(stream: asyncio.StreamReader) -> bytes:
    """The last that is said there, however much it is."""
    kept = b""
    async for piece in _pieces(stream):
        kept = (kept + piece)[-LOUDEST:]
    return kept


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it does not want it: its exit code says more
        stream.write(data)
        await stream.drain()
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.close()
        await stream.wait_closed()


async def _output(argv: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """What a program prints; it has no terminal, and dies with whoever waits for it. Raises NotAnchored."""
    surroundings = {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes", **os.environ, **(env or {})}
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=surroundings,
            start_new_session=True,
        )
    except OSError as error:
        raise NotAnchored(f"{argv[0]} cannot be started: {error.strerror}") from None
    into, out_of, complaints = process.stdin, process.stdout, process.stderr
    if into is None or out_of is None or complaints is None:
        raise NotAnchored(f"{argv[0]} cannot be spoken to")
    try:
        _, out, err = await asyncio.gather(_feed(into, stdin), _whole(_pieces(out_of)), _end(complaints))
        await process.wait()
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - a pipe nobody reads is waited for else
        with suppress(Exception):
            await asyncio.shield(process.wait())
        raise
    if process.returncode != 0:
        raise NotAnchored(_reason(err) or f"{argv[0]} ended with {process.returncode}")
    return out


def _reason(err: bytes) -> str:
    lines = [line for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    told = next((line for line in lines if "rejected" in line or "fatal" in line), lines[-1] if lines else "")
    return masked("".join(char for char in told.strip() if char.isprintable()))[:LONGEST]


# --- policy.yaml ---------------------------------------------------------------------------------


def read_anchors(path: Path | None = None) -> tuple[Place, ...]:
    """The places that the policy here names; none without a policy. Raises BadPolicy."""
    path = path or paths()[0]
    if not path.is_file():
        return ()
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadPolicy(f"the policy {path} cannot be read: {str(error).splitlines()[0]}") from None
    said = content.get(KEY) if isinstance(content, dict) else None
    return of_said(said, str(path), folder=state_folder() / "anchors")


def of_said(said: Any, source: str, *, folder: Path) -> tuple[Place, ...]:
    """Raises BadPolicy."""
    if said is None:
        return ()
    places = [_place(one, source, folder) for one in (said if isinstance(said, list) else [said])]
    names = [place.name for place in places]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadPolicy(f"{source}: two anchors are {twice}: give one of them a `name`")
    return tuple(places)


def _place(said: Any, source: str, folder: Path) -> Place:
    kind = next((kind for kind in KINDS if kind in said), "") if isinstance(said, dict) else ""
    if not kind:
        raise BadPolicy(f"{source}: an anchor is one of {', '.join(KINDS)}: `- git: git@host:audit.git`")
    if unknown := sorted(str(key) for key in set(said) - KINDS[kind]):
        raise BadPolicy(f"{source}: an anchor of kind {kind} has no {unknown[0]!r}")
    if bad := next((key for key, value in said.items() if not isinstance(value, str) or not value.strip()), None):
        raise BadPolicy(f"{source}: {bad} of an anchor is a text")
    return _MAKE[kind](said, source, folder)


def _git(said: Mapping[str, str], source: str, folder: Path) -> Place:
    url, branch, file = said["git"], said.get("branch", BRANCH), said.get("file", FILE)
    _refuse_secrets(url, source)
    if branch.startswith(("-", "+")) or any(char in branch for char in " :~^?*[\\"):
        raise BadPolicy(f"{source}: {branch!r} is no name of a branch")
    if file.startswith(("/", "-")) or ".." in file or "," in file:
        raise BadPolicy(f"{source}: {file!r} is no file of a branch")
    return GitBranch(url, branch, file, said.get("name", ""), folder=folder)


def _refuse_secrets(url: str, source: str) -> None:
    """An address stands in the record and in the list of processes: a token in it would be read there."""
    if url.startswith("-") or _HELPER.match(url):
        raise BadPolicy(f"{source}: the address of an anchor is no address of a repository")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadPolicy(f"{source}: the address of an anchor cannot be read") from None
    user = parts.netloc.rpartition("@")[0]
    if ":" in user or (user and parts.scheme not in _WITH_USERS):
        raise BadPolicy(
            f"{source}: the address of an anchor holds a password or a token: give it to git’s credential helper"
        )
    if parts.netloc and (parts.query or parts.fragment):
        raise BadPolicy(f"{source}: the address of an anchor goes on after its path, where tokens stand: leave it out")


def _webhook(said: Mapping[str, str], source: str, _: Path) -> Place:
    for url in filter(None, (said["webhook"], said.get("read", ""))):
        try:
            parts = urlsplit(url)
        except ValueError:
            raise BadPolicy(f"{source}: the address of an anchor cannot be read") from None
        near = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or near):
            raise BadPolicy(f"{source}: an anchor’s webhook is an https address")
    return Webhook(said["webhook"], said.get("read", ""), said.get("name", ""))


def _ssh(said: Mapping[str, str], source: str, _: Path) -> Place:
    if said["ssh"].startswith("-") or " " in said["ssh"]:
        raise BadPolicy(f"{source}: {said['ssh']!r} is no host")
    return RemoteFile(said["ssh"], said.get("file", FILE), said.get("name", ""))


def _command(said: Mapping[str, str], _: str, __: Path) -> Place:
    return Command(said["command"], said.get("read", ""), said.get("name", ""))


_MAKE: dict[str, Callable[[Mapping[str, str], str, Path], Place]] = {
    "git": _git, "webhook": _webhook, "ssh": _ssh, "command": _command,
}  # fmt: skip
