"""Which operations give the same of an event, so that one execution serves all of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphql import ArgumentNode, FragmentDefinitionNode, Node, VariableNode

from engine.cache import Recent

if TYPE_CHECKING:
    from engine.prepared import Plan

_counting: Recent[tuple[Any, ...], frozenset[str]] = Recent(1000)


def alike(plan: Plan, coerced: Mapping[str, Any], but_for: frozenset[str]) -> Hashable:
    """A key of an operation with its variables, but for those that only these arguments of its root field use."""
    key = (*plan.key, but_for)
    names = _counting.get(key)
    if names is None:
        names = frozenset(_names(plan, but_for))
        _counting.put(key, names)
    return plan.key, tuple((name, repr(_in_order(coerced[name]))) for name in sorted(names) if name in coerced)


def _in_order(value: Any) -> Any:
    """A value whose objects have their members in one order, in whichever the client gave them."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list) else value


def _names(plan: Plan, but_for: frozenset[str]) -> Iterator[str]:
    """The variables that count. A fragment that is not spread may add some, which does no harm."""
    passed_over = {
        id(argument)
        for field in plan.top
        for node in field.nodes
        for argument in node.arguments or ()
        if argument.name.value in but_for
    }
    fragments: Mapping[str, FragmentDefinitionNode] = plan.document.fragments
    waiting: list[Any] = [plan.operation.selection_set, plan.operation.directives, *fragments.values()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
        elif isinstance(node, Node) and not (isinstance(node, ArgumentNode) and id(node) in passed_over):
            waiting += [getattr(node, key) for key in node.keys]
        elif isinstance(node, (list, tuple)):
            waiting += node
