"""The link cut at random points of a job over ssh: 100 jobs with one cut each, 10 with six each."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.bench.figures import tell
from tests.integration.targets.ssh.conftest import App
from tests.integration.targets.ssh.cutting import Story, cut_job
from tests.ssh import no_sshd, start_hosts

AT_ONCE = 5


async def _stories(app: App, hosts, jobs: int, cuts: int, first_seed: int) -> list[Story]:
    free: asyncio.Queue = asyncio.Queue()
    for host in hosts:
        free.put_nowait(host)

    async def one(seed: int) -> Story:
        host = await free.get()
        try:
            return await cut_job(app, host, seed, cuts)
        finally:
            free.put_nowait(host)

    return await asyncio.gather(*(one(first_seed + number) for number in range(jobs)))


async def _run(hosts) -> list[tuple[str, list[Story]]]:
    app = App(hosts)
    try:
        return [
            ("100 jobs, one cut each", await _stories(app, hosts, 100, 1, 0)),
            ("10 jobs, six cuts each", await _stories(app, hosts, 10, 6, 5000)),
        ]
    finally:
        await app.close()


def main() -> None:
    if reason := no_sshd():
        tell("link cuts", f"not taken: {reason}")
        return
    with tempfile.TemporaryDirectory() as folder, start_hosts(AT_ONCE, Path(folder) / "bed", proxied=True) as hosts:
        told = asyncio.run(_run(hosts))
    for name, stories in told:
        once = sum(story.effects == 1 for story in stories)
        whole = sum(story.output_right for story in stories)
        right = sum(story.exit == 42 for story in stories)
        tell(f"{name} over ssh: effect once", f"{once} of {len(stories)}", "aim all")
        tell("  output whole and in order, exit status right", f"{whole} and {right} of {len(stories)}", "aim all")
        tell("  links each job took", f"{sum(story.links for story in stories) / len(stories):.1f} on average")
        for story in stories:
            if not story.holds:
                tell("  broken", str(story))
