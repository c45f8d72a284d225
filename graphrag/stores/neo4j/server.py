"""A private Neo4j server of a workspace: fetched with Maven, bound to 127.0.0.1, data under the workspace.

The folder ``neo4j/`` of the workspace holds the database, the configuration, the log, the password (mode 600) and
``server.json`` with the process and the ports.  The program itself lies once a user, in the cache folder.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graphrag.stores.cypher import load_query
from graphrag.stores.neo4j.connection import Address, Neo4jError, connect, explaining

__all__ = ["SERVER_VERSION", "Server", "last_started", "missing_tools"]

SERVER_VERSION = "5.26.30"
_POM = Path(__file__).with_name("server-pom.xml")
_FOLDER = "neo4j"
_START_SECONDS = 240.0  # a busy machine takes minutes where an idle one takes ten seconds
_STOP_SECONDS = 40.0
_FETCH_SECONDS = 900.0
_PORT_SECONDS = 5.0
_PORTS = range(20_000, 32_000)  # below those that systems give to clients, which could take a stopped server's port
_OPENED = ("java.nio", "java.io", "sun.nio.ch")

_CONFIGURATION = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.bolt.advertised_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.http.advertised_address=127.0.0.1:{http}
server.https.enabled=false
server.memory.pagecache.size=256m
dbms.usage_report.enabled=false
dbms.security.allow_csv_import_from_file_urls=false
db.tx_log.rotation.retention_policy=keep_none
"""


