"""Known secret values are masked before anything is kept or shown, also when they are split over chunks."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable
from urllib.parse import quote

MASK = b"***"
_SHORTEST = 4  # shorter values would mask half of the output and protect nothing


def forms(value: str) -> set[bytes]:
    """The value as it may come out of programs: raw, base64, URL, JSON-escaped, shell-quoted."""
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) < _SHORTEST:
        return set()
    encoded = base64.b64encode(raw)
    return {
        raw,
        encoded,
        encoded.rstrip(b"="),
        quote(value, safe="").encode(),
        json.dumps(value)[1:-1].encode(),
        shlex.quote(value).encode("utf-8", "surrogateescape"),
    }


class Masker:
    """Masks one stream of bytes. `feed` may hold back a few bytes, `finish` gives the rest."""

    def __init__(self, secrets: Iterable[str]) -> None:
        values = {form for secret in secrets for form in forms(secret)}
        longest_first = sorted(values, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, longest_first))) if values else None
        self._hold = max((len(value) for value in values), default=1) - 1
        self._lines = not any(b"\n" in value for value in values)  # then no value goes over the end of a line
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        if self._pattern is None:
            return data
        text = self._held + data
        cut = max(0, len(text) - self._hold, text.rfind(b"\n") + 1 if self._lines else 0)
        out: list[bytes] = []
        position = 0
        for match in self._pattern.finditer(text):
            if match.start() >= cut:
                break
            out += [text[position : match.start()], MASK]
            position = match.end()
        cut = max(cut, position)
        out.append(text[position:cut])
        self._held = text[cut:]
        return b"".join(out)

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return self._pattern.sub(MASK, held) if self._pattern else held
