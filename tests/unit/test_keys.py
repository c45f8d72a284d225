"""Keys of the server: kept hashed, refused when they are not exact, limited; and their commands."""

import json
import random
import re
import stat
import string
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag.cli import keys as commands
from graphrag.cli import main
from graphrag.errors import InputError
from graphrag.server.keys import ROLES, KeyRing, add_key, read_keys, revoke_key, rotate_key
from graphrag.server.limits import Limits


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_a_key_is_found_and_not_kept(path: Path) -> None:
    key, word = add_key(path, "Ann", role="write", groups=["sales", "press"], requests_per_minute=5)
    assert re.fullmatch(r"hg_[\w-]{43}", word)
    assert word not in path.read_text() and word[3:] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = KeyRing(path).find(word)
    assert found == key
    assert (found.name, found.role, found.groups, found.requests_per_minute) == ("Ann", "write", ("press", "sales"), 5)
    assert [found.may(role) for role in ROLES] == [True, True, False]


def mutations(word: str, rng: random.Random) -> set[str]:
    """Return words near a key: changed, shortened, lengthened, in other case, turned around."""
    signs = string.ascii_letters + string.digits + "-_"
    made = {"", "hg_", word[:-1], word[1:], word + "A", word.swapcase(), word[::-1], f" {word}", f"{word}\n", word[3:]}
    made |= {word.replace("hg_", "hG_"), word + "\0", word.encode().hex(), "0" * 64, "hg_" + "0" * 43, word * 2}
    while len(made) <= 1_000:
        letters = list(word)
        for _ in range(rng.choice([1, 1, 1, 2, 5])):
            letters[rng.randrange(len(letters))] = rng.choice(signs)
        made.add("".join(letters))
    return made - {word}


def test_a_thousand_mutated_keys_are_refused(path: Path) -> None:
    word = add_key(path, "Ann")[1]
    add_key(path, "Ben")
    ring = KeyRing(path)
    wrong = mutations(word, random.Random(1))
    assert len(wrong) >= 1_000
    assert [near for near in wrong if ring.find(near) is not None] == []
    digest = read_keys(path)[0].digest
    assert ring.find(digest) is None and ring.find(f"hg_{digest[:43]}") is None
    assert ring.find("hg_" + "\ud800" * 43) is None and ring.find("ö" * 46) is None
    assert ring.find(word) is not None


def test_a_running_server_notices_changes(path: Path) -> None:
    key, first = add_key(path, "Ann")
    ring = KeyRing(path)
    _, second = add_key(path, "Ben")
    assert ring.find(second) is not None
    rotated, third = rotate_key(path, key.id)
    assert rotated.id == key.id and rotated.digest != key.digest
    assert ring.find(first) is None
    found = ring.find(third)
    assert found is not None and found.name == "Ann"
    revoke_key(path, "Ann")
    assert ring.find(third) is None
    revoke_key(path, "Ben")
    assert ring.keys() == []


def test_without_its_file_no_key_is_good(path: Path) -> None:
    _, word = add_key(path, "Ann")
    ring = KeyRing(path)
    whole = path.read_text()
    path.write_text(whole[:-20])
    with pytest.raises(InputError, match="holds no keys"):
        ring.find(word)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        ring.find(word)
    path.touch(0o600)
    path.write_text(whole)
    assert ring.find(word) is not None
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        ring.find(word)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.update(version=2), "version"),
        (lambda content: content.pop("keys"), "keys"),
        (lambda content: content["keys"][0].update(role="root"), "role 'root'"),
        (lambda content: content["keys"][0].update(digest="0"), "digest"),
        (lambda content: content["keys"][0].update(requests_per_day=-1), "requests_per_day"),
        (lambda content: content["keys"][0].update(requests_per_day=True), "requests_per_day"),
        (lambda content: content["keys"][0].update(groups=["*", "a"]), "stands alone"),
        (lambda content: content["keys"][0].update(groups=[1]), "no text"),
        (lambda content: content["keys"][0].update(more=1), "more"),
        (lambda content: content["keys"][0].pop("role"), "role"),
    ],
)
def test_wrong_files_are_refused(path: Path, change: object, said: str) -> None:
    add_key(path, "Ann")
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=said):
        read_keys(path)


