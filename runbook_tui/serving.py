"""The app in a browser, on this machine alone: textual-serve behind a token, a cookie, and the browser's own words.

Whoever holds the token acts as the person who started the server, with that person's signing key. Other machines reach
it through `ssh -L PORT:127.0.0.1:PORT`, which brings its own encryption; nothing is ever bound but 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from textual_serve.server import Server

MOST_AT_ONCE = 8  # browsers; each is a process of its own
_CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' {ws}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_REFUSAL = "This address wants the token that `rbt serve` printed: open the whole address as it stands there.\n"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TokenServer(Server):
    """Serves a command that is a Textual app to browsers of this machine that know the token."""

    def __init__(self, command: str, *, port: int, token: str, title: str) -> None:
        super().__init__(command, host="127.0.0.1", port=port, title=title)
        self._token = token.encode()
        self._cookie = secrets.token_urlsafe(32)  # of this server's life; the token itself is in no cookie
        self._sessions = 0

    @property
    def cookie_name(self) -> str:
        """One a port: cookies do not tell ports apart."""
        return f"rbt-{self.port}"

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.headers.getall("Host", []) != [f"{self.host}:{self.port}"]:  # another name leading here
            return self._closed(f"This is {self.public_url} and nothing else.\n", 421)
        origin = request.headers.get("Origin")
        if origin is not None and origin != self.public_url:
            return self._closed("Another page asked for this; it gets nothing.\n")
        if request.path == "/" and "token" in request.query:
            return self._exchange(request.query["token"])
        if not self._same(request.cookies.get(self.cookie_name, ""), self._cookie.encode()):
            return self._closed(_REFUSAL)
        if request.path == "/ws":
            if origin is None:
                return self._closed("Only a page of this server may ask for that.\n")
            return await self._session(request, handler)
        answer = await handler(request)
        self._seal(answer)
        return answer

    def _exchange(self, token: str) -> web.StreamResponse:
        """The token is traded for a cookie and leaves the address bar."""
        if not self._same(token, self._token):
            return self._closed(_REFUSAL)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(self.cookie_name, self._cookie, httponly=True, samesite="Strict", path="/")
        self._seal(answer)
        return answer

    async def _session(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if self._sessions >= MOST_AT_ONCE:
            return self._closed(f"{MOST_AT_ONCE} browsers are here already.\n", 503)
        self._sessions += 1
        try:
            return await handler(request)
        finally:
            self._sessions -= 1

    def _closed(self, text: str, status: int = 403) -> web.Response:
        answer = web.Response(status=status, text=text)
        self._seal(answer)
        return answer

    def _seal(self, answer: web.StreamResponse) -> None:
        if answer.prepared:
            return
        answer.headers["Content-Security-Policy"] = _CSP.format(ws=f"ws://{self.host}:{self.port}")
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["X-Frame-Options"] = "DENY"
        answer.headers["Cache-Control"] = "no-store"

    @staticmethod
    def _same(said: str, wanted: bytes) -> bool:
        return hmac.compare_digest(said.encode("utf-8", "surrogateescape"), wanted)

    async def on_startup(self, app: web.Application) -> None:
        """Nothing is printed here: the one who serves prints the address."""

    def initialize_logging(self) -> None:
        """None: a log of requests would hold the token."""

    async def until_ended(self, ready: Callable[[str], None], end: asyncio.Event) -> None:
        """Serve until `end`; `ready` gets the address with the token. Port 0 takes a free one. Raises OSError."""
        app = await self._make_app()
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self.host, self.port, reuse_address=True)
            await site.start()
            sockets: Any = runner.addresses
            self.port = sockets[0][1]
            self.public_url = f"http://{self.host}:{self.port}"
            ready(f"{self.public_url}/?token={self._token.decode()}")
            await end.wait()
        finally:
            await runner.cleanup()
