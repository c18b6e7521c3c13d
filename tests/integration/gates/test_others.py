"""Text endpoints, HTTP checks and this machine, on real servers."""

import asyncio
import contextlib
import os
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runbook_tui.gates.condition import Check
from runbook_tui.gates.verdict import Verdict
from runbook_tui.records import SystemClock
from runbook_tui.run.ports import SignalError
from runbook_tui.signals import host
from runbook_tui.signals.host import HostSignal
from runbook_tui.signals.http import Expected, HttpSignal, at_path
from runbook_tui.signals.text import TextEndpoint, TextSignal
from runbook_tui.signals.web import LARGEST, Unreachable, Web
from runbook_tui.watching import Watched, Watcher


@pytest.fixture(scope="module")
def site():
    """A server with a good, a bad, a slow, an endless and a wrong page."""
    pages = {"/ok": (200, b'{"status": "up", "checks": [{"load": 0.25}]}'), "/bad": (503, b"no"), "/metrics": (200, b"a 1\n"),
             "/odd": (200, b"{{{"), "/moved": (302, b""), "/large": (200, b"x" * (LARGEST + 2))}  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/slow":
                server.go_on.wait(60)
            status, body = pages.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Location", "/ok") if status == 302 else None
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.pages = pages
    server.go_on = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.go_on.set()
    server.shutdown()


async def one(signal):
    samples = await signal.read()
    assert len(samples) <= 1
    return samples[0].value if samples else None


async def test_health_checks(site, web):
    assert await one(HttpSignal(f"{site.url}/ok", web)) == 1
    assert await one(HttpSignal(f"{site.url}/bad", web)) == 0
    assert await one(HttpSignal(f"{site.url}/bad", web, expected=Expected(status=(200, 503)))) == 1
    assert await one(HttpSignal(f"{site.url}/moved", web)) == 0
    assert await one(HttpSignal("http://127.0.0.1:9/", web)) == 0, "nobody there: that is what is asked"
    assert await one(HttpSignal(f"{site.url}/ok", web, expected=Expected(contains='"up"'))) == 1
    assert await one(HttpSignal(f"{site.url}/ok", web, expected=Expected(contains="down"))) == 0
    assert await one(HttpSignal(f"{site.url}/ok", web, expected=Expected(path="$.status", equals="up"))) == 1
    assert await one(HttpSignal(f"{site.url}/ok", web, expected=Expected(path="$.gone"))) == 0
    assert await one(HttpSignal(f"{site.url}/bad", web, take="status")) == 503


async def test_values_of_a_page(site, web):
    load = HttpSignal(f"{site.url}/ok", web, take="json", expected=Expected(path="$.checks[0].load"))
    assert await one(load) == 0.25
    assert 0 < await one(HttpSignal(f"{site.url}/ok", web, take="latency")) < 5000
    with pytest.raises(SignalError, match="not answer in JSON"):
        await HttpSignal(f"{site.url}/odd", web, take="json").read()
    with pytest.raises(SignalError, match=r"there is no \$\.x"):
        await HttpSignal(f"{site.url}/ok", web, take="json", expected=Expected(path="$.x")).read()
    with pytest.raises(Unreachable):
        await HttpSignal("http://127.0.0.1:9/", web, take="latency").read()
    with pytest.raises(SignalError, match="has no certificate"):
        await HttpSignal(f"{site.url}/ok", web, take="tls_days").read()


async def test_a_deadline_holds_for_the_whole_answer(site, web):
    site.go_on.clear()
    with pytest.raises(Unreachable, match=r"within 0\.3 s"):  # the page comes when it is let go, which it is not
        await HttpSignal(f"{site.url}/slow", web, take="status", deadline=0.3).read()
    site.go_on.set()
    with pytest.raises(SignalError, match="more than 16 MB"):
        await HttpSignal(f"{site.url}/large", web, take="status").read()


async def test_a_slow_source_delays_no_other(site, web):
    site.go_on.clear()
    slow = asyncio.create_task(HttpSignal(f"{site.url}/slow", web, take="status", deadline=60).read())
    for _ in range(5):
        await HttpSignal(f"{site.url}/ok", web).read()
    assert not slow.done()
    site.go_on.set()
    assert (await slow)[0].value == 404


