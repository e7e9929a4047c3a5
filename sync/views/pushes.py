"""What a registry tells of pushes: to set it up, and to see what has come."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, has_role
from registries import webhooks
from registries.errors import CredentialUnreadable
from registries.models import Registry
from registries.providers import provider_for
from registries.webhooks import NoPushes, Shown
from sync.models import PushDelivery
from sync.views.post_only import post_only

DELIVERIES_SHOWN = 20
PAGE_SIZE = 50


def context(request: AuthenticatedRequest, registry: Registry) -> dict[str, Any]:
    """Of the part of a registry's page that is about pushes; of the secrets for developers."""
    if not provider_for(registry.provider).takes_pushes:
        return {"takes_pushes": False}
    shown = unreadable = None
    if has_role(request, Role.DEVELOPER):
        try:
            shown = _shown(request, registry)
        except CredentialUnreadable as error:
            unreadable = error
    return {
        "takes_pushes": True,
        "webhook": shown,
        "webhook_unreadable": unreadable,
        "webhook_silent": webhooks.is_silent(registry),
        "last_push_at": webhooks.last_received_at(registry),
        "deliveries": PushDelivery.objects.filter(registry=registry)[:DELIVERIES_SHOWN],
    }


def delivery_list(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    found = PushDelivery.objects.filter(registry=registry)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "sync/delivery_list.html", {"registry": registry, "page": page})


@post_only
def rotate_webhook(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        webhooks.rotate(registry, by=Actor.of(request))
    except NoPushes:
        raise Http404 from None
    told = "The webhook has a new address and a new secret; those of before are good for a day."
    messages.success(request, told)
    return redirect("registry-detail", pk)


@post_only
def choose_verification(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        slug = request.POST.get("verification", "")
        webhooks.choose_verification(registry, slug, by=Actor.of(request))
    except NoPushes:
        raise Http404 from None
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, "Saved. Set the registry up as its steps say now.")
    return redirect("registry-detail", pk)


def _shown(request: AuthenticatedRequest, registry: Registry) -> Shown:
    return webhooks.shown(registry, webhooks.root_url(request.build_absolute_uri("/")))
