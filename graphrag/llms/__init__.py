"""LLM endpoints: adapters that send, and the client that caches, checks, counts and keeps to a budget."""
