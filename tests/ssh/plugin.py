"""The bed as pytest fixtures; a conftest.py imports those it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ssh.hosts import Hosts, start_hosts
from tests.ssh.machine import no_private_machines
from tests.ssh.netns import Network, no_networks
from tests.ssh.proxy import FaultProxy
from tests.ssh.sshd import no_sshd

PRIVATE_ONLY = {"shell", "home", "tmp", "size", "user"}  # arguments that need a machine of its own


@pytest.fixture
def ssh_hosts(tmp_path: Path) -> Iterator[Callable[..., Hosts]]:
    """`hosts = ssh_hosts(20)`: that many hosts, gone after the test; arguments as `start_hosts` takes them."""
    if reason := no_sshd():
        pytest.skip(reason)
    with ExitStack() as stack:
        made = 0

        def make(count: int = 1, **settings: object) -> Hosts:
            nonlocal made
            needs = settings.get("private") or PRIVATE_ONLY & settings.keys()
            if needs and settings.get("private") is not False and (why := no_private_machines()):
                pytest.skip(why)
            made += 1
            return stack.enter_context(start_hosts(count, tmp_path / f"bed{made}", **settings))  # type: ignore[arg-type]

        yield make


@pytest.fixture
def fault_proxy() -> Iterator[Callable[[str, int], FaultProxy]]:
    """`proxy = fault_proxy(address, port)`: a proxy before any server."""
    with ExitStack() as stack:
        yield lambda address, port: stack.enter_context(FaultProxy(None, address, port))


@pytest.fixture
def network() -> Iterator[Network]:
    """A network namespace with a cable to it; take it before `ssh_hosts` in the test's arguments."""
    if reason := no_networks() or no_private_machines():
        pytest.skip(reason)
    with Network() as made:
        yield made
