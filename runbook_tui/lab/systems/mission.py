"""One mission of the fleet: `python -m runbook_tui.lab.systems.mission FOLDER LETTER`. A process that can die.

A routes with hysteresis, B learns within guard rails, C has a safety knob, D scrambles what can be unscrambled, E
remembers and evicts. Each tells its health, its version and how safe it was told to be.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from runbook_tui.lab.process import alive, read_record, serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer, ask

ROOM = 8  # what E remembers
RAIL = 1.0  # what B may change at once


class Mission:
    def __init__(self, folder: Path, letter: str) -> None:
        self.folder, self.letter = folder, letter
        self.version = (folder / f"{letter}.version").read_text("utf-8")
        self._on = False
        self._weight = 0.0
        self._memory: OrderedDict[str, str] = OrderedDict()

    def health(self) -> dict[str, Any]:
        knob = self.folder / "knob"
        safety = float(knob.read_text("utf-8")) if knob.is_file() else 0.0
        said = {"status": "healthy", "mission": self.letter, "version": self.version, "safety": safety}
        return {**said, "drained": (self.folder / f"{self.letter}.drained").exists(), "pid": os.getpid()}

    def do(self, what: str, said: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match self.letter, what:
            case "A", "/route":
                score = float(said["score"])
                self._on = score > 0.6 or (self._on and score >= 0.4)
                return 200, {"skill": "retrieve" if self._on else "answer"}
            case "A", "/via":
                return self._via(said)
            case "B", "/learn":
                delta = float(said["delta"])
                if abs(delta) > RAIL:
                    return 409, {"error": "beyond the guard rail", "weight": self._weight}
                self._weight += delta
                return 200, {"weight": self._weight}
            case "C", "/knob":
                (self.folder / "knob").write_text(str(float(said["value"])), "utf-8")
                return 200, {"knob": float(said["value"])}
            case "C", "/answer":
                allowed = 1.0 - self.health()["safety"]
                return 200, {"violation": int(said["n"]) % 100 < 40 * allowed}
            case "D", "/scramble":
                return 200, {"text": said["text"][::-2] + said["text"][::-1][1::2]}
            case "D", "/unscramble":
                text, half = said["text"], (len(said["text"]) + 1) // 2
                pairs = zip(text[:half], text[half:] + " ", strict=False)
                return 200, {"text": "".join(a + b for a, b in pairs)[: len(text)][::-1]}
            case "E", "/remember":
                self._memory[said["key"]] = said["value"]
                while len(self._memory) > ROOM:
                    self._memory.popitem(last=False)
                return 200, {"kept": len(self._memory)}
            case "E", "/recall":
                return (200, {"value": self._memory[said["key"]]}) if said["key"] in self._memory else (404, {})
        return 404, {"error": f"mission {self.letter} does no {what}"}

    def _via(self, said: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A hands a request on to another mission."""
        record = read_record(self.folder, said["to"])
        if record is None or not alive(record):
            return 503, {"error": f"mission {said['to']} is not there"}
        try:
            reply = ask(record.port, "GET", said["path"])
        except (OSError, http.client.HTTPException):
            return 503, {"error": f"mission {said['to']} does not answer"}
        return reply.status, json.loads(reply.body)


def serve(folder: Path, letter: str) -> int:
    if (folder / f"{letter}.broken").exists():
        sys.stderr.write(f"mission {letter} cannot load its checkpoint\n")
        return 1
    mission = Mission(folder, letter)

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            url = urlsplit(self.path)
            if url.path == "/health":
                self.answer_json(200, mission.health())
                return
            try:
                status, said = mission.do(url.path, dict(parse_qsl(url.query)))
            except (KeyError, ValueError) as error:
                status, said = 400, {"error": str(error)}
            self.answer_json(status, said)

    def leave_when_replaced() -> None:
        """Two may have been started at once: who is not in the record ends, and so does one whose folder is gone."""
        while True:
            time.sleep(2)
            record = read_record(folder, letter)
            if record is None or record.pid != os.getpid():
                os._exit(0)

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, letter, leave_when_replaced)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2]))
