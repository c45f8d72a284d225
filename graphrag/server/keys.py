"""Keys of the server: opaque random words, stored hashed, each with a role, groups, a rate limit and a budget.

The file is JSON of mode 600 and holds no key, only SHA-256 digests: a key has 256 random bits, so nothing slower is
needed.  It is replaced as a whole, and a running server reads it again when it changed, so a revoked key stops working
at once.
"""

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphrag.errors import InputError
from graphrag.rights.groups import EVERY_GROUP, group_names

__all__ = ["ROLES", "Key", "KeyRing", "add_key", "read_keys", "revoke_key", "rotate_key"]

ROLES = ("read", "write", "admin")
"""What a key may do, each role including those before it."""

_PREFIX = "hg_"
_LENGTH = len(_PREFIX) + 43  # 32 random bytes in URL-safe base64
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key: everything but the key itself."""

    id: str  # names the key in lists, logs and commands; says nothing about the key
    name: str  # whose it is, or what for
    digest: str  # SHA-256 of the key, hexadecimal
    role: str  # one of ROLES
    groups: tuple[str, ...]  # whose documents it sees beside the public ones; ("*",) sees all
    requests_per_minute: int | None
    requests_per_day: int | None
    tokens_per_day: int | None
    created: str  # UTC, ISO 8601

    def may(self, role: str) -> bool:
        """Tell whether the key may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def read_keys(path: str | Path) -> list[Key]:
    """Return the keys of a file, oldest first.

    Raises
    ------
    InputError
        The file is missing, readable by others, or no file of keys.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise InputError(
            f"The file of keys {path} cannot be read ({reason}): make one with `graphrag keys add NAME --keys {path}`."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(f"The file of keys {path} is open to others: run `chmod 600 {path}`.")
    try:
        return [_key(entry) for entry in _entries(json.loads(text))]
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"The file {path} holds no keys that this version reads ({error}): restore it, or make a new one with "
            "`graphrag keys add`."
        ) from error


def _entries(content: Any) -> list[dict[str, Any]]:
    """Return the list of keys in the content of a file."""
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        raise ValueError(f"its version is not {_VERSION}")
    entries: list[dict[str, Any]] = content["keys"]
    return entries


def _key(entry: dict[str, Any]) -> Key:
    """Return a key as the file describes it, checked like a new one."""
    key = Key(**{**entry, "groups": tuple(entry["groups"])})
    if not all(isinstance(part, str) for part in (key.id, key.name, key.created, *key.groups)):
        raise ValueError("a name is no text")
    if not (isinstance(key.digest, str) and len(key.digest) == 64 and set(key.digest) <= set("0123456789abcdef")):
        raise ValueError(f"the digest of {key.id} is none")
    _check(key)
    return key


def _check(key: Key) -> None:
    """Refuse a key whose settings mean nothing."""
    if key.role not in ROLES:
        raise InputError(f"the role {key.role!r} is unknown: use one of {', '.join(ROLES)}")
    if EVERY_GROUP in key.groups and key.groups != (EVERY_GROUP,):
        raise InputError(f"the groups {', '.join(key.groups)} are wrong: {EVERY_GROUP} stands alone")
    for name in ("requests_per_minute", "requests_per_day", "tokens_per_day"):
        limit = getattr(key, name)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise InputError(f"{name} = {limit!r} is wrong: use a number of 1 or more, or leave it out")


def add_key(
    path: str | Path,
    name: str,
    *,
    role: str = "read",
    groups: Iterable[str] = (),
    requests_per_minute: int | None = None,
    requests_per_day: int | None = None,
    tokens_per_day: int | None = None,
) -> tuple[Key, str]:
    """Make a key and note it in a file, which is made if it is missing.

    Parameters
    ----------
    path : str or pathlib.Path
        The file of keys.
    name : str
        Whose it is, or what for.
    role : str
        One of :data:`ROLES`.
    groups : iterable of str
        Whose documents it sees beside the public ones; ``*`` alone sees all.
    requests_per_minute, requests_per_day, tokens_per_day : int, optional
        Limits; none by default.

    Returns
    -------
    Key, str
        What is noted, and the key itself, which nobody can tell again.

    Raises
    ------
    InputError
        A setting is wrong, or the name is taken.
    """
    word, digest = _new_word()
    key = Key(
        id=f"k_{secrets.token_hex(4)}",
        name=" ".join(name.split()),
        digest=digest,
        role=role,
        groups=tuple(sorted(group_names(",".join(groups)))),
        requests_per_minute=requests_per_minute,
        requests_per_day=requests_per_day,
        tokens_per_day=tokens_per_day,
        created=_now(),
    )
    _check(key)
    if not key.name:
        raise InputError("The key has no name: say whose it is, or what for.")
    path = Path(path)
    with _changing(path):
        keys = read_keys(path) if path.exists() else []
        if any(other.name == key.name for other in keys):
            raise InputError(f"There is a key named {key.name!r} already: choose another name, or rotate that one.")
        _write(path, [*keys, key])
    return key, word


def revoke_key(path: str | Path, which: str) -> Key:
    """Take a key, given by id or name, out of a file.

    Raises
    ------
    InputError
        There is no such key.
    """
    path = Path(path)
    with _changing(path):
        keys = read_keys(path)
        gone = _find(keys, which, path)
        _write(path, [key for key in keys if key.id != gone.id])
    return gone


def rotate_key(path: str | Path, which: str) -> tuple[Key, str]:
    """Give a key, given by id or name, a new word; the old one stops working.

    Returns
    -------
    Key, str
        What is noted, and the new key itself.

    Raises
    ------
    InputError
        There is no such key.
    """
    path = Path(path)
    word, digest = _new_word()
    with _changing(path):
        keys = read_keys(path)
        old = _find(keys, which, path)
        new = replace(old, digest=digest, created=_now())
        _write(path, [new if key.id == old.id else key for key in keys])
    return new, word


class KeyRing:
    """The keys of a file for a running server: read again when the file changes.  Threads may share it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file of keys.

    Raises
    ------
    InputError
        The file cannot be used; while that is so, no key is good.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._mark: tuple[int, ...] = ()
        self._keys: list[Key] = []
        self._lock = threading.Lock()
        self.keys()

    def keys(self) -> list[Key]:
        """Return the keys that are good now.

        Raises
        ------
        InputError
            The file was damaged or removed.
        """
        with self._lock:
            mark: tuple[int, ...] = ()
            with contextlib.suppress(OSError):
                status = self._path.stat()
                mark = (status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode)
            if not mark or mark != self._mark:
                self._mark, self._keys = (), []
                self._keys = read_keys(self._path)
                self._mark = mark
            return self._keys

    def find(self, word: str) -> Key | None:
        """Return the key that a client presents, or None where it is none.

        Every key is compared, each in constant time, so that the time tells nothing about how near a guess is.
        """
        keys = self.keys()
        digest = _digest(word) if len(word) == _LENGTH and word.startswith(_PREFIX) else "0" * 64
        found = None
        for key in keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found


def _new_word() -> tuple[str, str]:
    """Return a new key and its digest."""
    word = _PREFIX + secrets.token_urlsafe(32)
    return word, _digest(word)


def _digest(word: str) -> str:
    """Return the digest of a key."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()


def _find(keys: Sequence[Key], which: str, path: Path) -> Key:
    """Return the key of an id or name."""
    for key in keys:
        if which in (key.id, key.name):
            return key
    raise InputError(f"The file {path} has no key {which!r}: `graphrag keys list --keys {path}` lists them.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Let one process at a time change the file: the folder is locked, because the file itself is replaced."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise InputError(f"The folder of {path} cannot be used ({error.strerror}): choose another place.") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, keys: Iterable[Key]) -> None:
    """Replace the file: whoever reads it sees the old keys or the new ones."""
    text = json.dumps({"version": _VERSION, "keys": [asdict(key) for key in keys]}, indent=2, ensure_ascii=False)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)  # left by a process that was killed
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"The file of keys {path} cannot be written ({error.strerror}).") from error
