"""The webhook endpoint. Its URL is secret: anyone who knows it may call."""

from __future__ import annotations

from django.db import IntegrityError
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from gunicorn.http.errors import ParseException
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.problems import ProblemSerializer
from harborguard.api.refusals import Refusal, TooLarge
from harborguard.api.serializers import Serializer
from harborguard.api.views import Resource
from registries.errors import RegistryError
from registries.providers.shared.delivery import Delivery
from registries.webhook import setup
from sync.models import Verdict
from sync.pushes.group_commit import NotWritten
from sync.pushes.receiving import Received, receive

MOST_BYTES = 256 * 1024
_TRY_AGAIN_AFTER_SECONDS = 60
_INCOMPLETE = "The body is incomplete or does not match its length."

_PUSH = OpenApiExample(
    "From a plain registry",
    value=(
        '{"events": [{"id": "320678d8-ca14-430f-8bb6-4ca139cd83f7", "action": "push", "target": '
        '{"mediaType": "application/vnd.oci.image.manifest.v1+json", "repository": "team/app", '
        '"tag": "v2"}}]}'
    ),
    request_only=True,
    media_type="*/*",
)
_ACCEPTED = OpenApiExample(
    "Accepted",
    value={"verdict": "accepted", "detail": ""},
    response_only=True,
    status_codes=["202"],
)
_HANDSHAKE = OpenApiExample(
    "Handshake of Azure Event Grid",
    value={"validationResponse": "512d38b6"},
    response_only=True,
    status_codes=["200"],
)


class ReceivedSerializer(Serializer):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    detail = serializers.CharField(help_text="The reason, for the sender's log.")


class WebhookCall(Resource):
    """The endpoint that registries call: no authentication, no session, and any body."""

    authentication_classes = ()
    throttle_classes = ()
    parser_classes = ()
    serializer_class = ReceivedSerializer

    @extend_schema(
        operation_id="receivePush",
        summary="Receive a webhook delivery",
        request={"*/*": OpenApiTypes.BINARY},
        responses={
            200: OpenApiResponse(
                OpenApiTypes.OBJECT, "The answer to a handshake, in the product's format."
            ),
            202: ReceivedSerializer,
            401: ProblemSerializer,
        },
        examples=[_PUSH, _ACCEPTED, _HANDSHAKE],
    )
    def post(self, request: Request, provider: str, token: str) -> Response:
        """Registries call this, not people. A registry's `webhookUrl` is its own URL here, with a
        secret token. The body is whatever the product sends, in any content type, up to 256 KiB.

        `202`: accepted; what it names is read again immediately. `401`: it could not be verified.
        `404`: the URL is unknown, or belongs to another product.
        """
        body = _body(request._request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        url = setup.root_url(request.build_absolute_uri("/")) + request.path
        try:
            received = receive(provider, token, Delivery(headers, body), url)
        except IntegrityError:  # the registry was deleted just now
            received = None
        except NotWritten:
            told = "It may or may not have been recorded. Send it again."
            raise Refusal(503, "not_written", told, wait=_TRY_AGAIN_AFTER_SECONDS) from None
        except RegistryError as error:
            told = f"It cannot be verified now: {error}."
            raise Refusal(503, "not_verifiable", told, wait=_TRY_AGAIN_AFTER_SECONDS) from None
        if received is None:
            raise NotFound
        return _answer(received)


def _answer(received: Received) -> Response:
    if received.verdict == Verdict.REFUSED:
        refusal = Refusal(401, "not_verified", f"{received.detail}.")
        refusal.auth_header = "Bearer"  # type: ignore[attr-defined]  # read by the handler
        raise refusal
    if received.answer is not None:
        return Response(dict(received.answer.document), status=received.answer.status)
    # A serializer copies its fields for each answer, and this one has only two strings.
    return Response({"verdict": received.verdict, "detail": received.detail}, status=202)


def _body(request: HttpRequest) -> bytes:
    """Return the body. Raise Refusal. A chunked body does not announce its length."""
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    length = 0 if is_chunked else int(request.META.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        body: bytes = (request.META["wsgi.input"] if is_chunked else request).read(MOST_BYTES + 1)
    except (OSError, ParseException):
        raise Refusal(400, "incomplete", _INCOMPLETE) from None
    if len(body) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    if len(body) < length:
        raise Refusal(400, "incomplete", _INCOMPLETE)
    return body
