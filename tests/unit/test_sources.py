import csv
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphrag.documents.html import parse_html
from graphrag.documents.markdown import parse_markdown
from graphrag.documents.problems import Problem, Reporter
from graphrag.documents.sources import FORMATS, MAX_FILE, read_documents
from graphrag.errors import InputError
from graphrag.types import Document

FRENCH = "Été comme hiver, le château de Chambord reçoit des visiteurs. François Ier le fit bâtir à partir de 1519."
RUSSIAN = "Лев Николаевич Толстой родился 28 августа 1828 года в Ясной Поляне. Он написал роман о войне и мире."
JAPANESE = "夏目漱石は、日本の小説家、評論家、英文学者である。本名は夏目金之助。江戸の牛込馬場下に生まれた。"
KOREAN = "세종대왕은 조선의 제4대 국왕이다. 그는 1443년에 훈민정음을 창제하였고 과학과 문화를 크게 발전시켰다."
CHINESE = "鲁迅是中国现代文学的奠基人之一。他出生于浙江绍兴，曾留学日本学习医学。一九三六年在上海去世。"
TAIWANESE = "胡適是中國近代學者，出生於上海。他曾任北京大學校長，並於一九六二年在臺北逝世。"
POLISH = "Maria Skłodowska-Curie urodziła się w Warszawie. Była pierwszą kobietą, która otrzymała Nagrodę Nobla."
MIXED = "Zoë said “naïve”. Лев 夏目 😀 שלום مرحبا\u200f e\u0301."


def read(*inputs: Path) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_documents(inputs, problems)), problems


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return path


def kinds(problems: list[Problem]) -> list[str]:
    return [problem.kind for problem in problems]


# --- files and folders


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a.txt", "a/b/c.html", "Z.TXT"):
        write(tmp_path, name, "<p>words</p>" if name.endswith("html") else "words")
    documents, problems = read(tmp_path)
    assert [d.id for d in documents] == ["Z.TXT", "a.txt", "a/b/c.html", "a/z.md", "b.txt"]
    assert [d.source for d in documents] == [d.id for d in documents]
    assert problems == []


def test_the_order_of_the_inputs_makes_no_difference(tmp_path: Path) -> None:
    one, two = write(tmp_path, "x/one.txt", "1"), write(tmp_path, "y/two.txt", "2")
    assert read(one, two) == read(two, one)
    assert read(one.parent, two.parent) == read(two.parent, one.parent)


def test_nothing_of_a_document_depends_on_the_machine(tmp_path: Path) -> None:
    for folder in ("here", "there/deeper"):
        write(tmp_path, f"{folder}/f.md", "---\ndate: 2020-01-02\n---\n# T\ntext")
        write(tmp_path, f"{folder}/rows.jsonl", '{"text": "no id", "n": 1}')
    here, there = read(tmp_path / "here")[0], read(tmp_path / "there/deeper")[0]
    assert [d.digest for d in here] == [d.digest for d in there]


def test_equal_relative_paths_are_told_apart(tmp_path: Path) -> None:
    for folder in ("x/docs", "y/docs", "z"):
        write(tmp_path, f"{folder}/same.txt", folder)
    write(tmp_path, "y/docs/other.txt", "other")
    documents, problems = read(tmp_path / "x/docs", tmp_path / "y/docs", tmp_path / "z")
    assert {d.id: d.text for d in documents} == {
        "x/docs/same.txt": "x/docs",
        "y/docs/same.txt": "y/docs",
        "z/same.txt": "z",
        "other.txt": "other",
    }
    assert problems == []


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path, "docs/sub/a.txt", "words")
    for inputs in ((tmp_path / "docs", path), (path, tmp_path / "docs")):
        documents, problems = read(*inputs)
        assert [d.id for d in documents] == ["sub/a.txt"]
        assert kinds(problems) == ["duplicate file"]


