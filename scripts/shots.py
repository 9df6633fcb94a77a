"""Pictures of every page, in both languages, wide and narrow: `make shots`, then open shots/index.html.

Starts Loopline with the small demo operator in a folder of its own, signs in, visits every page of the menu and what
lies behind it, and fails when a page answers with an error, complains in the console (the policy included) or
scrolls sideways.
"""

import argparse
import contextlib
import html
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SIGN_IN = {"operator": "dongjiang", "user_name": "liqun.chen", "password": "Loopline-demo-1"}
LANGUAGES = {"zh": "zh-hans", "en": "en"}
SIZES = {1440: (1440, 900), 390: (390, 844)}
FIRST_LINK = {
    # name: (the list, what a link to one of its things looks like)
    "customer": ("/customers", r"^/customers/[0-9a-f-]{36}$"),
    "customer-changes": ("/customers", r"^/customers/[0-9a-f-]{36}$", "/changes"),
    "customer-file": ("/customers", r"^/customers/[0-9a-f-]{36}$", "/file"),
    "customer-history": ("/customers", r"^/customers/[0-9a-f-]{36}$", "/history"),
    "customer-move": ("/customers", r"^/customers/[0-9a-f-]{36}$", "/move"),
    "customer-stop": ("/customers", r"^/customers/[0-9a-f-]{36}$", "/stop"),
    "customer-edit": ("/customers", r"^/customers/[0-9a-f-]{36}$", "/edit"),
    "offer": ("/catalogue", r"^/catalogue/[0-9a-f-]{36}$"),
    "offer-design": ("/catalogue?state=in_design", r"^/catalogue/[0-9a-f-]{36}$", "/design"),
    "order": ("/orders?view=all", r"^/orders/[0-9a-f-]{36}$"),
    "order-sign": ("/orders?view=all", r"^/orders/[0-9a-f-]{36}$", "/sign"),
    "group": ("/groups", r"^/groups/[0-9a-f-]{36}$"),
    "ticket": ("/tickets", r"^/tickets/[0-9a-f-]{36}$"),
    "ticket-edit": ("/tickets", r"^/tickets/[0-9a-f-]{36}$", "/edit"),
    "role": ("/roles", r"^/roles/(?!add)[a-z_-]+$"),
    "campaign": ("/campaigns", r"^/campaigns/[0-9a-f-]{36}$"),
    "campaign-members": ("/campaigns", r"^/campaigns/[0-9a-f-]{36}$", "/members"),
    "campaign-effect": ("/campaigns", r"^/campaigns/[0-9a-f-]{36}$", "/effect"),
    "import-mapping": ("/imports", r"^/imports/[0-9a-f-]{36}$"),
    "model-card": ("/mining", r"^/mining/[0-9a-f-]{36}$"),
    "indicator-edit": ("/performance/indicators", r"^/performance/indicators/[0-9a-f-]{36}/edit$"),
    "breach": ("/performance/breaches", r"^/performance/breaches/[0-9a-f-]{36}$"),
    "report": ("/reports", r"^/reports/[0-9a-f-]{36}$"),
    "report-design": ("/reports", r"^/reports/[0-9a-f-]{36}$", "/design"),
    "sql-answer": ("/analysis/sql", r"^/analysis/sql/[0-9a-f-]{36}$"),
    "staff-form": ("/staff", r"^/staff/[0-9a-f-]{36}$"),
}
VIEW = "/analysis/cubes/revenue?rows=quarter,month&columns=tier&measures=revenue&filter=month>=2026-01&chart=stacked"
VIEW_NAME = "按等级的收入"
FIXED = {
    "campaign-plan": "/campaigns/plan",
    "clear-exports": "/exports",
    "customer-rules": "/customers/rules",
    "customers-real-name": "/customers/real-name",
    "customers-stopped": "/customers/stopped",
    "customer-new": "/customers/new",
    "export": "/export",
    "export-clear": "/export/customers/clear",
    "key-accounts-assign": "/key-accounts/assign",
    "key-accounts-chain": "/key-accounts/chain",
    "key-accounts-rules": "/key-accounts/rules",
    "key-accounts-team": "/key-accounts/team",
    "key-accounts-visits": "/key-accounts/visits",
    "order-new": "/orders/new",
    "order-visits": "/orders/visits",
    "till-days": "/till/days",
    "till-terms": "/till/terms",
    "message-write": "/messages/write",
    "my-log": "/me/log?looks=1",
    "not-found": "/there-is-no-such-page",
    "notice-publish": "/notices/publish",
    "offer-new": "/catalogue/new",
    "password": "/me/password",
    "role-new": "/roles/add",
    "second-step": "/me/second-step",
    "security": "/me/security",
    "stock-devices": "/stock/devices",
    "stock-sims": "/stock/sims",
    "ticket-new": "/tickets/new",
    "walk-in": "/customers/walk-in",
    "search": "/search",
    "calendar-month": "/calendar?view=month",
    "calendar-new": "/calendar/new",
    "calendar-share": "/calendar/share",
    "sign-in-rules": "/administration/sign-in",
    "sign-in-provider": "/administration/sign-in/providers",
    "notices": "/notices",
    "warehouse-dictionary": "/warehouse/dictionary",
    "warehouse-table": "/warehouse/dictionary/fact_bill",
    "warehouse-lineage": "/warehouse/lineage/fact_bill/amount",
    "pivot": VIEW,
    "pivot-phone": "/analysis/cubes/customers?rows=month&measures=joined,lost,net_additions&chart=line",
    "pivot-filter": "/analysis/cubes/revenue/filter?level=city&rows=month&measures=revenue",
    "pivot-sentence": "/analysis/ask?q=ARPU by city in 2026 compared with last month",
    "behind": "/analysis/behind?cube=revenue&rows=tier&measures=revenue&at=gold;;0",
    "board-of-a-team": "/performance?unit=T-CC1",
    "work-weights": "/performance/work/weights",
}
EXPECTED = {"not-found": 404}
TABLE = (
    "手机号,姓名,证件号码,入网日期,套餐,月租\n"
    "13800002001,王小明,,2021-03-05,畅享套餐,58\n"
    "13800002002,李华,,2020-11-30,畅享套餐,58\n"
)
CALLS = (
    "number,kind,started_at,other_number,seconds,cell,charge,sequence\n"
    "13800001001,voice_out,2026-10-03 08:15:02,13900000001,62,460-00-1-1,0.15,1\n"
    "13800001001,fax,2026-10-03 09:00:00,13900000001,62,460-00-1-1,0.15,2\n"
)
STATEMENT = (
    "SELECT month, sum(amount) AS billed, count(DISTINCT customer_id) AS customers\n"
    "FROM fact_bill\nGROUP BY month\nORDER BY month"
)
STYLE = (
    "body{font:14px sans-serif;margin:24px}div{display:flex;gap:12px;flex-wrap:wrap;align-items:start}"
    "img{height:420px;border:1px solid #ccc}"
)
PATIENCE_SECONDS = 600


