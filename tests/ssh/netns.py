"""A network of its own behind a virtual cable: what loopback cannot show (a dead link, packets that vanish)."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from functools import cache
from typing import Self


@cache
def no_networks() -> str:
    """Why network namespaces cannot be had here, or nothing."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    try:
        with Network():
            return ""
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or ""
        return f"network namespaces cannot be had here: {said.strip() or error}"


class Network:
    """One namespace, one cable. `here` and `there` are the addresses of its ends; give `name` to `start_hosts(netns=…)`.

    netem is missing from some kernels: delay and loss are FaultProxy's business.
    """

    def __init__(self) -> None:
        number = random.randrange(1 << 16)
        self.name = f"rbt{number:04x}"
        self._ours, self._theirs = f"{self.name}a", f"{self.name}b"
        block = f"10.{200 + (number >> 8) % 50}.{number & 255}"
        self.here, self.there = f"{block}.1", f"{block}.2"

    def __enter__(self) -> Self:
        try:
            _ip("netns", "add", self.name)
            _ip("link", "add", self._ours, "type", "veth", "peer", "name", self._theirs, "netns", self.name)
            _ip("addr", "add", f"{self.here}/30", "dev", self._ours)
            _ip("link", "set", self._ours, "up")
            self._there("addr", "add", f"{self.there}/30", "dev", self._theirs)
            self._there("link", "set", "lo", "up")
            self._there("link", "set", self._theirs, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # The hosts are gone by then, and the namespace with them; the cable goes with the namespace.
        for words in (("link", "del", self._ours), ("netns", "del", self.name)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*words)

    def link(self, *, up: bool) -> None:
        """Plug or pull the cable, at the host's end: here the carrier is lost."""
        self._there("link", "set", self._theirs, "up" if up else "down")

    def blackhole(self) -> None:
        """Nothing comes back any more, with no error anywhere: the true "never answers"."""
        self._there("route", "add", "blackhole", f"{self.here}/32")

    def heal(self) -> None:
        self._there("route", "del", "blackhole", f"{self.here}/32")

    def limit(self, bits: str) -> None:
        """So many bits a second from the host to here, as `tc` takes it ("8mbit")."""
        subprocess.run(
            ["ip", "netns", "exec", self.name, "tc", "qdisc", "replace", "dev", self._theirs, "root", "tbf",
             "rate", bits, "burst", "32k", "latency", "400ms"],
            check=True, capture_output=True, text=True, timeout=10,
        )  # fmt: skip

    def _there(self, *words: str) -> None:
        _ip("-n", self.name, *words)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=10)
