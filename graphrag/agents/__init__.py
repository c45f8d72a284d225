"""Tools for agents: the graph over the Model Context Protocol."""
