"""Whether the process lives, and whether it can serve."""

from django.db import connection
from django.http import HttpRequest, JsonResponse

from loopline.kernel.scope import NOBODY, enter


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers too."""
    try:
        with enter(NOBODY), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"status": "unavailable", "what": "database"}, status=503)
    return JsonResponse({"status": "ok"})
