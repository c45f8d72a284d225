"""``graphrag bench``: the group of all benchmark commands."""

import click

from graphrag.cli.adding import bench_add
from graphrag.cli.benchmarks import run
from graphrag.cli.measuring import quality, scale
from graphrag.cli.parallel import bench_workers
from graphrag.cli.publishing import bench_publish
from graphrag.cli.serving import bench_serve

__all__ = ["bench"]


class _Bench(click.Group):
    """The group, in which a word that is no command is the name of a benchmark to run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``run`` before the name of a benchmark."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Bench, short_help="Run whole benchmarks: one recipe, all modes, growing corpora.")
def bench() -> None:
    """Run a benchmark recipe (graphrag bench 2wiki), compare modes (quality), or measure growing corpora (scale).

    \b
    graphrag bench 2wiki --data DIR        as: graphrag bench run 2wiki --data DIR
    graphrag bench quality --data DIR
    graphrag bench scale
    """


for _command in (run, quality, scale, bench_add, bench_workers, bench_publish, bench_serve):
    bench.add_command(_command)
