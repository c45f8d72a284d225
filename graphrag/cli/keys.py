"""``graphrag keys``: who may ask the server, and what."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli.options import PathType, json_option
from graphrag.cli.output import print_json, print_table

if TYPE_CHECKING:
    from graphrag.server.keys import Key

__all__ = ["keys", "keys_option"]

# graphrag.server.keys.ROLES, said again because that module is loaded only when it is needed; a test compares them.
ROLES = ("read", "write", "admin")


def keys_option(*, required: bool, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option ``--keys``."""
    return click.option(
        "--keys",
        "path",
        metavar="FILE",
        type=PathType(dir_okay=False),
        required=required,
        envvar="GRAPHRAG_KEYS",
        show_envvar=True,
        help=text,
    )


_file_option = keys_option(required=True, text="The file of keys that `graphrag serve --keys FILE` reads.")


@click.group(short_help="Make, list, revoke and rotate keys of the server.")
def keys() -> None:
    """Make, list, revoke and rotate the keys that the server asks for.

    A key is shown once, when it is made. The file holds only its digest, and a running server notices every change.
    """


@keys.command("add", short_help="Make a key.")
@click.argument("name")
@_file_option
@click.option("--role", type=click.Choice(ROLES), default="read", show_default=True, help="What it may do.")
@click.option("--groups", default="", metavar="A,B", help="Whose documents it sees beside the public ones; * sees all.")
@click.option("--per-minute", type=click.IntRange(1), help="The most requests a minute.")
@click.option("--per-day", type=click.IntRange(1), help="The most requests a day.")
@click.option("--tokens-per-day", type=click.IntRange(1), help="The most LLM tokens a day.")
@json_option
def add(
    name: str,
    path: Path,
    role: str,
    groups: str,
    per_minute: int | None,
    per_day: int | None,
    tokens_per_day: int | None,
    as_json: bool,
) -> None:
    """Make a key for NAME, and write it to stdout."""
    from graphrag.server.keys import add_key

    key, word = add_key(
        path,
        name,
        role=role,
        groups=[groups],
        requests_per_minute=per_minute,
        requests_per_day=per_day,
        tokens_per_day=tokens_per_day,
    )
    _show_word(key, word, as_json)


@keys.command("list", short_help="List the keys.")
@_file_option
@json_option
def list_keys(path: Path, as_json: bool) -> None:
    """List the keys: what each is called and may do, never the key itself."""
    from graphrag.server.keys import read_keys

    found = read_keys(path)
    if as_json:
        print_json([_public(key) for key in found])
        return
    if not found:
        click.echo("No keys.", err=True)
        return
    head = ["id", "name", "role", "groups", "a minute", "a day", "tokens a day", "made"]
    rows = [
        [
            key.id,
            key.name,
            key.role,
            ", ".join(key.groups) or "public",
            *(str(limit or "") for limit in (key.requests_per_minute, key.requests_per_day, key.tokens_per_day)),
            key.created,
        ]
        for key in found
    ]
    print_table([head, *rows])


@keys.command("revoke", short_help="Make a key stop working.")
@click.argument("key")
@_file_option
def revoke(key: str, path: Path) -> None:
    """Make a KEY, named by its id or name, stop working at once."""
    from graphrag.server.keys import revoke_key

    gone = revoke_key(path, key)
    click.echo(f"Revoked {gone.id} ({gone.name}).", err=True)


@keys.command("rotate", short_help="Give a key a new word.")
@click.argument("key")
@_file_option
@json_option
def rotate(key: str, path: Path, as_json: bool) -> None:
    """Make a new word for a KEY, named by its id or name; the old one stops working at once."""
    from graphrag.server.keys import rotate_key

    _show_word(*rotate_key(path, key), as_json)


def _show_word(key: "Key", word: str, as_json: bool) -> None:
    """Write a new key: the word to stdout, the rest to stderr."""
    if as_json:
        print_json({**_public(key), "key": word})
        return
    click.echo(f"The key {key.id} of {key.name}, role {key.role}; it is not shown again:", err=True)
    click.echo(word)


def _public(key: "Key") -> dict[str, Any]:
    """Return what may be told of a key."""
    from dataclasses import asdict

    return {name: value for name, value in asdict(key).items() if name != "digest"}