def test_wrong_keys_are_refused(path: Path) -> None:
    add_key(path, "Ann")
    for settings, said in [
        ({"name": "Ann"}, "named 'Ann' already"),
        ({"name": "  "}, "no name"),
        ({"name": "Ben", "role": "root"}, "unknown"),
        ({"name": "Ben", "groups": ["*", "a"]}, "stands alone"),
        ({"name": "Ben", "requests_per_minute": 0}, "1 or more"),
    ]:
        with pytest.raises(InputError, match=said):
            add_key(path, **settings)
    with pytest.raises(InputError, match="has no key 'Cem'"):
        revoke_key(path, "Cem")
    assert [key.name for key in read_keys(path)] == ["Ann"]


def test_keys_added_at_once_are_all_there(path: Path) -> None:
    threads = [threading.Thread(target=add_key, args=(path, f"key {number}")) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(path)) == 20
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_rate_limit(path: Path) -> None:
    key, _ = add_key(path, "Ann", requests_per_minute=6)
    now = 1_000_000.0
    limits = Limits(path, lambda: now)
    assert [limits.spend(key) for _ in range(6)] == [0.0] * 6
    assert limits.spend(key) == pytest.approx(10, abs=0.01)
    assert Limits(path, lambda: now).spend(key) > 9  # another worker, or the next run, knows it
    now += 10
    assert limits.spend(key) == 0.0
    assert limits.spend(key) > 9
    now += 3_600
    assert [limits.spend(key) for _ in range(7)][5:] == [0.0, pytest.approx(10, abs=0.01)]


def test_budgets_of_a_day(path: Path) -> None:
    key, _ = add_key(path, "Ann", requests_per_day=2)
    other, _ = add_key(path, "Ben", tokens_per_day=100)
    free, _ = add_key(path, "Cem")
    now = 86_400.0 * 20_000 + 3_600
    limits = Limits(path, lambda: now)
    assert [limits.spend(key), limits.spend(key), limits.spend(key)] == [0.0, 0.0, 23 * 3_600.0]
    assert limits.spend(other) == 0.0
    assert limits.spend(other, requests=0, tokens=120) == 0.0
    assert limits.spend(other) == 23 * 3_600.0
    assert [limits.spend(free) for _ in range(100)] == [0.0] * 100
    now += 24 * 3_600
    assert [limits.spend(key), limits.spend(other)] == [0.0, 0.0]


def test_limits_hold_among_threads_and_survive_a_cut_file(path: Path) -> None:
    key, _ = add_key(path, "Ann", requests_per_day=50)
    limits = Limits(path)
    waits: list[float] = []
    threads = [threading.Thread(target=lambda: waits.extend(limits.spend(key) for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == 160 and waits.count(0.0) == 50
    (path.parent / "keys.json.use" / key.id).write_text('{"day": 3')
    assert limits.spend(key) == 0.0


def test_commands(path: Path) -> None:
    assert commands.ROLES == ROLES

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, ["keys", *arguments, "--keys", str(path)])
        assert done.exit_code == 0, done.output
        return done.stdout

    word = run("add", "Ann", "--groups", "b, a", "--per-day", "9").strip()
    assert KeyRing(path).find(word) is not None
    (listed,) = json.loads(run("list", "--json"))
    assert listed["groups"] == ["a", "b"] and listed["requests_per_day"] == 9 and "digest" not in listed
    assert "Ann" in run("list")
    new = json.loads(run("rotate", "Ann", "--json"))["key"]
    assert KeyRing(path).find(word) is None and KeyRing(path).find(new) is not None
    run("revoke", listed["id"])
    assert KeyRing(path).find(new) is None
    wrong = CliRunner().invoke(main, ["keys", "revoke", "Ann", "--keys", str(path)])
    assert wrong.exit_code == 3 and "has no key 'Ann'" in wrong.stderr
