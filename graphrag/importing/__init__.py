"""What other programs paid an LLM to find becomes a workspace: outputs of Microsoft GraphRAG, stores of LightRAG."""

from graphrag.importing.taking import Imported, import_folder

__all__ = ["Imported", "import_folder"]
