"""Finishes values one at a time where a whole batch could not be: each fault stays in the place where it arose.

A fault is an exception that stands in the answer in place of a value, until `settle` turns the faults into
errors and nulls, in the order in which graphql-core would have met them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, located_error
from graphql.pyutils import Undefined, is_iterable

if TYPE_CHECKING:
    from engine.plan import Composite, Field, Selection
    from engine.shape import Shape

Path = tuple[str | int, ...]


class Faults:
    """Whether anything went wrong in one run, so that the answer has to be settled."""

    def __init__(self) -> None:
        self.any = False

    def at(self, error: Exception) -> Exception:
        """Leave the error to stand where its value would have stood."""
        self.any = True
        return error


def complete(field: Field, shape: Shape, value: Any, faults: Faults) -> Any:
    """Finish one value of a field that is read from its record."""
    if isinstance(value, Exception):
        return faults.at(value)
    if value is None or value is Undefined:
        return faults.at(field.null_error()) if shape.non_null else None
    if shape.item is not None:
        items = items_of(field, value)
        if isinstance(items, Exception):
            return faults.at(items)
        return [complete(field, shape.item, item, faults) for item in items]
    try:
        return _end(field, value, faults)
    except Exception as error:  # noqa: BLE001 - whatever a serializer raises is told in the answer
        return faults.at(error)


def _end(field: Field, value: Any, faults: Faults) -> Any:
    inline, end = field.inline, field.end
    if inline is None:
        leaf: Any = end
        return leaf.serialize(value)
    composite: Any = end
    composite.records.check(value, field.nodes)
    return build(inline, value, faults)


def items_of(field: Field, value: Any) -> list[Any] | Exception:
    """The items of a list value, or what is wrong with it."""
    if not is_iterable(value):
        place = f"'{field.parent.name}.{field.nodes[0].name.value}'"
        return GraphQLError(f"Expected Iterable, but did not find one for field {place}.")
    try:
        return list(value)
    except Exception as error:  # noqa: BLE001 - whatever an iterator raises is told in the answer
        return error


def read(field: Field, record: Any) -> Any:
    """The value of a field in a record, or the exception of reading it."""
    assert field.read is not None, f"{field.key} takes a call"
    try:
        return field.read(record)
    except Exception as error:  # noqa: BLE001 - whatever an attribute raises is told in the answer
        return error


def build(selection: Selection, record: Any, faults: Faults) -> dict[str, Any]:
    """Build one object, with a fault in each place that has one."""
    built: dict[str, Any] = {}
    for key, field in selection.fields.items():
        if field is None:
            built[key] = selection.type.name
        elif field in selection.links:
            built[key] = None
        else:
            built[key] = complete(field, field.shape, read(field, record), faults)
    return built


class Settlement:
    """Turns the faults of an answer into nulls and errors, first to last, as the specification has it.

    A fault in a non-null place moves up to the nearest place that may be null, and whatever stands behind
    it in the objects on the way is not looked at any more: graphql-core would not have come to it.
    """

    def __init__(self, selections: Mapping[int, Selection]) -> None:
        self._selections = selections
        self.errors: list[GraphQLError] = []

    def object(self, selection: Selection, data: dict[str, Any], path: Path) -> dict[str, Any]:
        """Settle one object. Raises the error that takes the whole object away."""
        for key, field in selection.fields.items():
            if field is not None:
                data[key] = self.field(field, data[key], path)
        return data

    def field(self, field: Field, value: Any, path: Path) -> Any:
        """Settle one field of an object at this path."""
        return self._place(field, field.shape, value, (*path, field.key))

    def _place(self, field: Field, shape: Shape, value: Any, path: Path) -> Any:
        try:
            return self._within(field, shape, value, path)
        except GraphQLError as error:
            if shape.non_null:
                raise
            self.errors.append(error)
            return None

    def _within(self, field: Field, shape: Shape, value: Any, path: Path) -> Any:
        if isinstance(value, Exception):
            raise located_error(value, field.nodes, path)
        if value is None:
            return None
        if shape.item is not None:
            return [self._place(field, shape.item, item, (*path, index)) for index, item in enumerate(value)]
        selection = self._selection(field.end, value)
        return value if selection is None else self.object(selection, value, path)

    def _selection(self, end: Any, value: Any) -> Selection | None:
        if not hasattr(end, "single"):
            return None
        composite: Composite = end
        return composite.single or self._selections[id(value)]
