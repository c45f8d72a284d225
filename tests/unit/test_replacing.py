"""Files that a user names are written whole, and over nothing that is no such file."""

import os
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag.cli import main
from graphrag.errors import InputError
from graphrag.stores.replacing import replacing


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stderr


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("before", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), replacing(file) as place:
        place.write_text("half", encoding="utf-8")
        raise ZeroDivisionError
    assert file.read_text(encoding="utf-8") == "before"
    with replacing(file) as place:
        place.write_text("after", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "after"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_written_beside_a_file_is_nobody_elses(tmp_path: Path) -> None:
    theirs = tmp_path / "a.txt.part"
    theirs.write_text("theirs", encoding="utf-8")
    with replacing(tmp_path / "a.txt") as one, replacing(tmp_path / "a.txt") as other:
        other.write_text("second", encoding="utf-8")
        one.write_text("first", encoding="utf-8")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "first"
    assert theirs.read_text(encoding="utf-8") == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.txt.part"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    with replacing(tmp_path / "link") as place:
        place.write_text("x", encoding="utf-8")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("command", [["export", "--graphml"], ["report", "-o"]], ids=lambda command: command[0])
def test_what_is_no_file_is_written_to_and_stays(light_workspace: Path, tmp_path: Path, command: list[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    code, err = run(*command, pipe, "-w", light_workspace)
    assert stat.S_ISFIFO(pipe.stat().st_mode), "a device as well would be lost"
    reader.join(20)
    assert (code, err) == (0, "") and len(read[0]) > 1000


@pytest.mark.parametrize("name", ["workspace.db", "cache.db", "links.tsv", "lock", "arrays/x.npy", "views/a/x"])
@pytest.mark.parametrize("command", [["export", "--graphml"], ["report", "-o"]], ids=lambda command: command[0])
def test_no_file_of_a_workspace_is_replaced(light_workspace: Path, command: list[str], name: str) -> None:
    before = (light_workspace / "workspace.db").read_bytes()
    code, err = run(*command, light_workspace / name, "-w", light_workspace)
    assert code == InputError.exit_code and "belongs to a workspace: write to another place" in err
    assert (light_workspace / "workspace.db").read_bytes() == before
