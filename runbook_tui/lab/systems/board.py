"""What watches the fleet: `python -m runbook_tui.lab.systems.board FOLDER`. Cards, metrics, alerts, and a helping hand.

Every mission that should run is asked all the time. One that has died is started again, from its checkpoint.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from runbook_tui.lab.process import alive, forget, launch, read_record, serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer, ask

NAME = "board"
EVERY = 0.2  # seconds between two rounds
LOOKS = 50  # the failure rate is over so many answers
NAMES = {"A": "Agentic Router", "B": "Online Learning", "C": "Safety Basis", "D": "SEP", "E": "Long Memory"}


def start(folder: Path, letter: str) -> bool:
    """Whether the mission runs afterwards."""
    forget(folder, letter)
    return launch(folder, letter, "runbook_tui.lab.systems.mission", letter) == 0


class Board:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._looks: deque[bool] = deque(maxlen=LOOKS)
        self.cards: dict[str, dict[str, Any]] = {}
        self.restarts = 0
        self.fired: list[dict[str, Any]] = []
        self._on: set[str] = set()

    def live(self) -> None:
        while self._folder.is_dir():
            for letter in self._wanted():
                self._look(letter)
            self._alert()
            time.sleep(EVERY)
        os._exit(0)

    def _wanted(self) -> list[str]:
        try:
            return list(json.loads((self._folder / "deployed.json").read_text("utf-8")))
        except (OSError, ValueError):
            return []

    def _look(self, letter: str) -> None:
        record = read_record(self._folder, letter)
        try:
            if record is None or not alive(record):
                raise ConnectionRefusedError
            health = json.loads(ask(record.port, "GET", "/health", timeout=1).body)
        except (OSError, http.client.HTTPException, ValueError):
            health = {"mission": letter, "status": "down"}
        with self._lock:
            self.cards[letter] = {"name": NAMES[letter], **health}
            self._looks.append(health["status"] == "healthy")
        if health["status"] == "down":
            self._alert()
            self.restarts += start(self._folder, letter)

    @property
    def failure_rate(self) -> float:
        with self._lock:
            return 1 - sum(self._looks) / len(self._looks) if self._looks else 0.0

    def _alert(self) -> None:
        """A mission that is down is an alert as soon as alerts are set up."""
        if not (self._folder / "alerts.json").exists():
            return
        for letter, card in self.cards.items():
            down = card["status"] == "down"
            if down and letter not in self._on:
                self._on.add(letter)
                self.fired.append({"mission": letter, "at": time.time(), "cleared": None})
            elif not down and letter in self._on:
                self._on.discard(letter)
                next(one for one in reversed(self.fired) if one["mission"] == letter)["cleared"] = time.time()

    def metrics(self) -> str:
        up = sum(card["status"] == "healthy" for card in self.cards.values())
        values = {"missions_up": up, "mission_failure_rate": self.failure_rate, "mission_restarts": self.restarts}
        return "".join(f"# TYPE fleet_{name} gauge\nfleet_{name} {value}\n" for name, value in values.items())


def serve(folder: Path) -> int:
    board = Board(folder)

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            match self.path:
                case "/metrics":
                    self.answer_metrics(None, board.metrics())
                case "/alerts":
                    self.answer_json(200, {"alerts": board.fired})
                case "/":
                    self.answer_json(200, {"cards": board.cards, "failure_rate": board.failure_rate})
                case _:
                    self.answer_json(404, {})

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, NAME, board.live)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
