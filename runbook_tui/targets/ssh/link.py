"""One connection to one host, made when needed, kept open, and made again when it was lost."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import Clock, Standing, StandingPhase, TargetError
from runbook_tui.targets.ssh.destination import (
    DEFAULT_PORT,
    Destination,
    ReadConfig,
    ciphers,
    destination,
    hop_spec,
    identities,
)
from runbook_tui.targets.ssh.exchange import Exchange
from runbook_tui.targets.ssh.faults import WENT_ON, AccessDenied, HostKeyRefused, HostKeyUnknown, Unreachable
from runbook_tui.targets.ssh.hostkeys import HostKeys, KeyVerdict, KnownKeys, known_hosts_line
from runbook_tui.targets.ssh.settings import SshSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LEAVING = 1.0  # seconds for what is at the other end of a free channel to go
FIRST_PAUSE = 0.2  # seconds before the second attempt
TRANSIENT = (ConnectionResetError, BrokenPipeError, asyncssh.ConnectionLost)


class Gates:
    """How many handshakes go on at once, for each next hop: many at a bastion look like an attack to it."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._gates: dict[str, asyncio.Semaphore] = {}

    def of(self, hop: str) -> asyncio.Semaphore:
        return self._gates.setdefault(hop, asyncio.Semaphore(self._at_once))


class _Client(asyncssh.SSHClient):
    """Judges the key the host shows, and notes when the connection ends."""

    def __init__(self, where: Destination, known: KnownKeys, ended: Callable[[Exception | None], None]) -> None:
        self._where = where
        self._known = known
        self._ended = ended
        self.refusal: TargetError | None = None
        self.authenticated = False

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        verdict = self._known.verdict(key)
        if verdict is not KeyVerdict.KNOWN:
            self.refusal = _refusal(self._where, key, verdict)
        return verdict is KeyVerdict.KNOWN

    def auth_completed(self) -> None:
        self.authenticated = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended(exc)


def _refusal(where: Destination, key: asyncssh.SSHKey, verdict: KeyVerdict) -> TargetError:
    fingerprint, algorithm = key.get_fingerprint(), key.algorithm.decode()
    shown = f"{where.name} ({where.shown})" if where.name != where.shown else where.shown
    if verdict is KeyVerdict.CHANGED:
        return HostKeyRefused(
            f"{shown} shows another {algorithm} key than known_hosts has ({fingerprint}): it is another machine, or "
            f"somebody stands between. Nothing was sent. If the host was really set up anew, ask its owner for the "
            f"fingerprint and remove the old key with: ssh-keygen -R {_in_known_hosts(where)}"
        )
    if verdict is KeyVerdict.REVOKED:
        return HostKeyRefused(f"{shown} shows a key that known_hosts has as revoked ({fingerprint}). Nothing was sent.")
    other = " (known so far by a key of another type)" if verdict is KeyVerdict.OTHER_TYPE else ""
    return HostKeyUnknown(
        f"The key of {shown} is not known{other}: {algorithm} {fingerprint}. Compare it with what the host's owner "
        "says; the preflight (f) or `rbt preflight --trust-new` takes it over. Nothing was sent.",
        host=where.name,
        fingerprint=fingerprint,
        algorithm=algorithm,
        line=known_hosts_line(where, key),
    )


def _in_known_hosts(where: Destination) -> str:
    """The host's name there, as a word of a shell."""
    return where.key_name if where.port == DEFAULT_PORT else f"'[{where.key_name}]:{where.port}'"


@dataclass(frozen=True)
class Network:
    """What the links of a run have in common."""

    settings: SshSettings
    clock: Clock
    keys: HostKeys
    gates: Gates
    hop: Callable[[HostSpec, Link | None], Link]  # the link to a jump host
    changed: Callable[[], None]  # a link's standing is another now