@dataclass
class Report:
    """What was seen: pictures by page, and faults."""

    folder: Path
    pictures: dict[str, list[Path]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def main() -> int:
    """Take the pictures; 1 when a page has a fault."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--at", help="address of a Loopline that runs already, instead of one of our own")
    asked.add_argument("--out", type=Path, default=ROOT / "shots", help="folder for the pictures")
    asked.add_argument("--only", default="", help="only pages whose name contains this")
    asked.add_argument("--dark", action="store_true", help="dark instead of light")
    asked.add_argument("--langs", default="zh,en")
    asked.add_argument("--widths", default="1440,390")
    given = asked.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Skipped: pictures need Debian's Chromium (apt install chromium).")
        return 0
    given.out.mkdir(parents=True, exist_ok=True)
    report = Report(given.out)
    with contextlib.ExitStack() as stack:
        address = given.at or stack.enter_context(serving())
        playwright = stack.enter_context(sync_playwright())
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        shoot(browser, address, given, report)
        browser.close()
    write_index(report)
    for fault in report.faults:
        print(fault)
    count = sum(len(found) for found in report.pictures.values())
    print(
        f"{count} pictures of {len(report.pictures)} pages, {len(report.faults)} faults: {given.out}/index.html"
    )
    return 1 if report.faults else 0


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """A Loopline of our own with the small demo operator; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="loopline-shots-") as folder:
        command = [sys.executable, "-m", "loopline.cli", "serve", "--data", folder, "--port", str(port)]
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        process = subprocess.Popen(
            [*command, "--demo", "small"], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                print(line, end="")
                if line.startswith("ready "):
                    yield line.split()[1]
                    return
            raise SystemExit("Loopline did not start.")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def shoot(browser: Browser, address: str, given: argparse.Namespace, report: Report) -> None:
    """Visit everything in each language and width."""
    state = signed_in(browser, address)
    places: dict[str, str] = {}
    for language in given.langs.split(","):
        for width in map(int, given.widths.split(",")):
            context = browser.new_context(
                base_url=address,
                viewport={"width": SIZES[width][0], "height": SIZES[width][1]},
                storage_state=state,
                color_scheme="dark" if given.dark else "light",
                has_touch=width < 600,
                is_mobile=width < 600,
                reduced_motion="reduce",
            )
            context.add_cookies([{"name": "loopline_language", "value": LANGUAGES[language], "url": address}])
            page = context.new_page()
            if not places:
                prepare(page)
                places = found_places(page, report)
            for name, path in places.items():
                if given.only in name:
                    take(page, name, path, f"{language}-{width}", report)
            context.close()
        sign_in_page(browser, address, language, report)


def signed_in(browser: Browser, address: str) -> object:
    """The cookies of an administrator of the demo operator."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/sign-in")
    for name, value in SIGN_IN.items():
        page.fill(f"[name={name}]", value)
    page.click("form.form-column button[type=submit]")
    page.wait_for_url(re.compile(r"/$"))
    state = context.storage_state()
    context.close()
    return state


def prepare(page: Page) -> None:
    """Bring what the pictures are of: a file that waits for its mapping, a warehouse, a model, a campaign, an order."""
    page.goto("/imports")
    if not links(page, FIRST_LINK["import-mapping"][1]):
        page.goto("/imports/new")
        page.set_input_files(
            "input[type=file]", files=[{"name": "客户.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}]
        )
        page.click("form[enctype] button[type=submit]")
        page.wait_for_load_state()
    press(page, "/warehouse", "form[action='/warehouse/refresh'] button")
    prepare_analysis(page)
    page.goto("/mining")
    if not links(page, FIRST_LINK["model-card"][1]):
        press(page, "/mining", "form[action='/mining/train'] button")
    page.goto("/campaigns")
    if not links(page, FIRST_LINK["campaign"][1]):
        page.goto("/campaigns/plan?value=high&risk=high")
        page.fill("[name=name]", "高价值客户挽留")
        page.click("main form:has([name=name]) button[type=submit]")
        page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}"))
        press(page, page.url, "form[action$='/start'] button")
    page.goto("/orders?view=all")
    if not links(page, FIRST_LINK["order"][1]):
        page.goto("/customers")
        page.goto(links(page, FIRST_LINK["customer"][1])[0])
        page.click("#panel-orders .tile-more")
        page.click(".offer-card >> nth=0")
        page.click(".number-card >> nth=0")
        page.wait_for_selector("#quote .price-sums")
        page.click(".order-go")
        page.wait_for_selector("#order-work")


def prepare_analysis(page: Page) -> None:
    """Usage from a file, a kept view, an answered statement, the standard reports and one of them made."""
    page.goto("/warehouse/usage")
    if not page.locator("main table tbody tr").count():
        page.set_input_files(
            "input[type=file]", files=[{"name": "cdr.csv", "mimeType": "text/csv", "buffer": CALLS.encode()}]
        )
        page.click("main form[enctype] button[type=submit]")
        page.wait_for_load_state()
    page.goto(VIEW)
    page.click(".page-actions details:has(.view-save) summary")
    if not page.locator("text=" + VIEW_NAME).count():
        page.fill(".view-save [name=name]", VIEW_NAME)
        page.click(".view-save button")
        page.wait_for_load_state()
    page.goto("/analysis/sql")
    if not links(page, FIRST_LINK["sql-answer"][1]):
        page.fill("[name=sql]", STATEMENT)
        page.click("#sql-form button[type=submit] >> nth=0")
        page.wait_for_url(re.compile(r"/analysis/sql/[0-9a-f-]{36}"))
    page.goto("/reports")
    if not links(page, FIRST_LINK["report"][1]):
        page.click("form[action='/reports/standard'] button")
        page.wait_for_load_state()
    page.goto(links(page, FIRST_LINK["report"][1])[0])
    if not page.locator("#archive a.rp-file").count():
        page.click("button[form=run]")
        page.wait_for_selector("#archive a.rp-file", timeout=PATIENCE_SECONDS * 1000)


def press(page: Page, path: str, button: str) -> None:
    """Press a button of a page that starts long work, and wait until it is done."""
    page.goto(path)
    if page.locator(button).count():
        page.locator(button).first.click()
        page.wait_for_load_state()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page.goto(path)
        if not page.locator(".progress-part[hx-get]").count():
            return
        time.sleep(2)
    raise SystemExit(f"The work at {path} does not end.")


def found_places(page: Page, report: Report) -> dict[str, str]:
    """Every page worth a picture: name and address."""
    page.goto("/")
    hrefs = page.eval_on_selector_all(".sidebar .nav-item", "all => all.map(a => a.getAttribute('href'))")
    places = {(path.strip("/").replace("/", "-") or "desk"): path for path in hrefs}
    for name, (source, pattern, *rest) in FIRST_LINK.items():
        page.goto(source)
        found = links(page, pattern)
        if found:
            places[name] = found[0] + "".join(rest)
        else:
            report.faults.append(f"{name}: {source} leads to none")
    if "indicator-edit" in places:
        places["indicator"] = places["indicator-edit"].removesuffix("/edit")
    return places | FIXED


def links(page: Page, pattern: str) -> list[str]:
    """The addresses within the page that look like `pattern`."""
    hrefs = page.eval_on_selector_all("main a[href]", "all => all.map(a => a.getAttribute('href'))")
    return [href for href in hrefs if re.match(pattern, urlsplit(href).path) and "?" not in href]


def take(page: Page, name: str, path: str, variant: str, report: Report) -> None:
    """One picture, and what is wrong with the page."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and str(EXPECTED.get(name, "")) not in message.text.split():
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(path, wait_until="load")
    page.evaluate("document.fonts.ready")
    if page.locator(".chart").count():
        with contextlib.suppress(Exception):
            page.wait_for_selector(".chart canvas", timeout=5000)
    time.sleep(0.25)
    status = answer.status if answer else 0
    if status != EXPECTED.get(name, 200):
        report.faults.append(f"{name} {variant}: answered {status}")
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide[0] > wide[1]:
        report.faults.append(f"{name} {variant}: scrolls sideways ({wide[0]} in {wide[1]} pixels)")
    report.faults += [f"{name} {variant}: {text}" for text in said]
    picture = report.folder / f"{name}-{variant}.png"
    page.screenshot(path=picture, full_page=True)
    report.pictures.setdefault(name, []).append(picture)
    page.remove_listener("console", hear)


def sign_in_page(browser: Browser, address: str, language: str, report: Report) -> None:
    """The page before everything else."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "loopline_language", "value": LANGUAGES[language], "url": address}])
    take(context.new_page(), "sign-in", "/sign-in", f"{language}-1440", report)
    context.close()


def write_index(report: Report) -> None:
    """All pictures on one page."""
    rows = "".join(
        f"<h2>{html.escape(name)}</h2><div>"
        + "".join(
            f'<a href="{p.name}"><img src="{p.name}" loading="lazy" title="{p.stem}"></a>' for p in found
        )
        + "</div>"
        for name, found in sorted(report.pictures.items())
    )
    faults = "".join(f"<li>{html.escape(fault)}</li>" for fault in report.faults)
    (report.folder / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Loopline</title><style>{STYLE}</style><ul>{faults}</ul>{rows}"
    )


if __name__ == "__main__":
    sys.exit(main())
