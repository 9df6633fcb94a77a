"""`loopline bench`: the benchmarks in the folder `bench/`, each a module with `run() -> list[Result]`."""

import importlib.util
import inspect
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from loopline.config.installation import InstallationError

FOLDER = Path(__file__).resolve().parents[2] / "bench"


@dataclass(frozen=True)
class Result:
    """One figure, and the same thing done another way in the same run where there is such a way."""

    what: str
    value: float
    unit: str
    reference: float | None = None

    def as_json(self) -> dict[str, Any]:
        """With `ratio`, the value over its reference."""
        return {**asdict(self), "ratio": self.value / self.reference if self.reference else None}


class NoSuchBenchError(InstallationError):
    """There is no benchmark of that name; lists those there are."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bench)


def bench(
    name: Annotated[str, typer.Argument(help="Which to run; without it they are listed.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Run all of them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print figures for a program.")] = False,
    size: Annotated[
        str,
        typer.Option(
            help="Customers of the demo operator, where it is measured: small, demo, large, a number."
        ),
    ] = "",
    data: Annotated[
        Path | None,
        typer.Option(help="A data folder with a demo operator to measure, kept for the next time."),
    ] = None,
) -> None:
    """List and run the benchmarks.

    Figures are shown beside a reference measured in the same run, wherever there is one. `--json` prints
    `{name, data, machine, results: [{what, value, unit, reference, ratio}]}` for each, one a line.
    """
    known = {path.stem: path for path in sorted(FOLDER.glob("*.py")) if not path.stem.startswith("_")}
    if not name and not everything:
        found = [{"name": key, "about": _about(_loaded(path))} for key, path in known.items()]
        typer.echo(
            json.dumps(found) if as_json else "\n".join(f"{one['name']:16} {one['about']}" for one in found)
        )
        return
    if name and name not in known:
        raise NoSuchBenchError(f"There is no benchmark {name}; there are: {', '.join(known) or 'none'}.")
    asked = {key: value for key, value in (("size", size), ("data", data)) if value}
    for key in [name] if name else known:
        module = _loaded(known[key])
        told = {key: value for key, value in asked.items() if key in inspect.signature(module.run).parameters}
        _show(key, module, module.run(**told), as_json)


def machine() -> str:
    """The machine in a line: processor, cores, memory, system, Python."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{platform.node()}: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def _show(name: str, module: ModuleType, results: list[Result], as_json: bool) -> None:
    if as_json:
        figures = [result.as_json() for result in results]
        data = getattr(module, "DATA", "")
        typer.echo(json.dumps({"name": name, "data": data, "machine": machine(), "results": figures}))
        return
    typer.echo(f"{name}: {_about(module)}")
    for result in results:
        beside = "" if not result.reference else f"  (reference {result.reference:,.4g}, "
        ratio = "" if not result.reference else f"ratio {result.value / result.reference:.3g})"
        typer.echo(f"  {result.what:44} {result.value:>12,.4g} {result.unit}{beside}{ratio}")


def _about(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().split("\n", 1)[0]


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