@dataclass(frozen=True, slots=True)
class Server:
    """The private server of a folder, running or not.

    Parameters
    ----------
    folder : Path
        Where its data, configuration and password lie.
    """

    folder: Path

    @classmethod
    def of_workspace(cls, workspace: Path) -> "Server":
        """Return the server of a workspace."""
        return cls(workspace.resolve() / _FOLDER)

    def start(self, say: Callable[[str], None] = lambda _: None, heap: str = "768m") -> Address:
        """Start the server, or find that it runs; fetch the program and set the password the first time.

        Parameters
        ----------
        say : callable
            Hears what takes long.
        heap : str
            Java's largest heap.

        Raises
        ------
        Neo4jError
            Java or Maven is missing or too old, the program cannot be fetched, or the server does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with _locked(self.folder / "lock"):
            running = self.address()
            if running is not None:
                return running
            libraries = fetch(say)
            password = self._password()
            ports = self._ports()
            self._configure(*ports)
            say(f"Starting Neo4j {SERVER_VERSION} on 127.0.0.1:{ports[0]}")
            process = self._launch(libraries, heap)
            record = {"pid": process.pid, "bolt": ports[0], "http": ports[1]}
            _write_private(self.folder / "server.json", json.dumps(record))
            address = Address(f"bolt://127.0.0.1:{ports[0]}", "neo4j", password)
            try:
                self._wait(process, address)
            except BaseException:
                process.terminate()
                process.wait()
                raise
            process.returncode = 0  # it outlives this object, which would warn of that; _pid() collects its end
        with contextlib.suppress(OSError):
            _write_private(_cache() / "last-server", str(self.folder))
        return address

    def stop(self) -> bool:
        """Stop the server and wait for its end; tell whether it ran."""
        pid = self._pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self._pid() is not None:
            if time.monotonic() > deadline:
                raise Neo4jError(f"The server (process {pid}) does not end; see {self.folder / 'neo4j.log'}.")
            time.sleep(0.1)
        return True

    def address(self) -> Address | None:
        """Return where the server listens and its password, None where it does not run."""
        if self._pid() is None:
            return None
        try:
            password = (self.folder / "password").read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Neo4jError(f"The password in {self.folder / 'password'} cannot be read: {error.strerror}.") from error
        return Address(f"bolt://127.0.0.1:{self._record()['bolt']}", "neo4j", password)

    @property
    def browser(self) -> str:
        """The address of Neo4j Browser."""
        return f"http://127.0.0.1:{self._record().get('http', 7474)}"

    @property
    def pid(self) -> int | None:
        """The process of the server, None where it does not run."""
        return self._pid()

    def _record(self) -> dict[str, int]:
        """Return what was noted when the server was started last."""
        try:
            record = json.loads((self.folder / "server.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def _pid(self) -> int | None:
        """Return the process, if it runs and is this server: numbers of ended processes are used again."""
        pid = self._record().get("pid")
        if not isinstance(pid, int):
            return None
        with contextlib.suppress(ChildProcessError, OSError):
            os.waitpid(pid, os.WNOHANG)  # one that this process started leaves its number until it is asked for
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            if Path("/proc/self").exists():
                return None
            return pid if _alive(pid) else None  # systems without /proc
        except OSError:
            return None
        return pid if f"--home-dir={self.folder / 'home'}" in command else None

    def _password(self) -> str:
        """Return the password, made the first time."""
        path = self.folder / "password"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(24))
        return path.read_text(encoding="utf-8").strip()

    def _ports(self) -> tuple[int, int]:
        """Return two free ports, the ones used last if they are free."""
        record = self._record()
        return _free_port(record.get("bolt", 0)), _free_port(record.get("http", 0))

    def _configure(self, bolt: int, http: int) -> None:
        """Write the configuration."""
        for name in ("conf", "home"):
            (self.folder / name).mkdir(exist_ok=True)
        text = _CONFIGURATION.format(bolt=bolt, http=http)
        (self.folder / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")

    def _launch(self, libraries: Path, heap: str) -> "subprocess.Popen[bytes]":
        """Start Java in a session of its own, so that the terminal's Ctrl-C does not reach it."""
        command = [
            *(_java(), f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            *("-cp", f"{libraries}/*", "org.neo4j.server.CommunityEntryPoint"),
            *(f"--home-dir={self.folder / 'home'}", f"--config-dir={self.folder / 'conf'}"),
        ]
        with (self.folder / "neo4j.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - fixed words and own paths, no shell
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=self.folder
            )

    def _wait(self, process: "subprocess.Popen[bytes]", address: Address) -> None:
        """Wait until the server lets us in, setting its first password on the way."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                connect(address).close()
                return
            except Neo4jError as error:
                problem = error
            if "refuses the user" in str(problem):
                self._set_password(address)
            if process.poll() is not None or time.monotonic() > deadline:
                raise Neo4jError(
                    f"The server did not come up; the end of {self.folder / 'neo4j.log'} says: {self._last_words()}"
                ) from problem
            time.sleep(0.2)

    def _set_password(self, address: Address) -> None:
        """Replace the password that every new server has."""
        from neo4j import GraphDatabase

        with (
            contextlib.suppress(Neo4jError),  # not up yet: the caller tries again
            explaining(address),
            GraphDatabase.driver(address.uri, auth=("neo4j", "neo4j")) as driver,
        ):
            driver.execute_query(load_query("schema/set-password").text, password=address.password, database_="system")

    def _last_words(self) -> str:
        """Return the last line of the log that says something."""
        lines = (self.folder / "neo4j.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "nothing")


def last_started() -> Server | None:
    """Return the private server that this user started last, None where there is none."""
    try:
        folder = Path((_cache() / "last-server").read_text(encoding="utf-8"))
    except OSError:
        return None
    return Server(folder) if folder.is_dir() else None


def missing_tools() -> str:
    """Return what keeps a private server from being started, empty where nothing does."""
    try:
        _java()
        if not _fetched(_libraries()) and shutil.which("mvn") is None:
            return "Maven (mvn) is not installed: sudo apt-get install maven"
    except Neo4jError as error:
        return str(error)
    return ""


def fetch(say: Callable[[str], None]) -> Path:
    """Return the folder of the server's jars, fetched with Maven the first time.

    Raises
    ------
    Neo4jError
        Maven is missing, or cannot fetch them.
    """
    libraries = _libraries()
    if _fetched(libraries):
        return libraries
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jError(
            "Maven fetches the server and is not installed: sudo apt-get install maven; or give the address of a "
            "server that runs, for example of `docker compose up` with the compose.yaml of hopgraph."
        )
    libraries.parent.mkdir(parents=True, exist_ok=True)
    with _locked(libraries.parent / "lock"):
        if _fetched(libraries):
            return libraries
        say(f"Fetching Neo4j {SERVER_VERSION} from Maven Central (123 MB, once)")
        with tempfile.TemporaryDirectory(dir=libraries.parent) as scratch:
            target = Path(scratch) / "lib"
            command = [
                maven,
                "-q",
                "-B",
                "-f",
                str(_POM),
                "dependency:copy-dependencies",
                f"-DoutputDirectory={target}",
            ]
            try:
                done = subprocess.run(  # noqa: S603 - fixed words and own paths, no shell
                    command, capture_output=True, text=True, timeout=_FETCH_SECONDS, cwd=scratch
                )
            except subprocess.TimeoutExpired as error:
                raise Neo4jError("Maven took more than 15 minutes to fetch the server: check the network.") from error
            if done.returncode != 0:
                said = (done.stdout + done.stderr).strip().splitlines()
                raise Neo4jError(f"Maven could not fetch the server: {said[0][:300] if said else 'it says nothing'}")
            shutil.rmtree(libraries, ignore_errors=True)
            target.rename(libraries)
    return libraries


def _libraries() -> Path:
    """Return where the jars lie or will lie."""
    return _cache() / f"neo4j-{SERVER_VERSION}" / "lib"


def _fetched(libraries: Path) -> bool:
    """Tell whether the jars are there; they are put in place whole."""
    return libraries.is_dir()


def _cache() -> Path:
    """Return the user's cache folder of this program."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hopgraph"


def _java() -> str:
    """Return the path of a Java that can run the server."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home and Path(home, "bin", "java").is_file() else shutil.which("java")
    if java is None:
        raise Neo4jError("Neo4j needs Java 17 or 21, and there is none: sudo apt-get install openjdk-17-jre-headless")
    done = subprocess.run([java, "-version"], capture_output=True, text=True)  # noqa: S603 - a fixed word
    version = re.search(r'version "(\d+)', done.stderr + done.stdout)
    if version is None or int(version[1]) < 17:
        raise Neo4jError(f"Neo4j needs Java 17 or 21, and {java} is another: set JAVA_HOME.")
    return java


def _free_port(wanted: int) -> int:
    """Return a port of 127.0.0.1 that nobody listens on: the one used last, unless it stays taken for seconds."""
    deadline = time.monotonic() + _PORT_SECONDS
    while wanted and time.monotonic() < deadline:
        if _is_free(wanted):
            return wanted
        time.sleep(0.1)
    for _ in range(100):
        port = secrets.choice(_PORTS)
        if _is_free(port):
            return port
    raise Neo4jError("No port of 127.0.0.1 is free.")


def _is_free(port: int) -> bool:
    """Tell whether a port of 127.0.0.1 can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system frees when this process ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
