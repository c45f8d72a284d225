"""Arrays: what is written is what is mapped, and nothing else is ever mapped."""

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graphrag.errors import WorkspaceDamaged
from graphrag.stores.arrays import generation_folder, open_arrays, remove_generations, write_arrays

SOME = {
    "vectors": np.arange(12, dtype=np.float32).reshape(3, 4),
    "empty": np.zeros((0, 4), dtype=np.int8),
    "ids": np.array([3, 1, 2], dtype=np.uint64),
}


def test_arrays_come_back_mapped_and_read_only(tmp_path: Path) -> None:
    infos = write_arrays(tmp_path / "one", SOME)
    assert [info.name for info in infos] == sorted(SOME)
    found = open_arrays(tmp_path / "one", infos)
    for name, array in SOME.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert isinstance(found["vectors"], np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found["vectors"][0] = 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.int8, np.int64, np.uint64, np.float64, np.bool_]),
        hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5),
    )
)
def test_any_array_of_numbers_survives(tmp_path: Path, array: np.ndarray) -> None:
    infos = write_arrays(tmp_path / "any", {"a": array, "b": array.T})
    found = open_arrays(tmp_path / "any", infos)
    assert found["a"].tobytes() == array.tobytes()
    assert found["b"].shape == array.T.shape
    assert found["b"].tobytes() == array.T.tobytes()


def test_writing_twice_gives_the_same_checksums(tmp_path: Path) -> None:
    assert write_arrays(tmp_path / "a", SOME) == write_arrays(tmp_path / "b", dict(reversed(SOME.items())))


@pytest.mark.parametrize("length", [0, 1, 2**18 - 129, 2**18 - 128, 2**18 - 127, 2**19 - 128, 2**19])
def test_a_file_is_what_numpy_writes(tmp_path: Path, length: int) -> None:
    array = (np.arange(length) % 251).astype(np.uint8)
    infos = write_arrays(tmp_path / "one", {"any": array, "one": np.float64(length) * np.ones(())})
    for name, written in (("any", array), ("one", np.array(float(length)))):
        np.save(tmp_path / "numpy.npy", written)
        assert (tmp_path / "one" / f"{name}.npy").read_bytes() == (tmp_path / "numpy.npy").read_bytes()
    assert open_arrays(tmp_path / "one", infos)["any"].tobytes() == array.tobytes()


def test_a_killed_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "rest.npy").write_bytes(b"half")
    write_arrays(tmp_path / "one", SOME)
    assert sorted(path.stem for path in (tmp_path / "one").iterdir()) == sorted(SOME)


@pytest.mark.parametrize("bad", ["Upper", "../up", "", "a-b", "1", "a.b"])
def test_names_that_could_leave_the_folder_are_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        write_arrays(tmp_path / "one", {bad: np.zeros(1)})


def test_objects_are_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "one", SOME)
    with pytest.raises(ValueError, match="cannot be stored"):
        write_arrays(tmp_path / "one", {"objects": np.array([{}, []], dtype=object)})


def test_what_cannot_be_written_is_told_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_arrays(tmp_path / "one", SOME)


@pytest.mark.parametrize("where", [0, 9, 60, 127, 128, -1])
def test_a_flipped_bit_is_found_and_the_file_named(tmp_path: Path, where: int) -> None:
    infos = write_arrays(tmp_path / "one", SOME)
    path = tmp_path / "one" / "vectors.npy"
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    with pytest.raises(WorkspaceDamaged, match=r"vectors\.npy.*checksum"):
        open_arrays(tmp_path / "one", infos)


@pytest.mark.parametrize("change", ["truncate", "extend", "remove", "folder"])
def test_other_damage_is_found(tmp_path: Path, change: str) -> None:
    infos = write_arrays(tmp_path / "one", SOME)
    path = tmp_path / "one" / "ids.npy"
    if change == "truncate":
        path.write_bytes(path.read_bytes()[:-1])
    elif change == "extend":
        path.write_bytes(path.read_bytes() + b"\0")
    else:
        path.unlink()
        if change == "folder":
            path.mkdir()
    with pytest.raises(WorkspaceDamaged, match=r"ids\.npy.*build"):
        open_arrays(tmp_path / "one", infos)


def test_only_other_generations_are_removed(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_arrays(generation_folder(tmp_path, number), SOME)
    (tmp_path / "arrays" / "notes").mkdir()
    remove_generations(tmp_path, keep=(2, 3))
    assert sorted(path.name for path in (tmp_path / "arrays").iterdir()) == ["00000002", "00000003", "notes"]
    remove_generations(tmp_path / "missing", keep=())


def test_a_large_file_is_checked_in_pieces_in_their_order(tmp_path: Path) -> None:
    large = {"large": np.arange(2**24 + 5, dtype=np.float32)}  # 64 MiB and a little
    infos = write_arrays(tmp_path / "one", large)
    assert open_arrays(tmp_path / "one", infos)["large"][-1] == large["large"][-1]
    path = tmp_path / "one" / "large.npy"
    good = path.read_bytes()
    piece = 2**24
    flipped = bytearray(good)
    flipped[piece + 5] ^= 16
    last = bytearray(good)
    last[-1] ^= 1
    swapped = good[piece : 2 * piece] + good[:piece] + good[2 * piece :]
    for bad in (flipped, last, swapped):
        path.write_bytes(bad)
        with pytest.raises(WorkspaceDamaged, match=r"large\.npy.*checksum"):
            open_arrays(tmp_path / "one", infos)
