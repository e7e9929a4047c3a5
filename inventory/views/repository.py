"""The page of a repository: its tags and latest changes."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import row_after
from inventory import rows
from inventory.change_log import ChangeLog
from inventory.forms import TagsForm
from inventory.kind import Kind
from inventory.models import Image, Repository
from inventory.related_images import companions_of, same_digest_counts

TAGS_PER_PAGE = 50
_LATEST_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A tag with its companions, and the number of other tags with its digest."""

    image: Image
    companions: list[Image]
    elsewhere: int


def repository_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    repository = get_object_or_404(Repository.objects.select_related("registry"), pk=pk)
    form = TagsForm(request.GET)
    tags = form.tags(repository)
    after = row_after(request, repository.images.all())
    found = tags.page(after, TAGS_PER_PAGE)
    latest = ChangeLog(repository=repository).page(None, _LATEST_CHANGES)
    context = {
        "repository": repository,
        "registry": repository.registry,
        "form": form,
        "tags": tags,
        "rows": _rows(found.ids),
        "more": found.after,
        "is_first": after is None,
        "events": rows.events_by_id(latest.ids),
        "more_events": latest.after,
    }
    return render(request, "inventory/repository_detail.html", context)


def _rows(ids: list[int]) -> list[Row]:
    images = rows.images_by_id(ids)
    companions = companions_of(image for image in images if image.kind == Kind.IMAGE)
    elsewhere = same_digest_counts(ids)
    return [
        Row(image, companions.get(image.digest, []), elsewhere.get(image.pk, 0)) for image in images
    ]
