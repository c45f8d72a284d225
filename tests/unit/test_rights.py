"""Views answer as if the documents that a reader may not see had never been there."""

import json
import random
import shutil
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.errors import WorkspaceLocked
from graphrag.jsonable import answer_json, search_json
from graphrag.resolution.links import Link
from graphrag.rights.groups import group_names, groups_of, may_change, may_see
from graphrag.rights.views import Views
from graphrag.server.keys import add_key, revoke_key
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId, Scalar

PARTS = Path(__file__).parents[1] / "parts"
RECIPE = "build:\n  extraction: {name: light}\n  embedding: {name: light}\n"
GROUPS = "abcde"


@pytest.fixture(autouse=True)
def light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry find the light parts."""
    monkeypatch.syspath_prepend(str(PARTS))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("recipe") / "light.yaml"
    file.write_text(RECIPE)
    return str(file)


def corpus(size: int, seed: int = 1) -> list[Document]:
    """Return documents, a third of them public, the others of one to three groups."""
    import light_parts

    rng = random.Random(seed)
    made = []
    for document in light_parts.corpus(size):
        mine = rng.sample(GROUPS, rng.choice([1, 1, 2, 3]))
        metadata: dict[str, Scalar] = {} if rng.random() < 0.33 else {"groups": ", ".join(mine)}
        made.append(replace(document, metadata=metadata))
    return made


def make(folder: Path, documents: Sequence[Document], recipe: str | None) -> str:
    with GraphRAG.create(folder, recipe=recipe) as rag:
        return rag.build(documents, workers=1).digest


def seen_by(groups: Collection[str], documents: Sequence[Document]) -> list[Document]:
    """Say the rule a second time, in other words."""
    return [
        document
        for document in documents
        if "groups" not in document.metadata or set(str(document.metadata["groups"]).split(", ")) & set(groups)
    ]


def told(rag: GraphRAG, questions: Sequence[str]) -> str:
    """Return all that a reader can get to know, without times."""
    said: list[object] = [rag.inspect()["counts"], rag.inspect()["top_communities"], rag.inspect()["biggest_entities"]]
    for question in questions:
        for mode in ("auto", "hybrid", "ppr", "local", "global", "drift"):
            said.append(answer_json(rag.ask(question, mode=mode)))
            said.append(search_json(rag.search(question, mode=mode)))
        explained = rag.explain(question)
        explained.pop("timings_ms")
        said.append(explained)
    for part in said:
        if isinstance(part, dict):
            part.pop("timings", None)
    return json.dumps(said, sort_keys=True)


def test_views_equal_builds_without_the_hidden_documents(tmp_path: Path, recipe: str) -> None:
    documents = corpus(60)
    make(tmp_path / "w", documents, recipe)
    views = Views(tmp_path / "w")
    rng = random.Random(2)
    wanted = [(), *(tuple(rng.sample(GROUPS, rng.choice([1, 2, 3]))) for _ in range(4)), ("nobody",)]
    names = [document.title for document in documents]
    for number, groups in enumerate(wanted):
        visible = seen_by(groups, documents)
        assert 0 < len(visible) < len(documents)
        digest = make(tmp_path / f"fresh{number}", visible, recipe)
        path = views.refresh(groups)
        view = views.open(groups)
        assert view is not None and view.current
        questions = [f"Whom does {rng.choice(names)} know?", "What is it about?"]
        with view.rag as mine, GraphRAG.open(tmp_path / f"fresh{number}") as fresh:
            assert mine.inspect()["build"]["digest"] == digest
            assert mine.inspect()["health"].startswith("sound")
            said = told(mine, questions)
            assert said == told(fresh, questions)
            hidden = {d.id for d in documents} - {d.id for d in visible}
            assert not any(f'"{identity}"' in said for identity in hidden)
        assert not (path / "cache.db").exists()


def test_a_view_of_real_text_equals_a_build_and_analyses_nothing(tmp_path: Path, samples: Path) -> None:
    rows = json.loads((samples / "2wiki" / "corpus.json").read_text(encoding="utf-8"))[:40]
    rng = random.Random(3)
    documents = [
        Document(DocumentId(row["id"]), row["title"], row["text"], "", {"groups": rng.choice(["a", "b", "a, b", ""])})
        for row in rows
    ]
    make(tmp_path / "w", documents, None)
    visible = [document for document in documents if document.metadata["groups"] != "b"]
    digest = make(tmp_path / "fresh", visible, None)

    class Heard:
        totals: list[int | None] = []  # noqa: RUF012 - one use

        def start(self, stage: str, total: int | None) -> None:
            if stage == "extracting and embedding":
                self.totals.append(total)

        def advance(self, units: int = 1) -> None: ...

        def finish(self, note: str = "") -> None: ...

    heard = Heard()
    Views(tmp_path / "w").refresh(["a"], progress=heard)
    assert heard.totals == [0]
    view = Views(tmp_path / "w").open(["a"])
    assert view is not None
    question = f"Where was {visible[0].title} born?"
    with view.rag as mine, GraphRAG.open(tmp_path / "fresh") as fresh:
        assert mine.inspect()["build"]["digest"] == digest
        assert told(mine, [question]) == told(fresh, [question])


def test_an_unbuilt_view_is_never_replaced_by_the_workspace(tmp_path: Path, recipe: str) -> None:
    make(tmp_path / "w", corpus(20), recipe)
    views = Views(tmp_path / "w")
    assert views.open([]) is None
    assert views.open(["a"]) is None
    every = views.open(["*"])
    assert every is not None and every.current
    assert every.rag.inspect()["counts"]["documents"] == 20
    every.rag.close()
    folder = views.refresh(["a"])
    record = folder.with_name(f"{folder.name}.json")
    whole = record.read_text()
    for damaged in ("", "{", "[]", '{"state": 1, "groups": []}'):
        record.write_text(damaged)
        assert views.open(["a"]) is None
    record.write_text(whole)
    shutil.rmtree(folder)
    assert views.open(["a"]) is None
    assert views.refresh(["a"]) == folder and told_digest(views)


@pytest.mark.parametrize("damaged", ["workspace.db", "arrays"])
def test_a_damaged_view_is_made_again(tmp_path: Path, recipe: str, damaged: str) -> None:
    make(tmp_path / "w", corpus(20), recipe)
    views = Views(tmp_path / "w")
    folder = views.refresh(["a"])
    before = told_digest(views)
    if damaged == "arrays":
        file = next(path for path in sorted((folder / "arrays").rglob("*")) if path.is_file() and path.stat().st_size)
    else:
        file = folder / damaged
    file.write_bytes(b"not a database" * 100)
    assert views.open(["a"]) is None
    assert views.refresh(["a"]) == folder
    assert told_digest(views) == before


def told_digest(views: Views) -> str:
    view = views.open(["a"])
    assert view is not None and view.current
    with view.rag as rag:
        assert rag.inspect()["health"].startswith("sound")
        return str(rag.inspect()["build"]["digest"])


def test_all_is_seen_without_a_view(tmp_path: Path, recipe: str) -> None:
    documents = [replace(document, metadata={}) for document in corpus(10)]
    make(tmp_path / "w", documents, recipe)
    views = Views(tmp_path / "w")
    assert views.refresh(["a"]) == tmp_path / "w"
    view = views.open([])
    assert view is not None
    make(tmp_path / "w", [*documents[:-1], replace(documents[-1], metadata={"groups": "a"})], recipe)
    with view.rag as rag:  # what was opened stays as it was: all of it could be seen then
        assert rag.inspect()["counts"]["documents"] == 10
    assert views.state() != view.state
    assert views.open([]) is None
    everything = views.open(["a"])
    assert everything is not None
    everything.rag.close()
    assert not (tmp_path / "w" / "views").exists()


def test_views_follow_the_workspace(tmp_path: Path, recipe: str) -> None:
    documents = corpus(30)
    make(tmp_path / "w", documents, recipe)
    views = Views(tmp_path / "w")
    first = views.refresh(["a"])
    more = replace(documents[0], id=DocumentId("new"), title="New Public One", metadata={})

    # Something was added: the view goes on as it was until it is refreshed.
    make(tmp_path / "w", [*documents, more], recipe)
    old = views.open(["a"])
    assert old is not None and not old.current
    with old.rag as rag:
        assert rag.inspect()["counts"]["documents"] == len(seen_by("a", documents))
    assert views.refresh(["a"]) == first
    new = views.open(["a"])
    assert new is not None and new.current
    with new.rag as rag:
        assert rag.inspect()["counts"]["documents"] == len(seen_by("a", documents)) + 1

    # A document was changed, hidden or removed: the view must not show it any longer.
    seen = seen_by("a", documents)[0]
    others = [document for document in documents if document.id != seen.id]
    for change in ([replace(seen, text=f"{seen.text} More.")], [replace(seen, metadata={"groups": "e2"})], []):
        make(tmp_path / "w", [*documents, more], recipe)
        views.refresh(["a"])
        make(tmp_path / "w", [*others, *change, more], recipe)
        assert views.open(["a"]) is None
    views.refresh(["a"])
    last = views.open(["a"])
    assert last is not None
    with last.rag as rag, GraphRAG.create(tmp_path / "fresh", recipe=recipe) as fresh:
        digest = fresh.build(seen_by("a", [*others, more]), workers=1).digest
        assert rag.inspect()["build"]["digest"] == digest


class AtResolving:
    """A progress that looks at the views while new documents can be found and are not in the graph yet."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self.stages: list[str] = []

    def start(self, stage: str, total: int | None) -> None:
        self.stages.append(stage)
        if stage == "resolving":
            self._look()

    def advance(self, units: int = 1) -> None: ...

    def finish(self, note: str = "") -> None: ...


