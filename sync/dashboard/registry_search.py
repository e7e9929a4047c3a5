"""Filters and sort order of the registry list, parsed from the query string."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from registries.models import Registry, Schedule
from registries.providers import PROVIDERS
from sync.dashboard.attention import Need, needing, needing_anything_or_failing
from sync.dashboard.registry_order import DEFAULT_ORDER, ORDERS, URGENCY, Heading, headings, order
from sync.runs import health

ANYTHING = "anything"

_HEALTH = {
    "good": (f"{health.GREEN_FROM} or more", Q(health__gte=health.GREEN_FROM)),
    "fair": (
        f"{health.AMBER_FROM} to {health.GREEN_FROM - 1}",
        Q(health__gte=health.AMBER_FROM, health__lt=health.GREEN_FROM),
    ),
    "poor": (f"Less than {health.AMBER_FROM}", Q(health__lt=health.AMBER_FROM)),
    "none": ("No data yet", Q(health=None)),
}


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter in use, with its chosen value in words and the query string without it."""

    name: str
    label: str
    choice: str
    without: str


_FILTERS: Mapping[str, Callable[[QuerySet[Registry], str], QuerySet[Registry]]] = {
    "q": lambda found, text: found.filter(Q(name__icontains=text) | Q(url__icontains=text)),
    "status": lambda found, status: found.filter(status=status),
    "needs": lambda found, need: (
        needing_anything_or_failing(found) if need == ANYTHING else needing(found, Need(need))
    ),
    "provider": lambda found, slug: found.filter(provider=slug),
    "schedule": lambda found, schedule: found.filter(schedule=schedule),
    "health": lambda found, name: found.filter(_HEALTH[name][1]),
}


def _select(label: str, choices: Any) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select registry-filter"})
    return forms.ChoiceField(
        label=label, choices=[("", "Any"), *choices], required=False, widget=widget
    )


class RegistrySearch(forms.Form):
    """The search form; unknown values are ignored, so that an old link still works."""

    q = forms.CharField(
        label="Name or URL",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "placeholder": "Any part",
                "autocomplete": "off",
            }
        ),
    )
    status = _select("Status", [(status, status.label) for status in URGENCY])
    needs = _select("Needs attention", [(ANYTHING, "Any reason, or failing"), *Need.choices])
    provider = _select(
        "Provider",
        sorted(((slug, provider.name) for slug, provider in PROVIDERS.items()), key=lambda x: x[1]),
    )
    schedule = _select("Schedule", Schedule.choices)
    health = _select("Health", [(name, words) for name, (words, _) in _HEALTH.items()])
    sort = forms.ChoiceField(
        label="Sort",
        required=False,
        choices=ORDERS,
        widget=forms.Select(attrs={"class": "form-select registry-filter"}),
    )

    @cached_property
    def query(self) -> dict[str, str]:
        """The valid parameters that differ from the defaults."""
        self.full_clean()
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value and (name, value) != ("sort", DEFAULT_ORDER)
        }

    @property
    def headings(self) -> dict[str, Heading]:
        return headings(self._sorted_by)

    @property
    def filters(self) -> list[ActiveFilter]:
        return [
            ActiveFilter(
                name, str(self.fields[name].label), self._choice(name), self._without(name)
            )
            for name in self.query
            if name in _FILTERS
        ]

    def found(self) -> QuerySet[Registry]:
        found: QuerySet[Registry] = Registry.objects.all()
        for name, value in self.query.items():
            if name in _FILTERS:
                found = _FILTERS[name](found, value)
        return found.order_by(*order(self._sorted_by))

    def _choice(self, name: str) -> str:
        value = self.query[name]
        choices: Any = getattr(self.fields[name], "choices", ())
        return str(dict(choices).get(value, value))

    def _without(self, name: str) -> str:
        return urlencode({key: value for key, value in self.query.items() if key != name})

    @property
    def _sorted_by(self) -> str:
        return self.query.get("sort", DEFAULT_ORDER)
