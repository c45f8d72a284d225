"""Every shipped recipe resolves, says what it is, and states what it claims to state."""

import pytest

from graphrag.config import MODES, AskSettings, BuildSettings, load_recipe, recipe_names, trace_recipe
from graphrag.registry import names
from graphrag.resources import resource


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_resolves(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    assert recipe.build.extraction.name in names("extractor")
    assert recipe.build.embedding.name in names("embedder")


def test_all_shipped_files_are_recipes() -> None:
    files = {path.relative_to(resource("pipelines")) for path in resource("pipelines").rglob("*.y*ml")}
    assert {path.with_suffix("").as_posix() for path in files} == set(recipe_names())


def test_the_default_recipe_states_every_value_and_agrees_with_the_defaults_in_code() -> None:
    recipe = load_recipe("offline")
    assert (recipe.build, recipe.ask) == (BuildSettings(), AskSettings())
    silent = {setting.key for setting in trace_recipe("offline") if setting.origin == "default"}
    assert silent == {"needs"}


@pytest.mark.parametrize("name", [name for name in recipe_names() if name.startswith(("bench/", "baselines/"))])
def test_benchmarks_and_baselines_share_the_default_build(name: str) -> None:
    build = load_recipe(name).build.model_copy(update={"refinement": None})  # one reads its passages from a file, too
    assert build.fingerprint == load_recipe("offline").build.fingerprint


@pytest.mark.parametrize("name", [name for name in recipe_names() if name.startswith("bench/")])
def test_a_benchmark_names_its_data_and_its_expectations(name: str) -> None:
    from graphrag.evaluation import ANSWER_METRICS, RANKING_METRICS

    bench = load_recipe(name).bench
    assert bench is not None
    assert bench.untitled == name.endswith("-untitled")
    assert set(bench.expect) <= {*RANKING_METRICS, *ANSWER_METRICS}


def test_every_mode_of_the_recipes_is_one_that_asking_knows() -> None:
    from graphrag.asking import MODE_WEIGHTS

    assert set(MODES) == set(MODE_WEIGHTS)