def test_new_documents_are_hidden_before_the_graph_is_made_again(tmp_path: Path, recipe: str) -> None:
    documents = [replace(document, metadata={}) for document in corpus(10)]
    make(tmp_path / "w", documents, recipe)
    views = Views(tmp_path / "w")
    before = views.state()
    new = Document(DocumentId("zz"), "Quonk Vellar", "Zibbering is what Quonk Vellar does.", "", {"groups": "a"})
    seen: list[list[str]] = []

    def look() -> None:
        assert views.state() != before
        assert views.open([]) is None
        for groups in (["a"], ["*"]):
            view = views.open(groups)
            assert view is not None
            with view.rag as rag:
                seen.append([found.chunk.document_id for found in rag.search(new.text, k=1, mode="basic").passages])

    progress = AtResolving(look)
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.add([new], progress=progress, workers=1)
    assert "first look" in progress.stages and seen == [["zz"], ["zz"]]
    assert views.open([]) is None


def test_decisions_about_names_hold_in_views(tmp_path: Path, recipe: str) -> None:
    documents = corpus(20)
    with GraphRAG.create(tmp_path / "w", recipe=recipe) as rag:
        rag.build(documents, workers=1)
        views = Views(tmp_path / "w")
        before = views.state()
        views.refresh(["a"])
        with Workspace.open(views.refresh(["a"])) as view:
            name = next(view.entities()).name
        rag.decide([Link("name", name, "Somebody Else")])
    assert views.state() != before
    with Workspace.open(views.refresh(["a"])) as view:
        assert "Somebody Else" in {entity.name for entity in view.entities()}