def test_what_is_not_read_is_listed(tmp_path: Path) -> None:
    write(tmp_path, "image.png", b"\x89PNG")
    write(tmp_path, "README", "words")
    write(tmp_path, ".git/config", "words")
    write(tmp_path, ".hidden.txt", "words")
    write(tmp_path, "target/in.txt", "words")
    (tmp_path / "folder-link").symlink_to(tmp_path / "target", target_is_directory=True)
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "missing")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    documents, problems = read(tmp_path)
    assert [d.id for d in documents] == ["target/in.txt"]
    assert {(p.source, p.kind) for p in problems} == {
        ("image.png", "unknown suffix"),
        ("README", "unknown suffix"),
        (str(tmp_path), "hidden"),
        ("folder-link", "link"),
        ("nowhere.txt", "unreadable"),
        ("loop.txt", "unreadable"),
        ("pipe.txt", "special file"),
    }
    [hidden] = [p for p in problems if p.kind == "hidden"]
    assert ".git, .hidden.txt" in hidden.message


def test_a_workspace_in_a_folder_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "notes/a.txt", "words")
    write(tmp_path, "notes/built/workspace.db", b"SQLite")
    write(tmp_path, "notes/built/links.tsv", "same\tA\tB")
    write(tmp_path, "notes/built/arrays/00000001/passages.npy", b"")
    documents, problems = read(tmp_path / "notes")
    assert [d.id for d in documents] == ["a.txt"]
    assert [(p.source, p.kind) for p in problems] == [("built", "workspace")]


def test_a_linked_file_has_the_id_that_it_has_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "outside.txt", "words")
    write(tmp_path, "notes/deep/a.txt", "other words")
    (tmp_path / "notes" / "link.txt").symlink_to("../outside.txt")
    (tmp_path / "notes" / "b.txt").symlink_to("deep/a.txt")
    there = {d.id: d for d in read(tmp_path / "notes")[0]}
    assert set(there) == {"link.txt", "deep/a.txt"}
    for name, identity in (("link.txt", "link.txt"), ("b.txt", "deep/a.txt")):
        [document] = read_documents([tmp_path / "notes" / name], [], root=tmp_path / "notes")
        assert document == there[identity]


def test_an_empty_folder_is_an_empty_corpus(tmp_path: Path) -> None:
    documents, problems = read(tmp_path)
    assert documents == []
    assert kinds(problems) == ["empty folder"]


def test_missing_and_strange_inputs_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.*does not exist"):
        read_documents([tmp_path / "nowhere"], [])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        read_documents([tmp_path / "pipe"], [])


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may enter, read as that user where the tests run as root, who may read all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = os.geteuid()
        try:
            yield folder
        finally:
            os.seteuid(user)
            for path in folder.rglob("*"):
                path.chmod(0o755)


def _drop_privileges() -> None:
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_unreadable_files_and_folders_are_listed(open_folder: Path) -> None:
    write(open_folder, "good.txt", "words")
    write(open_folder, "secret.txt", "words").chmod(0)
    write(open_folder, "closed/in.txt", "words").parent.chmod(0)
    _drop_privileges()
    documents, problems = read(open_folder)
    assert [d.id for d in documents] == ["good.txt"]
    assert [(p.source, p.kind) for p in problems] == [("closed", "unreadable"), ("secret.txt", "unreadable")]


def test_an_unreadable_input_folder_is_refused(open_folder: Path) -> None:
    write(open_folder, "closed/in.txt", "words").parent.chmod(0)
    _drop_privileges()
    with pytest.raises(InputError, match="permissions"):
        read_documents([open_folder / "closed"], [])


# --- text files


