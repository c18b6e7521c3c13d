"""The HTTP that watching speaks, against servers that answer in every way they may."""

import asyncio
import gzip

import pytest

from runbook_tui.run.ports import SignalError
from runbook_tui.signals.prometheus import PrometheusServer
from runbook_tui.signals.web import LARGEST, Unreachable, Web, question

BODY = b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1700000000.5,"0.25"]}]}}'


def answer(body, *headers, status="200 OK"):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


class Server:
    """Says what it was told to, request by request; counts connections and requests."""

    def __init__(self):
        self.says = lambda path: answer(BODY, f"Content-Length: {len(BODY)}")
        self.connections, self.requests = 0, []
        self.closes = False  # after each answer, without saying so
        self.writers = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for writer in self.writers:
            writer.close()

    async def serve(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head.decode())
                said = self.says(head.split()[1].decode())
                if isinstance(said, float):
                    await asyncio.sleep(said)
                    said = answer(BODY, f"Content-Length: {len(BODY)}")
                writer.write(said)
                await writer.drain()
                if self.closes or (b"Content-Length" not in said and b"chunked" not in said):
                    return
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server():
    async with Server() as one:
        yield one


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (answer(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), b"abcde"),
        (answer(gzip.compress(b"packed", mtime=0), "Content-Encoding: gzip", "Content-Length: 26"), b"packed"),
        (answer(b"until the end", "Connection: close"), b"until the end"),
        (answer(b"", status="204 No Content") + b"", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"ok", "Content-Length: 2"), b"ok"),
    ],
)
async def test_answers_of_every_form(server, web, said, body):
    server.says = lambda _: said
    got = await web.get(f"{server.url}/x", deadline=5)
    assert got.body == body


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
        (answer(b"abc", "Content-Length: 10"), "closed before"),
        (answer(b"zzz\r\n", "Transfer-Encoding: chunked"), "does not speak HTTP"),
        (b"", "closed before"),
        (answer(b"no", "Content-Encoding: gzip", "Content-Length: 2"), "cannot be unpacked"),
    ],
)
async def test_what_is_no_answer_is_unreachable(server, web, said, why):
    server.says, server.closes = lambda _: said, True
    with pytest.raises(Unreachable, match=why):
        await web.get(f"{server.url}/x", deadline=5)


async def test_a_small_packed_body_may_not_become_a_large_one(server, web):
    bomb = gzip.compress(b"\0" * (LARGEST + 1000))
    server.says = lambda _: answer(bomb, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}")
    with pytest.raises(SignalError, match="more than 16 MB"):
        await web.get(f"{server.url}/x", deadline=10)


async def test_one_connection_is_enough_for_one_question_after_another(server, web):
    for n in range(20):
        await web.get(f"{server.url}/{n}", deadline=5)
    assert (server.connections, len(server.requests)) == (1, 20)


async def test_a_connection_closed_while_nobody_asked_costs_no_verdict(server, web):
    server.closes = True
    for n in range(10):
        assert (await web.get(f"{server.url}/{n}", deadline=5)).body == BODY
    assert server.connections == 10


async def test_after_a_deadline_the_late_answer_is_not_taken_for_the_next(server, web):
    server.says = lambda path: 0.4 if path == "/slow" else answer(path.encode(), f"Content-Length: {len(path)}")
    with pytest.raises(Unreachable, match=r"within 0\.1 s"):
        await web.get(f"{server.url}/slow", deadline=0.1)
    await asyncio.sleep(0.5)
    assert (await web.get(f"{server.url}/next", deadline=5)).body == b"/next"


async def test_who_is_asked_and_how():
    asked = question("https://ana:s%20x@[::1]:9443/a b?c=d", (("query", "up{a='b c'}"),), None)
    assert asked.place == ("https", "::1", 9443)
    head = asked.request.decode()
    assert head.startswith("GET /a%20b?c=d&query=up%7Ba%3D'b+c'%7D HTTP/1.1\r\nHost: [::1]:9443\r\n")
    assert "Authorization: Basic YW5hOnMgeA==\r\n" in head
    with pytest.raises(ValueError, match="line breaks"):
        question("http://a/", (), "x\r\nEvil: 1")
    async with Server() as one:
        web = Web()
        await web.get(one.url, deadline=5, token="abc")
        await web.close()
        assert "Authorization: Bearer abc" in one.requests[0]
    for bad in ("ftp://a/", "http:///x", "nonsense"):
        with pytest.raises(ValueError, match="no address"):
            question(bad, (), None)


async def test_the_same_question_at_the_same_time_is_asked_once(server, web):
    server.says = lambda _: 0.1
    prometheus = PrometheusServer(server.url, web)
    answers = await asyncio.gather(*(prometheus.query("up") for _ in range(5)), prometheus.query("down"))
    assert {one[0].value for one in answers} == {0.25}
    assert len(server.requests) == 2
    await prometheus.query("up")
    assert len(server.requests) == 3, "and asked anew the next time"


async def test_when_who_asked_is_stopped_the_others_ask_themselves(server, web):
    server.says = lambda _: 0.3
    prometheus = PrometheusServer(server.url, web)
    first, second = (asyncio.create_task(prometheus.query("up")) for _ in range(2))
    await asyncio.sleep(0.05)
    first.cancel()
    assert (await second)[0].value == 0.25
    assert len(server.requests) == 2
    server.says = lambda _: answer(b"{}", "Content-Length: 2", status="500 Internal Server Error")
    failed = await asyncio.gather(*(prometheus.query("up") for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, SignalError) for one in failed)
    assert len(server.requests) == 3
