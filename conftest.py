"""What every test stands on: one real PostgreSQL, provisioned and migrated once, and an operator of its own.

Tests commit like the product does. They are kept apart by tenancy: each gets a fresh operator, so nothing is
cleaned up and row level security is at work in every one of them.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from loopline.testing import Operator

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


def _tables_now() -> str:
    """A kept database serves until a migration changes."""
    files = sorted(Path(__file__).parent.glob("loopline/*/migrations/*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _data_folder() -> Path:
    kept = os.environ.get("LOOPLINE_TEST_DATA")
    if kept:
        return Path(kept) / _tables_now() / os.environ.get("PYTEST_XDIST_WORKER", "main")
    made = Path(tempfile.mkdtemp(prefix="loopline-test-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


os.environ["LOOPLINE_DATA"] = str(_data_folder())
os.environ["LOOPLINE_HOSTS"] = "localhost,127.0.0.1,testserver"
os.environ.pop("DATABASE_URL", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "loopline.config.settings"

import django

django.setup()


def pytest_configure(config: pytest.Config) -> None:
    """With workers (xdist) each must find a folder of its own, and not inherit this one with its settings."""
    if getattr(config.option, "numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LOOPLINE_DATA"]


from loopline.config.cluster import Cluster
from loopline.config.installation import Installation
from loopline.config.provision import migrate, provision


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A running installation: PostgreSQL started, roles made, tables migrated and guarded."""
    made = Installation.from_env()
    with Cluster(made, durable=False):
        provision(made)
        migrate(made)
        yield made
        from django.db import connections

        connections.close_all()


@pytest.fixture(scope="session")
def django_db_setup(installation: Installation) -> None:
    """pytest-django's own test database is not used: ours is the real one."""


@pytest.fixture(scope="session")
def database(installation: Installation, django_db_blocker: pytest.FixtureRequest) -> Iterator[Installation]:
    """Database access for the whole session; doors decide what is seen."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield installation


@pytest.fixture
def operator(database: Installation) -> "Operator":
    """A fresh operator with a small organisation and one member of staff per role."""
    from loopline.testing import found_operator

    return found_operator()


@pytest.fixture(scope="session")
def demo_operator(database: Installation) -> "Operator":
    """The demo operator in its small form, loaded once for the session: for looking, not for ticking."""
    from loopline.testing import found_demo

    return found_demo()


@pytest.fixture
def door(operator: "Operator") -> Callable[..., AbstractContextManager[object]]:
    """`with door("analyst") as actor:` opens the transaction of that member of staff."""
    return operator.door


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public sample files; tests that need it skip where it is missing."""
    folder = Path(os.environ.get("LOOPLINE_SHARED", Path(__file__).parent.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the public sample files are not here (set LOOPLINE_SHARED)")
    return folder