def test_text_is_what_python_reads(tmp_path: Path) -> None:
    path = write(tmp_path, "A_b.txt", b"One\r\ntwo\rthree\n\x0c\x1b[0mfour\n")
    [document], problems = read(path)
    assert document.text == path.read_text(encoding="utf-8") == "One\ntwo\nthree\n\x0c\x1b[0mfour\n"
    assert (document.id, document.title, document.source) == ("A_b.txt", "A b", "A_b.txt")
    assert dict(document.metadata) == {}
    assert problems == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Maria Keller\n\nMaria Keller is a chemist.\n", "Maria Keller"),
        ("\n  The  Orchid Programme \r\n \r\nIt began in 2009.", "The Orchid Programme"),
        ("Maria Keller\nis a chemist.\n\nShe lives in Bern.", ""),
        ("Maria Keller is a chemist.\n\nShe lives in Bern.", ""),
        ("She said “no.”\n\nHe said yes.", ""),
        ("Dear all,\n\nwe moved.", ""),
        ("Maria Keller\n\n", ""),
        ("=====\n\nMaria Keller is a chemist.", ""),
        ("x" * 100 + "\n\nbody", "x" * 100),
        ("x" * 101 + "\n\nbody", ""),
    ],
)
def test_a_short_first_line_is_the_title_of_a_text_file(tmp_path: Path, text: str, title: str) -> None:
    path = tmp_path / "field-notes_2020.txt"
    path.write_bytes(text.encode())
    [document], _ = read(path)
    assert document.title == (title or "field notes 2020")
    said = [(level, " ".join(document.text[span.start : span.end].split())) for level, span in document.headings]
    assert said == ([(1, title)] if title else [])


@pytest.mark.parametrize(
    ("encoding", "text", "sure"),
    [
        ("utf-8", MIXED, True),
        ("utf-8-sig", MIXED, True),
        ("utf-16", MIXED, True),
        ("utf-32", MIXED, True),
        ("utf-16-le", FRENCH, False),
        ("utf-16-be", RUSSIAN, False),
        ("utf-32-le", JAPANESE, False),
        ("utf-32-be", MIXED, False),
        ("latin-1", FRENCH, False),
        ("cp1252", FRENCH + " “Zoë” – 5 €", False),
        ("cp1250", POLISH, False),
        ("iso8859-2", POLISH, False),
        ("cp1251", RUSSIAN, False),
        ("koi8-r", RUSSIAN, False),
        ("shift_jis", JAPANESE, False),
        ("euc-jp", JAPANESE, False),
        ("euc-kr", KOREAN, False),
        ("gb18030", CHINESE, False),
        ("big5", TAIWANESE, False),
    ],
)
@pytest.mark.parametrize("form", ["txt", "jsonl", "csv"])
def test_encodings(tmp_path: Path, encoding: str, text: str, sure: bool, form: str) -> None:
    content = {
        "txt": text,
        "jsonl": json.dumps({"text": text}, ensure_ascii=False),
        "csv": f'text,year\n"{text.replace(chr(34), chr(34) * 2)}",1990\n',
    }[form]
    [document], problems = read(write(tmp_path, f"f.{form}", content.encode(encoding)))
    assert document.text == text
    assert kinds(problems) == ([] if sure else ["encoding"])


def test_the_encoding_of_a_large_file_is_found_past_its_first_block(tmp_path: Path) -> None:
    text = "Plain words in ASCII only.\n" * 60_000 + JAPANESE * 200
    [document], _ = read(write(tmp_path, "f.txt", text.encode("shift_jis")))
    assert document.text == text


def test_damaged_utf8_is_read_and_told(tmp_path: Path) -> None:
    before = (FRENCH * 3).encode()
    [document], [problem] = read(write(tmp_path, "f.txt", before + b"\xff\xfe" + FRENCH.encode()))
    assert document.text == FRENCH * 3 + "\ufffd\ufffd" + FRENCH
    assert problem.kind == "encoding"
    assert f"byte {len(before)})" in problem.message


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 8,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06",
        b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00>\x00\x01\x00\x00\x00",
        b"%PDF-1.7\n" + bytes((i * 37) % 256 for i in range(4000)),
        bytes(1000),
    ],
    ids=["bytes", "png", "elf", "pdf", "zeros"],
)
@pytest.mark.parametrize("suffix", ["txt", "json", "csv", "html"])
def test_a_binary_file_is_not_text(tmp_path: Path, data: bytes, suffix: str) -> None:
    documents, problems = read(write(tmp_path, f"f.{suffix}", data))
    assert documents == []
    assert kinds(problems) == ["binary"]


