from django import template

from registries.models import Registry
from registries.providers import PROVIDERS

register = template.Library()


@register.filter
def options_told(registry: Registry) -> list[tuple[str, str]]:
    """Return (label, value) of each option that is set."""
    provider = PROVIDERS.get(registry.provider)
    told = []
    for option in provider.options if provider else ():
        value = registry.options.get(option.name)
        if value:
            told.append((option.label, value if isinstance(value, str) else ", ".join(value)))
    return told


@register.filter
def provider_name(slug: str) -> str:
    return PROVIDERS[slug].name if slug in PROVIDERS else slug
