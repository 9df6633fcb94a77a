"""Snapshots of the lake that must stay readable: those on which model runs rest, so that each can be repeated."""

from loopline.mining.models import Run


def snapshots() -> set[int]:
    """The snapshots that runs of the open door's tenant name."""
    named = set(Run.objects.filter(snapshot__isnull=False).values_list("snapshot", flat=True))
    scored = Run.objects.filter(progress__has_key="snapshot").values_list("progress__snapshot", flat=True)
    return {int(number) for number in named | set(scored) if number is not None}