@pytest.mark.parametrize("suffix", sorted(FORMATS.keys() - {".pdf", ".docx", ".epub"}))
def test_empty_files_are_listed(tmp_path: Path, suffix: str) -> None:
    write(tmp_path, f"zero{suffix}", b"")
    write(tmp_path, f"blank{suffix}", b" \n\n\t\n")
    documents, problems = read(tmp_path)
    assert documents == []
    assert [(p.source, p.kind) for p in problems] == [(f"blank{suffix}", "empty"), (f"zero{suffix}", "empty")]


@pytest.mark.parametrize("form", ["txt", "md", "html"])
def test_a_file_over_the_limit_is_reported(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, f"f.{form}", b"x")
    os.truncate(path, MAX_FILE[FORMATS[path.suffix]] + 1)
    documents, [problem] = read(path)
    assert documents == []
    assert problem.kind == "too large"
    assert "split it" in problem.message


@pytest.mark.parametrize("form", ["txt", "jsonl", "json", "csv"])
def test_a_line_of_50_megabytes_is_read(tmp_path: Path, form: str) -> None:
    text = "word " * 10_000_000
    row = '"text":"' + text + '"'
    content = {
        "txt": text,
        "jsonl": f"{{{row}}}\n",
        "json": f"[{{{row}}}]",
        "csv": f"text\n{text}\n",
    }[form]
    documents, problems = read(write(tmp_path, f"f.{form}", content))
    assert [len(d.text) for d in documents] == [len(text)]
    assert problems == []


def test_control_characters_and_surrogates_keep_offsets(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"id": "a", "text": "x\\u0000y\\ud800z\\udfff \\ud83d\\ude00.", "k\\ud800": "\\ud800"}')
    write(tmp_path, "b.txt", "valid \x07 text with a bell, " + FRENCH)
    write(tmp_path, "c.txt", "x\ud800y " + FRENCH)
    row, bell, lone = read(tmp_path)[0]
    assert row.text == "x\0y\ufffdz\ufffd 😀."
    assert dict(row.metadata) == {"k\ufffd": "\ufffd"}
    assert bell.text == "valid \x07 text with a bell, " + FRENCH
    assert lone.text.endswith(FRENCH)
    for document in (row, bell, lone):
        document.text.encode("utf-8")


# --- rows


def test_the_ids_of_rows_are_kept_exactly(tmp_path: Path) -> None:
    ids = ["a", " b ", "Ünï/#1", 7, 2.5]
    rows = [{"id": value, "title": f"T{n}", "text": f"text {n}"} for n, value in enumerate(ids)]
    expected = [("a", "T0"), (" b ", "T1"), ("Ünï/#1", "T2"), ("7", "T3"), ("2.5", "T4")]
    write(tmp_path, "list.json", json.dumps(rows))
    write(tmp_path, "lines.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    with (tmp_path / "table.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["id", "title", "text"])
        writer.writeheader()
        writer.writerows(rows)
    for name in ("list.json", "lines.jsonl", "table.csv"):
        documents, problems = read(tmp_path / name)
        assert [(d.id, d.title) for d in documents] == expected
        assert [d.text for d in documents] == [f"text {n}" for n in range(5)]
        assert {d.source for d in documents} == {name}
        assert problems == []


