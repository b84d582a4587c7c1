"""Every table, for whoever needs them all: the migrations."""

from db import addresses, catalogue, idempotency, members, outbox, phone_codes, room_log, sessions, stock, stores
from db.metadata import metadata

__all__ = [
    "addresses",
    "catalogue",
    "idempotency",
    "members",
    "metadata",
    "outbox",
    "phone_codes",
    "room_log",
    "sessions",
    "stock",
    "stores",
]
