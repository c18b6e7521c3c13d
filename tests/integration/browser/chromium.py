"""A headless Chromium spoken to over its own debugging protocol; what its terminal was sent is drawn by pyte."""

import asyncio
import base64
import contextlib
import shutil
import time

import aiohttp
import pyte


def missing():
    return None if shutil.which("chromium") else "chromium is not here"


class Page:
    """One page, its keyboard, and the terminal in it."""

    def __init__(self, socket):
        self._socket = socket
        self._answers = {}
        self._count = 0
        self.statuses = {}
        self.frames = 0
        self.terminal = pyte.Screen(200, 60)
        self._stream = pyte.ByteStream(self.terminal)
        self._reading = asyncio.create_task(self._read())

    async def _read(self):
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said.get("result", {}))
            elif said["method"] == "Network.responseReceived":
                answer = said["params"]["response"]
                self.statuses[answer["url"]] = answer["status"]
            elif said["method"] == "Network.webSocketFrameReceived":
                frame = said["params"]["response"]
                self.frames += 1
                if frame["opcode"] == 2:
                    self._stream.feed(base64.b64decode(frame["payloadData"]))

    async def do(self, method, **parameters):
        self._count += 1
        answer = self._answers[self._count] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        return await asyncio.wait_for(answer, 20)

    async def open(self, address):
        await self.do("Page.navigate", url=address)

    async def ask(self, expression):
        answer = await self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    async def press(self, *keys):
        codes = {"enter": ("Enter", 13, "\r"), "escape": ("Escape", 27, ""), "tab": ("Tab", 9, "")}
        for key in keys:
            name, code, text = codes.get(key, (key, 0, key))
            common = {"key": name, "windowsVirtualKeyCode": code, "text": text, "unmodifiedText": text}
            await self.do("Input.dispatchKeyEvent", type="keyDown", **common)
            await self.do("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)
            await asyncio.sleep(0.05)

    async def picture(self, path):
        answer = await self.do("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))

    @property
    def screen(self):
        return "\n".join(self.terminal.display)

    async def reads(self, text, seconds=25):
        end = time.monotonic() + seconds
        while text not in self.screen:
            if time.monotonic() > end:
                raise AssertionError(f"“{text}” did not come; the browser shows:\n{self.screen}\n{self.statuses}")
            await asyncio.sleep(0.05)

    async def close(self):
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading


@contextlib.asynccontextmanager
async def browser(folder):
    """A page of a fresh Chromium whose files lie in `folder`; gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
        "--window-size=1400,900", "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = folder / "DevToolsActivePort"
        async with asyncio.timeout(40):
            while not told.exists() or "\n" not in told.read_text():
                await asyncio.sleep(0.05)
        port = told.read_text().split("\n")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                target = next(one for one in await answer.json() if one["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                for room in ("Page", "Network", "Runtime"):
                    await page.do(f"{room}.enable")
                yield page
                await page.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