def test_rows_without_ids_get_the_same_ids_in_any_order(tmp_path: Path) -> None:
    rows = [{"title": "A", "text": "one"}, {"title": "B", "text": "one"}, {"title": "A", "text": "one", "year": 2}]
    for order in (rows, rows[::-1]):
        path = write(tmp_path, "rows.json", json.dumps(order))
        documents, problems = read(path)
        ids = {(d.title, d.metadata.get("year")): d.id for d in documents}
        assert problems == []
        assert sorted(ids.values()) == [
            "rows.json#05a7cfc11560",
            "rows.json#97c477894e27",
            "rows.json#f94652ca3b80",
        ]


def test_metadata_and_names_of_fields(tmp_path: Path) -> None:
    row = {
        "_id": "x",
        "Title": " T ",
        "contents": "the text",
        "year": 1990,
        "ratio": 0.5,
        "good": True,
        "none": None,
        "blank": "",
        "tags": ["é", {"b": 1, "a": 2}],
    }
    [document], problems = read(write(tmp_path, "row.json", json.dumps(row)))
    assert (document.id, document.title, document.text) == ("x", "T", "the text")
    assert dict(document.metadata) == {
        "year": 1990,
        "ratio": 0.5,
        "good": True,
        "none": None,
        "tags": '["é", {"a": 2, "b": 1}]',
    }
    assert problems == []


def test_numbers_that_are_no_json_stay_text(tmp_path: Path) -> None:
    [document], _ = read(write(tmp_path, "row.json", '{"text": "t", "a": NaN, "b": -Infinity, "c": 1e999}'))
    assert dict(document.metadata) == {"a": "NaN", "b": "-Infinity", "c": "inf"}


def test_bad_rows_cost_only_themselves(tmp_path: Path) -> None:
    lines = [
        '{"id": "ok1", "text": "fine"}',
        "{broken",
        "[1, 2]",
        '{"id": "n", "title": "no text"}',
        '{"id": "e", "text": "  "}',
        '{"id": "l", "text": ["a"]}',
        "{}",
        '{"text": null, "id": ""}',
        "",
        '{"id": ["x"], "text": "odd id"}',
        '{"a":' * 100_000,
        '{"id": "n", "text": "t", "n": ' + "9" * 5000 + "}",
        '{"id": "ok2", "text": "fine"}',
    ]
    documents, problems = read(write(tmp_path, "f.jsonl", "\n".join(lines)))
    assert [d.id for d in documents if not d.id.startswith("f.jsonl#")] == ["ok1", "ok2"]
    assert [d.text for d in documents] == ["fine", "odd id", "fine"]
    assert [(p.where, p.kind) for p in problems] == [
        ("line 2", "malformed"),
        ("line 3", "malformed"),
        ("line 4", "no text"),
        ("line 5", "no text"),
        ("line 6", "no text"),
        ("line 7", "empty"),
        ("line 8", "empty"),
        ("line 10", "id"),
        ("line 11", "malformed"),
        ("line 12", "malformed"),
    ]
    assert "nested too deeply" in problems[8].message


def test_duplicate_ids_keep_the_first(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"id":1,"text":"x"}\n{"id":"1","text":"x"}\n{"id":2,"text":"y"}\n')
    write(tmp_path, "b.csv", "id,text\n2,other\n3,z\n")
    documents, problems = read(tmp_path)
    assert [(d.id, d.text) for d in documents] == [("1", "x"), ("2", "y"), ("3", "z")]
    assert [(p.source, p.kind) for p in problems] == [("a.jsonl", "duplicate id"), ("b.csv", "duplicate id")]
    assert "the same content" in problems[0].message
    assert "other content" in problems[1].message


def test_many_problems_of_a_kind_are_counted(tmp_path: Path) -> None:
    _, problems = read(write(tmp_path, "f.jsonl", "{\n" * 1234))
    assert kinds(problems) == ["malformed"] * 100 + ["more"]
    assert "1,134" in problems[-1].message


def test_a_problem_reads_as_one_line() -> None:
    problems: list[Problem] = []
    Reporter(problems, "a.csv").add("empty", "the row is empty", "line 2")
    assert str(problems[0]) == "a.csv, line 2: the row is empty"


