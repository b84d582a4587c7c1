"""Everything that follows the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from resolvers import (
    bounties,
    commissions,
    deeds,
    hook_projection,
    share_projection,
    splits,
    store_days,
    store_flows,
    task_progress,
    tiers,
    webhook_telling,
    withdrawal_sending,
)
from resolvers.projections import Projection

PROJECTIONS: Sequence[Projection] = (
    commissions.ESTIMATES,
    tiers.TIERS,
    bounties.FOLLOWER,
    share_projection.SHARE_DAYS,
    hook_projection.HOOK_DAYS,
    splits.DEPARTMENT_SPLITS,
    webhook_telling.EVENTS,
    store_days.STORE_DAYS,
    store_flows.STORE_FLOWS,
    deeds.DEEDS,
    task_progress.GUIDE_TASKS,
    withdrawal_sending.WITHDRAWN,
)
