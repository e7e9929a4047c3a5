"""Test Connection and Preview with the submitted form values, without saving them."""

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
from harborguard.web.slots import Busy
from registries.connection_test import runner
from registries.connection_test.preview import Preview, preview
from registries.connection_test.stages import StageResult
from registries.errors import RegistryError
from registries.forms.change_form import ChangeForm
from registries.forms.connect_form import ConnectForm
from registries.models import Registry
from registries.services import Kept
from registries.transport.endpoint import Credential as Login
from sync.views import streaming
from sync.views.connection_form import Form, form_context, form_page


@sensitive_post_parameters()
def try_connection(request: AuthenticatedRequest, pk: int | None = None) -> HttpResponseBase:
    if request.method != "POST":
        return _to_form(pk)
    form = _form(request, pk)
    draft = form.draft() if form.is_valid() else None
    if draft is None:
        return _invalid(request, form)
    try:
        results = _test(draft, _login(form), Actor.of(request))
    except Busy as busy:
        return _answer(request, form, "_test_piece", {"refusal": busy})
    if streaming.wants_stream(request):
        return streaming.stream(_pieces(request, form, results))
    return form_page(request, form, **streaming.test_context(list(results)))


@sensitive_post_parameters()
def preview_filters(request: AuthenticatedRequest, pk: int | None = None) -> HttpResponseBase:
    if request.method != "POST":
        return _to_form(pk)
    form = _form(request, pk)
    draft = form.draft() if form.is_valid() else None
    if draft is None:
        return _invalid(request, form)
    return _answer(request, form, "_preview_piece", _preview(draft, form, Actor.of(request)))


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


def _preview(draft: Registry, form: Form, by: Actor) -> dict[str, Any]:
    try:
        found: Preview = preview(draft, by=by, login=_login(form))
    except Busy as busy:
        return {"preview_refusal": busy}
    except RegistryError as error:
        return {"preview_failure": error}
    return {"preview": found}


def _pieces(
    request: AuthenticatedRequest, form: Form, results: Iterator[StageResult]
) -> Iterator[str]:
    context = form_context(form)
    yield render_to_string("registries/_trusted_piece.html", context, request)
    yield from streaming.stage_pieces(request, results, context)


def _answer(
    request: AuthenticatedRequest, form: Form, template: str, outcome: dict[str, Any]
) -> HttpResponseBase:
    if not streaming.wants_stream(request):
        return form_page(request, form, **outcome)
    context = form_context(form) | outcome
    return streaming.stream([render_to_string(f"registries/{template}.html", context, request)])


def _invalid(request: AuthenticatedRequest, form: Form) -> HttpResponseBase:
    return _answer(request, form, "_error_pieces", {})


def _to_form(pk: int | None) -> HttpResponse:
    """Redirect to the form, for someone who opens a button's address as a link."""
    return redirect("registry-connect") if pk is None else redirect("registry-edit", pk)
