"""The group of all commands, and what becomes of an error."""

import errno
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from graphrag import __version__, errors
from graphrag.cli.agents import mcp
from graphrag.cli.asking import ask, explain, search
from graphrag.cli.benching import bench
from graphrag.cli.building import build
from graphrag.cli.changing import add, remove, sync, update
from graphrag.cli.communities import communities
from graphrag.cli.cypher import cypher
from graphrag.cli.database import neo4j, publish, pull
from graphrag.cli.entities import conflicts, entities
from graphrag.cli.evaluating import evaluate
from graphrag.cli.importing import import_command
from graphrag.cli.keys import keys
from graphrag.cli.llm import prompt_tune
from graphrag.cli.looking import completion, export, inspect, recipe
from graphrag.cli.reembedding import reembed
from graphrag.cli.reporting import report
from graphrag.cli.rights import rights
from graphrag.cli.serving import serve
from graphrag.cli.tuning import tune
from graphrag.cli.verifying import doctor, verify

__all__ = ["exit_codes", "main"]

_ALIASES = {"index": "build", "query": "ask"}
_INTERRUPTED = 130  # 128 + SIGINT
_PIPE_CLOSED = 141  # 128 + SIGPIPE

_OS_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and run the command again",
    errno.EDQUOT: "the disk quota is used up; free some space and run the command again",
    errno.EROFS: "the disk is read-only; choose a place that can be written",
    errno.EACCES: "permission denied; change the permissions or choose another place",
    errno.EPERM: "permission denied; change the permissions or choose another place",
    errno.ENOENT: "there is no such file or folder; check the path",
    errno.ENOTDIR: "a part of the path is a file; choose another place",
    errno.EISDIR: "it is a folder; name a file",
    errno.EMFILE: "too many open files; raise the limit with: ulimit -n 4096",
}


def exit_codes() -> list[tuple[int, str]]:
    """Return every exit code with its meaning, read from the exceptions themselves."""

    def walk(kind: type[errors.GraphRAGError]) -> Iterator[tuple[int, str]]:
        yield kind.exit_code, (kind.__doc__ or "").splitlines()[0]
        for child in kind.__subclasses__():
            yield from walk(child)

    known = dict(walk(errors.GraphRAGError))
    known[1] = "Another error, such as a full disk; bench: a score or cost missed what its recipe expects."
    known |= {0: "Success; also an answer that is not found.", 2: "The command line is wrong."}
    known |= {_INTERRUPTED: "Interrupted (Ctrl-C).", _PIPE_CLOSED: "The reader of the output went away."}
    return sorted(known.items())


class Commands(click.Group):
    """The group, with aliases and a quiet end when the reader of the output goes away."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by its name or alias."""
        return super().get_command(ctx, _ALIASES.get(cmd_name, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, suggesting the nearest name where there is none."""
        import difflib

        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, [*self.list_commands(ctx), *_ALIASES], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        """Run one command line and exit; errors become one line on stderr."""
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:  # closed by the caller ("graphrag … >&-")
                setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the end
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is no reason to fail
        more["standalone_mode"] = False
        more.setdefault("prog_name", "graphrag")
        code = _code_of(lambda: super(Commands, self).main(args, *rest, **more))
        if args is None:  # the process ends with this command, and need not look for cycles in what the command left
            gc.freeze()
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command and hand its last output over."""
        if "NO_COLOR" in os.environ:
            ctx.color = False
        try:
            result: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Nobody reads any more; give Python something else to flush at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(_PIPE_CLOSED) from None
        except KeyboardInterrupt as error:  # here, because click drops what it says
            click.echo(str(error) or "Interrupted.", err=True)
            raise click.exceptions.Exit(_INTERRUPTED) from None
        return result


_EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in exit_codes())


@click.group(
    cls=Commands,
    epilog=_EPILOG + "\n\n\b\nAliases: index = build, query = ask.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="graphrag", message="%(prog)s %(version)s")
def main() -> None:
    """Turn documents into a knowledge graph and answer questions over it, offline and with checkable citations.

    \b
    graphrag build FOLDER -w WORKSPACE
    graphrag ask "Where was the director of Seven Women born?" -w WORKSPACE
    """


_ASKING = (search, ask, explain)
_BUILDING = (build, import_command, add, update, remove, sync, verify, doctor, reembed, prompt_tune, recipe)
_LOOKING = (inspect, communities, entities, conflicts, report, export)
_SERVING = (neo4j, publish, pull, cypher, serve, mcp, keys, rights)
_MEASURING = (evaluate, tune, bench)
for _command in (*_ASKING, *_BUILDING, *_LOOKING, *_SERVING, *_MEASURING, completion):
    main.add_command(_command)


def _code_of(run: Callable[[], object]) -> int:
    """Run a command line, say what went wrong, and return the exit code."""
    try:
        code = run()
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return _INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except errors.GraphRAGError as error:
        _say(str(error))
        return error.exit_code
    except OSError as error:
        advice = _OS_ADVICE.get(error.errno or 0, error.strerror or str(error))
        _say(f"{error.filename}: {advice}" if error.filename else advice)
        return errors.GraphRAGError.exit_code
    return code if isinstance(code, int) else 0


def _say(message: str) -> None:
    """Write an error as one line."""
    click.echo(f"Error: {' '.join(message.split())}", err=True)
