"""A backup restored into an empty folder is the same business: to the fen, with its files, keys and history."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from loopline.config.backup import BackupError, restore


def _loopline(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loopline.cli", *words],
        env=os.environ | {"LOOPLINE_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _answer(data: Path, *words: str) -> object:
    done = _loopline(data, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small operator with a loaded warehouse, and its backup."""
    folder = tmp_path_factory.mktemp("backup")
    source, made = folder / "source", folder / "loopline.tar"
    _answer(source, "demo", "load", "--size", "small", "--json")
    assert _loopline(source, "warehouse", "refresh").returncode == 0
    _answer(source, "backup", str(made), "--json")
    return source, made


def test_the_restored_operator_has_the_same_books_and_lives_on(archive, tmp_path):
    source, made = archive
    restored = _answer(tmp_path / "new", "restore", str(made), "--data", str(tmp_path / "new"), "--json")
    assert restored["agrees"] is True
    before, after = (_answer(data, "warehouse", "check", "--json") for data in (source, tmp_path / "new"))
    keep = ("table", "rows_source", "money", "differences")
    books = [[{key: table[key] for key in keep} for table in found[0]["tables"]] for found in (before, after)]
    assert books[0] == books[1]
    assert sum(table["rows_source"] for table in books[1]) > 50_000
    assert (tmp_path / "new" / "secrets.json").read_text() == (source / "secrets.json").read_text()
    assert _loopline(tmp_path / "new", "demo", "tick", "--days", "1").returncode == 0


def test_an_archive_is_closed_to_others_and_never_overwritten(archive):
    source, made = archive
    assert made.stat().st_mode & 0o077 == 0
    again = _loopline(source, "backup", str(made))
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


def test_a_folder_in_use_is_refused(archive, tmp_path):
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(BackupError, match="is not empty"):
        restore(archive[1], tmp_path)
    assert (tmp_path / "kept").read_text() == "mine"


@pytest.mark.parametrize("how", ["changed", "lacking", "junk"])
def test_an_archive_that_is_not_whole_is_refused_before_anything_is_made(archive, tmp_path, how):
    broken, new = tmp_path / "broken.tar", tmp_path / "new"
    if how == "junk":
        broken.write_bytes(os.urandom(5000))
    else:
        with tarfile.open(archive[1]) as whole, tarfile.open(broken, "w") as out:
            for entry in whole.getmembers():
                content = whole.extractfile(entry)
                if entry.name == "lake.dump" and how == "lacking":
                    continue
                data = content.read() if content else b""
                if entry.name == "lake.dump":
                    data = data[:-1] + b"x"
                path = tmp_path / "part"
                path.write_bytes(data)
                out.add(path, entry.name)
    with pytest.raises(BackupError):
        restore(broken, new)
    assert sorted(path.name for path in new.iterdir()) == []
