"""The webhook of a registry: its setup and its deliveries."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, has_role
from harborguard.web.keyset import newest_first, parse_id
from registries.errors import CredentialUnreadable
from registries.models import Registry
from registries.providers import provider_for
from registries.transport.origin import Origin
from registries.webhook import setup
from registries.webhook.setup import NoPushes, Shown
from sync.models import PushDelivery, Verdict
from sync.views.post_only import post_only

DELIVERIES_A_PAGE = 50


def delivery_list(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry.objects.select_related("webhook"), pk=pk)
    verdict = request.GET.get("verdict", "")
    found = PushDelivery.objects.filter(registry=registry)
    if verdict in Verdict.values:
        found = found.filter(verdict=verdict)
    context = {
        "registry": registry,
        "page": newest_first(found, parse_id(request.GET.get("before", "")), DELIVERIES_A_PAGE),
        "verdict": verdict,
        "verdicts": Verdict.choices,
    }
    return render(request, "sync/delivery_list.html", context | _set_up(request, registry))


def tells_of_pushes(registry: Registry) -> bool:
    return provider_for(registry.provider).sends_webhooks_from(Origin.parse(registry.url))


def _set_up(request: AuthenticatedRequest, registry: Registry) -> dict[str, Any]:
    """Return the webhook's setup; the secrets only for developers."""
    if not tells_of_pushes(registry):
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
        "takes_secret": shown is not None and _takes_secret(shown),
        "webhook_unreadable": unreadable,
        "webhook_silent": setup.is_silent(registry),
        "last_push_at": setup.last_received_at(registry),
    }


def _takes_secret(shown: Shown) -> bool:
    """Return whether the chosen verification uses the secret, which a step then mentions."""
    return any(shown.secret in step for step in shown.chosen.steps)


@post_only
def rotate_webhook(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        setup.rotate(registry, by=Actor.of(request))
    except NoPushes:
        raise Http404 from None
    told = "The webhook has a new URL and a new secret. The previous ones stay valid for 24 hours."
    messages.success(request, told)
    return redirect("delivery-list", pk)


@post_only
def choose_verification(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        slug = request.POST.get("verification", "")
        setup.choose_verification(registry, slug, by=Actor.of(request))
    except NoPushes:
        raise Http404 from None
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(
            request, "Saved. Update the registry's webhook according to the steps below."
        )
    return redirect("delivery-list", pk)


def _shown(request: AuthenticatedRequest, registry: Registry) -> Shown:
    return setup.shown(registry, setup.root_url(request.build_absolute_uri("/")))
