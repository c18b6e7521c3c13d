"""A job whose link is cut at random points, and what must hold afterwards. For the suite and for the bench."""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import dataclass

from runbook_tui.run.ports import JobPhase, TargetError
from runbook_tui.targets.ssh.faults import Unreachable
from tests.integration.targets.ssh.conftest import App
from tests.ssh import Host

LINES = 400
STATUS = 42

# Lines of growing length in small bursts, for about a second and a half; the effect is one line in a file.
TEXT = f"""\
echo "$RBT_JOB" >>~/effects
i=0
while [ $i -lt {LINES} ]; do
    i=$((i + 1))
    printf 'line %04d %0*d\\n' $i $((i % 97 + 1)) $i
    case $i in *[05]0) sleep 0.15 ;; esac
done
exit {STATUS}
"""
EXPECTED = b"".join(b"line %04d %s\n" % (i, str(i).rjust(i % 97 + 1, "0").encode()) for i in range(1, LINES + 1))


@dataclass
class Story:
    """What came of one job."""

    cuts: int = 0
    links: int = 0  # connections it took
    asked_again: int = 0  # times the caller itself had to attach anew
    effects: int = 0
    exit: int | None = None
    output_right: bool = False
    detail: str = ""

    @property
    def holds(self) -> bool:
        return self.effects == 1 and self.exit == STATUS and self.output_right


async def cut(host: Host, chance: random.Random) -> None:
    """Once, in one of the ways links are lost, at a random moment or at a random byte."""
    assert host.proxy is not None
    way = chance.choice(["rst", "eof", "bytes", "starting", "killed", "frozen"])
    if way in ("bytes", "starting"):  # while it is being started, little comes back
        host.proxy.cut_after(chance.randrange(30_000 if way == "bytes" else 400), chance.choice(["rst", "eof"]))
        return
    await asyncio.sleep(chance.uniform(0, 1.9))
    if way == "killed":
        await asyncio.to_thread(host.server.drop_connections)
    elif way == "frozen":
        await asyncio.to_thread(host.proxy.freeze)
        await asyncio.sleep(chance.uniform(0, 0.3))
        await asyncio.to_thread(host.proxy.cut)
        await asyncio.to_thread(host.proxy.thaw)
    else:
        await asyncio.to_thread(host.proxy.cut, way)


async def cut_job(app: App, host: Host, seed: int, cuts: int = 1) -> Story:
    """Run the job there with that many cuts; what the record would hold of it."""
    chance = random.Random(seed)
    story = Story(cuts=cuts)
    target = app.target(host)
    boot = await _answer(target.boot_id)
    for _ in range(2 * chance.randrange(2)):  # half of the jobs get a folder that was made ahead
        await _answer(lambda: app.run("true", on=host))
    order = app.order(TEXT)
    assert host.proxy is not None
    before = host.proxy.accepted

    async def cutting() -> None:
        for _ in range(cuts):
            await cut(host, chance)

    scissors = asyncio.create_task(cutting())
    try:
        job = await _started(target, order, boot, story)
        data = b""
        while True:
            try:
                async for chunk in job.output(len(data)):
                    data += chunk
                result = await job.wait()
                break
            except TargetError as error:
                story.asked_again += 1
                story.detail = str(error)
                assert story.asked_again < 20, story
                job = await target.attach(order.run, order.job)
    finally:
        await scissors
    effects = (host.home_here / "effects").read_text().split()
    story.effects = effects.count(order.job)
    story.exit = result.exit
    story.links = host.proxy.accepted - before + 1
    story.output_right = hashlib.sha256(data).digest() == hashlib.sha256(EXPECTED).digest()
    if not story.output_right:
        story.detail += f" {len(data)} bytes of {len(EXPECTED)}"
    return story


async def _started(target, order, boot: str, story: Story):
    """As the conductor does: when it is not known whether it started, the host is asked; never started twice."""
    try:
        return await target.start(order)
    except TargetError as error:
        story.asked_again += 1
        story.detail = str(error)
    report = await _answer(lambda: target.inspect(order.run, order.job, boot=boot))
    if report.phase is JobPhase.ABSENT:
        return await target.start(order)
    return await target.attach(order.run, order.job)


async def _answer(question):
    """A question is safe to be asked again when the link broke under it."""
    for _ in range(5):
        try:
            return await question()
        except Unreachable:
            await asyncio.sleep(0.2)
    return await question()
