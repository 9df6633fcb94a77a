"""What modules bring in a file of a known name: endpoints, panels, finders. Nobody lists them; they are found."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings


@cache
def brought(part: str) -> dict[str, ModuleType]:
    """Module → its `loopline/<module>/<part>`, for all above the kernel that have one, from the ground up."""
    above = [module for module in settings.MODULES if module != "kernel"]
    return {
        module: import_module(f"loopline.{module}.{part}")
        for module in above
        if find_spec(f"loopline.{module}.{part}")
    }
