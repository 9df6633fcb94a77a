"""Snapshots of the lake that the archive of reports rests on: a run is made again from its own."""

from loopline.reports.models import Run


def snapshots() -> set[int]:
    """The snapshots of all runs of the open door's tenant."""
    found = Run.objects.filter(snapshot__isnull=False).values_list("snapshot", flat=True).distinct()
    return {key for key in found if key is not None}
