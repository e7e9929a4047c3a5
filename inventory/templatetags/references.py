from django import template

from inventory.models import Image
from inventory.pull_reference import pull_reference, pull_reference_by_digest

register = template.Library()


@register.filter
def reference(image: Image) -> str:
    return pull_reference(image.registry.url, image.repository.name, image.tag)


@register.filter
def reference_by_digest(image: Image) -> str:
    return pull_reference_by_digest(image.registry.url, image.repository.name, image.digest)
