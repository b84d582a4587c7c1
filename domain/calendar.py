"""Calendar: months later, on the same day of the brand's calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, tzinfo


def months_later(start: datetime, months: int, time_zone: tzinfo) -> datetime:
    """The same day and time of day so many months later, or the last day of a month that is shorter.

    >>> from datetime import UTC
    >>> months_later(datetime(2027, 3, 11, tzinfo=UTC), 12, UTC).date().isoformat()
    '2028-03-11'
    >>> months_later(datetime(2027, 1, 31, tzinfo=UTC), 1, UTC).date().isoformat()
    '2027-02-28'
    """
    local = start.astimezone(time_zone)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(start.tzinfo)
