"""Recipes: every value is checked and has an origin; what is wrong is said with file and key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrag.config import (
    AskSettings,
    BuildSettings,
    PartSettings,
    Recipe,
    check_settings,
    load_recipe,
    recipe_names,
    trace_recipe,
)
from graphrag.errors import RecipeError


def write(folder: Path, text: str, name: str = "mine.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_extends_a_shipped_recipe_and_every_value_has_an_origin(tmp_path: Path) -> None:
    name = write(tmp_path, "extends: baselines/bm25\nask: {k: 5}\n")
    recipe = load_recipe(name)
    assert (recipe.ask.k, recipe.ask.mode, recipe.description, recipe.name) == (5, "lexical", "", name)
    origins = {setting.key: setting.origin for setting in trace_recipe(name)}
    assert origins["ask.k"] == name
    assert origins["ask.mode"] == "baselines/bm25"
    assert origins["build.chunking.max_tokens"] == "offline"
    assert origins["needs"] == "default"


def test_a_parent_beside_the_child_is_found_first(tmp_path: Path) -> None:
    write(tmp_path, "ask: {k: 3}\n", "parent.yaml")
    assert load_recipe(write(tmp_path, "extends: parent.yaml\n")).ask.k == 3


def test_another_part_drops_the_options_of_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, "build: {extraction: {name: spacy, options: {model: m}}}\n", "parent.yaml")
    kept = load_recipe(write(tmp_path, "extends: parent.yaml\nbuild: {extraction: {options: {batch: 2}}}\n"))
    assert dict(kept.build.extraction.options) == {"model": "m", "batch": 2}
    other = write(tmp_path, "extends: parent.yaml\nbuild: {extraction: {name: mine}}\n")
    assert dict(load_recipe(other).build.extraction.options) == {}
    assert {s.key: s.origin for s in trace_recipe(other)}["build.extraction.options"] == "default"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ask: {kk: 3}", r"mine.yaml: unknown key ask.kk; did you mean 'k'\?"),
        ("build: {chunking: {max_token: 3}}", r"build.chunking.max_token; did you mean 'max_tokens'\?"),
        ("bulid: {}", r"unknown key bulid; did you mean 'build'\?"),
        ("build: {extraction: {nmae: x}}", "build.extraction"),
        ("bench: {zzz: 1, data: {folder: x}}", "known here: data, untitled, expect, limits"),
        ("bench: {untitled: true}", "bench.data is missing"),
        ("ask: {k: 0}", "ask.k = 0 is wrong: .*greater than or equal to 1"),
        ("ask: {k: 201}", "less than or equal to 200"),
        ("ask: {k: yes}", "ask.k = True is wrong"),
        ("ask: {mode: lexcal}", "ask.mode = 'lexcal' is wrong: .*'lexical'"),
        ("ask: {weights: {seed: .nan}}", "ask.weights.seed = nan is wrong"),
        ("build: {resolution: {fuzzy_threshold: 85}}", "less than or equal to 1"),
        ("build: {communities: {resolutions: []}}", "at least 1"),
        ("build: {extraction: {name: spacy, options: {models: [a, b]}}}", "build.extraction.options.models"),
        ("ask: {k: 3, k: 4}", "line 1, column 13: the key 'k' is said twice"),
        ("ask: [1", "not valid YAML at line 1"),
        ("? [a]\n: 1", "keys are plain words"),
        ("a: " + "[" * 5000, "nested too deep"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested too deep"),
        ("- a", "is not a mapping"),
        ("1: a", "is not a mapping"),
        ("ask: !!python/object/apply:os.getcwd []", "not valid YAML"),
        ("extends: [a]", "name one recipe"),
        ("extends: ofline", "no recipe 'ofline'; did you mean 'offline'"),
        ("extends: mine.yaml", "extends itself"),
        ("needs: [gpu]", "needs.0 = 'gpu' is wrong"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says) as caught:
        load_recipe(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_unknown_recipes_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'bench/2wiki'"):
        load_recipe("2wiki")
    with pytest.raises(RecipeError, match=r"no recipe 'missing\.yaml'"):
        load_recipe("missing.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(str(tmp_path / "bad.yaml"))


def test_an_empty_recipe_is_the_default(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, ""))
    assert (recipe.build, recipe.ask) == (BuildSettings(), AskSettings())


def test_a_secret_comes_from_the_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CANARY", raising=False)
    with pytest.raises(RecipeError, match="api_key is a secret"):
        load_recipe(write(tmp_path, "build: {embedding: {name: onnx, options: {api_key: sk-1234}}}"))
    recipe = load_recipe(write(tmp_path, "build: {embedding: {name: onnx, options: {api_key: '${CANARY}'}}}"))
    before = recipe.fingerprint
    with pytest.raises(RecipeError, match="environment variable CANARY"):
        recipe.build.embedding.part("embedder")
    monkeypatch.setenv("CANARY", "s3cret")
    assert recipe.build.embedding.part("embedder").options == {"api_key": "s3cret"}
    assert "s3cret" not in recipe.model_dump_json()
    assert recipe.fingerprint == before


def test_a_wrong_secret_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(tmp_path, "build: {embedding: {name: onnx, options: {api_key: sk-1234}}}"))
    assert "sk-1234" not in str(caught.value)


def test_fingerprints_follow_their_own_values_only() -> None:
    plain = Recipe()
    asked = check_settings({"ask": {"k": 7}})
    built = check_settings({"build": {"communities": {"min_size": 4}}})
    assert asked.build.fingerprint == plain.build.fingerprint
    assert asked.ask.fingerprint != plain.ask.fingerprint
    assert built.build.fingerprint != plain.build.fingerprint
    assert built.build.chunking.fingerprint == plain.build.chunking.fingerprint
    assert built.build.communities.fingerprint != plain.build.communities.fingerprint


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Recipe().ask.k = 3


def test_a_stored_recipe_reads_back_as_itself() -> None:
    for name in recipe_names():
        recipe = load_recipe(name)
        stored = recipe.model_dump(mode="json")
        assert check_settings(stored) == recipe
        assert check_settings(stored).fingerprint == recipe.fingerprint


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), st.integers() | st.text(max_size=8), max_size=4)
)
def test_fingerprints_do_not_depend_on_the_order_of_options(options: dict[str, int | str]) -> None:
    options = {f"o_{key}_": value for key, value in options.items()}
    backwards = dict(reversed(options.items()))
    assert PartSettings(name="x", options=options).fingerprint == PartSettings(name="x", options=backwards).fingerprint
