"""How many threads mining may take beside everything else on the machine."""

import os

from django.conf import settings


def threads() -> int:
    """Half the cores, at most what LOOPLINE_THREADS allows: LightGBM with a thread for each busy core stalls."""
    return max(1, min(int(settings.THREADS), (os.cpu_count() or 2) // 2))
