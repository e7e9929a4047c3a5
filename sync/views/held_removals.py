"""Images whose removal is held for review."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from harborguard.access.roles import AuthenticatedRequest
from inventory.models import Image
from registries.models import Registry
from sync.services.confirming import Seen
from sync.views.live_run import live_run

IMAGES_A_PAGE = 200
_LONGEST_ID = 18


def held_removals(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """List held images from a given id on.

    Ids keep the tags of a repository together, and no other order is quick for a million images.
    """
    status = live_run(pk)
    registry: Registry = status["registry"]
    seen = Seen.now(registry.pk)
    search, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    images = Image.objects.filter(registry=registry, removed_at=None, held_at__isnull=False)
    if search:
        images = images.filter(repository__name__icontains=search)
    is_first = not after.isdecimal() or len(after) > _LONGEST_ID
    if not is_first:
        images = images.filter(pk__gt=int(after))
    rows = list(images.select_related("repository").order_by("pk")[: IMAGES_A_PAGE + 1])
    shown = rows[:IMAGES_A_PAGE]
    context = {
        "images": shown,
        "next": shown[-1].pk if len(rows) > len(shown) else None,
        "is_first": is_first,
        "search": search,
        "held_count": seen.count,
        "seen": seen,
    }
    return render(request, "sync/held.html", status | context)
