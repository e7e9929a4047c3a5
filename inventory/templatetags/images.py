"""Template filters that describe images."""

from django import template

from inventory.kind import Kind
from inventory.models import Image
from inventory.pull_reference import pull_reference, pull_reference_by_digest
from registries.oci import media_types

register = template.Library()

_MANIFESTS = {
    media_types.OCI_INDEX: "OCI index",
    media_types.OCI_MANIFEST: "OCI image",
    media_types.DOCKER_MANIFEST_LIST: "Docker manifest list",
    media_types.DOCKER_MANIFEST: "Docker image",
}


@register.filter
def manifest_label(media_type: str) -> str:
    """Return a readable name of the media type, or the type itself if it has none."""
    return _MANIFESTS.get(media_type, media_type or "Unknown")


@register.filter
def kind_label(kind: str) -> str:
    return "SBOM" if kind == Kind.SBOM else kind.capitalize()


@register.filter
def reference(image: Image) -> str:
    return pull_reference(image.registry.url, image.repository.name, image.tag)


@register.filter
def reference_by_digest(image: Image) -> str:
    return pull_reference_by_digest(image.registry.url, image.repository.name, image.digest)
