"""Django, brought in only by commands that need it, so that the others answer at once."""

import os

from loopline.config import environment
from loopline.config.installation import Installation


def with_django(installation: Installation | None = None) -> None:
    """Make Django ready for this installation (LOOPLINE_DATA by default), signed in as the application role."""
    if installation is not None:
        os.environ[environment.DATA.name] = str(installation.data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
    import django

    django.setup()