@pytest.mark.parametrize(
    ("content", "ids", "kind"),
    [
        ('[{"id":"a","text":"x"},{"id":"b","text":"y"}]', ["a", "b"], None),
        ('\ufeff [ {"id":"a","text":"x"} ,\n {"id":"b","text":"y"} ] \n', ["a", "b"], None),
        ('{"id":"a","text":"x"}', ["a"], None),
        ('{"id":"a","text":"x"}\n{"id":"b","text":"y"}\n', ["a", "b"], None),
        ("[]", [], "empty"),
        ('[{"id":"a","text":"x"},{"id":"b","te', ["a"], "malformed"),
        ('[{"id":"a","text":"x"},{"id":"b","text":"y"}', ["a", "b"], "malformed"),
        ('[{"id":"a","text":"x"} {"id":"b","text":"y"}]', ["a"], "malformed"),
        ('[{"id":"a","text":"x"},]', ["a"], "malformed"),
        ('[{"id":"a","text":"x"}, nonsense]', ["a"], "malformed"),
        ('[{"id":"a","text":"x"}, 3]', ["a"], "malformed"),
        ('{"documents": [{"id":"a","text":"x"}]}', [], "no text"),
        ("[" * 100_000, [], "malformed"),
        ("nonsense", [], "malformed"),
    ],
)
def test_json_files(tmp_path: Path, content: str, ids: list[str], kind: str | None) -> None:
    documents, problems = read(write(tmp_path, "f.json", content))
    assert [d.id for d in documents] == ids
    assert kinds(problems)[:1] == ([kind] if kind else [])


def test_json_larger_than_the_buffer_is_streamed(tmp_path: Path) -> None:
    rows = [{"id": n, "text": f"row {n} " + 'é\\"[{' * (n % 7 * 9000)} for n in range(120)]
    rows[60]["text"] = "long " * 1_000_000
    content = json.dumps(rows, indent=1, ensure_ascii=False)
    assert len(content) > 5 << 20
    documents, problems = read(write(tmp_path, "f.json", content))
    assert [(d.id, d.text) for d in documents] == [(str(row["id"]), row["text"]) for row in rows]
    assert problems == []


def test_the_line_of_a_mistake_in_json_is_told(tmp_path: Path) -> None:
    content = "[\n" + "".join(f' {{"id": {n}, "text": "x"}},\n' for n in range(50_000)) + ' {"id": oops}\n]\n'
    documents, [problem] = read(write(tmp_path, "f.json", content))
    assert len(documents) == 50_000
    assert problem.where == "line 50002"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_separators_and_quotes(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["id", "title", "text", ""],
        ["1", "A", f'He said "x{delimiter}y"\r\nand left.', "z"],
        ["2", "B", "short", ""],
    ]
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    documents, problems = read(tmp_path / "t.csv")
    assert [(d.id, d.title, d.text) for d in documents] == [("1", "A", rows[1][2]), ("2", "B", "short")]
    assert dict(documents[0].metadata) == {"column 4": "z"}
    assert problems == []


def test_broken_rows_of_a_table(tmp_path: Path) -> None:
    lines = [
        "id,title,text",
        "1,A,fine",
        "2,B,unquoted, comma",
        "3,C",
        ",,",
        '4,"D"oops,text',
        "5,E,fine,,",
        "",
        '6,F,"never closed',
        "7,G,lost",
    ]
    documents, problems = read(write(tmp_path, "t.csv", "\n".join(lines)))
    assert [d.id for d in documents] == ["1", "5"]
    assert [(p.where, p.kind) for p in problems] == [
        ("line 3", "malformed"),
        ("line 4", "no text"),
        ("line 5", "empty"),
        ("line 6", "malformed"),
        ("line 9", "malformed"),
    ]
    assert "quotation mark is not closed" in problems[-1].message


