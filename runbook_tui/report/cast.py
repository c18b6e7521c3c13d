"""The output of a job as an asciicast (version 2), with the times at which it came."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator

from runbook_tui.report.account import Account, KeptText
from runbook_tui.run.state import JobState

WIDTH, HEIGHT = 120, 32  # of the terminal it is played in; a job has none
MOST_WAIT = 2.0  # seconds of silence a player shows


def cast(account: Account, job: JobState) -> str:
    """Lines of JSON: a header, then an event for each moment at which output came."""
    header = {
        "version": 2,
        "width": WIDTH,
        "height": HEIGHT,
        "timestamp": int(job.started.timestamp()),
        "duration": round(job.seconds, 3),
        "idle_time_limit": MOST_WAIT,
        "command": job.shown,
        "title": f"{account.state.run}: {' '.join(job.shown.split())[:80]} on {job.target}",
        "env": {"TERM": "xterm-256color", "SHELL": "/bin/bash"},
    }
    lines = [header, [0.0, "o", f"$ {job.shown.rstrip()}\r\n".replace("\n", "\r\n").replace("\r\r\n", "\r\n")]]
    kept = account.outputs.get(job.job)
    if kept is not None:
        lines += _events(kept, account.timings.get(job.job, ()), job.seconds)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _events(kept: KeptText, timings: tuple[tuple[float, int], ...], seconds: float) -> Iterator[list[object]]:
    moments = iter(timings or ((0.0, kept.total),))
    at, until = next(moments, (seconds, kept.total))
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    position = 0
    for start, data in kept.pieces:
        if start > position:
            yield [at, "o", f"\r\n[… {start - position} bytes not kept …]\r\n"]
        position, stop = start, start + len(data)
        while position < stop:
            while until <= position:
                at, until = next(moments, (max(at, seconds), stop))
            upto = min(stop, until)
            text = decoder.decode(data[position - start : upto - start])
            if text:
                yield [round(at, 3), "o", text.replace("\r\n", "\n").replace("\n", "\r\n")]
            position = upto
    if rest := decoder.decode(b"", final=True):
        yield [round(at, 3), "o", rest]
