"""Every environment variable Loopline reads, as data, so that documents and `loopline doctor` agree."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, what stands in for it when unset, and what it decides."""

    name: str
    default: str
    meaning: str
    secret: bool = False

    @property
    def value(self) -> str | None:
        """The value in this process, or None when it is unset or empty."""
        return os.environ.get(self.name) or None

    @property
    def shown(self) -> str:
        """The value fit for a screen: a secret is only said to be set."""
        if self.value is None:
            return f"{self.default} (default)" if self.default else "(unset)"
        return "(set)" if self.secret else self.value


DATA = Variable("LOOPLINE_DATA", "./var", "Folder that holds everything this installation keeps.")
DATABASE = Variable(
    "DATABASE_URL",
    "",
    "A PostgreSQL 18 or later server to use instead of the embedded one, as "
    "postgresql://user:password@host:port/database; the user may create roles and databases.",
    secret=True,
)
MASTER_KEY = Variable(
    "LOOPLINE_MASTER_KEY",
    "",
    "Key that wraps the personal keys of customers: 32 bytes in URL-safe base64. Without it one is made "
    "and kept in secrets.json.",
    secret=True,
)
HOST = Variable("LOOPLINE_HOST", "127.0.0.1", "Address that the web process listens on.")
PORT = Variable("LOOPLINE_PORT", "8000", "Port of the web process; push listens on the next one.")
PUSH_URL = Variable(
    "LOOPLINE_PUSH_URL",
    "",
    "Address of the push process as browsers reach it, such as https://crm.example/stream, when a proxy stands before "
    "it. Without it the port after the pages' own is used.",
)
HOSTS = Variable(
    "LOOPLINE_HOSTS",
    "localhost,127.0.0.1,[::1]",
    "Host names that the web process answers to, separated by commas.",
)
ENGINE = Variable(
    "LOOPLINE_ENGINE",
    "duckdb",
    "What carries out heavy builds of features: duckdb in this process, or a Spark cluster as spark://host:port.",
)
THREADS = Variable(
    "LOOPLINE_THREADS",
    "4",
    "Threads of the web process, and the cap for model training.",
)
API_RATE = Variable(
    "LOOPLINE_API_RATE",
    "500",
    "Requests a second that one token may make to the TM Forum APIs, for each web process.",
)
CALLBACKS = Variable(
    "LOOPLINE_CALLBACKS",
    "",
    "Networks and hosts inside the house that event listeners may have, separated by commas, such as "
    "10.1.0.0/16,esb.example; others are called only at public addresses.",
)
MAIL = Variable(
    "LOOPLINE_MAIL",
    "",
    "Server that takes mail, as smtp://user:password@host:587 (TLS where it offers that) or smtps://… (TLS at once). "
    "Without it mail is laid into the folder outbox.",
    secret=True,
)
MAIL_FROM = Variable("LOOPLINE_MAIL_FROM", "loopline@localhost", "Address that mail comes from.")
ROLE = Variable(
    "LOOPLINE_ROLE",
    "app",
    "Database role that Django signs in as: app, owner, jobs. Set by Loopline itself.",
)
SHARED = Variable(
    "LOOPLINE_SHARED",
    "../shared",
    "Folder of public sample files that some tests read; they skip without it.",
)

TEST_DATA = Variable(
    "LOOPLINE_TEST_DATA",
    "",
    "Folder where the tests keep their installation, so that the next run starts sooner.",
)

VARIABLES: tuple[Variable, ...] = (
    DATA,
    DATABASE,
    MASTER_KEY,
    HOST,
    PORT,
    PUSH_URL,
    HOSTS,
    THREADS,
    ENGINE,
    API_RATE,
    CALLBACKS,
    MAIL,
    MAIL_FROM,
    ROLE,
    SHARED,
    TEST_DATA,
)


def read(variable: Variable) -> str:
    """The value in force: from the environment, else the default."""
    return variable.value or variable.default
