"""The registries of the demo, and how they behave."""

from __future__ import annotations

from dataclasses import dataclass

from harborguard.demo import habits
from harborguard.demo.habits import Habit
from registries.models import Schedule
from registries.transport.endpoint import Credential as Login

PRODUCTION, STAGING, MIRROR = "production", "staging", "mirror"
TEAM_DATA, LEGACY, AGENCY, SANDBOX = "team-data", "legacy", "agency", "sandbox"


@dataclass(frozen=True, slots=True)
class Role:
    """One registry. ``tells``: it calls its webhook after each push."""

    name: str
    schedule: Schedule
    habit: Habit
    login: Login | None = None
    tells: bool = False
    first_sync: bool = True


CAST = (
    Role(
        PRODUCTION,
        Schedule.DAILY,
        habits.releases(habits.APPS, share=0.3),
        login=Login("harborguard", "made-up-for-the-demo"),
        tells=True,
    ),
    Role(STAGING, Schedule.ON_PUSH, habits.branches(habits.APPS, share=0.35), tells=True),
    Role(MIRROR, Schedule.DAILY, habits.releases(habits.UPSTREAM, share=0.12)),
    Role(TEAM_DATA, Schedule.DAILY, habits.nightly(habits.DATA)),
    # Relies on webhooks but sends none, so that its webhook is found to be silent.
    Role(LEGACY, Schedule.ON_PUSH, habits.releases(habits.OLD, share=0.1)),
    Role(
        AGENCY,
        Schedule.DAILY,
        habits.releases(habits.AGENCY, share=0.15),
        login=Login("robot", "made-up-for-the-demo"),
    ),
    Role(SANDBOX, Schedule.MANUAL, habits.branches(habits.APPS[:3], share=0.2), first_sync=False),
)
