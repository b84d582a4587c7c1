"""What has an id and can be asked for by it alone."""

from __future__ import annotations

import strawberry

from domain.identity import Scope
from schema.access import attribute, interface


@interface(scope=Scope.VISITOR, description="An object with an id of its own.")
class Node:
    id: strawberry.ID = attribute("Opaque, unique, sorts by creation.")
