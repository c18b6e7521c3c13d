"""Which cluster, as whom: kubeconfig files merged as kubectl does it, credentials of exec plugins included.

A plugin never gets the terminal from here: it is run with no standard input and told so. One that must ask a person is
run before the app takes the terminal (`credentials_before_the_terminal`), and its answer is kept in memory.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from runbook_tui.targets.kubernetes.faults import NoCluster

PLUGIN_PATIENCE = 30.0  # seconds
_SERVICE = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_kept: dict[str, tuple[dict[str, Any], datetime | None]] = {}  # plugin call -> what it said, until when


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One context, ready to be used: a kubeconfig of one cluster and one user, without plugins."""

    context: str
    server: str
    namespace: str
    config: dict[str, Any]
    expires: datetime | None = None  # of the credentials

    @property
    def system(self) -> str:
        """How the record names this cluster."""
        return f"{self.context} ({self.server})"


def paths(environ: Mapping[str, str], explicit: str | None = None) -> list[Path]:
    """The files that kubectl would read."""
    if explicit:
        return [Path(explicit).expanduser()]
    named = [part for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    home = Path(environ.get("HOME", "~")).expanduser()
    return [Path(part).expanduser() for part in named] or [home / ".kube" / "config"]


def merged(files: list[Path]) -> dict[str, Any]:
    """One configuration of several files: the first of a name counts. Raises NoCluster when none can be read."""
    whole: dict[str, Any] = {"clusters": [], "users": [], "contexts": [], "current-context": ""}
    found = False
    for file in files:
        try:
            content = yaml.safe_load(file.read_text("utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise NoCluster(f"{file} is not a readable kubeconfig: {str(error).splitlines()[0]}") from None
        if not isinstance(content, dict):
            continue
        found = True
        whole["current-context"] = whole["current-context"] or content.get("current-context") or ""
        for kind in ("clusters", "users", "contexts"):
            known = {one.get("name") for one in whole[kind]}
            for one in content.get(kind) or []:
                if isinstance(one, dict) and one.get("name") not in known:
                    whole[kind].append({**one, kind[:-1]: _absolute(one.get(kind[:-1]) or {}, file.parent)})
    if not found:
        named = ", ".join(map(str, files))
        raise NoCluster(
            f"there is no kubeconfig ({named}): nothing of Kubernetes is recorded, shown or put back from here"
        )
    return whole


def _absolute(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    out = dict(content)
    for name in _PATHS:
        if isinstance(out.get(name), str):
            out[name] = str(folder / Path(out[name]).expanduser())
    return out


async def access(
    environ: Mapping[str, str], *, explicit: str | None = None, context: str | None = None, interactive: bool = False
) -> Access:
    """The context that a command means. Raises NoCluster with the reason when there is none."""
    files = paths(environ, explicit)
    if not explicit and not any(file.exists() for file in files) and (_SERVICE / "token").is_file():
        return _in_cluster(environ)
    whole = merged(files)
    name = context or whole["current-context"]
    chosen = _named(whole, "contexts", name)
    if chosen is None:
        known = ", ".join(str(one.get("name")) for one in whole["contexts"]) or "none"
        raise NoCluster(f"there is no context {name!r} in the kubeconfig (known: {known})")
    cluster = _named(whole, "clusters", chosen.get("cluster")) or {}
    user = _named(whole, "users", chosen.get("user")) or {}
    expires = None
    if "exec" in user:
        said, expires = await _plugin(user["exec"], environ, interactive=interactive)
        user = {key: value for key, value in user.items() if key != "exec"} | said
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {**chosen, "cluster": "one", "user": "one"}}],
        "clusters": [{"name": "one", "cluster": cluster}],
        "users": [{"name": "one", "user": user}],
    }
    return Access(
        context=name,
        server=str(cluster.get("server", "")),
        namespace=str(chosen.get("namespace") or "default"),
        config=config,
        expires=expires,
    )


async def credentials_before_the_terminal(environ: Mapping[str, str]) -> None:
    """Let an exec plugin ask what it must while there still is a terminal to ask on. Raises NoCluster."""
    await access(environ, interactive=True)


def _named(whole: dict[str, Any], kind: str, name: Any) -> dict[str, Any] | None:
    found = next((one.get(kind[:-1]) for one in whole[kind] if one.get("name") == name), None)
    return found if isinstance(found, dict) else None


def _in_cluster(environ: Mapping[str, str]) -> Access:
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise NoCluster("there is no kubeconfig, and this is not a pod of a cluster")
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    namespace = (_SERVICE / "namespace").read_text().strip()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "in-cluster",
        "contexts": [{"name": "in-cluster", "context": {"cluster": "one", "user": "one", "namespace": namespace}}],
        "clusters": [{"name": "one", "cluster": {"server": server, "certificate-authority": str(_SERVICE / "ca.crt")}}],
        "users": [{"name": "one", "user": {"tokenFile": str(_SERVICE / "token")}}],
    }
    return Access(context="in-cluster", server=server, namespace=namespace, config=config)


async def _plugin(
    call: dict[str, Any], environ: Mapping[str, str], *, interactive: bool
) -> tuple[dict[str, Any], datetime | None]:
    """What an exec plugin says (client.authentication.k8s.io), kept until it expires."""
    key = json.dumps(call, sort_keys=True)
    if key in _kept and (_kept[key][1] is None or _kept[key][1] > datetime.now(UTC)):  # type: ignore[operator]
        return _kept[key]
    command = str(call.get("command", ""))
    info = {"apiVersion": call.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": interactive}}
    env = {**environ, **{str(one["name"]): str(one["value"]) for one in call.get("env") or []}}
    env["KUBERNETES_EXEC_INFO"] = json.dumps(info)
    try:
        process = await asyncio.create_subprocess_exec(
            command,
            *map(str, call.get("args") or []),
            env=env,
            stdin=None if interactive else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=None if interactive else asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise NoCluster(f"the credential plugin {command} cannot be run: {error.strerror}") from None
    try:
        out, err = await asyncio.wait_for(process.communicate(), None if interactive else PLUGIN_PATIENCE)
    except TimeoutError:
        process.kill()
        raise NoCluster(
            f"the credential plugin {command} gave no answer within {PLUGIN_PATIENCE:.0f} s: it may want a terminal; "
            "run kubectl once by hand, then try again"
        ) from None
    try:
        status = json.loads(out)["status"]
    except (ValueError, KeyError, TypeError):
        why = (err or b"").decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        raise NoCluster(f"the credential plugin {command} gave no credentials: {why[0]}") from None
    said: dict[str, Any] = {}
    if token := status.get("token"):
        said["token"] = token
    for theirs, ours in (("clientCertificateData", "client-certificate-data"), ("clientKeyData", "client-key-data")):
        if theirs in status:
            import base64

            said[ours] = base64.b64encode(str(status[theirs]).encode()).decode()
    expires = status.get("expirationTimestamp")
    until = datetime.fromisoformat(str(expires)) if expires else None
    _kept[key] = (said, until)
    return said, until
