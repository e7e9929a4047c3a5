from sync.models.dry_run import DRY_RUN_STATES, DryRun, DryRunChange
from sync.models.push import PendingPush, PushDelivery, Verdict
from sync.models.run import FINISHED_STATES, LIVE_STATES, Phase, State, SyncRun, Trigger
from sync.models.sweep import Sweep

__all__ = [
    "DRY_RUN_STATES",
    "FINISHED_STATES",
    "LIVE_STATES",
    "DryRun",
    "DryRunChange",
    "PendingPush",
    "Phase",
    "PushDelivery",
    "State",
    "Sweep",
    "SyncRun",
    "Trigger",
    "Verdict",
]
