"""``graphrag mcp``: tools for agents."""

import click

from graphrag.cli.database import Place, place_options

__all__ = ["mcp"]


@click.command(short_help="Offer the graph to agents, over the Model Context Protocol.")
@place_options
def mcp(place: Place) -> None:
    """Offer search, ask, entity, neighbours, path, community and cypher to an agent, over MCP on stdin and stdout.

    An agent's program starts this command itself; it ends when its stdin does. All tools only read.
    """
    from graphrag.errors import MissingExtra

    try:
        from graphrag.agents.mcp import make_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise MissingExtra("`graphrag mcp` needs the package mcp: pip install 'hopgraph[mcp]'.") from error
    from graphrag.agents.tools import Tools
    from graphrag.stores.watching import GenerationWatch

    watch = GenerationWatch(place.workspace) if place.uri is None and place.workspace is not None else None
    tools = Tools(place.open, watch.now if watch is not None else lambda: None)
    try:
        make_server(tools).run("stdio")
    finally:
        tools.close()
        if watch is not None:
            watch.close()
