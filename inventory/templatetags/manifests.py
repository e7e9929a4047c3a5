from django import template

from inventory.kind import Kind
from registries.oci import media_types

register = template.Library()

_WORDS = {
    media_types.OCI_INDEX: "OCI index",
    media_types.OCI_MANIFEST: "OCI image",
    media_types.DOCKER_MANIFEST_LIST: "Docker manifest list",
    media_types.DOCKER_MANIFEST: "Docker image",
}


@register.filter
def manifest_words(media_type: str) -> str:
    """A media type as a person would say it; one that nobody knows stays as it is."""
    return _WORDS.get(media_type, media_type or "not told")


@register.filter
def kind_words(kind: str) -> str:
    return "SBOM" if kind == Kind.SBOM else kind.capitalize()