def test_a_decision_that_is_stopped_holds_in_no_view(tmp_path: Path, recipe: str) -> None:
    views = Views(tmp_path / "w")

    class Stopping:
        def start(self, stage: str, total: int | None) -> None:
            if stage == "communities":
                views.refresh(["a"])
                raise KeyboardInterrupt

        def advance(self, units: int = 1) -> None: ...

        def finish(self, note: str = "") -> None: ...

    with GraphRAG.create(tmp_path / "w", recipe=recipe) as rag:
        documents = corpus(20)
        rag.build(documents, workers=1)
        with pytest.raises(KeyboardInterrupt):
            rag.decide([Link("name", seen_by("a", documents)[0].title, "Somebody Else")], progress=Stopping())
    with Workspace.open(views.refresh(["a"])) as view:
        assert "Somebody Else" not in {entity.name for entity in view.entities()}


def test_groups_that_show_the_same_share_a_view(tmp_path: Path, recipe: str) -> None:
    import light_parts

    named: list[Scalar] = ["a, b", "b, a", "c", None, None]
    documents = [
        replace(document, metadata={"groups": groups})
        for document, groups in zip(light_parts.corpus(5), named, strict=True)
    ]
    make(tmp_path / "w", documents, recipe)
    views = Views(tmp_path / "w")
    folder = views.refresh(["a"])
    assert views.refresh(["b", "x"]) == folder
    assert views.refresh(["a", "b"]) == folder
    assert views.refresh(["x"]) == views.refresh([]) != folder
    assert views.refresh(["a", "c"]) == tmp_path / "w"
    assert len(views.built()) == 2
    assert views.remove_others([["b"]]) == 1
    (left,) = views.built()
    assert left["view"] == folder.name and left["documents"] == 4 and left["current"]


