"""Template filters for setup steps: a sentence, followed by lines to paste, if any."""

from django import template

register = template.Library()


@register.filter
def sentence(step: str) -> str:
    return step.partition("\n")[0]


@register.filter
def pasted(step: str) -> str:
    return step.partition("\n")[2]
