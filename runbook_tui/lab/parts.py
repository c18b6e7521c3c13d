"""The parts of the lab: what each is, which program it is, and how it tells that it works."""

from __future__ import annotations

import http.client
import socket
from enum import StrEnum

import msgspec

from runbook_tui.lab.process import Record
from runbook_tui.lab.server import HOST, VERSIONS, ask

GATEWAY = "gateway"
SLOTS = {"blue": "v1", "green": "v2"}  # the two slots, by the names blue/green deployments give them


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    is_: str
    module: str
    ready: str = "/ready"  # what it is asked; empty: its port gives a banner
    patience: float = 15.0  # seconds it may take to start


KINDS = {
    kind.name: kind
    for kind in (
        Kind(name=GATEWAY, is_="divides the traffic by weight", module="gateway", ready="/admin/status"),
        *(Kind(name=version, is_="the service", module="service") for version in VERSIONS),
        Kind(name="store", is_="keeps jobs in SQLite", module="store"),
        Kind(name="metrics", is_="the metrics of all parts, as Prometheus text", module="monitor"),
        Kind(name="dashboard", is_="a page for people", module="dashboard"),
        Kind(name="traffic", is_="users: requests at the gateway, in a steady rhythm", module="traffic"),
        Kind(name="gpu", is_="a recording of GPUs as a page of dcgm-exporter: FAKE, REPLAY", module="gpu"),
        Kind(name="ssh", is_="a host to log in to", module="ssh", ready=""),
        Kind(name="kube", is_="a Kubernetes API (wants KUBEBUILDER_ASSETS)", module="kube", patience=120.0),
    )
}
MORE = tuple(name for name in KINDS if name not in (GATEWAY, *VERSIONS))
EASY = tuple(name for name in MORE if name != "kube")  # what `all` means: nothing of them wants anything installed


class Answer(StrEnum):
    READY = "ready"
    STARTING = "starting"  # a version that lives and must not get traffic yet
    NONE = "none"


def asked(record: Record) -> Answer:
    """Whether the part does its work, asked of itself; at most 2 s."""
    kind = KINDS[record.name]
    try:
        if kind.ready:
            status = ask(record.port, "GET", kind.ready, timeout=2).status
            return Answer.READY if status == 200 else Answer.STARTING if record.name in VERSIONS else Answer.NONE
        with socket.create_connection((HOST, record.port), timeout=2) as link:
            link.settimeout(2)
            return Answer.READY if link.recv(4) == b"SSH-" else Answer.NONE
    except (OSError, http.client.HTTPException):
        return Answer.NONE