async def test_how_long_a_certificate_is_good(tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "20", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trusting = Web(ca=str(cert))
    strict = Web()
    try:
        url = f"https://127.0.0.1:{server.server_port}/"
        assert await one(HttpSignal(url, trusting, take="tls_days")) == pytest.approx(20, abs=0.1)
        with pytest.raises(Unreachable):
            await HttpSignal(url, strict, take="status").read()
    finally:
        await trusting.close()
        await strict.close()
        server.shutdown()


async def test_a_text_endpoint(site, web):
    endpoint = TextEndpoint(f"{site.url}/metrics", web, monotonic=iter(range(0, 1000, 10)).__next__)
    rate = TextSignal(endpoint, "rate(requests_total)")
    errors = TextSignal(endpoint, 'increase(requests_total{code="500"}) / increase(requests_total{code="200"})')
    site.pages["/metrics"] = (200, b'requests_total{code="200"} 100\nrequests_total{code="500"} 1\nother 4\n')
    assert await rate.read() == []
    site.pages["/metrics"] = (200, b'requests_total{code="200"} 150\nrequests_total{code="500"} 6\nother 4\n')
    assert sorted(sample.value for sample in await rate.read())[1] > 0
    site.pages["/metrics"] = (200, b'requests_total{code="200"} 160\nrequests_total{code="500"} 7\n')
    assert await one(errors) == pytest.approx(0.1)


async def test_a_value_that_says_when_it_was_made_is_as_old_as_that(site, web):
    """A page that repeats what was pushed to it long ago answers, and tells nothing of now."""
    endpoint = TextEndpoint(f"{site.url}/metrics", web)
    clock = SystemClock()

    def page(age, of='job="a"'):
        stamp = f"{(time.time() - age) * 1000:.0f}"
        site.pages["/metrics"] = (200, f'errors{{{of}}} 0 {stamp}\nerrors{{job="now"}} 0\nothers 1 1000\n'.encode())

    def watcher(expression):
        check = Check(id="c", text="errors", breach=">", threshold=1.0, interval=5.0)
        return Watcher(Watched(check=check, signal=TextSignal(endpoint, expression)), clock)

    page(200)
    (sample,) = await TextSignal(endpoint, 'errors{job="a"}').read()
    assert (sample.value, round(sample.age)) == (0.0, 200)
    assert abs(time.time() - 200 - sample.at.timestamp()) < 2
    (total,) = await TextSignal(endpoint, "sum(errors)").read()
    assert round(total.age) == 200
    (now,) = await TextSignal(endpoint, 'errors{job="now"}').read()
    assert now.age == 0.0
    assert (await watcher('errors{job="a"}').look()).standing.verdict is Verdict.NO_DATA
    assert (await watcher('errors{job="now"}').look()).standing.verdict is Verdict.PASS
    await asyncio.sleep(0.15)
    page(5)
    seen = await watcher('errors{job="a"}').look()
    assert (seen.standing.verdict, round(seen.standing.age)) == (Verdict.PASS, 5)
    await asyncio.sleep(0.15)
    page(-3600)  # a clock ahead of ours: it is not older than the answer
    assert (await TextSignal(endpoint, 'errors{job="a"}').read())[0].age == 0.0
    await asyncio.sleep(0.15)
    with pytest.raises(SignalError, match="s old"):
        await TextSignal(endpoint, "others").read()


@pytest.mark.parametrize(("page", "why"), [("/bad", "answers 503"), ("/odd", "text format"), ("/none", "404")])
async def test_a_text_endpoint_that_is_none(site, web, page, why):
    with pytest.raises(SignalError, match=why):
        await TextSignal(TextEndpoint(f"{site.url}{page}", web), "a").read()


async def test_a_file_system_that_hangs_stops_no_other_read(monkeypatch):
    """One read for each signal, in a thread of its own: the threads that everything shares stay free."""
    stuck, statvfs = threading.Event(), os.statvfs

    def hangs(path):
        if path == "/hung":
            stuck.wait(30)
        return statvfs("/")

    monkeypatch.setattr(os, "statvfs", hangs)
    monkeypatch.setattr(host, "DEADLINE", 0.3)
    before = threading.active_count()
    disks = [HostSignal("disk", path="/hung") for _ in range(12)]
    try:
        for _ in range(3):
            answers = await asyncio.gather(*(disk.read() for disk in disks), return_exceptions=True)
            assert all(isinstance(answer, SignalError) and "answer" in str(answer) for answer in answers)
        assert threading.active_count() - before <= len(disks)
        async with asyncio.timeout(5):
            assert 0 < await one(HostSignal("disk")) < 100
            assert await asyncio.to_thread(lambda: 1) == 1
    finally:
        stuck.set()
    for _ in range(100):
        if not isinstance((await asyncio.gather(disks[0].read(), return_exceptions=True))[0], SignalError):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not come back")


async def test_this_machine():
    for take in ("memory", "disk"):
        assert 0 < await one(HostSignal(take)) < 100
    assert await one(HostSignal("load")) >= 0
    cpu = HostSignal("cpu")
    assert await one(cpu) is None
    await asyncio.sleep(0.1)
    assert 0 <= await one(cpu) <= 100
    own = HostSignal("process_cpu", process=str(os.getpid()))
    await one(own)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
    assert await one(own) > 0
    assert await one(HostSignal("process_memory", process=str(os.getpid()))) > 10e6
    with pytest.raises(SignalError, match=r"names no process|No such"):
        await HostSignal("process_cpu", process="/nonexistent").read()
    with pytest.raises(SignalError, match="is not one of"):
        HostSignal("weather")


def test_paths_into_json():
    assert at_path({"a": [{"b": 3}]}, "$.a[0].b") == 3
    assert at_path([1, 2], "$[-1]") == 2
    with pytest.raises(SignalError):
        at_path({"a": 1}, "$.a.b")
