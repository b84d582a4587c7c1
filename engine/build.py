"""Writes, for each selection, the Python code that builds its objects from their records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphql.pyutils import Undefined

from engine.shape import EnumNames, names_of_enum, plain_test

if TYPE_CHECKING:
    from engine.plan import Composite, Field, Leaf, Selection

Builder = Callable[[Sequence[Any]], list[dict[str, Any]]]


def compile_builder(selection: Selection) -> Builder:
    """Compile `records -> objects` for one selection; the places of its links hold None until they are filled."""
    writer = _Writer()
    built = writer.display(selection, "o")
    source = f"def build(records):\n out = []\n add = out.append\n for o in records: add({built})\n return out\n"
    names = writer.names
    exec(source, names)  # noqa: S102 - of our own text: the client's words enter only as quoted keys
    builder: Builder = names["build"]
    return builder


class _Writer:
    """Writes expressions, and keeps the objects that they refer to by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._locals = 0

    def display(self, selection: Selection, record: str) -> str:
        """A dict display of a selection, read from the record in the named variable."""
        links = selection.links
        parts = []
        for key, field in selection.fields.items():
            if field is None:
                parts.append(f"{key!r}: {selection.type.name!r}")
            else:
                parts.append(f"{key!r}: {'None' if field in links else self._value(field, selection, record)}")
        return f"{{{', '.join(parts)}}}"

    def _value(self, field: Field, selection: Selection, record: str) -> str:
        read = self._read(field, selection, record)
        inline = field.inline
        if inline is None:
            return self._leaf(field, read)
        return self._inline(field, inline, read)

    def _inline(self, field: Field, inline: Selection, read: str) -> str:
        """An object within its parent. What is not as it should be raises."""
        end: Composite = field.end  # type: ignore[assignment]
        value, wrong = self._local(), f"{self._name(_wrong)}()"
        built = self.display(inline, value)
        if not end.records.takes_any:
            built = f"{built} if {value}.__class__ in {self._name(end.records.classes)} else {wrong}"
        return f"({wrong if field.shape.non_null else None} if ({value} := {read}) is None else {built})"

    def _leaf(self, field: Field, read: str) -> str:
        """Passes a value that is as it should be; anything else goes to the field's own function."""
        leaf: Leaf = field.end  # type: ignore[assignment]
        if field.shape.item is not None:
            return f"{self._name(field.finish)}({read})"
        test, value = self._passes(field, leaf)
        first = test.replace("v.__class__", f"(v := {read}).__class__", 1)
        return f"({value} if {first} else {self._name(field.finish)}(v))"

    def _passes(self, field: Field, leaf: Leaf) -> tuple[str, str]:
        """What is true of a value `v` that is as it should be, and what the answer then holds."""
        enum = names_of_enum(leaf.type)
        if enum is not None:
            return self._passes_enum(enum)
        test = plain_test(leaf.type)
        if test is not None:
            return test, "v"
        known, coerce = self._name(field.classes), self._name(leaf.type.coerce_output_value)
        undefined = self._name(Undefined)
        return f"v.__class__ in {known} and (w := {coerce}(v)) is not None and w is not {undefined}", "w"

    def _passes_enum(self, enum: EnumNames) -> tuple[str, str]:
        members, strings = self._name(enum.members), self._name(enum.of_string)
        test = f"v.__class__ is {members} or v.__class__ is str and v in {strings}"
        return test, f"({strings}[v] if v.__class__ is str else {self._name(enum.of_member)}[v._name_])"

    def _read(self, field: Field, selection: Selection, record: str) -> str:
        if field.facts.mark is None and selection.catalogue.readable(field.name):
            return f"{record}.{field.name}"
        return f"{self._name(field.read)}({record})"

    def _local(self) -> str:
        self._locals += 1
        return f"v{self._locals}"

    def _name(self, value: object) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name


def _wrong() -> None:
    raise TypeError("looked at closely, record by record")
