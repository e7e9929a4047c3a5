"""Colors of statuses, runs and health scores, which pages always name in words too."""

from django import template

from registries.models import Status
from sync.models import State, Verdict
from sync.runs import health

register = template.Library()

_STATUS = {
    Status.CONNECTED: "green",
    Status.SYNCING: "blue",
    Status.DISCONNECTED: "secondary",
    Status.ERROR: "red",
}
_STATE = {
    State.QUEUED: "secondary",
    State.RUNNING: "blue",
    State.SUCCEEDED: "green",
    State.PARTIAL: "yellow",
    State.FAILED: "red",
    State.SUPERSEDED: "secondary",
}


_VERDICT = {
    Verdict.ACCEPTED: "green",
    Verdict.DUPLICATE: "secondary",
    Verdict.IGNORED: "secondary",
    Verdict.REFUSED: "red",
    Verdict.UNREADABLE: "yellow",
    Verdict.FAILED: "yellow",
}


@register.filter
def status_tone(status: str) -> str:
    return _STATUS[Status(status)]


@register.filter
def state_tone(state: str) -> str:
    return _STATE[State(state)]


@register.filter
def verdict_tone(verdict: str) -> str:
    return _VERDICT[Verdict(verdict)]


@register.filter
def health_tone(score: int) -> str:
    if score >= health.GREEN_FROM:
        return "green"
    return "yellow" if score >= health.AMBER_FROM else "red"
