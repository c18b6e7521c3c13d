"""`rbt kubectl …` and `rbt traffic …`: what is done to a cluster from a command line, without kubectl."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from runbook_tui.document.kubectl import KubectlCall, read_arguments, sole
from runbook_tui.run.ports import OperatorError
from runbook_tui.targets.kubernetes import native
from runbook_tui.targets.kubernetes.clusters import Cluster, Clusters
from runbook_tui.targets.kubernetes.traffic import Split, Traffic

TRAFFIC = """\
usage: rbt traffic show KIND/NAME                          how traffic is divided now
       rbt traffic weight httproute/NAME BACKEND=PERCENT   give a backend its share, the others the rest
       rbt traffic weight ingress/NAME canary=PERCENT      an ingress-nginx canary's weight
       rbt traffic switch service/NAME LABEL=VALUE         let a service lead to other pods (blue, green)
       options: -n NAMESPACE  --context NAME  --kubeconfig FILE  --from LABEL=VALUE (switch only from there)  --dry-run
"""


class Misused(OperatorError):
    """The words make no command; nothing was done."""


def kubectl(words: list[str]) -> int:
    """The verbs a way back needs, natively. Prints as kubectl does; its exit status."""
    call = read_arguments(words)
    if call is None:
        raise Misused(f"rbt kubectl wants one of: {', '.join(native.VERBS)}")

    async def act(cluster: Cluster) -> int:
        return await native.perform(cluster, call, lambda line: print(line, flush=True))

    return _with_cluster(call, act)


def traffic(words: list[str]) -> int:
    """Show, divide or switch traffic."""
    if not words or words[0] in ("-h", "--help"):
        print(TRAFFIC, end="")
        return 0
    call = sole("rbt traffic " + " ".join(_quoted(word) for word in words))
    if call is None or len(call.objects) != 1:
        raise Misused(f"one object as KIND/NAME is wanted.\n{TRAFFIC}")

    async def act(cluster: Cluster) -> int:
        split = await _moved(Traffic(cluster.api, call.namespace or cluster.api.how.namespace), call)
        print(split.sentence)
        return 0

    return _with_cluster(call, act)


async def _moved(place: Traffic, call: KubectlCall) -> Split:
    one = call.objects[0]
    wanted = dict(pair.split("=", 1) for pair in call.assignments)
    dry = "--dry-run" in call.options
    match call.verb:
        case "traffic show":
            return await place.read(one.kind, one.name)
        case "traffic switch" if wanted and one.kind == "Service":
            start = dict(pair.split("=", 1) for pair in call.options.get("--from", ()) if "=" in pair)
            return await place.switch(one.name, wanted, only_from=start, dry_run=dry)
        case "traffic weight" if len(wanted) == 1 and one.kind in ("HTTPRoute", "Ingress"):
            backend, percent = next(iter(wanted.items()))
            try:
                share = float(percent.removesuffix("%"))
            except ValueError:
                raise Misused(f"{percent!r} is no share in percent") from None
            return await place.set_weight(one.kind, one.name, backend, share, dry_run=dry)
        case _:
            raise Misused(TRAFFIC)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _with_cluster(call: KubectlCall, act: Callable[[Cluster], Awaitable[int]]) -> int:
    async def whole() -> int:
        clusters = Clusters()
        try:
            return await act(await clusters.of(os.environ, explicit=call.kubeconfig, context=call.context))
        finally:
            await clusters.close()

    try:
        return asyncio.run(whole())
    except OperatorError as error:
        if isinstance(error, Misused):
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
