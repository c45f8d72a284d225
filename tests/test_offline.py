"""Building and asking use no network: every process runs under an audit hook that refuses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Python runs a module of this name at the start of every process that has its folder on PYTHONPATH, worker processes
# included, before any other code; an audit hook cannot be removed.  It also writes what it refuses to a file, so
# that an attempt whose error somebody swallows is noticed too.
GUARD = """
import os
import sys

LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
PLACES = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")  # (socket, address)

def refuse(event, arguments):
    if event in PLACES:
        address = arguments[1]
        if not isinstance(address, tuple):  # no internet address: processes of one machine
            return
        if event == "socket.bind" and address[:2] == ("::1", 0):  # urllib3, which spaCy imports, asks: is there IPv6?
            return
    elif event not in LOOKUPS:
        return
    with open(os.environ["NETWORK_ATTEMPTS"], "a") as file:
        file.write(f"{event} {arguments[-1]}\\n")
    raise OSError(f"this test allows no network: {event}")

sys.addaudithook(refuse)
with open(os.environ["NETWORK_ATTEMPTS"] + ".guarded", "a") as file:
    file.write(f"{os.getpid()}\\n")
"""


@pytest.fixture
def guarded(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose Python processes have no network."""
    folder = tmp_path / "guard"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    return dict(os.environ, PYTHONPATH=path, NETWORK_ATTEMPTS=str(tmp_path / "attempts"), NO_COLOR="1")


def graphrag(*arguments: str | Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = "from graphrag.cli import main; main()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")


def test_build_search_and_ask_without_network(samples: Path, tmp_path: Path, guarded: dict[str, str]) -> None:
    workspace = tmp_path / "workspace"
    corpus = samples / "2wiki" / "corpus.json"
    built = graphrag("build", corpus, "-w", workspace, "--workers", "2", environment=guarded)
    assert built.returncode == 0, built.stderr
    processes = Path(guarded["NETWORK_ATTEMPTS"] + ".guarded").read_text(encoding="utf-8").split()
    assert len(processes) >= 3, "the worker processes of the build were not guarded"

    question = "What is the place of birth of the director of film Under The Cards?"
    found = graphrag("search", question, "-w", workspace, "--json", environment=guarded)
    assert found.returncode == 0, found.stderr
    asked = graphrag("ask", question, "-w", workspace, "--json", environment=guarded)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["answer"] == "Carcassonne"

    attempts = Path(guarded["NETWORK_ATTEMPTS"])
    assert not attempts.exists(), attempts.read_text(encoding="utf-8")


TRY = """
import multiprocessing, socket, sys

def refused(attempt):
    try:
        attempt()
    except OSError as error:
        return "allows no network" in str(error)
    return False

def attempt():
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stream = socket.socket()
    sys.exit(not all([
        refused(lambda: socket.create_connection(("localhost", 9), timeout=1)),
        refused(lambda: stream.connect(("127.0.0.1", 9))),
        refused(lambda: datagram.sendto(b"x", ("127.0.0.1", 9))),
        refused(lambda: stream.bind(("127.0.0.1", 0))),
    ]))

if __name__ == "__main__":
    if sys.argv[1] == "here":
        attempt()
    child = multiprocessing.get_context(sys.argv[1]).Process(target=attempt)
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""


@pytest.mark.parametrize("where", ["here", "fork", "spawn", "forkserver"])
def test_the_guard_works(where: str, tmp_path: Path, guarded: dict[str, str]) -> None:
    """The test above can fail: a connection is refused and noted, in this process and in every kind of worker."""
    script = tmp_path / "attempt.py"
    script.write_text(TRY, encoding="utf-8")
    done = subprocess.run([sys.executable, script, where], env=guarded, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    noted = Path(guarded["NETWORK_ATTEMPTS"]).read_text(encoding="utf-8")
    assert all(event in noted for event in ("getaddrinfo", "connect", "sendto", "bind"))
