"""Stand-ins for the tests of the supervisor: applications that answer, programs that wait or fail."""

import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers 200 to everything."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


async def asgi(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answers 200 to everything."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


if __name__ == "__main__":
    if sys.argv[1] == "fail":
        sys.exit("this program fails")
    time.sleep(float(sys.argv[1]))
