"""Every table, for whoever needs them all: the migrations."""

from db import catalogue, idempotency, outbox, stock
from db.metadata import metadata

__all__ = ["catalogue", "idempotency", "metadata", "outbox", "stock"]
