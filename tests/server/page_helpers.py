"""A real Chromium, driven through its own driver by the W3C WebDriver protocol, and a real server for it to talk to."""

import base64
import json
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
NOT_HERE = (
    "PAGE NOT CHECKED IN A BROWSER: no Chromium with its driver; run: sudo apt-get install chromium chromium-driver"
)

CHECKS = (Path(__file__).parent / "page_checks.js").read_text(encoding="utf-8")

# WebDriver's code points for keys that write nothing.
KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Escape": "\ue00c", "Space": " ",
    "Left": "\ue012", "Up": "\ue013", "Right": "\ue014", "Down": "\ue015",
}  # fmt: skip
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window of Chromium with nothing remembered from before.

    Parameters
    ----------
    folder : Path
        Where the profile is kept.
    arguments : str
        More arguments of Chromium.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        assert CHROMIUM is not None
        assert DRIVER is not None
        self._driver = subprocess.Popen(
            [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._driver.stdout is not None
        for line in self._driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                self._address = f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise RuntimeError("chromedriver did not start")
        options = {
            "binary": CHROMIUM,
            "args": [
                *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"),
                *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", f"--user-data-dir={folder}"),
                *arguments,
            ],
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self._session = ""
        self._session = (
            "/session/" + self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        )
        self._call("POST", "/url", {"url": "about:blank"})
        self.complaints(), self.requested()  # those of the first tab are not the page's

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._driver.terminate()
            self._driver.wait(20)
            assert self._driver.stdout is not None
            self._driver.stdout.close()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self._address + self._session + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=90) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            told = json.load(error)["value"]
            error.close()
            raise AssertionError(f"{path}: {told['error']}: {told['message'].splitlines()[0]}") from None

    def cdp(self, command: str, **values: Any) -> Any:
        """Send a command of the Chrome DevTools protocol."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": values})

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the size of the page in CSS pixels, and the colours that the reader prefers."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", features=[scheme, {"name": "prefers-reduced-motion", "value": "reduce"}])

    def visit(self, fragment: str) -> None:
        """Go to another view of the page that is open, as a link does."""
        self._call("POST", "/execute/sync", {"script": "location.hash = arguments[0]", "args": [fragment]})

    def open(self, address: str) -> None:
        """Load an address from nothing and wait until the page is ready."""
        self._call("POST", "/url", {"url": "about:blank"})
        self._call("POST", "/url", {"url": address})
        self.until("document.body.dataset.ready === 'yes'")

    def js(self, expression: str, *values: Any) -> Any:
        """Return the value of an expression in the page; ``arguments`` are ``values``."""
        return self._call("POST", "/execute/sync", {"script": f"return {expression}", "args": list(values)})

    def until(self, expression: str, *values: Any, seconds: float = 20) -> Any:
        """Wait until an expression is true in the page, and return its value."""
        end = time.monotonic() + seconds
        while not (value := self.js(expression, *values)):
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {expression}; the page says: {self.text('body')[:2000]}")
            time.sleep(0.03)
        return value

    def check(self, call: str) -> list[str]:
        """Return what a function of ``page_checks.js`` finds wrong."""
        found: list[str] = self._call("POST", "/execute/sync", {"script": f"{CHECKS}\nreturn {call}", "args": []})
        return found

    def text(self, selector: str) -> str:
        """Return the text of the first element, empty where there is none."""
        return str(self.js("document.querySelector(arguments[0])?.textContent ?? ''", selector))

    def texts(self, selector: str) -> list[str]:
        """Return the text of every element."""
        found: list[str] = self.js("[...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)
        return found

    def count(self, selector: str) -> int:
        """Return how many elements there are."""
        return int(self.js("document.querySelectorAll(arguments[0]).length", selector))

    def click(self, selector: str) -> None:
        """Click an element as a reader does: it must be visible and uncovered."""
        self.until("document.querySelector(arguments[0])", selector)
        self.js("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", selector)
        element = self._call("POST", "/element", {"using": "css selector", "value": selector})[_ELEMENT]
        self._call("POST", f"/element/{element}/click")

    def point(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        moves = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}]
        moves += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": moves}]})

    def press(self, *keys: str) -> None:
        """Press keys one after another: a name of :data:`KEYS`, ``Shift+Tab``, or a character."""
        actions = []
        for key in keys:
            held, _, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
            codes = [KEYS.get(part, part) for part in ([held] if held else []) + [last]]
            actions += [{"type": "keyDown", "value": code} for code in codes]
            actions += [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def write(self, text: str) -> None:
        """Write a text into what has the focus."""
        self.press(*text)

    def picture(self, path: Path) -> None:
        """Keep what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def complaints(self) -> list[str]:
        """Return what the console said since the last call; a violation of the content policy is among it."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]

    def requested(self) -> list[str]:
        """Return the addresses that the page asked the network for since the last call."""
        entries = [
            json.loads(entry["message"])["message"] for entry in self._call("POST", "/se/log", {"type": "performance"})
        ]
        return [
            entry["params"]["request"]["url"] for entry in entries if entry["method"] == "Network.requestWillBeSent"
        ]


class Server:
    """A running ``graphrag serve`` and its address."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.address = address

    def get(self, path: str) -> Any:
        """Return what a path answers, as JSON."""
        with urllib.request.urlopen(self.address + path, timeout=60) as reply:
            return json.load(reply)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return what a path answers to a body, as JSON."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def stop(self) -> None:
        """End it and wait."""
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def served(workspace: Path, *arguments: str) -> Iterator[Server]:
    """Serve a workspace on a free port of this machine, in a process of its own."""
    command = [sys.executable, "-m", "graphrag.cli", "serve", "-w", str(workspace), "--port", "0", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stderr is not None
    # Somebody must read the log to its end, or the server stops when the pipe is full.
    server = Server(process, _address(process.stderr))
    reader = threading.Thread(target=process.stderr.read, daemon=True)
    reader.start()
    try:
        _wait_for(server)
        yield server
    finally:
        server.stop()
        reader.join(10)
        process.stderr.close()


def _address(log: IO[str]) -> str:
    """Return the address that the log tells of before it says that the server is ready."""
    seen, address = [], ""
    for line in log:
        seen.append(line)
        told = json.loads(line) if line.startswith("{") else {}
        address = told.get("address", address)
        if told.get("event") == "ready":
            return str(address)
    raise AssertionError("the server did not start: " + "".join(seen))


def _wait_for(server: Server) -> None:
    """Wait until it accepts connections: its log says "ready" a moment before."""
    for _ in range(200):
        try:
            server.get("/healthz")
            return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(f"{server.address} does not accept connections")
