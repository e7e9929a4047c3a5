"""What a run did, in words."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from sync.models import SyncRun

register = template.Library()


@register.filter
def duration(run: SyncRun) -> str:
    """How long it took, from its first claim to its end."""
    if run.started_at is None or run.finished_at is None:
        return ""
    seconds = (run.finished_at - run.started_at).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


@register.filter
def changes(run: SyncRun) -> str:
    """What it changed in the inventory: “3 added, 1 moved”."""
    names = ("added", "moved", "removed", "restored", "held")
    counts = {name: getattr(run, name) for name in names}
    return ", ".join(f"{intcomma(count)} {name}" for name, count in counts.items() if count)
