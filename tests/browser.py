"""A person before Debian's Chromium: signs in, clicks, and reads; errors in the console fail the story."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def chromium() -> str:
    """The browser's path; a test that needs it skips where it is missing."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    return path


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        try:
            yield running
        finally:
            running.close()


@dataclass
class Person:
    """Somebody at a browser of his own."""

    page: Page
    context: BrowserContext
    address: str
    pictures: Path
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open an address."""
        answer = self.page.goto(self.address + path)
        assert answer is not None and answer.status < 400, (path, answer and answer.status)

    def press(self, name: str) -> None:
        """Click the button whose label begins so."""
        self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}")).first.click()

    def fill(self, **fields: str) -> None:
        """Fill form fields by name."""
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)

    def choose(self, **fields: str) -> None:
        """Choose options by value."""
        for name, value in fields.items():
            self.page.select_option(f"select[name={name}]", value)

    def reads(self, text: str, seconds: float = 20) -> None:
        """Wait until the text is on the page."""
        self.page.get_by_text(text).first.wait_for(timeout=seconds * 1000)

    def picture(self, name: str) -> None:
        """Keep a screenshot."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.pictures / f"{name}.png", caret="initial")


@contextmanager
def person(
    running: Browser, address: str, user: str, pictures: Path, *, locale: str = "en-GB", width: int = 1440
) -> Iterator[Person]:
    """A member of staff of the demo operator, signed in."""
    context = running.new_context(viewport={"width": width, "height": 900}, locale=locale)
    page = context.new_page()
    page.set_default_timeout(float(os.environ.get("BROWSER_TIMEOUT", "30")) * 1000)
    who = Person(page, context, address, pictures)
    page.on(
        "console", lambda message: who.complaints.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: who.complaints.append(str(error)))
    who.go("/sign-in")
    who.fill(operator="dongjiang", user_name=user, password="Loopline-demo-1")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    try:
        yield who
    finally:
        context.close()
