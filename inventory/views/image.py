"""An image: one tag, the digest that it points to, and how it came to that."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.roles import AuthenticatedRequest
from inventory import rows
from inventory.related_images import companions_of, same_digest_images, subjects_of
from inventory.views.place import row_before

EVENTS_A_PAGE = 50
_OTHERS_SHOWN = 20
_SUBJECTS_SHOWN = 5


def image_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    image = get_object_or_404(rows.images(), pk=pk)
    after = row_before(request, image.events.all())
    events = image.events.order_by("-pk")
    if after is not None:
        events = events.filter(pk__lt=after.pk)
    found = list(events[: EVENTS_A_PAGE + 1])
    shown = found[:EVENTS_A_PAGE]
    others = same_digest_images(image, _OTHERS_SHOWN + 1)
    context = {
        "image": image,
        "events": shown,
        "more": shown[-1].pk if len(found) > len(shown) else None,
        "is_first": after is None,
        "others": others[:_OTHERS_SHOWN],
        "are_more_others": len(others) > _OTHERS_SHOWN,
        "companions": companions_of([image]).get(image.digest, []),
        "subjects": subjects_of(image, _SUBJECTS_SHOWN),
    }
    return render(request, "inventory/image_detail.html", context)
