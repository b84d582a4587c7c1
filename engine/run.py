"""Runs a plan level by level: each field that takes a call is called once for all its parents on that level."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from inspect import isawaitable, iscoroutine
from itertools import chain
from types import NoneType
from typing import Any, NamedTuple

from graphql.execution.values import VariableValues

from engine import careful
from engine.fields import Kind, check_count
from engine.info import Origin
from engine.plan import Composite, Field, Selection
from engine.shape import Shape

_PLAIN_LISTS = {list, tuple}
_PLAIN_LISTS_OR_NOTHING = {list, tuple, NoneType}


class Group(NamedTuple):
    """Objects of one selection that were built together, and the records that they were built from."""

    selection: Selection
    records: Sequence[Any]
    built: Sequence[dict[str, Any]]


class Call(NamedTuple):
    """A field that was called for the records of a group. The answer may have to be waited for."""

    field: Field
    group: Group
    answer: Any


class Spot(NamedTuple):
    """A place in the answer that is to hold the object built from a record."""

    holder: Any
    key: str | int
    record: Any


class Run:
    """One execution of an operation, with its variables, on one root value."""

    def __init__(self, variables: VariableValues, origin: Origin) -> None:
        self._variables = variables
        self._origin = origin
        self.faults = careful.Faults()
        self.selections: dict[int, Selection] = {}

    async def fill(self, groups: Iterable[Group]) -> None:
        """Fill in the links of the groups and of all that comes below them, one level after the other."""
        calls = self._start(groups)
        while calls:
            calls = self._start(self._finish(await _answered(calls)))

    def fill_now(self, groups: Iterable[Group]) -> None:
        """Do the same without waiting, where no field below takes a call that waits."""
        calls = self._start(groups)
        while calls:
            assert not any(isawaitable(call.answer) for call in calls), "a field has to wait"
            calls = self._start(self._finish(calls))

    def build(self, selection: Selection, records: Sequence[Any]) -> Group:
        """Build the objects of one selection, all at once, or one by one if there is anything wrong with them."""
        try:
            built = selection.build(records)
        except Exception:  # noqa: BLE001 - looked at closely, record by record
            built = [careful.build(selection, record, self.faults) for record in records]
        return Group(selection, records, built)

    def place(self, field: Field, values: Sequence[Any], holders: Sequence[dict[str, Any]]) -> list[Group]:
        """Put the values of one field into its parents. Gives the objects below that are not filled in yet."""
        if not isinstance(field.end, Composite):
            self._place_leaves(field, values, holders)
            return []
        if field.shape.item is None:
            groups = self._place_objects(field, field.end, values, holders)
        else:
            groups = self._place_lists(field, field.end, values, holders)
        return self._place_carefully(field, field.end, values, holders) if groups is None else groups

    def _start(self, groups: Iterable[Group]) -> list[Call]:
        """Follow what can be read from the records, and call what cannot."""
        calls: list[Call] = []
        pending = list(groups)
        for group in pending:
            for field in group.selection.links:
                if field.read is None:
                    calls.append(Call(field, group, self._call(field, group.records)))
                else:
                    pending += self.place(field, _read_all(field, group.records), group.built)
        return calls

    def _finish(self, calls: Iterable[Call]) -> list[Group]:
        groups: list[Group] = []
        for field, group, answer in calls:
            groups += self.place(field, _values(field, answer, len(group.records)), group.built)
        return groups

    def _call(self, field: Field, records: Sequence[Any]) -> Any:
        """Call the function of a field: an answer, an awaitable of one, or the exception that it raised."""
        try:
            if field.facts.mark is None:
                return self._call_each(field, records)
            arguments = field.arguments.bind(self._variables)
            if field.facts.mark.kind is Kind.BATCHED:
                return field.facts.mark.function(self._origin.context, records, **arguments)
            return field.facts.mark.function(self._origin.context, **arguments)
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told in the answer
            return error

    def _call_each(self, field: Field, records: Sequence[Any]) -> Any:
        """Call an ordinary resolver, which serves one parent."""
        arguments = field.arguments.raw(self._variables)
        info = self._origin.info(field)
        resolve: Any = field.facts.definition.resolve
        answers = [_attempt(resolve, record, info, arguments) for record in records]
        return _gathered(answers) if any(map(isawaitable, answers)) else answers

    def _place_leaves(self, field: Field, values: Sequence[Any], holders: Sequence[dict[str, Any]]) -> None:
        key, finish = field.key, field.finish
        try:
            for holder, value in zip(holders, values, strict=True):
                holder[key] = finish(value)
        except Exception:  # noqa: BLE001 - looked at closely, value by value
            for holder, value in zip(holders, values, strict=True):
                holder[key] = careful.complete(field, field.shape, value, self.faults)

    def _place_objects(
        self, field: Field, end: Composite, values: Sequence[Any], holders: Sequence[dict[str, Any]]
    ) -> list[Group] | None:
        classes = set(map(type, values))
        if NoneType in classes and not field.shape.non_null:
            present = [(holder, value) for holder, value in zip(holders, values, strict=True) if value is not None]
            holders, values = [holder for holder, _ in present], [value for _, value in present]
            classes.remove(NoneType)
        groups, built = self._build(field, end, values, classes)
        if groups is None:
            return None
        key = field.key
        for holder, child in zip(holders, built, strict=True):
            holder[key] = child
        return groups

    def _place_lists(
        self, field: Field, end: Composite, values: Sequence[Any], holders: Sequence[dict[str, Any]]
    ) -> list[Group] | None:
        if not _PLAIN_LISTS.issuperset(map(type, values)):
            if field.shape.non_null or not _PLAIN_LISTS_OR_NOTHING.issuperset(map(type, values)):
                return None
            present = [(holder, value) for holder, value in zip(holders, values, strict=True) if value is not None]
            holders, values = [holder for holder, _ in present], [value for _, value in present]
        records = list(chain.from_iterable(values))
        if not records:
            for holder in holders:
                holder[field.key] = []
            return []
        groups, built = self._build(field, end, records, set(map(type, records)))
        if groups is None:
            return None
        start, key = 0, field.key
        for holder, count in zip(holders, map(len, values), strict=True):
            holder[key] = built[start : (start := start + count)]
        return groups

    def _build(
        self, field: Field, end: Composite, records: Sequence[Any], classes: set[type]
    ) -> tuple[list[Group] | None, Sequence[dict[str, Any]]]:
        """Build objects whose classes tell what to build. Nothing if there is a class that does not tell."""
        selections: set[Selection | None] = set()
        for cls in classes:
            selections.add(end.known.get(cls) or self._learn(field, end, records, cls))
        if not selections:
            return [], []
        selection = selections.pop()
        if selections or selection is None:
            return None, []
        group = self.build(selection, records)
        self._remember(end, group)
        return ([group] if selection.links else []), group.built

    def _learn(self, field: Field, end: Composite, records: Sequence[Any], cls: type) -> Selection | None:
        """Ask one record of a class that was not met before."""
        if cls not in end.known and cls is not NoneType and not issubclass(cls, Exception):
            record = next(record for record in records if record.__class__ is cls)
            try:
                end.selection_for(record, self._origin.info(field))
            except Exception:  # noqa: BLE001 - each record of the class is asked again, and its error told
                return None
        return end.known.get(cls)

    def _remember(self, end: Composite, group: Group) -> None:
        """Note what the objects behind an interface or a union were built as, to settle them by."""
        if end.single is None:
            self.selections.update((id(built), group.selection) for built in group.built)

    def _place_carefully(
        self, field: Field, end: Composite, values: Sequence[Any], holders: Sequence[dict[str, Any]]
    ) -> list[Group]:
        spots: list[Spot] = []
        for holder, value in zip(holders, values, strict=True):
            self._spread(field, field.shape, Spot(holder, field.key, value), spots)
        by_selection: dict[Selection, list[Spot]] = {}
        for spot in spots:
            try:
                selection = end.known.get(spot.record.__class__) or end.selection_for(
                    spot.record, self._origin.info(field)
                )
            except Exception as error:  # noqa: BLE001 - a record of a wrong type is told in the answer
                spot.holder[spot.key] = self.faults.at(error)
            else:
                by_selection.setdefault(selection, []).append(spot)
        return [self._place_spots(end, selection, spots) for selection, spots in by_selection.items()]

    def _place_spots(self, end: Composite, selection: Selection, spots: list[Spot]) -> Group:
        group = self.build(selection, [spot.record for spot in spots])
        self._remember(end, group)
        for spot, built in zip(spots, group.built, strict=True):
            spot.holder[spot.key] = built
        return group

    def _spread(self, field: Field, shape: Shape, spot: Spot, spots: list[Spot]) -> None:
        """Find the places under a value that are to hold objects, and what is wrong on the way to them."""
        holder, key, value = spot
        if isinstance(value, Exception):
            holder[key] = self.faults.at(value)
        elif value is None:
            holder[key] = self.faults.at(field.null_error()) if shape.non_null else None
        elif shape.item is None:
            spots.append(spot)
        else:
            items = careful.items_of(field, value)
            if isinstance(items, Exception):
                holder[key] = self.faults.at(items)
                return
            holder[key] = inner = [None] * len(items)
            for index, item in enumerate(items):
                self._spread(field, shape.item, Spot(inner, index, item), spots)


def _read_all(field: Field, records: Sequence[Any]) -> list[Any]:
    assert field.read is not None, f"{field.key} takes a call"
    try:
        return list(map(field.read, records))
    except Exception:  # noqa: BLE001 - looked at closely, record by record
        return [careful.read(field, record) for record in records]


def _values(field: Field, answer: Any, count: int) -> Sequence[Any]:
    """One value per parent from the answer of a call."""
    if isinstance(answer, Exception):
        return [answer] * count
    mark = field.facts.mark
    if mark is not None and mark.kind is not Kind.BATCHED:
        return [answer] * count
    if mark is not None:
        try:
            check_count(mark, answer, count)
        except (TypeError, ValueError) as error:
            return [error] * count
    values: Sequence[Any] = answer
    return values


def _attempt(resolve: Any, record: Any, info: Any, arguments: dict[str, Any]) -> Any:
    try:
        return resolve(record, info, **arguments)
    except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told in the answer
        return error


async def _settled(answer: Awaitable[Any]) -> Any:
    """Wait for an answer; an exception is an answer too, so that one failing call leaves the others alone."""
    try:
        return await answer
    except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told in the answer
        return error


async def _gathered(answers: list[Any]) -> list[Any]:
    """Wait for all that have to be waited for, at the same time. If this is cancelled, so are they."""
    *others, last = [index for index, answer in enumerate(answers) if isawaitable(answer)]
    if not others:
        answers[last] = await _settled(answers[last])
        return answers
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [(index, group.create_task(_settled(answers[index]))) for index in others]
            answers[last] = await _settled(answers[last])
    except BaseException:
        _close(answers)
        raise
    for index, task in tasks:
        answers[index] = task.result()
    return answers


def _close(answers: list[Any]) -> None:
    """Give up the coroutines that a cancelled level did not come to start; Python warns of those that are forgotten."""
    for answer in answers:
        if iscoroutine(answer):
            answer.close()


async def _answered(calls: list[Call]) -> list[Call]:
    answers = [call.answer for call in calls]
    if len(answers) == 1 and iscoroutine(answers[0]):  # a mutation, and most lists
        return [Call(calls[0].field, calls[0].group, await _settled(answers[0]))]
    if any(map(isawaitable, answers)):
        answers = await _gathered(answers)
        return [Call(call.field, call.group, answer) for call, answer in zip(calls, answers, strict=True)]
    return calls
