"""Test connection and Preview, with what is typed in the form: nothing is saved by either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_post_parameters

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.connection_test import runner
from registries.connection_test.preview import Preview, preview
from registries.connection_test.slots import Busy
from registries.connection_test.stages import StageResult
from registries.errors import RegistryError
from registries.forms.change_form import ChangeForm
from registries.forms.connect_form import ConnectForm
from registries.models import Registry
from registries.services import Kept
from registries.transport.endpoint import Credential as Login
from sync.views import piecemeal, stages
from sync.views.connection_page import Form, context_of, page

Outcome = dict[str, Any]


@sensitive_post_parameters()
def try_connection(request: AuthenticatedRequest, pk: int | None = None) -> HttpResponseBase:
    if request.method != "POST":
        return _back(pk)
    form = _form(request, pk)
    draft = form.draft() if form.is_valid() else None
    if draft is None:
        return _refused(request, form)
    try:
        results = _test(draft, _login(form), Actor.of(request))
    except Busy as busy:
        return _answered(request, form, "_test_piece", {"refusal": busy})
    if piecemeal.is_asked_for(request):
        return piecemeal.answer(_pieces(request, form, results))
    return page(request, form, **stages.outcome(list(results)))


@sensitive_post_parameters()
def preview_filters(request: AuthenticatedRequest, pk: int | None = None) -> HttpResponseBase:
    if request.method != "POST":
        return _back(pk)
    form = _form(request, pk)
    draft = form.draft() if form.is_valid() else None
    if draft is None:
        return _refused(request, form)
    return _answered(request, form, "_preview_piece", _preview(draft, form, Actor.of(request)))


def _form(request: AuthenticatedRequest, pk: int | None) -> Form:
    if pk is None:
        return ConnectForm(request.POST, is_tried=True)
    return ChangeForm(request.POST, instance=get_object_or_404(Registry, pk=pk), is_tried=True)


def _login(form: Form) -> Login | Kept | None:
    return form.login if isinstance(form, ConnectForm) else form.login_change


def _test(draft: Registry, login: Login | Kept | None, by: Actor) -> Iterator[StageResult]:
    if isinstance(login, Kept):
        return runner.run_test_of_draft(draft, by=by)
    return runner.run_test(draft, by=by, login=login)


def _preview(draft: Registry, form: Form, by: Actor) -> Outcome:
    try:
        seen: Preview = preview(draft, by=by, login=_login(form))
    except Busy as busy:
        return {"preview_refusal": busy}
    except RegistryError as error:
        return {"preview_failure": error}
    return {"preview": seen}


def _pieces(
    request: AuthenticatedRequest, form: Form, results: Iterator[StageResult]
) -> Iterator[str]:
    context = context_of(form)
    yield render_to_string("registries/_trusted_piece.html", context, request)
    yield from stages.pieces(request, results, context)


def _answered(
    request: AuthenticatedRequest, form: Form, piece: str, outcome: Outcome
) -> HttpResponseBase:
    if not piecemeal.is_asked_for(request):
        return page(request, form, **outcome)
    context = context_of(form) | outcome
    return piecemeal.answer([render_to_string(f"registries/{piece}.html", context, request)])


def _refused(request: AuthenticatedRequest, form: Form) -> HttpResponseBase:
    return _answered(request, form, "_error_pieces", {})


def _back(pk: int | None) -> HttpResponse:
    """A button's address that is opened as a link leads to the form."""
    return redirect("registry-connect") if pk is None else redirect("registry-edit", pk)