def test_a_view_that_is_being_built_is_left_alone(tmp_path: Path, recipe: str) -> None:
    make(tmp_path / "w", corpus(20), recipe)
    views = Views(tmp_path / "w")
    folder = views.refresh(["a"])
    record = folder.with_name(f"{folder.name}.json")
    record.unlink()
    with Workspace.open(folder, write=True):
        with pytest.raises(WorkspaceLocked):
            views.refresh(["a"])
        assert views.remove_others([]) == 0
    assert views.refresh(["a"]) == folder
    assert views.remove_others([]) == 1
    assert not folder.exists() and not record.exists()


def test_threads_may_open_and_refresh(tmp_path: Path, recipe: str) -> None:
    documents = corpus(20)
    make(tmp_path / "w", documents, recipe)
    views = Views(tmp_path / "w")
    counts: list[int] = []

    def work() -> None:
        while (view := views.open(["a"])) is None:
            try:
                views.refresh(["a"])
            except WorkspaceLocked:
                threading.Event().wait(0.05)
        with view.rag as rag:
            counts.append(rag.inspect()["counts"]["documents"])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [len(seen_by("a", documents))] * 6


def test_a_workspace_with_views_can_be_made_again(tmp_path: Path, recipe: str) -> None:
    documents = corpus(10)
    digest = make(tmp_path / "w", documents, recipe)
    Views(tmp_path / "w").refresh(["a"])
    for name in ("workspace.db", "workspace.db-wal", "workspace.db-shm"):
        (tmp_path / "w" / name).unlink(missing_ok=True)
    assert make(tmp_path / "w", documents, recipe) == digest


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("a, b", {"a", "b"}),
        (" a ,, b,", {"a", "b"}),
        ('["a", "b c"]', {"a", "b c"}),
        ('["a", 5, ["b"]]', {"a", "5", '["b"]'}),
        ('["a", ', {'["a",'}),
        ('{"a": 1}', {'{"a": 1}'}),
        ("cafe\u0301", {"café"}),
        ("", set()),
        ("[]", set()),
        (None, set()),
        (5, {"5"}),
        (False, {"False"}),
    ],
)
def test_names_of_groups(value: Scalar, names: set[str]) -> None:
    found = group_names(value)
    if value == '["a", ':
        assert found and found.isdisjoint({"a"})  # a mistake hides a document
    else:
        assert found == names


