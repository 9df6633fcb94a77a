"""The process that keeps the warehouse up with operations."""

import os
import signal
import threading

import django

from loopline.config.deathsignal import die_with_parent


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
    die_with_parent()
    django.setup()
    from loopline.warehouse.writer import Writer

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    writer = Writer()
    try:
        writer.run(stop)
    finally:
        writer.close()


if __name__ == "__main__":
    main()
