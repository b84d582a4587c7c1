"""Executes a Strawberry schema breadth first. Knows no commerce."""

from engine.errors import Code, Rejected
from engine.fields import TREE, batched, derived, describes, root, scoped, stream
from engine.limits import Limits
from engine.prepared import Prepared, RootField
from engine.schema import Schema
from engine.selected import Selected

__all__ = [
    "TREE",
    "Code",
    "Limits",
    "Prepared",
    "Rejected",
    "RootField",
    "Schema",
    "Selected",
    "batched",
    "derived",
    "describes",
    "root",
    "scoped",
    "stream",
]