def test_a_table_without_a_text_column(tmp_path: Path) -> None:
    documents, [problem] = read(write(tmp_path, "t.csv", "id,name\n1,A\n"))
    assert documents == []
    assert (problem.kind, problem.where) == ("no text", "line 1")


def test_a_line_over_the_limit_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphrag.documents.rows.MAX_ROW", 1000)
    rows = [{"id": n, "text": "x" * size} for n, size in enumerate([5, 5000, 7])]
    documents, problems = read(write(tmp_path, "f.jsonl", "\n".join(map(json.dumps, rows))))
    assert [d.id for d in documents] == ["0", "2"]
    assert [(p.kind, p.where) for p in problems] == [("too large", "line 2")]


# --- markdown


def headings(text: str) -> list[tuple[int, str]]:
    return [(level, text[span.start : span.end]) for level, span in parse_markdown(text).headings]


def test_markdown_front_matter_and_headings(tmp_path: Path) -> None:
    front = "---\ntitle: The  Title\ndate: 2020-01-02\ntags: [a, b]\nyear: 1990\n---\n"
    text = front + "\n# Head **one** #\n\ntext\n\nTwo\n---\n"
    [document], problems = read(write(tmp_path, "f.md", text))
    assert document.text == text
    assert document.title == "The Title"
    assert dict(document.metadata) == {"date": "2020-01-02", "tags": '["a", "b"]', "year": 1990}
    assert [(level, text[s.start : s.end]) for level, s in document.headings] == [(1, "Head **one**"), (2, "Two")]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "title"),
    [("text\n\n## Second\n\n# First\n", "First"), ("text only", "my file"), ("---\nno: title\n---\n# H\n", "H")],
)
def test_markdown_titles(tmp_path: Path, text: str, title: str) -> None:
    [document], _ = read(write(tmp_path, "my_file.md", text))
    assert document.title == title


@pytest.mark.parametrize(
    "block",
    [
        "a: [",
        "a: b: c",
        "x: &a [1, 1]\ny: [*a, *a]",
        "date: 2020-13-45",
        "a: " + "[" * 5000,
        "a: !!python/name:os.system",
    ],
    ids=["open", "colons", "alias", "date", "deep", "object"],
)
def test_bad_front_matter_is_told_and_kept_as_text(tmp_path: Path, block: str) -> None:
    text = f"---\n{block}\n---\n# H\n\nwords\n"
    [document], problems = read(write(tmp_path, "f.md", text))
    assert document.text == text
    assert (document.title, dict(document.metadata)) == ("H", {})
    assert kinds(problems) == ["front matter"]


