"""The page of an image: its tag, digest and history."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import newest_first, row_after
from inventory import rows
from inventory.related_images import companions_of, same_digest_images, subjects_of

EVENTS_PER_PAGE = 50
_OTHERS_SHOWN = 20
_SUBJECTS_SHOWN = 5


def image_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    image = get_object_or_404(rows.images(), pk=pk)
    after = row_after(request, image.events.all())
    page = newest_first(image.events.all(), after.pk if after else None, EVENTS_PER_PAGE)
    others = same_digest_images(image, _OTHERS_SHOWN + 1)
    context = {
        "image": image,
        "events": page.rows,
        "more": page.next,
        "is_first": page.is_first,
        "others": others[:_OTHERS_SHOWN],
        "are_more_others": len(others) > _OTHERS_SHOWN,
        "companions": companions_of([image]).get(image.digest, []),
        "subjects": subjects_of(image, _SUBJECTS_SHOWN),
    }
    return render(request, "inventory/image_detail.html", context)
