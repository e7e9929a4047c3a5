"""The base of the API's views: query parameters must be known, given once and not empty."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from harborguard.api.ordering import PARAMETER as ORDERING
from harborguard.api.ordering import orderings_of

_LONGEST_NAME = 100


class Resource(GenericAPIView[Any]):
    """A view of the API. ``query_parameters`` are its own, besides filters, ordering and pages."""

    http_method_names = ["get", "head", "post", "patch", "delete"]  # noqa: RUF012  as Django's
    query_parameters: ClassVar[tuple[str, ...]] = ()
    is_list: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self._known_parameters()
        wrong = {
            ascii(name)[1:-1][:_LONGEST_NAME]: [complaint]
            for name, values in request.query_params.lists()
            if (complaint := _complaint(values) if name in known else "Unknown parameter.")
        }
        if wrong:
            raise ValidationError(wrong)

    def _known_parameters(self) -> set[str]:
        known = set(self.query_parameters)
        if not self.is_list or self.request.method not in {"GET", "HEAD"}:
            return known
        if filters := getattr(self, "filterset_class", None):
            known |= set(filters.base_filters)
        if orderings_of(self):
            known.add(ORDERING)
        return known | set(getattr(self.paginator, "parameters", ()))


def _complaint(values: list[str]) -> str:
    """Return what is wrong with a parameter. An empty one looks like a filter that was applied, and
    PostgreSQL stores no NUL."""
    if len(values) > 1:
        return "Give it only once."
    if not values[0]:
        return "Give it a value, or leave it out."
    return "It contains a NUL character." if "\0" in values[0] else ""
