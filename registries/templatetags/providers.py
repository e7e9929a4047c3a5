from django import template

from registries.providers import PROVIDERS

register = template.Library()


@register.filter
def provider_name(slug: str) -> str:
    return PROVIDERS[slug].name if slug in PROVIDERS else slug
