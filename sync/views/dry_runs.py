"""Starting, listing, showing, applying and deleting dry runs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HTMX_STOP_POLLING

from harborguard.access.actor import Actor
from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, has_role
from harborguard.web.keyset import newest_first, parse_id
from registries.forms.settings_form import SettingsForm
from registries.models import Registry
from sync.dry_runs import proposal
from sync.dry_runs.lifecycle import DryRunInProgress
from sync.dry_runs.proposal import visible_dry_runs
from sync.models import DryRun
from sync.services import applying, deleting
from sync.services.applying import NotApplied
from sync.services.starting import start_dry_run
from sync.views.dry_run_context import dry_run_context, setting_label

DRY_RUNS_PER_PAGE = 20
_POLLED = "dry-run"
_NOT_LISTED = ("settings_before", "warnings", "failed_repositories")


class ProposalForm(SettingsForm):
    """Settings to try in a dry run, without saving them."""

    is_tried = True


def dry_run_list(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    visible = _visible(request).filter(registry=registry).defer(*_NOT_LISTED)
    before = parse_id(request.GET.get("before", ""))
    page = newest_first(visible, before, DRY_RUNS_PER_PAGE)
    tried = [(row, [setting_label(name) for name in sorted(row.proposed)]) for row in page.rows]
    context = {"registry": registry, "page": page, "dry_runs": tried}
    return render(request, "sync/dry_run_list.html", context)


def start(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Start a dry run, or show the form on GET; fields that are not submitted keep their values."""
    registry = get_object_or_404(Registry, pk=pk)
    if request.method != "POST":
        if not has_role(request, Role.ADMIN):
            return redirect("registry-detail", pk)
        form = ProposalForm(instance=registry, initial=_earlier_proposal(request, registry))
        return _form_page(request, form, registry)
    unchanged = ProposalForm(instance=registry)
    sent = {bound.html_name: bound.value() for bound in unchanged} | request.POST.dict()
    form = ProposalForm(sent, instance=registry)
    if not form.is_valid():
        return _form_page(request, form, get_object_or_404(Registry, pk=pk))
    return _start(request, get_object_or_404(Registry, pk=pk), form)


def dry_run(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Render the page, or the fragment that polls itself while the dry run is live."""
    found = _visible_or_404(request, pk)
    context = {"dry_run": found, "registry": found.registry, **dry_run_context(request, found)}
    is_poll = request.headers.get("HX-Target") == _POLLED
    status = HTMX_STOP_POLLING if is_poll and not found.is_live else 200
    template = "sync/_dry_run.html" if is_poll else "sync/dry_run.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def delete(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("dry-run", pk)
    found = _visible_or_404(request, pk)
    stops = "stop" in request.POST
    if not deleting.delete_dry_run(found, by=Actor.of(request), only_live=stops):
        messages.info(request, "The dry run has already finished.")
        return redirect("dry-run", pk)
    messages.success(request, f"The dry run has been {'stopped' if stops else 'deleted'}.")
    return redirect("registry-detail", found.registry_id)


def apply(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("dry-run", pk)
    found = _visible_or_404(request, pk)
    try:
        applying.apply_proposal(found, by=Actor.of(request))
    except NotApplied as refusal:
        messages.warning(request, f"{refusal}.")
        return redirect("dry-run", pk)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("dry-run", pk)
    except Registry.DoesNotExist:
        raise Http404 from None
    saved = "Saved. The next sync uses the new settings. To apply them right away, use “Sync Now”."
    messages.success(request, saved)
    return redirect("registry-detail", found.registry_id)


def _start(request: AuthenticatedRequest, registry: Registry, form: ProposalForm) -> HttpResponse:
    try:
        if proposal.differing(registry, form.values) and not has_role(request, Role.ADMIN):
            raise PermissionDenied("Only admins can try other settings.")
        queued = start_dry_run(registry.pk, form.values, by=Actor.of(request))
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, form, registry)
    except DryRunInProgress as live:
        messages.warning(request, f"{live}.")
        if _visible(request).filter(pk=live.dry_run.pk).exists():
            return redirect("dry-run", live.dry_run.pk)
        return redirect("registry-detail", registry.pk)
    return redirect("dry-run", queued.pk)


def _earlier_proposal(request: AuthenticatedRequest, registry: Registry) -> dict[str, Any]:
    """Return the proposal of an earlier dry run, as a starting point for another."""
    pk = parse_id(request.GET.get("like", ""))
    if pk is None:
        return {}
    found = _visible(request).filter(registry=registry, pk=pk).first()
    return found.proposed if found else {}


def _form_page(
    request: AuthenticatedRequest, form: ProposalForm, registry: Registry
) -> HttpResponse:
    return render(request, "sync/dry_run_form.html", {"form": form, "registry": registry})


def _visible(request: AuthenticatedRequest) -> QuerySet[DryRun]:
    return visible_dry_runs(is_admin=has_role(request, Role.ADMIN))


def _visible_or_404(request: AuthenticatedRequest, pk: int) -> DryRun:
    return get_object_or_404(_visible(request), pk=pk)