def test_files_of_all_kinds_say_who_may_see_them(tmp_path: Path, recipe: str) -> None:
    files = {
        "list.md": "---\ngroups: [a, b]\n---\nOne Person knows Another Person.",
        "text.md": "---\ngroups: a\n---\nTwo Persons know Another Person.",
        "broken.md": "---\ngroups: [a\ntitle: {\n---\nThree Persons know Another Person.",
        "public.md": "---\ntitle: Groups\n---\nFour Persons know Another Person.",
        "page.html": "<meta name=groups content='a, c'><p>Five Persons know Another Person.</p>",
        "table.csv": 'id,title,text,Groups\nrow,Row,Six Persons know Another Person.,"a, b"\n',
        "rows.jsonl": '{"id": "json", "title": "J", "text": "Seven Persons know Others.", "groups": ["c", "d"]}\n'
        '{"id": "null", "title": "N", "text": "Eight Persons know Others.", "groups": null}\n',
    }
    (tmp_path / "in").mkdir()
    for name, text in files.items():
        (tmp_path / "in" / name).write_text(text, encoding="utf-8")
    with GraphRAG.create(tmp_path / "w", recipe=recipe) as rag:
        rag.build([tmp_path / "in"], workers=1)
    with Workspace.open(tmp_path / "w") as store:
        said = {document.id: sorted(groups_of(document.metadata)) for document in store.documents()}
    assert said.pop("broken.md") == ["front matter that cannot be read"]
    assert said == {
        "list.md": ["a", "b"],
        "text.md": ["a"],
        "public.md": [],
        "page.html": ["a", "c"],
        "row": ["a", "b"],
        "json": ["c", "d"],
        "null": [],
    }
    with Workspace.open(Views(tmp_path / "w").refresh([])) as view:
        assert view.document_ids() == ["null", "public.md"]


def test_replies_of_llms_are_shared(tmp_path: Path, recipe: str) -> None:
    make(tmp_path / "w", corpus(10), recipe)
    folder = Views(tmp_path / "w").refresh(["a"])
    (folder / "llm.db").write_bytes(b"")
    assert (tmp_path / "w" / "llm.db").exists()
    assert Views(tmp_path / "w").remove_others([]) == 1
    assert (tmp_path / "w" / "llm.db").exists()


def test_who_sees_what() -> None:
    assert groups_of({"Groups ": "a", "groups": "b", "group": "c"}) == {"a", "b"}
    assert may_see([], []) and may_see(["a"], []) and may_see(["a"], ["a", "b"]) and may_see(["*"], ["a"])
    assert not may_see([], ["a"]) and not may_see(["A"], ["a"]) and not may_see(["a"], ["*"])


def test_who_changes_what() -> None:
    assert may_change(["a"], None, ["a"]) and may_change(["a"], [], []) and may_change(["a", "b"], ["a"], ["b"])
    assert may_change(["*"], ["a"], ["b"]) and may_change(["a"], ["a", "b"], None)
    assert not may_change(["a"], ["b"], []) and not may_change(["a"], ["b"], None)
    assert (
        not may_change(["a"], None, ["b"]) and not may_change([], None, ["a"]) and not may_change(["a"], [], ["a", "b"])
    )


def test_commands(tmp_path: Path, recipe: str) -> None:
    documents = corpus(20)
    workspace, keys = str(tmp_path / "w"), str(tmp_path / "keys.json")
    make(tmp_path / "w", documents, recipe)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, ["rights", *arguments, "-w", workspace])
        assert done.exit_code == 0, done.output
        return done.stdout

    folder = run("open", "--groups", "a").strip()
    with GraphRAG.open(folder) as rag:
        assert rag.inspect()["counts"]["documents"] == len(seen_by("a", documents))
    listed = json.loads(run("list", "--json"))
    assert sum(listed["groups"].values()) >= 20 and listed["groups"][""] == len(seen_by("", documents))
    assert [view["groups"] for view in listed["views"]] == [["a"]]
    assert "(public)" in run("list") and "yes" in run("list")
    add_key(keys, "Ben", groups=["b"])
    add_key(keys, "All", role="admin", groups=["*"])
    refreshed = json.loads(run("refresh", "--keys", keys, "--groups", "c,d", "--json"))
    assert {view["groups"] for view in refreshed["views"]} == {"*", "b", "c, d"} and refreshed["removed"] == 1
    assert not Path(folder).exists()
    revoke_key(keys, "Ben")
    assert json.loads(run("refresh", "--keys", keys, "--json"))["removed"] == 2
    wrong = CliRunner().invoke(main, ["rights", "refresh", "-w", workspace])
    assert wrong.exit_code == 2 and "Say whose views" in wrong.output
