"""Images whose removal is held for review."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import oldest_first, parse_id
from inventory.models import Image
from registries.models import Registry
from sync.services.confirming import Seen
from sync.views.live_run import live_run

IMAGES_PER_PAGE = 200


def held_removals(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """List held images from a given id on.

    Ids keep the tags of a repository together, and no other order is quick for a million images.
    """
    status = live_run(pk)
    registry: Registry = status["registry"]
    seen = Seen.now(registry.pk)
    search = request.GET.get("q", "").strip()
    images = Image.objects.filter(registry=registry, removed_at=None, held_at__isnull=False)
    if search:
        images = images.filter(repository__name__icontains=search)
    after = parse_id(request.GET.get("after", ""))
    page = oldest_first(images.select_related("repository"), after, IMAGES_PER_PAGE)
    context = {
        "images": page.rows,
        "next": page.next,
        "is_first": page.is_first,
        "search": search,
        "held_count": seen.count,
        "seen": seen,
    }
    return render(request, "sync/held.html", status | context)
