"""The command line: data on stdout, one clear line on stderr where something is wrong, documented exit codes."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest

from graphrag import errors, jsonable
from graphrag.cli import output
from graphrag.cli.app import exit_codes, main
from graphrag.cli.memory import PeakMemory
from graphrag.cli.options import MODES, PathType
from graphrag.cli.progress import stage_progress
from graphrag.config import MODES as CONFIG_MODES
from graphrag.types import (
    Answer,
    Chunk,
    ChunkId,
    DocumentId,
    EntityId,
    Evidence,
    Plan,
    Quote,
    SearchResult,
    Span,
    Step,
)

ROOT = Path(__file__).parents[2]

Outputs = tuple[int, str, str]
Cli = Callable[..., Outputs]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run one command line; return exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> Outputs:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        code = ended.value.code
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return run


def process(*arguments: str | Path, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "graphrag.cli", *map(str, arguments)],
        cwd=ROOT,
        env=dict(os.environ, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


# --- the group


def test_help_lists_every_exit_code_of_the_code(cli: Cli) -> None:
    code, out, _ = cli("--help")
    assert code == 0
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert {kind.exit_code for kind in kinds} | {0, 2, 130, 141} == {number for number, _ in exit_codes()}
    for number, meaning in exit_codes():
        assert f"{number:>3}  {meaning}" in out


def test_every_command_explains_itself_in_whole_sentences(cli: Cli) -> None:
    for name in main.commands:
        code, out, _ = cli(name, "-h")
        assert code == 0
        assert "..." not in main.commands[name].get_short_help_str(60)
        assert "Usage: graphrag" in out


def test_version(cli: Cli) -> None:
    assert cli("--version") == (0, f"graphrag {__import__('graphrag').__version__}\n", "")


def test_only_a_process_that_ends_forgets_the_cycles(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[str] = []
    monkeypatch.setattr("gc.freeze", lambda: frozen.append("frozen"))
    cli("--version")
    assert frozen == []
    monkeypatch.setattr("sys.argv", ["graphrag", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, frozen) == (0, ["frozen"])


def test_aliases_and_the_nearest_command(cli: Cli) -> None:
    assert main.get_command(click.Context(main), "index") is main.commands["build"]
    assert "Build a workspace" in cli("index", "--help")[1]
    assert "Answer a question" in cli("query", "--help")[1]
    code, out, err = cli("serach")
    assert (code, out) == (2, "")
    assert "Did you mean 'search'?" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "", "-w", "w"], ["build", "notes", "-w", ""], ["build", "notes", "", "-w", "w"],
        ["add", "", "-w", "w"], ["sync", "", "-w", "w"], ["export", "-w", "w", "--jsonl", ""],
        ["add", "a.txt", "-w", "w", "--root", ""], ["verify", "", "-w", "w"], ["serve", "-w", "w", "--keys", ""],
        ["ask", "--questions", "", "-w", "w"],
    ],
)  # fmt: skip
def test_an_empty_path_is_not_the_current_folder(
    cli: Cli, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("Ada knows Bo.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "") and "the path is empty" in err
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_all_paths_of_the_command_line_refuse_an_empty_one() -> None:
    def paths(command: click.Command) -> Iterator[click.Path]:
        yield from (parameter.type for parameter in command.params if isinstance(parameter.type, click.Path))
        for child in command.commands.values() if isinstance(command, click.Group) else ():
            yield from paths(child)

    found = list(paths(main))
    assert len(found) > 30 and all(isinstance(kind, PathType) for kind in found)


def test_modes_are_those_of_the_recipes() -> None:
    assert MODES == CONFIG_MODES


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "-w", "x"], "Give one QUESTION, or --questions FILE."),
        (["ask", "-w", "x", "q", "--questions", "f"], "Give one QUESTION, or --questions FILE."),
        (["search", " ", "-w", "x"], "The question is empty."),
        (["search", "q"], "Missing option '-w'"),
        (["search", "q", "-w", "x", "-k", "0"], "0 is not in the range"),
        (["search", "q", "-w", "x", "--mode", "fast"], "'fast' is not one of"),
        (["search", "q", "-w", "x", "--filter", "=a"], "not of the form FIELD=VALUE"),
        (["search", "q", "-w", "x", "--filter", "a=1", "--filter", "a=2"], "given twice"),
        (["build", "-w", "x"], "Missing argument 'INPUT"),
        (["eval", "-w", "x"], "Give QUESTIONS.json"),
        (["eval", "q.json"], "Missing option '-w'"),
        (["eval", "q.json", "--compare", "a", "b"], "no QUESTIONS.json"),
        (["export", "-w", "x"], "Say what to write"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
    ],
)
def test_a_wrong_command_line_ends_with_2(cli: Cli, arguments: list[str], says: str) -> None:
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["search", "q", "-w", "{tmp}/none"], 5, "no workspace at"),
        (["ask", "q", "-w", "{tmp}/none"], 5, "no workspace at"),
        (["explain", "q", "-w", "{tmp}/none"], 5, "no workspace at"),
        (["inspect", "-w", "{tmp}/none"], 5, "no workspace at"),
        (["export", "-w", "{tmp}/none", "--jsonl", "{tmp}/out"], 5, "no workspace at"),
        (["search", "--questions", "{tmp}/none.json", "-w", "{tmp}"], 3, "none.json cannot be read"),
        (["eval", "{tmp}/none.json", "-w", "{tmp}"], 3, "none.json cannot be read"),
        (["eval", "--compare", "{tmp}/a", "{tmp}/b"], 3, "results file"),
        (["bench", "2wiki", "--data", "{tmp}"], 3, "name its folder with --data"),
        (["bench", "3wiki"], 4, "did you mean 'bench/2wiki'"),
        (["bench", "baselines/bm25"], 4, "carries no benchmark"),
        (["recipe", "show", "ofline"], 4, "did you mean 'offline'"),
        (["build", "{tmp}/none", "-w", "{tmp}/w"], 3, "none"),
        (["build", "{tmp}", "-w", "{tmp}/w", "--recipe", "ofline"], 4, "did you mean 'offline'"),
    ],
)
def test_an_error_is_one_line_with_its_exit_code(
    cli: Cli, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    found, out, err = cli(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert (found, out) == (code, "")
    assert says in err
    lines = [line for line in err.splitlines() if not line.startswith("reading ")]  # how far a build had come
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission denied")],
)
def test_the_system_refuses(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, says: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(tmp_path / "there"))

    monkeypatch.setattr(click, "echo", refuse)
    monkeypatch.setattr(output, "print_json", refuse)
    monkeypatch.setattr("graphrag.cli.looking.output.print_json", refuse)
    monkeypatch.setattr("graphrag.cli.app._say", lambda message: sys.stderr.write(f"Error: {message}\n"))
    code, out, err = cli("recipe", "list", "--json")
    assert (code, out) == (1, "")
    assert err.startswith(f"Error: {tmp_path}/there: ")
    assert says in err


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_output() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "graphrag.cli", "recipe", "list"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: the disk is full; free some space and run the command again\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    child = process("recipe", "show", "offline")
    assert child.stdout is not None and child.stderr is not None
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()
    assert child.wait() == 141
    assert said == ""


# --- recipes and completion


def test_recipe_list_and_show(cli: Cli) -> None:
    code, out, err = cli("recipe", "list")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()][:2] == ["llm", "offline"]
    names = [entry["name"] for entry in json.loads(cli("recipe", "list", "--json")[1])]
    assert "bench/musique-untitled" in names
    shown = cli("recipe", "show", "bench/2wiki")[1].splitlines()
    assert [line.split("# ")[1] for line in shown if line.startswith("build.chunking.max_tokens")] == ["offline"]
    settings = json.loads(cli("recipe", "show", "bench/2wiki", "--json")[1])
    assert {"key": "bench.data.corpus", "value": "corpus.json", "origin": "bench/2wiki"} in settings


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cli: Cli, shell: str) -> None:
    code, out, _ = cli("completion", shell)
    assert code == 0
    assert "_GRAPHRAG_COMPLETE" in out


def test_completion_completes() -> None:
    child = process(_GRAPHRAG_COMPLETE="bash_complete", COMP_WORDS="graphrag sea", COMP_CWORD="1")
    out, err = child.communicate(timeout=20)
    assert (out, err) == ("plain,search\n", "")


# --- what results look like

CHUNK = Chunk(
    ChunkId("chunk-1"), DocumentId("d1"), 0, Span(5, 30), "Born in \x1b[31mRome. She left.", "T\x07itle", "", ()
)
QUOTE = Quote(CHUNK.document_id, CHUNK.id, Span(5, 18), "Born in Rome.")
STEPS = (
    Step(EntityId("e1"), "Film", DocumentId("d0"), "", None),
    Step(EntityId("e2"), "Director", CHUNK.document_id, "direct by", QUOTE),
    Step(EntityId("e3"), "Rome", None, "", None),
)
EVIDENCE = Evidence(CHUNK, 0.51234, {"lexical": 0.2, "walk": 0.9}, STEPS, (QUOTE,))
PLAN = Plan("q?", "plain", (), "q?")
RESULT = SearchResult(PLAN, (EVIDENCE,), {"total": 1.5})
ANSWER = Answer("q?", "Rome", (QUOTE,), 0.75, STEPS, (EVIDENCE,), PLAN, {"total": 2.0})


def test_search_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_search(RESULT)
    output.show_search(replace(RESULT, passages=()))
    out = capsys.readouterr().out
    assert "\x1b[31m" not in out and "\x07" not in out
    plain = click.unstyle(out)
    assert "  1  0.512  T itle  d1\n" in plain
    assert "     walk, lexical; Film —directed by→ Director — Rome\n" in plain
    assert "     “Born in Rome.”\n" in plain
    assert plain.endswith("Nothing found.\n")


def test_a_path_of_one_step_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_search(replace(RESULT, passages=(replace(EVIDENCE, path=STEPS[:1]),)))
    assert "     walk, lexical\n" in click.unstyle(capsys.readouterr().out)


def test_answers_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_answer(ANSWER)
    output.show_answer(replace(ANSWER, text=""))
    plain = click.unstyle(capsys.readouterr().out)
    assert plain.splitlines() == [
        "Rome  (confidence 0.75)",
        "  [1] “Born in Rome.”  d1 5-18",
        "  Film —directed by→ Director — Rome",
        "Not found in these documents.",
    ]


def test_lines_for_programs() -> None:
    line = jsonable.search_line("q1", RESULT)
    assert (line["id"], line["passages"]) == ("q1", [{"document_id": "d1", "chunk_id": "chunk-1", "score": 0.51234}])
    answer = jsonable.answer_line("q1", ANSWER)
    assert {key: answer[key] for key in ("id", "answer", "confidence")} == {
        "id": "q1",
        "answer": "Rome",
        "confidence": 0.75,
    }
    assert [quote.items() >= {"document_id": "d1", "start": 5, "end": 18, "quote": "Born in Rome."}.items()
            for quote in answer["citations"]] == [True]  # fmt: skip
    assert [step["name"] for step in answer["path"]] == ["Film", "Director", "Rome"]


def test_json_is_json_whatever_the_documents_hold(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json(jsonable.search_json(RESULT))
    output.print_json(jsonable.answer_json(ANSWER), indent=None)
    first, second = capsys.readouterr().out.rsplit("\n", 2)[:2]
    assert json.loads(first)["passages"][0]["text"] == CHUNK.text
    assert json.loads(second)["found"] is True


def test_json_on_a_terminal_of_another_encoding() -> None:
    program = "from graphrag.cli.output import print_json; print_json({'a': '🙂é'})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=dict(os.environ, PYTHONIOENCODING="latin-1"), capture_output=True
    )
    assert json.loads(done.stdout.decode("ascii")) == {"a": "🙂é"}


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("direct by", "directed by"),
        ("bear in", "born in"),
        ("marry to", "married to"),
        ("die on", "died on"),
        ("be son of", "is son of"),
        ("be", "is"),
        ("have spouse", "spouse"),
        ("marry", "marry"),
        ("write by", "written by"),
        ("directed by", "directed by"),
        ("born in", "born in"),
        ("", ""),
    ],
)
def test_predicates_are_said_as_people_say_them(predicate: str, said: str) -> None:
    assert output.spoken(predicate) == said


def test_an_outline_shows_every_leaf(capsys: pytest.CaptureFixture[str]) -> None:
    output.outline({"counts": {"documents": 1234, "facts": 2}, "list": [{"a": 1.23456, "b": None}, "x"], "e": []})
    assert capsys.readouterr().out.splitlines() == [
        "counts:",
        "  documents  1,234",
        "  facts      2",
        "list:",
        "  - a 1.235, b none",
        "  - x",
        "e  none",
    ]


def test_a_table_lines_up(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table([["name", "n"], ["a", "1,000"], ["long name", ""]])
    assert capsys.readouterr().out == "name           n\na          1,000\nlong name\n"


def test_progress_without_a_terminal_is_one_line_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_progress() as progress:
        progress.start("reading", None)
        progress.advance(3)
        progress.finish("3 documents")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("reading") and err.endswith("3 documents\n") and err.count("\n") == 1


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc")
def test_peak_memory_sees_children() -> None:
    with PeakMemory() as alone:
        pass
    hold = "data = bytearray(300_000_000); import sys; sys.stdout.write('x'); sys.stdout.flush(); sys.stdin.read()"
    with PeakMemory() as together:
        child = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.read(1)
        time.sleep(0.6)
        child.communicate()
    assert alone.megabytes is not None and together.megabytes is not None
    assert 250 < together.megabytes - alone.megabytes < 350


# --- with a workspace


@pytest.fixture
def questions(samples: Path) -> Path:
    return samples / "2wiki" / "questions.json"


def test_search_and_ask_a_file_of_questions(cli: Cli, sample_workspace: Path, questions: Path) -> None:
    asked = json.loads(questions.read_text(encoding="utf-8"))
    code, out, err = cli("search", "--questions", questions, "-w", sample_workspace, "-k", "3")
    assert (code, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["id"] for line in lines] == [question["id"] for question in asked]
    assert all(len(line["passages"]) == 3 for line in lines)
    assert all({"document_id", "chunk_id", "score"} <= passage.keys() for line in lines for passage in line["passages"])
    code, out, err = cli("ask", "--questions", questions, "-w", sample_workspace)
    assert (code, err) == (0, "")
    for line in map(json.loads, out.splitlines()):
        assert {"id", "answer", "citations", "confidence", "path"} <= line.keys()
        for quote in line["citations"]:
            assert {"document_id", "start", "end", "quote"} <= quote.keys()


def test_one_question(cli: Cli, sample_workspace: Path) -> None:
    question = "What is the place of birth of the director of film Under The Cards?"
    code, out, err = cli("search", question, "-w", sample_workspace, "-k", "2", "--json")
    assert (code, err) == (0, "")
    assert [len(json.loads(out)["passages"]), json.loads(out)["question"]] == [2, question]
    code, out, err = cli("search", question, "-w", sample_workspace, "--mode", "lexical")
    assert (code, err) == (0, "")
    assert "  1  " in out
    code, out, _ = cli("ask", question, "-w", sample_workspace, "--json")
    assert {"answer", "citations", "confidence", "evidence", "found", "path"} <= json.loads(out).keys()
    code, out, err = cli("explain", question, "-w", sample_workspace, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)
    code, out, err = cli(
        "explain", "Which directors worked across countries?", "-w", sample_workspace, "--mode", "global"
    )
    assert (code, err) == (0, "") and "words looked for: " in out and "divided" in out and "told" in out
    assert "Passages cited" in out and "Passages (of " not in out
    for command in ("search", "ask", "explain"):
        for empty in ("", " \n"):
            code, out, err = cli(command, empty, "-w", sample_workspace)
            assert (code, out) == (2, "") and "The question is empty." in err, command
    code, out, err = cli("explain", question, "-w", sample_workspace, "--why-not", "no-such-document")
    assert (code, err) == (0, "")
    assert "kind          multi-hop" in out
    for head in ("Passages (of ", "What each feature puts first", "Times", "Why not"):
        assert head in out


def test_what_no_document_says_is_not_found(cli: Cli, sample_workspace: Path) -> None:
    question = "Who is the mother of the inventor of the quantum toaster Zorblax 9000?"
    assert cli("ask", question, "-w", sample_workspace) == (0, "Not found in these documents.\n", "")


def test_inspect(cli: Cli, sample_workspace: Path) -> None:
    code, out, err = cli("inspect", "-w", sample_workspace, "--json")
    assert (code, err) == (0, "")
    assert "200" in out
    assert "200" in cli("inspect", "-w", sample_workspace)[1]


def test_eval_writes_a_table_and_a_file_to_compare(
    cli: Cli, sample_workspace: Path, questions: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    code, out, _ = cli("eval", questions, "-w", sample_workspace, "--answers", "--out", first)
    assert code == 0
    for word in ("recall@5", "all_gold@5", "em", "95 % interval", "compositional", "median", "answers:"):
        assert word in out
    code, out, _ = cli("eval", questions, "-w", sample_workspace, "--mode", "lexical", "--out", second, "--json")
    assert code == 0
    assert 0 < json.loads(out)["summary"]["all"]["recall@5"]["mean"] <= 1
    code, out, err = cli("eval", "--compare", second, first)
    assert (code, err) == (0, "")
    assert "recall@5" in out
    compared = json.loads(cli("eval", "--compare", first, first, "--json")[1])
    assert compared["metrics"]["mrr"]["p"] == 1


def test_export(cli: Cli, sample_workspace: Path, tmp_path: Path) -> None:
    code, out, err = cli(
        "export", "-w", sample_workspace, "--jsonl", tmp_path / "j", "--graphml", tmp_path / "g.graphml"
    )
    assert (code, err) == (0, "")
    assert "200 documents" in out
    assert (tmp_path / "g.graphml").stat().st_size > 10_000


def test_build_reports_what_it_made_and_what_it_could_not_use(cli: Cli, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    rows = [{"id": f"d{n}", "title": f"Person {n}", "text": f"Person {n} was born in Rome."} for n in range(3)]
    bad = [{"id": f"bad{n}", "title": "x"} for n in range(25)]
    corpus.write_text("\n".join(json.dumps(row) for row in rows + bad), encoding="utf-8")
    code, out, err = cli("build", corpus, "-w", tmp_path / "w")
    assert code == 0, err
    assert out.startswith("3 documents, 3 passages, ")
    assert err.count("Problem: ") == 20
    assert "25 problems in the input, of which 20 are shown; --json lists all." in err
    code, out, err = cli("build", corpus, "-w", tmp_path / "w", "--json")
    report = json.loads(out)
    assert (report["documents"], len(report["problems"]), report["analysed"], report["reused"]) == (3, 25, 0, 3)


def test_an_interrupted_build_says_how_to_go_on(samples: Path, tmp_path: Path) -> None:
    child = process("build", samples / "2wiki" / "corpus.json", "-w", tmp_path / "w", "--workers", "1")
    assert child.stderr is not None
    assert child.stderr.readline().startswith("reading")
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "run the same command again" in err
    assert "Traceback" not in err


def test_bench_runs_from_corpus_to_table(cli: Cli, samples: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "small.yaml"
    recipe.write_text(
        "extends: offline\nbench: {data: {folder: nowhere}, expect: {recall@10: 0.5}, limits: {open_seconds: 0}}\n"
    )
    code, out, _ = cli("bench", recipe, "--data", samples / "2wiki", "--no-answers", "--json", "--out", tmp_path / "o")
    assert code == 1  # no workspace opens in no time
    result = json.loads(out)
    assert [(check["name"], check["met"]) for check in result["checks"]] == [
        ("recall@10", True),
        ("open_seconds", False),
    ]
    assert {"build_seconds", "build_ratio", "search_ms_median"} <= result["costs"].keys()
    assert result["costs"]["build_ratio"] > 0.5
    assert (tmp_path / "o").is_file()
