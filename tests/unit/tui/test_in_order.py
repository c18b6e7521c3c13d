"""Keys that came while something was under way: none is lost, and none answers what nobody had seen."""

from __future__ import annotations

import asyncio

from runbook_tui.tui.in_order import InOrder


class Desk:
    """Does one thing at a time, when it is let."""

    def __init__(self):
        self.keys = InOrder()
        self.done = []
        self.goes_on = asyncio.Event()

    def press(self, name, *, asks=False):
        async def work():
            if asks:
                with self.keys.question():
                    await self.goes_on.wait()
            else:
                await self.goes_on.wait()
            self.done.append(name)

        return asyncio.create_task(self.keys.take(name, work))


async def test_what_was_typed_while_the_disk_was_slow_is_done_in_its_order():
    desk = Desk()
    pressed = [desk.press(name) for name in "abc"]
    await asyncio.sleep(0)
    assert desk.keys.busy
    desk.goes_on.set()
    await asyncio.gather(*pressed)
    assert desk.done == ["a", "b", "c"]
    assert not desk.keys.busy


async def test_what_waited_while_something_was_asked_is_let_go_of():
    desk = Desk()
    first = desk.press("asks", asks=True)
    second = desk.press("typed before it was seen")
    await asyncio.sleep(0)
    third = desk.press("typed while it is open")
    await asyncio.sleep(0)
    desk.goes_on.set()
    await asyncio.gather(first, second, third)
    assert desk.done == ["asks"]
    await desk.press("afterwards")
    assert desk.done == ["asks", "afterwards"]


async def test_a_key_that_is_held_waits_once():
    desk = Desk()
    pressed = [desk.press(name) for name in ("a", "b", "b", "b")]
    await asyncio.sleep(0)
    desk.goes_on.set()
    await asyncio.gather(*pressed)
    assert desk.done == ["a", "b"]


async def test_work_that_fails_or_is_ended_frees_the_turn():
    desk = Desk()
    first, second = desk.press("ended"), desk.press("goes on")
    await asyncio.sleep(0)
    first.cancel()
    desk.goes_on.set()
    await second
    assert desk.done == ["goes on"]
