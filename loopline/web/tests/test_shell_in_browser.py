"""The shell in Chromium, under the policy of the product: keys, palette, tables, drafts, charts, phone, push."""

import mimetypes
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from playwright.sync_api import Browser, Page, expect, sync_playwright

from loopline.kernel.pages import Crumb, MenuArea, MenuLink, Shell, User, environment

WEB = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium (apt install chromium)"),
    pytest.mark.skipif(not (WEB / "static/vendor/.stamp").exists(), reason="needs the assets (make assets)"),
]


@dataclass(frozen=True)
class GalleryPage:
    title: str = "Components"


def gallery(language: str) -> str:
    links = [
        MenuLink("My desk", "/", "layout-dashboard", True, "d"),
        MenuLink("Campaigns", "/campaigns", "speakerphone", False, "m"),
    ]
    shell = Shell(
        path="/", partial=False, language=language, languages=list(settings.LANGUAGES), csrf_token="token",
        operator="Binhai", user=User("Li Yutong", "Dongcheng", "L"), menu=[MenuArea("desk", "Desk", "home", links)],
        tasks_open=2, unread=0, push_url="/push", breadcrumbs=[Crumb("Components")],
    )  # fmt: skip
    with translation.override(language):
        return environment().get_template("shell/gallery.html").render(page=GalleryPage(), shell=shell)


class Host(BaseHTTPRequestHandler):
    """Serves the gallery, the static files and one push."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/static/"):
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            self.answer(kind, (WEB / path.removeprefix("/")).read_bytes())
        elif path == "/push":
            self.answer("text/event-stream", b'data: {"toast": {"text": "Bill paid."}}\n\n')
        else:
            self.answer("text/html", gallery("zh-hans" if query == "zh" else "en").encode())

    def do_POST(self) -> None:
        found = b'<a class="palette-item" href="/found"><span>Wang Siyuan</span></a>'
        self.answer("text/html", found if self.path == "/search/palette" else b"13812342047")

    def answer(self, kind: str, body: bytes) -> None:
        policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    host = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    Thread(target=host.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{host.server_port}"
    host.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The gallery at 1440 px; whatever the console complains of fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    opened = context.new_page()
    said: list[str] = []
    opened.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto("/")
    yield opened
    context.close()
    assert said == []


def test_keys_walk_select_and_open_rows(page: Page) -> None:
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.locator("tr.is-current")).to_contain_text("陈嘉怡")
    expect(page.locator(".bulk-count")).to_have_text("1 selected")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#2")


def test_go_key_follows_the_menu(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/campaigns")


def test_palette_finds_pages_commands_and_customers(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("camp")
    expect(page.locator(".palette-item:visible").filter(has_text="Campaigns")).to_have_count(1)
    expect(page.locator("#palette-found .palette-item")).to_have_text("Wang Siyuan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/found")


def test_slash_opens_the_palette_and_escape_leaves_it(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_help_lists_the_keys_of_the_page(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("[data-help-keys] dd")).to_have_text(["Export", "New campaign"])


def test_theme_is_kept_and_charts_are_redrawn(page: Page) -> None:
    expect(page.locator(".chart canvas")).to_have_count(2)
    page.locator(".me").click()
    page.locator("[data-set-theme=dark]").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator(".chart canvas")).to_have_count(2)


def test_masked_value_is_shown_in_its_place(page: Page) -> None:
    page.locator(".reveal").click()
    expect(page.locator(".masked")).to_have_text("13812342047")


def test_unfinished_entries_come_back(page: Page) -> None:
    page.fill("#f-note", "Calls back on Monday")
    page.reload()
    expect(page.locator("#f-note")).to_have_value("Calls back on Monday")


def test_chosen_columns_are_remembered(page: Page) -> None:
    page.locator("[data-columns] summary").click()
    page.locator("[data-columns] input[value=Status]").uncheck()
    page.reload()
    expect(page.locator("main th:visible")).to_have_text(
        ["", "Customer", "Branch", "Last billCNY", "Risk of leaving", ""]
    )


def test_server_pushes_a_toast(page: Page) -> None:
    expect(page.locator(".toast-note").first).to_contain_text("Bill paid.")


@pytest.mark.parametrize("query", ["", "?zh"])
def test_phone_shows_a_drawer_and_nothing_overflows(page: Page, query: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/{query}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".drawer-open").click()
    expect(page.locator(".sidebar .nav-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".drawer-open")).to_be_focused()
