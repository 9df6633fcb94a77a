"""Whatever process works on orders knows of deposits, devices and early-termination fees."""

from importlib import import_module

from django.apps import AppConfig


class TillConfig(AppConfig):
    """The module in Django's words."""

    name = "loopline.till"

    def ready(self) -> None:
        """Register the binding of orders."""
        import_module("loopline.till.actions.holding")
