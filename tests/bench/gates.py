"""Gates: how often they err on known distributions, what watching costs, what a BCa interval costs."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from scipy import stats

from runbook_tui.gates.condition import Check, Machine, Reading
from runbook_tui.gates.statistics import bca, not_inferior
from runbook_tui.gates.verdict import Verdict

RUNS = int(os.environ.get("RBT_BENCH_RUNS", "1000"))
WATCHED, EVERY = 200, 5.0


def main() -> None:
    error_rates()
    latencies()
    interval()
    asyncio.run(watching())


# --- how often they err ----------------------------------------------------------------------------


def error_rates() -> None:
    """A canary watched for 15 minutes, a check every 30 s, limit 10 % errors."""
    print("error rate, limit 10 %, 30 checks in 15 minutes; share of canaries stopped")
    print(f"{'requests a check':>18} {'true rate':>10} {'one look':>9} {'for 5 min':>10} {'Mann-Whitney':>13}")
    random = np.random.default_rng(1)
    for requests in (20, 150):
        for rate in (0.05, 0.08, 0.15, 0.30):
            stopped = np.zeros(3)
            for _ in range(RUNS):
                seen = random.binomial(requests, rate, 30) / requests
                base = random.binomial(requests, 0.05, 30) / requests
                stopped += (seen > 0.10).any(), _trips(seen), _kayenta(base, seen)
            naive, ours, kayenta = stopped / RUNS
            print(f"{requests:>18} {rate:>10.0%} {naive:>9.1%} {ours:>10.1%} {kayenta:>13.1%}")


def _trips(values: np.ndarray) -> bool:
    machine = Machine(Check(id="c", text="c", breach=">", threshold=0.10, lasting=300, interval=30), start=0.0)
    for number, value in enumerate(values):
        machine.feed(Reading(at=30.0 * number, value=float(value)))
        if machine.look(30.0 * number).verdict is Verdict.FAIL:
            return True
    return False


def latencies() -> None:
    """p50 at most 15 % above the base's, lognormal latencies."""
    print("\nlatency, p50 at most +15 %; share of candidates let through / stopped / undecided")
    print(
        f"{'values a side':>14} {'true ratio':>11} {'point estimate':>15} {'non-inferiority':>22} {'Mann-Whitney':>13}"
    )
    random = np.random.default_rng(2)
    runs = max(50, RUNS // 5)
    for size in (20, 200):
        for ratio in (1.0, 1.10, 1.30, 1.50):
            naive = kayenta = 0
            ours = dict.fromkeys((Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT), 0)
            for number in range(runs):
                base = random.lognormal(0, 0.4, size)
                candidate = random.lognormal(np.log(ratio), 0.4, size)
                naive += bool(np.median(candidate) <= 1.15 * np.median(base))
                kayenta += not _kayenta(base, candidate)
                ours[not_inferior(base, candidate, seed=number).verdict] += 1
            said = " / ".join(f"{count / runs:.0%}" for count in ours.values())
            print(f"{size:>14} {ratio:>11.2f} {naive / runs:>15.0%} {said:>22} {kayenta / runs:>13.0%}")


def _kayenta(base: np.ndarray, candidate: np.ndarray) -> bool:
    """Mann-Whitney as Kayenta's judge uses it: 98 % interval of the shift against a quarter of the shift's estimate."""
    if np.array_equal(base, candidate):
        return False
    shifts = np.sort(np.subtract.outer(candidate, base).ravel())
    n, m = len(candidate), len(base)
    spread = stats.norm.ppf(0.99) * np.sqrt(n * m * (n + m + 1) / 12)
    low = shifts[max(0, int(n * m / 2 - spread))]
    tolerance = 0.25 * abs(float(np.median(shifts)))
    return bool(low > tolerance and candidate.mean() > base.mean())


# --- what they cost --------------------------------------------------------------------------------


def interval() -> None:
    """BCa, 10,000 resamples of 10,000 values, in a process of its own."""
    queue = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=_interval, args=(queue,))
    process.start()
    seconds, megabytes = queue.get(timeout=300)
    process.join()
    print(f"\nBCa of 10,000 values, 10,000 resamples: {seconds:.2f} s CPU, {megabytes:.0f} MB beside SciPy itself")


def _interval(queue: multiprocessing.Queue) -> None:
    values = np.random.default_rng(1).lognormal(size=10_000)
    bca(values[:100], resamples=100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    least = min(_once(values) for _ in range(3))
    queue.put((least, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def _once(values: np.ndarray) -> float:
    began = time.process_time()
    bca(values)
    return time.process_time() - began


async def watching() -> None:
    """200 conditions every 5 s, each a query of its own over HTTP; CPU of the watching process alone."""
    from runbook_tui.records import SystemClock
    from runbook_tui.signals.prometheus import PrometheusServer, PrometheusSignal
    from runbook_tui.signals.web import Web
    from runbook_tui.watching import Watched, Watching

    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    server = context.Process(target=_serve, args=(queue,), daemon=True)
    server.start()
    web = Web()
    source = PrometheusServer(f"http://127.0.0.1:{queue.get(timeout=30)}", web)
    await source.query("warm")
    watched = [
        Watched(
            check=Check(id=f"c{n}", text="c", breach=">", threshold=0.1, lasting=300, interval=EVERY),
            signal=PrometheusSignal(
                source, f'sum(rate(errors{{job="j{n}"}}[1m])) / sum(rate(requests{{job="j{n}"}}[1m]))'
            ),
        )
        for n in range(WATCHED)
    ]
    watch = Watching(watched, SystemClock())
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(EVERY)
    shares = []
    for _ in range(3):
        cpu, wall = time.process_time(), time.monotonic()
        await asyncio.sleep(2 * EVERY)
        shares.append((time.process_time() - cpu) / (time.monotonic() - wall))
    good = sum(seen.standing.verdict is Verdict.PASS for seen in watch.seen())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await web.close()
    server.terminate()
    print(f"watching {WATCHED} conditions every {EVERY:g} s: {min(shares):.1%} of one core ({good} pass)")


def _serve(queue: multiprocessing.Queue) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = f'{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[{time.time():.3f},"0.01"]}}]}}}}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    queue.put(server.server_port)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
