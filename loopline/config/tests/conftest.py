"""One embedded PostgreSQL for the tests of this folder that need one standing."""

from collections.abc import Iterator

import pytest

from loopline.config.cluster import Cluster
from loopline.config.installation import Installation
from loopline.config.provision import provision


@pytest.fixture(autouse=True)
def embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about the embedded server, whatever the one who runs them has set."""
    for name in ("DATABASE_URL", "LOOPLINE_DATA", "LOOPLINE_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with its PostgreSQL running and provisioned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        installation = Installation(tmp_path_factory.mktemp("house")).ensure()
        with Cluster(installation, durable=False):
            provision(installation)
            yield installation
