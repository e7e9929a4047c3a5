"""Steps of a set-up: a sentence, and below it what is to be pasted, if anything is."""

from django import template

register = template.Library()


@register.filter
def sentence(step: str) -> str:
    return step.partition("\n")[0]


@register.filter
def pasted(step: str) -> str:
    return step.partition("\n")[2]
