"""The private server: on this machine only, a password of its own, started once, stopped whole."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from graphrag.cli.database import address_of
from graphrag.stores.neo4j.connection import Address, Neo4jError, connect, find_address
from graphrag.stores.neo4j.server import Server

pytestmark = pytest.mark.neo4j


def listening(pid: int) -> set[str]:
    """Return the local addresses that a process listens on, as /proc writes them."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        target = str(entry.readlink()) if entry.is_symlink() else ""
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and parts[9] in inodes:
                found.add(parts[1].rpartition(":")[0])
    return found


def test_the_server_listens_on_this_machine_only(server: Server) -> None:
    assert server.pid is not None
    found = listening(server.pid)
    assert found
    assert found <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_the_password_is_private_and_not_shown(server: Server, address: Address) -> None:
    path = server.folder / "password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(address.password) >= 24
    assert address.password not in repr(address)
    assert address.password.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_starting_twice_finds_the_one_that_runs(server: Server) -> None:
    pid = server.pid
    assert server.start() == server.address()
    assert server.pid == pid


def test_the_first_password_does_not_work_any_more(address: Address) -> None:
    with pytest.raises(Neo4jError, match="refuses the user neo4j"):
        connect(Address(address.uri, "neo4j", "neo4j"))


def test_a_database_that_does_not_exist_is_named(address: Address) -> None:
    with pytest.raises(Neo4jError, match="no database 'nowhere'"):
        connect(Address(address.uri, address.user, address.password, "nowhere"))


def test_start_status_and_stop_on_the_command_line(tmp_path: Path) -> None:
    program = "import sys; from graphrag.cli import main; main()"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, "neo4j", *arguments, "-w", str(tmp_path)], capture_output=True, text=True
        )

    server = Server.of_workspace(tmp_path)
    assert "does not run" in run("status").stdout
    try:
        assert run("start").returncode == 0
        first = server.address()
        assert first is not None
        assert first.uri in run("status").stdout
        assert address_of("local", None) == address_of("local", tmp_path) == first
        with pytest.raises(Neo4jError, match=r"private server of .*other does not run: .* -w .*other"):
            address_of("local", tmp_path / "other")  # whose graph would take the place of this one's
        assert run("stop").stdout == "Stopped.\n"
        assert server.address() is None
    finally:
        run("stop")
    assert run("stop").stdout == "It does not run.\n"


def test_a_server_that_is_down_is_said_within_ten_seconds() -> None:
    with pytest.raises(Neo4jError, match="does not answer"):
        connect(Address("bolt://127.0.0.1:1", "neo4j", "secret-word"))


@pytest.mark.parametrize("uri", ["http://127.0.0.1:7687", "127.0.0.1", "bolt://", "bolt://a b"])
def test_a_malformed_address_is_refused(uri: str) -> None:
    with pytest.raises(Neo4jError, match="no address"):
        find_address(uri, environment={"NEO4J_PASSWORD": "x"})


def test_credentials_in_an_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(Neo4jError) as raised:
        find_address("bolt://neo4j:canary-7@127.0.0.1:7687", environment={})
    assert "canary-7" not in str(raised.value)


def test_credentials_come_from_a_file_the_environment_or_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    uri = "bolt://127.0.0.1:7687"
    with pytest.raises(Neo4jError, match="NEO4J_PASSWORD"):
        find_address(uri, environment={})
    assert find_address(uri, ask=lambda words: "asked", environment={}).password == "asked"
    (tmp_path / ".env").write_text('NEO4J_USERNAME=ada\nexport NEO4J_PASSWORD="from file"\nOTHER=1\n')
    found = find_address(uri, environment={})
    assert (found.user, found.password, found.database) == ("ada", "from file", None)
    found = find_address(uri, environment={"NEO4J_PASSWORD": "from shell", "NEO4J_DATABASE": "films"})
    assert (found.user, found.password, found.database) == ("ada", "from shell", "films")
