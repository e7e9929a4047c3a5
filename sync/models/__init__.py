from sync.models.dry_run import LIVE_DRY_RUN_STATES, DryRun, DryRunChange, DryRunState
from sync.models.push import PendingPush, PushDelivery, Verdict
from sync.models.run import FINISHED_STATES, LIVE_STATES, Phase, State, SyncRun, Trigger
from sync.models.sweep import Sweep

__all__ = [
    "FINISHED_STATES",
    "LIVE_DRY_RUN_STATES",
    "LIVE_STATES",
    "DryRun",
    "DryRunChange",
    "DryRunState",
    "PendingPush",
    "Phase",
    "PushDelivery",
    "State",
    "Sweep",
    "SyncRun",
    "Trigger",
    "Verdict",
]