class Link:
    """Everything that goes to one host. Lives on the ssh loop; `standing` may be read from anywhere."""

    def __init__(self, spec: HostSpec, network: Network, through: Link | None = None) -> None:
        self.spec = spec
        self._network = network
        self._settings = settings = network.settings
        self._clock = network.clock
        self._through = through
        self._where: Destination | None = None
        self._config: ReadConfig | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._way_is_clear = False
        self._reading = asyncio.Lock()
        self._connecting = asyncio.Lock()
        self._channels = asyncio.Semaphore(settings.channels)
        self._spare: tuple[Exchange, asyncio.TimerHandle] | None = None  # open, and nobody's
        self._own_config: Path | None = None
        self.standing = Standing()

    async def where(self) -> Destination:
        async with self._reading:
            if self._where is None:
                if self.spec.options and self._own_config is None:
                    self._own_config = await asyncio.to_thread(_written, self.spec.options)
                found = await asyncio.to_thread(destination, self.spec, self._settings, self._configs())
                self._where, self._config = found
            return self._where

    def _configs(self) -> list[Path]:
        """ssh_config, with what the inventory says of this host before it."""
        return [*([self._own_config] if self._own_config else []), *self._settings.config]

    async def connection(self) -> asyncssh.SSHClientConnection:
        """The open connection, or a new one. Raises Unreachable, HostKeyRefused, HostKeyUnknown or AccessDenied."""
        await self._check_way()
        async with self._connecting:
            if self._connection is None:
                try:
                    self._connection = await self._connect()
                except TargetError as error:
                    refused = not isinstance(error, Unreachable)
                    self._stand(StandingPhase.REFUSED if refused else StandingPhase.UNREACHABLE, str(error))
                    raise
                self._stand(StandingPhase.OPEN)
            return self._connection

    async def reconnection(self, attempt: int) -> None:
        """Wait as long as befits the attempt (1, 2, …), then try once. Raises what `connection` does."""
        pause = min(FIRST_PAUSE * 2 ** min(attempt - 1, 10), self._settings.longest_pause)
        pause *= random.uniform(0.7, 1.0)  # noqa: S311  # spreads a fleet's attempts, guards nothing
        self._stand(StandingPhase.RECONNECTING, f"attempt {attempt}, in {pause:.0f} s")
        await asyncio.sleep(pause)
        await self.connection()

    @asynccontextmanager
    async def exchange(
        self, command: str, *, pty: tuple[str, int, int] | None = None, spare: bool = False
    ) -> AsyncIterator[Exchange]:
        """Run a command on a channel of its own. Raises Unreachable.

        With `spare`, on the channel that was left free by the one before, when there is one: it is `free` then. At the
        end the channel is closed, or kept when it is free; a host counts it as a session, so only until another
        one is wanted, or none for a while.
        """
        async with self._channels:
            if not spare:
                await self.make_room()
            exchange = (self._take_spare() if spare else None) or await self._opened(command, pty)
            try:
                yield exchange
            finally:
                if exchange.free and not exchange.ended and self._connection is not None and self._spare is None:
                    later = asyncio.get_running_loop().call_later(self._settings.spare, self._drop_spare)
                    self._spare = (exchange, later)
                else:
                    exchange.drop()

    async def make_room(self) -> None:
        """Close the channel that was left free, for a session of another kind: a host may allow few."""
        while (exchange := self._take_spare()) is not None:
            await _leave(exchange)

    async def server_version(self) -> str:
        return str((await self.connection()).get_extra_info("server_version") or "")

    async def sessions_at_once(self, most: int) -> int:
        """How many sessions the host takes on this connection at the same time, tried up to `most`."""
        opened = 0
        async with AsyncExitStack() as stack:
            with suppress(Unreachable):
                while opened < most:
                    await stack.enter_async_context(self.exchange("cat"))
                    opened += 1
        return opened

    def drop(self) -> None:
        """Forget a connection that no longer answers; the next use makes a new one."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.abort()

    async def close(self) -> None:
        self._drop_spare()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()
            with suppress(TimeoutError, OSError, asyncssh.Error):
                async with asyncio.timeout(2):
                    await connection.wait_closed()
        if self._own_config is not None:
            self._own_config.unlink(missing_ok=True)

    # --- inside ---

    async def _opened(self, command: str, pty: tuple[str, int, int] | None) -> Exchange:
        connection = await self.connection()
        exchange = Exchange()
        try:
            async with asyncio.timeout(self._settings.answer_timeout):
                await connection.create_session(
                    lambda: exchange,
                    command,
                    encoding=None,
                    request_pty="force" if pty else False,
                    term_type=pty[0] if pty else None,
                    term_size=(pty[1], pty[2]) if pty else (),
                )
        except TimeoutError:
            self.drop()
            raise Unreachable(f"{self.spec.name} stopped answering. {WENT_ON}") from None
        except (OSError, asyncssh.Error) as error:
            if self._connection is connection and connection.is_closed():
                self._connection = None
            raise Unreachable(f"{self.spec.name} opened no session: {_reason(error)}. {WENT_ON}") from error
        return exchange

    def _take_spare(self) -> Exchange | None:
        if self._spare is None:
            return None
        (exchange, later), self._spare = self._spare, None
        later.cancel()
        return None if exchange.ended else exchange

    def _drop_spare(self) -> None:
        if (exchange := self._take_spare()) is not None:
            exchange.drop()

    async def _connect(self) -> asyncssh.SSHClientConnection:
        where = await self.where()
        deadline = self._clock.monotonic() + self._settings.patience
        pause = FIRST_PAUSE
        while True:
            self._stand(StandingPhase.CONNECTING)
            try:
                return await self._attempt(where)
            except TRANSIENT as error:
                # Before the login: a busy sshd drops new connections at random (MaxStartups). Nothing was sent yet.
                wait = random.uniform(pause, 3 * pause)  # noqa: S311
                if self._clock.monotonic() + wait > deadline:
                    raise Unreachable(f"{self._named(where)} closed the connection: {_reason(error)}.") from error
                await asyncio.sleep(wait)
                pause = min(pause * 2, 3.0)

    async def _attempt(self, where: Destination) -> asyncssh.SSHClientConnection:
        tunnel, hop = await self._tunnel(where)
        known = await asyncio.to_thread(self._network.keys.of, where)
        keys = await asyncio.to_thread(identities, where)
        client = _Client(where, known, self._ended)
        user = {} if self.spec.user is None else {"username": self.spec.user}
        port = {} if self.spec.port is None else {"port": self.spec.port}
        try:
            async with self._network.gates.of(hop):
                return await asyncssh.connect(
                    where.address,
                    **user,
                    **port,
                    **keys,
                    **ciphers(where),
                    options=self._config,
                    config=None if self._config else [str(path) for path in self._configs()],
                    tunnel=tunnel,
                    client_factory=lambda: client,
                    known_hosts=(known.trusted, known.authorities, known.revoked),
                    server_host_key_algs=known.algorithms(),
                    connect_timeout=where.connect_timeout,
                    login_timeout=self._settings.login_timeout,
                    keepalive_interval=where.keepalive,
                    keepalive_count_max=where.keepalive_count,
                    encoding=None,
                )
        except asyncssh.HostKeyNotVerifiable as error:
            raise client.refusal or HostKeyRefused(
                f"The key of {self._named(where)} is not accepted: {_reason(error)}. Nothing was sent."
            ) from error
        except asyncssh.PermissionDenied as error:
            raise AccessDenied(
                f"{self._named(where)} does not let this user in ({_reason(error)}). Check the key and the agent with: "
                f"ssh {where.address} true. Nothing was run."
            ) from error
        except TimeoutError:
            raise Unreachable(f"{self._named(where)} did not answer within {where.connect_timeout:.0f} s.") from None
        except TRANSIENT as error:
            if client.authenticated or "timeout" in str(error).lower():
                raise Unreachable(f"{self._named(where)} broke the connection: {_reason(error)}.") from error
            raise
        except (OSError, asyncssh.Error, ValueError) as error:
            raise Unreachable(f"{self._named(where)} cannot be reached: {_reason(error)}.") from error

    async def _tunnel(self, where: Destination) -> tuple[asyncssh.SSHClientConnection | None, str]:
        """The connection to go through, and the name of the next hop for its gate."""
        links = self._links_to(where)
        if not links:
            return None, "direct"
        link = links[-1]
        try:
            return await link.connection(), link.spec.name
        except Unreachable as error:
            raise Unreachable(f"{self.spec.name} is reached through {link.spec.name}. {error}") from error

    def _links_to(self, where: Destination) -> list[Link]:
        """The jump hosts, nearest first. A way that was given whole is not made longer by ssh_config."""
        if self._through is not None:
            return [self._through]
        links: list[Link] = []
        for hop in where.jumps:
            links.append(self._network.hop(hop_spec(hop), links[-1] if links else None))
        return links

    async def _check_way(self, before: tuple[Link, ...] = ()) -> None:
        """Once, and before anybody waits for anybody. Raises TargetError when jump hosts lead back to themselves."""
        if self._way_is_clear:
            return
        if self in before:
            circle = " → ".join(link.spec.name for link in (*before, self))
            raise TargetError(f"ProxyJump of ssh_config leads in a circle: {circle}. Nothing was sent.")
        try:
            for link in self._links_to(await self.where()):
                await link._check_way((*before, self))  # noqa: SLF001
        except TargetError as error:
            self._stand(StandingPhase.REFUSED, str(error))
            raise
        self._way_is_clear = True

    def _named(self, where: Destination) -> str:
        return where.name if where.name == where.hostname else f"{where.name} ({where.shown})"

    def _ended(self, error: Exception | None) -> None:
        if self._connection is None:
            return
        self._connection = None
        self._stand(StandingPhase.LOST, _reason(error) if error else "closed by the host")

    def _stand(self, phase: StandingPhase, detail: str = "") -> None:
        self.standing = Standing(phase=phase, detail=detail, since=self._clock.now())
        self._network.changed()


async def _leave(exchange: Exchange) -> None:
    """Let its other end go: a host counts a session until then."""
    exchange.send(b"", end=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(LEAVING):
            while not exchange.ended:
                await exchange.news()
    exchange.drop()


def _written(options: Mapping[str, str]) -> Path:
    """Settings of one host in ssh_config's words, for those who read files only."""
    fd, name = tempfile.mkstemp(prefix="rbt-ssh-")
    with os.fdopen(fd, "w") as file:
        for option, value in options.items():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            file.write(f'{option} "{escaped}"\n')
    return Path(name)


def _reason(error: BaseException) -> str:
    """In words: asyncssh and the system both put the cause first."""
    if isinstance(error, socket.gaierror):
        return "its name has no address"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return text.strip().rstrip(".").splitlines()[0]
