"""What a stranger reads is true: links lead somewhere, commands exist, tables are those of the code."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from loopline.demo.api import SIGN_INS
from scripts import documents

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
LOCKED = {"uv.lock", "package-lock.json"}

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"\bmake ([a-z]+)\b")
# Written in pieces, so that this file does not find itself.
REGISTRY = re.compile(
    r"pypi\.(?:org|python)|pythonhosted|npmjs\.(?:org|com)|npmmirror|goproxy|proxy\.golang|crates\.io|artifactory"
    r"|(?:PIP|UV)_(?:DEFAULT_)?INDEX(?:_URL)?=",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.~>/-])/(?:root|work|Users|home/\w+)/")


def tracked() -> list[Path]:
    """Every file that git knows and that is there."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for name in told.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pages() -> list[Path]:
    """Every document, also one that is not committed yet."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def code_of(path: Path) -> Iterator[str]:
    """Every line of code in a document: in fences and between backticks."""
    text = path.read_text()
    for block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()[1:-1]
    yield from INLINE.findall(FENCE.sub("", text))


def anchors_of(path: Path) -> set[str]:
    """The headings of a document as addresses."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for found in LINK.findall(FENCE.sub("", page.read_text())):
        link = unquote(found[0] or found[1])
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leads out of the project"
        assert not anchor or anchor in anchors_of(target), f"{link}: there is no such heading"


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    named = {(index.parent / found[0]).resolve() for found in LINK.findall(index.read_text())}
    wanted = {
        page for page in pages() if page.parent.name in ("tutorial", "how-to", "reference", "explanation")
    }
    assert wanted - named == set()


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in pages() for line in code_of(page) for target in MAKE.findall(line)}
    assert {"run", "test", "check"} <= named
    assert named - targets == set()


def test_loopline_commands_and_options_exist() -> None:
    tree = documents.command_tree()
    seen = [(page, words) for page in pages() for line in code_of(page) for words in calls(line)]
    assert len(seen) > 20
    for page, words in seen:
        command, rest = "loopline", list(words)
        while rest and f"{command} {rest[0]}" in tree:
            command = f"{command} {rest.pop(0)}"
        told = f"{page.name}: loopline {' '.join(words)}"
        is_called = command != "loopline" or not rest or rest[0].startswith("--") or rest[0] == "COMMAND"
        assert is_called, told
        known = {name for one in tree[command].params for name in [*one.opts, *one.secondary_opts]}
        assert {word for word in rest if word.startswith("--")} <= known | {"--help"}, told


def calls(line: str) -> Iterator[list[str]]:
    """The words after each call of `loopline` in a line of code."""
    for piece in re.split(r"\$\(|\)|&&|\||;|#", line):
        words = piece.split()
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words and words[0] in ("loopline", ".venv/bin/loopline"):
            yield words[1:]


@pytest.mark.parametrize("name", documents.TABLES)
def test_tables_are_those_of_the_code(name: str) -> None:
    assert documents.written(name) == documents.made(name), (
        "bring it up to date: .venv/bin/python scripts/documents.py"
    )


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_readme_names_what_ci_runs(readme: Path) -> None:
    run = MAKE.findall((ROOT / ".ci" / "run").read_text())
    assert "test" in run
    assert "make test" in "\n".join(code_of(readme))
    assert "make check" in "\n".join(code_of(ROOT / "CONTRIBUTING.md"))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_readme_shows_the_demo_sign_ins(readme: Path) -> None:
    text = readme.read_text()
    for sign_in in SIGN_INS:
        assert f"| `{sign_in.user_name}` |" in text
        assert f"`{sign_in.operator}`" in text
        assert f"`{sign_in.password}`" in text


@pytest.mark.parametrize(("english", "chinese"), [READMES, sorted((ROOT / "docs" / "tutorial").glob("*.md"))])
def test_both_languages_say_the_same(english: Path, chinese: Path) -> None:
    """As many headings and rows, and the same commands."""

    def shape(path: Path) -> tuple[int, int, list[str]]:
        text = path.read_text()
        blocks = [re.sub(r"\s*#.*", "", block) for block in FENCE.findall(text)]
        return (
            len(re.findall(r"^#+ ", FENCE.sub("", text), re.MULTILINE)),
            len(re.findall(r"^\|", text, re.MULTILINE)),
            blocks,
        )

    assert shape(english) == shape(chinese)


def test_both_pictures_are_one() -> None:
    light, dark = (
        (ROOT / "docs" / "pictures" / f"loop-{name}.svg").read_text() for name in ("light", "dark")
    )
    assert light.partition("</style>")[2] == dark.partition("</style>")[2]


def test_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_no_registry_and_no_path_of_a_machine() -> None:
    found = []
    for path in tracked():
        if path.name in LOCKED or path == Path(__file__):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}: {hit[0]}"
            for rule in (REGISTRY, MACHINE)
            for hit in rule.finditer(text)
        ]
    assert found == []
