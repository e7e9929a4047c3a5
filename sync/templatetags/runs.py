"""Template filters that describe runs and dry runs."""

from collections.abc import Mapping

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from sync.models import DryRun, Phase, SyncRun

register = template.Library()


@register.filter
def duration(run: SyncRun | DryRun) -> str:
    """Return the time from the first claim to the end, such as “1 min 12 s”."""
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
    """Return the run's changes to the inventory: “3 added, 1 moved”."""
    return _counts(run)


@register.filter
def would_change(dry_run: DryRun) -> str:
    """Return the changes a sync would make, including removals it would no longer hold."""
    released = f"{intcomma(dry_run.released)} no longer held" if dry_run.released else ""
    return ", ".join(filter(None, (_counts(dry_run), released)))


@register.filter
def has_changed(run: SyncRun) -> bool:
    """Return whether the run has entries in the change feed."""
    return any((run.added, run.moved, run.removed, run.restored))


@register.filter
def total(run: SyncRun) -> int:
    """Return how many repositories the run reads, or 0 until all are listed."""
    return run.repositories_listed if run.phase in {Phase.TAGS, Phase.ABSENCE} else 0


@register.filter
def failed_while(run: SyncRun) -> str:
    """Return the step at which the run failed, to follow “while”."""
    if run.phase == Phase.WAITING:
        return "getting ready"
    # Runs that failed before phases were recorded.
    return "syncing" if run.phase == Phase.DONE else run.get_phase_display()


@register.filter
def rate(per_second: float) -> str:
    return f"{per_second:.1f}" if per_second < 10 else intcomma(round(per_second))


@register.filter
def at(counts: Mapping[int, int], key: int) -> int:
    return counts.get(key, 0)


def _counts(run: SyncRun | DryRun) -> str:
    names = ("added", "moved", "removed", "restored", "held")
    counts = {name: getattr(run, name) for name in names}
    return ", ".join(f"{intcomma(count)} {name}" for name, count in counts.items() if count)
