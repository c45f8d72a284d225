"""The HTTP server: questions, documents and the graph for other programs, and the page to ask on."""
