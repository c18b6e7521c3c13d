"""Lets the lab's gateway follow a deployment: `python -m runbook_tui.lab.systems.pods FOLDER KUBECONFIG SPACE/NAME`.

The lab's cluster starts no containers. Here the image that was there first is served by v1, a newer one by v2, and each
gets as much of the traffic as it has ready pods, as behind a Service; or none with the word `idle`, where a canary
divides it. It ends with the gateway.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from runbook_tui.lab import control, images
from runbook_tui.lab.kubelet import unverified
from runbook_tui.lab.parts import GATEWAY
from runbook_tui.lab.process import alive, launch, read_record, serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer
from runbook_tui.run.ports import OperatorError

NAME = "pods"
EVERY = 0.2  # seconds between two looks at the pods


def follow(folder: Path, kubeconfig: Path, deployment: str, *, idle: bool = False) -> None:
    """Begin; raises LabError when it does not start."""
    if launch(folder, NAME, __name__, str(kubeconfig), deployment, *(["idle"] if idle else [])):
        raise control.LabError(f"nothing follows {deployment}; see {folder / (NAME + '.log')}")


def shares(pods: list[Any], first: str) -> tuple[int, str]:
    """Percent of the ready pods that do not run the first image, and what they run. Pure."""
    ready = Counter(
        pod["spec"]["containers"][0]["image"]
        for pod in pods
        if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
        and "deletionTimestamp" not in pod["metadata"]
    )
    newer = Counter({image: count for image, count in ready.items() if image != first})
    if not newer:
        return 0, ""
    return round(100 * newer.total() / ready.total()), newer.most_common(1)[0][0]


class Follower:
    def __init__(self, folder: Path, kubeconfig: Path, deployment: str, *, idle: bool) -> None:
        self._folder = folder
        self._idle = idle
        said = json.loads(kubeconfig.read_text())
        self._server = said["clusters"][0]["cluster"]["server"]
        self._token = said["users"][0]["user"]["token"]
        self._namespace, _, self._name = deployment.partition("/")
        self._first = ""
        self._set = (0, "")

    def live(self) -> None:
        while (gateway := read_record(self._folder, GATEWAY)) is not None and alive(gateway):
            try:
                self._look()
            except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError, OperatorError) as error:
                sys.stderr.write(f"{error}\n")
            time.sleep(EVERY)
        os._exit(0)  # the gateway is gone, and with it what this is for

    def _look(self) -> None:
        url = f"{self._server}/api/v1/namespaces/{self._namespace}/pods?labelSelector=app={self._name}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310
        with urllib.request.urlopen(request, context=unverified(), timeout=5) as answer:  # noqa: S310
            pods = json.loads(answer.read())["items"]
        if pods and not self._first:
            self._first = min(pods, key=lambda pod: pod["metadata"]["creationTimestamp"])["spec"]["containers"][0][
                "image"
            ]
        share, image = shares(pods, self._first)
        if (share, image) == self._set:
            return
        if share and image != self._set[1]:
            name = image.rpartition("/")[2]
            images.build(self._folder, name)
            control.deploy(self._folder, "v2", image=name)
        if not self._idle or not share:
            control.weigh(self._folder, {"v1": 100 - share, "v2": share})
        self._set = (share, image)


class _Answers(Handler):
    def do_GET(self) -> None:  # noqa: N802
        self.answer_json(200, {"status": "ready"})


if __name__ == "__main__":
    follower = Follower(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], idle="idle" in sys.argv[4:])
    sys.exit(serve_detached(LoopbackServer((HOST, 0), _Answers), Path(sys.argv[1]), NAME, follower.live))
