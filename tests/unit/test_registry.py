"""Parts are found by name, and everything that is missing is said by name; resources are found."""

import pickle  # noqa: TID251 - parts travel to worker processes, which pickle them

import pytest

from graphrag.errors import MissingExtra, RecipeError
from graphrag.registry import _BUILT_IN, Part, create, names, slots
from graphrag.resources import KINDS, resource


def test_every_built_in_part_is_listed() -> None:
    assert slots() == ["embedder", "extractor", "llm", "refiner", "reporter", "reranker"]
    assert "onnx" in names("embedder")
    assert "spacy" in names("extractor")


def test_a_part_survives_the_way_to_a_worker() -> None:
    part = Part("embedder", "onnx", {"max_tokens": 64})
    assert pickle.loads(pickle.dumps(part)) == part  # noqa: S301 - just made


def test_a_part_is_made_with_its_options() -> None:
    first, second = (create(Part("embedder", "onnx", {"max_tokens": size})) for size in (32, 64))
    assert type(first).__name__ == "OnnxEmbedder"
    assert vars(first)["fingerprint"] != vars(second)["fingerprint"]


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (Part("embedder", "onx"), "no embedder named 'onx'; did you mean 'onnx'"),
        (Part("embedder", "zzz"), "known: onnx"),
        (Part("embeder", "onnx"), "no slot 'embeder'; the slots are embedder, extractor"),
        (Part("embedder", "onnx", {"max_tokns": 1}), "no option 'max_tokns'; did you mean 'max_tokens'"),
        (Part("embedder", "onnx", {"zzz": 1}), "it takes: model, max_tokens"),
        (Part("embedder", "onnx", {"model": "no-such-model"}), "'no-such-model' was not found"),
    ],
)
def test_what_cannot_be_made_is_said_by_name(part: Part, says: str) -> None:
    with pytest.raises(RecipeError, match=says.replace("(", r"\(")):
        create(part)


def test_a_missing_package_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_BUILT_IN, ("embedder", "other"), ("no_such_package_anywhere:Thing", "hopgraph[torch]"))
    with pytest.raises(MissingExtra, match=r"'no_such_package_anywhere'.*pip install 'hopgraph\[torch\]'"):
        create(Part("embedder", "other"))


def test_a_factory_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_BUILT_IN, ("embedder", "other"), ("graphrag.text:no_such_thing", "hopgraph"))
    with pytest.raises(RecipeError, match="no such callable"):
        create(Part("embedder", "other"))


def test_every_resource_is_found() -> None:
    assert {kind for kind in KINDS if not any(resource(kind).iterdir())} == set()
    assert (resource("models") / "bge-small-en-v1.5-int8" / "model.onnx").is_file()
    assert (resource("pipelines") / "offline.yaml").is_file()
    with pytest.raises(RecipeError, match="no resource 'modls'"):
        resource("modls")