def test_a_rule_at_the_beginning_is_no_front_matter() -> None:
    assert parse_markdown("---\nwords\n---\n").metadata == {}
    assert parse_markdown("---\nwords").doubt == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n#B\n ## C ##\n    # code\n####### seven\n#\n", [(1, "A"), (2, "C")]),
        ("```\n# code\n```\n# A\n~~~~ x\n# code\n~~~\n# code\n~~~~\n# B\n", [(1, "A"), (1, "B")]),
        ("1. ```sh\n   # code\n   ```\n\n# A", [(1, "A")]),
        ("<!--\n# hidden\n-->\n# A", [(1, "A")]),
        ("```\n# never closed", []),
        ("A\n=\n\nB\n-\n\n- item\n---\n\ntwo\nlines\n---\n", [(1, "A"), (2, "B")]),
        ("A\n===\nB\n---\ntext", [(1, "A"), (2, "B")]),
        ("a `#` b\n\n| x |\n---\n", []),
        ("# Ünï 😀 \n", [(1, "Ünï 😀")]),
    ],
)
def test_markdown_headings(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


def test_markdown_headings_agree_with_markdown_it(tmp_path: Path) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    text = (
        "# One\n\nPara with # mark\n\n> # quoted\n\nTwo\n===\n\n* item\n\n  ```py\n  # c\n  ```\n\n### Three ###\n"
        "\n    # indented\n\n<!-- # no -->\n\n## Four `code` *em*\n***\n\nFive\n-----\n\ntext\n"
    )
    tokens = markdown_it.MarkdownIt("commonmark").parse(text)
    expected = [
        (int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    assert headings(text) == expected


# --- html


PAGE = """<!doctype html><html lang="en"><head><title>Foo Bar - My Site</title><meta name="author" content="A. B.">
<meta property="article:published_time" content="2020-01-02"><style>p {}</style></head><body>
<nav><a>Menu</a></nav><header><h1>Foo <em>Bar</em></h1></header>
<p>Hello <b>wor</b>ld &amp; all,<br>second
line.</p><ul><li><p>one</p></li><li>two</li></ul>
<table><tr><th>Born</th><td>1950</td></tr><tr><th>Died</th><td>2000</td></tr></table>
<pre>a <b>b</b>
  c</pre>tail<script>var x = "<p>no</p>";</script><h2>Part<br>two</h2><p hidden>hidden</p><p>End.</p>
<footer>Imprint</footer></body></html>"""


def test_html_is_read_as_people_see_it(tmp_path: Path) -> None:
    [document], problems = read(write(tmp_path, "page.html", PAGE))
    assert document.text == (
        "Foo Bar\n\nHello world & all,\nsecond line.\n\n- one\n\n- two\n\nBorn | 1950\nDied | 2000\n\n"
        "a b\n  c\n\ntail\n\nPart two\n\nEnd."
    )
    assert document.title == "Foo Bar"
    assert [(level, document.text[s.start : s.end]) for level, s in document.headings] == [
        (1, "Foo Bar"),
        (2, "Part two"),
    ]
    assert dict(document.metadata) == {"lang": "en", "author": "A. B.", "date": "2020-01-02"}
    assert problems == []


def test_html_main_stands_for_the_page() -> None:
    text = "Long enough to be the content. " * 5
    page = f"<body><div>Shop Login</div><main><aside>Note.</aside><p>{text}</p></main><p>Cookies</p></body>"
    assert parse_html(page).text == f"Note.\n\n{text.strip()}"
    assert parse_html("<body><p>All</p><main>shell</main></body>").text == "All\n\nshell"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Only title</title><p>x", "Only title"),
        ("<h1>Only heading</h1><p>x", "Only heading"),
        ("<title>A | Site</title><h1>Other</h1><h1>A</h1>", "A"),
        ("<p>neither", "p"),
    ],
)
def test_html_titles(tmp_path: Path, page: str, title: str) -> None:
    [document], _ = read(write(tmp_path, "p.htm", page))
    assert document.title == title


def test_html_declares_its_encoding(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="ISO-8859-1"></head><body><p>{FRENCH}</p></body></html>'
    [document], problems = read(write(tmp_path, "p.html", page.encode("latin-1")))
    assert document.text == FRENCH
    assert problems == []


def test_html_without_text_is_empty(tmp_path: Path) -> None:
    documents, problems = read(write(tmp_path, "p.html", "<html><body><script>render()</script></body></html>"))
    assert documents == []
    assert kinds(problems) == ["empty"]


def test_html_that_is_nested_without_end_is_reported(tmp_path: Path) -> None:
    documents, problems = read(write(tmp_path, "p.html", "<div>" * 100_000 + "x"))
    assert documents == []
    assert kinds(problems) == ["too deep"]
    assert parse_html("<div>" * 4000 + "deep").text == "deep"
    assert parse_html("<p>x" * 20_000).text.count("x") == 20_000


def test_markdown_of_front_matter_alone_holds_no_text(tmp_path: Path) -> None:
    documents, problems = read(write(tmp_path, "a.md", "---\nauthor: Maria Keller\n---\n\n"))
    assert documents == []
    assert [problem.kind for problem in problems] == ["empty"]
