"""A schema that has every feature, over records whose values are drawn from a seed: some null, some faulty.

Everything is a function of the world's seed, so that two executors that ask for the same things in
another order, or another number at a time, meet the same values and the same faults.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.info import Info

from engine import Limits, Schema, Selected, batched, derived, describes, root, stream

UNLIMITED = Limits(
    tokens=10**6,
    depth=10**6,
    cost=10**1000,
    fields=10**6,
    overlaps=10**9,
    root_fields=10**6,
    root_mutations=10**6,
    root_money_mutations=10**6,
    page_minimum=-(2**31),
    page_maximum=2**31,
    errors=50,
)


class Broken(Exception):
    """What a faulty resolver raises."""


@dataclass(frozen=True)
class World:
    """The seed of all values, how often they are faulty, in percent, and whether functions answer later."""

    seed: int
    faults: int
    later: bool = False
    log: list[str] = field(default_factory=list)

    def roll(self, *key: object) -> int:
        """A number that depends on the seed and the key only."""
        digest = hashlib.blake2b(repr((self.seed, *key)).encode(), digest_size=8).digest()
        return int.from_bytes(digest)

    def faulty(self, *key: object) -> bool:
        """Whether something goes wrong here."""
        return self.roll("faulty", *key) % 100 < self.faults

    def pick(self, choices: Sequence[Any], *key: object) -> Any:
        """One of the choices."""
        return choices[self.roll("pick", *key) % len(choices)]


class Record:
    """Something of a world that is known by its number."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number}>"

    def value(self, name: str, good: Sequence[Any], bad: Sequence[Any] = (None,)) -> Any:
        """The value of an attribute: a good one, or in a faulty place a bad one, or an exception raised or returned."""
        key = (type(self).__name__, self.number, name)
        if not self.world.faulty(*key):
            return self.world.pick(good, *key)
        worse = self.world.pick([*bad, None, Broken, Broken(f"{name} returned")], "bad", *key)
        if worse is Broken:
            raise Broken(f"{name} of {self.number} raised")
        return worse


def attribute(name: str, good: Sequence[Any], bad: Sequence[Any] = (None,)) -> Any:
    """A property of a record."""
    return property(lambda record: record.value(name, good, bad))


@strawberry.enum
class Shade(Enum):
    """An enum whose values are not its names."""

    RED = "r"
    GREEN = 2


class Odd:
    """A value that serializes in a way of its own."""

    def __str__(self) -> str:
        return "odd"


class Amount(Record):
    """A value object in which nothing waits."""

    minor = attribute("minor", [0, 1, 2**31 - 1], [2**31, "12", 1.0, 1.5, True, "x"])
    currency = attribute("currency", ["CNY", "EUR"], [7, True, 1.5, [], Odd(), b"x"])


class Person(Record):
    """Has an attribute of every scalar."""

    name = attribute("name", ["Li", "Wang"], [3, None, {}])
    nick = attribute("nick", ["L", None], [object(), False])
    age = attribute("age", [1, 99, -(2**31)], [2**40, "9", "nine", 1e3, float("nan"), Decimal(5)])
    height = attribute("height", [1.5, 2, 0.0], [float("inf"), "1.5", "tall", True, Decimal("1.25"), Odd()])
    living = attribute("living", [True, False], [1, 0.0, "yes", Decimal(0)])
    shade = attribute("shade", [Shade.RED, Shade.GREEN], ["r", 2, "RED", "blue"])
    labels = attribute("labels", [["a"], ("b", "c")], [["a", None], dict.fromkeys("ab").keys(), {"a": 1}])
    tags = attribute("tags", [["a", "b"], [], ("c",), {"d"}], [["a", None], [1, object()], "abc", None, 5, {}])
    grid = attribute("grid", [[[1], [2, 3]], [], [[]]], [[[None]], [None], [["x"]], 3, [[1], 2]])
    born = attribute("born", [dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)], ["2026", 5])
    code = attribute("code", [uuid.UUID(int=5)], ["not checked", 5])
    balance = attribute("balance", [Decimal("1.10")], ["x", 1])
    extra = attribute("extra", [{"a": [1]}, [1, {"b": None}], "s", 0])
    even = attribute("even", [2, 4], [3, "x"])

    @property
    def wallet(self) -> Any:
        """A non-null value object."""
        return self.value("wallet", [Amount(self.world, self.number)], [5, None])

    @property
    def debt(self) -> Any:
        """A value object that may be missing."""
        return self.value("debt", [Amount(self.world, self.number + 1), None], ["x"])

    @property
    def receipts(self) -> Any:
        """A list of value objects."""
        amounts = [Amount(self.world, self.number + n) for n in range(3)]
        return self.value("receipts", [amounts, amounts[:1], [], tuple(amounts)], [[amounts[0], None], 5, None, [5]])

    @property
    def bills(self) -> Any:
        """A list of value objects without nulls."""
        amounts = [Amount(self.world, self.number + n) for n in range(2)]
        return self.value("bills", [amounts, []], [[amounts[0], None], (5,), iter(amounts)])

    @property
    def rows(self) -> Any:
        """A list of lists of records."""
        row = [Person(self.world, self.number * 2 + n) for n in range(2)]
        return self.value("rows", [[row, []], [row, row[:1]], []], [[row, None], [[None]], 5, [5], [iter(row), row]])

    @property
    def home(self) -> Any:
        """A record read as an attribute, below which fields wait."""
        return self.value("home", [House(self.world, self.number)], [None, 5])


class House(Record):
    """Holds people, of whom some take a call to find."""

    street = attribute("street", ["Main", "Side"])

    @property
    def owner(self) -> Any:
        """A record behind an interface."""
        return self.value("owner", [Person(self.world, self.number), firm(self.world, self.number)], [5, Odd()])


def firm(world: World, number: int) -> Firm:
    """An instance of a Strawberry type."""
    name: Any = None if world.faulty("firm", number) else f"firm {number}"
    return Firm(name=name, nick=None, number=number)


def thing(world: World, number: int) -> Any:
    """Something of one of the classes of the union, or of none."""
    if world.faulty("thing", number):
        return world.pick([5, None, Broken("thing"), Amount(world, number)], "bad", "thing", number)
    kind = world.pick([Person, House, firm, gadget], "thing", number)
    return kind(world, number)


def named(world: World, number: int) -> Any:
    """Something of one of the classes of the interface."""
    return world.pick([Person, firm], "named", number)(world, number)


def gadget(_: World, number: int) -> Gadget:
    """A plain Strawberry object."""
    return Gadget(label=f"gadget {number}", weight=None if number % 2 else 1.5)


def waiting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function answer later, if the world says so."""

    async def later(*args: Any, **arguments: Any) -> Any:
        return function(*args, **arguments)

    @functools.wraps(function)
    def answer(world: World, *args: Any, **arguments: Any) -> Any:
        return (later if world.later else function)(world, *args, **arguments)

    return answer


def each(world: World, name: str, parents: Sequence[Any], make: Callable[[Any], Any]) -> list[Any]:
    """The answer of a batch function that may fail as a whole, or for some of its parents."""
    if world.faulty("all", name):
        raise Broken(f"{name} failed")
    return [_one(world, name, parent, make) for parent in parents]


def _one(world: World, name: str, parent: Any, make: Callable[[Any], Any]) -> Any:
    key = (name, type(parent).__name__, getattr(parent, "number", 0))
    if world.faulty(*key):
        return world.pick([None, Broken(f"{name} of {key[2]}"), 5, [None], [[Broken("inner")]]], "bad", *key)
    return make(parent)


EVEN = NewType("EVEN", int)


def serialize_even(value: Any) -> int | None:
    """Refuses odd numbers, and finds nothing in 4."""
    if value % 2:
        raise ValueError(f"{value} is odd")
    return None if value == 4 else int(value)


def parse_even(value: Any) -> int:
    """Refuses what is not an even number."""
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"{value} is not even")
    return value


@strawberry.input
class Span:
    """An input object with a default, and a field that tells null from nothing."""

    low: int = 1
    high: int | None = strawberry.UNSET
    shades: list[Shade] | None = None


@waiting
def friends_of(world: World, parents: Sequence[Any], *, first: int = 2, span: Span | None = None) -> list[Any]:
    """People of a person."""
    more = span.low % 2 if span else 0
    return each(
        world,
        "friends",
        parents,
        lambda person: [Person(world, person.number * 3 + n) for n in range(first % 4 + more)],
    )


@waiting
def best_of(world: World, parents: Sequence[Any], *, selected: Selected) -> list[Any]:
    """One person, or none."""
    assert all(isinstance(name, str) for name in selected)
    return each(
        world,
        "best",
        parents,
        lambda person: world.pick([None, Person(world, person.number + 7)], "best", person.number),
    )


@waiting
def score_of(world: World, parents: Sequence[Any], *, base: float = 0.5, shade: Shade | None = None) -> list[Any]:
    """A leaf that takes a call."""
    return each(world, "score", parents, lambda person: person.number + base + (shade is Shade.RED))


@waiting
def marks_of(world: World, parents: Sequence[Any]) -> list[Any]:
    """A list of leaves that takes a call."""
    return each(
        world, "marks", parents, lambda person: world.pick([[1, 2], (), [None], None, {3}], "marks", person.number)
    )


@waiting
def seen_of(
    world: World, parents: Sequence[Any], *, span: Span, ids: list[strawberry.ID] | None = None, even: EVEN = EVEN(2)
) -> list[Any]:
    """What a resolver is given, as text."""
    return each(world, "seen", parents, lambda person: f"{person.number} {span} {ids} {even!r}")


@waiting
def told_of(world: World, parents: Sequence[Any], *, selected: Selected) -> list[Any]:
    """What a resolver is told is selected below, as text."""
    text = f"{sorted(selected)} {sorted(selected.below('about'))} {sorted(selected.below('about.best'))}"
    return each(world, "told", parents, lambda person: Told(text=text, about=Person(world, person.number)))


@waiting
def neighbours_of(world: World, parents: Sequence[Any]) -> list[Any]:
    """Lists of lists behind a union."""
    return each(
        world,
        "neighbours",
        parents,
        lambda person: [[thing(world, person.number + n) for n in range(2)], [], [thing(world, person.number)]],
    )


@waiting
def tenants_of(world: World, parents: Sequence[Any], *, limit: int | None = None) -> list[Any]:
    """Records behind an interface."""
    count = 2 if limit is None else limit % 4
    return each(world, "tenants", parents, lambda house: [named(world, house.number + n) for n in range(count)])


@strawberry.type
class Money:
    """Plain attributes, and what is derived of them."""

    minor: int
    currency: str | None
    shout: str | None = derived(lambda amount: amount.currency.upper())


@strawberry.interface
class Named:
    """What has a name."""

    name: str
    nick: str | None


@strawberry.type
class Firm(Named):
    """Its records are instances of it."""

    number: int
    worth: float = batched(score_of)


@strawberry.type
class Gadget:
    """Of no interface."""

    label: str
    weight: float | None


@describes(House)
@strawberry.type
class Building:
    """Its records are of another class."""

    street: str | None
    owner: Named | None
    tenants: list[Named] = batched(tenants_of)

    @strawberry.field
    def number(self, plus: int = 0) -> int:
        """An ordinary resolver of one parent."""
        house: Any = self
        return int(house.number) + plus


Thing = Annotated["Human | Building | Firm | Gadget", strawberry.union("Thing")]


@strawberry.type
class Told:
    """What a resolver was told, and someone to select below."""

    text: str
    about: Human | None


@waiting
def spoken(world: World, person: Any, word: str) -> str:
    """What an ordinary resolver answers."""
    if world.faulty("slow", person.number):
        raise Broken("slow")
    return f"{word} {person.number}"


@strawberry.type
@describes(Person)
class Human(Named):
    """Has a field of every kind."""

    id: strawberry.ID = derived(lambda person: f"person-{person.number}")
    key: strawberry.ID | None = derived(lambda person: person.age)
    age: int | None
    height: float | None
    living: bool
    shade: Shade | None
    tags: list[str | None] | None
    labels: list[str]
    grid: list[list[int] | None] | None
    born: dt.datetime | None
    code: uuid.UUID | None
    balance: Decimal | None
    extra: JSON | None
    even: EVEN | None
    wallet: Money
    debt: Money | None
    receipts: list[Money | None] | None
    bills: list[Money]
    rows: list[list[Human]] | None
    home: Building | None
    friends: list[Human] = batched(friends_of)
    circle: list[Human | None] | None = batched(friends_of)
    best: Human | None = batched(best_of)
    score: float = batched(score_of)
    marks: list[int | None] | None = batched(marks_of)
    seen: str | None = batched(seen_of)
    told: Told | None = batched(told_of)
    neighbours: list[list[Thing | None] | None] | None = batched(neighbours_of)

    @strawberry.field
    def slow(self, word: str) -> str:
        """An ordinary resolver that may wait."""
        person: Any = self
        answer: str = spoken(person.world, person, word)
        return answer


@waiting
def find_person(world: World, *, number: int = 1, even: EVEN | None = None) -> Any:
    """One person."""
    if world.faulty("person", number):
        raise Broken(f"person {number}")
    return Person(world, number + (even or 0))


@waiting
def find_people(world: World, *, first: int = 2, span: Span | None = None) -> Any:
    """Some people."""
    return [Person(world, n + (span.low if span else 0)) for n in range(first % 4)]


@waiting
def find_things(world: World, *, ids: list[strawberry.ID]) -> Any:
    """One thing for each id."""
    return [thing(world, len(each) + n) for n, each in enumerate(ids)]


@waiting
def find_names(world: World) -> Any:
    """Whatever has a name."""
    return [named(world, n) for n in range(3)]


@waiting
def find_nothing(world: World) -> Any:
    """What should not be null, is."""
    return None if world.faulty("nothing") else "something"


@strawberry.type
class Query:
    """The root."""

    person: Human | None = root(find_person)
    someone: Human = root(find_person)
    people: list[Human] | None = root(find_people)
    things: list[Thing] | None = root(find_things)
    names: list[Named | None] | None = root(find_names)
    nothing: str = root(find_nothing)
    fixed: str = "fixed"

    @strawberry.field
    def echo(self, info: Info, word: str = "word") -> str:
        """An ordinary resolver that asks for info."""
        return f"{word} {info.field_name} {info.path.key} {sorted(field.name for field in info.selected_fields)}"


@waiting
def find_note(world: World, *, word: str = "a") -> Any:
    """Take a note, or fail."""
    world.log.append(word)
    if world.faulty("note", word, len(world.log)):
        raise Broken(f"note {word}")
    return ", ".join(world.log)


@waiting
def find_meet(world: World, *, number: int) -> Any:
    """Meet a person, who may be missing."""
    world.log.append(f"met {number}")
    return None if world.faulty("meet", number, len(world.log)) else Person(world, number)


@strawberry.type
class Mutation:
    """Leaves its traces in the log of the world."""

    note: str | None = root(find_note)
    must: str = root(find_note)
    meet: Human = root(find_meet)
    maybe: Human | None = root(find_meet)


async def happen(world: World, *, count: int = 2) -> AsyncIterator[Any]:
    """So many things, one after the other."""
    for number in range(count % 4):
        yield thing(world, number)


async def enter(world: World, *, count: int = 2) -> AsyncIterator[Any]:
    """The same, but it takes a moment to come in, and may be refused."""
    if world.faulty("enter"):
        raise Broken("enter")
    return happen(world, count=count)


@strawberry.type
class Subscription:
    """Things that happen."""

    things: Thing | None = stream(happen)
    entered: Thing = stream(enter)

    @strawberry.subscription
    async def ticks(self, info: Info, word: str = "tick") -> AsyncIterator[str]:
        """An ordinary subscription."""
        yield word
        yield f"{word} {info.field_name}"


schema = Schema(
    Query,
    Mutation,
    Subscription,
    config=StrawberryConfig(
        scalar_map={EVEN: strawberry.scalar(name="Even", serialize=serialize_even, parse_value=parse_even)}
    ),
    limits=UNLIMITED,
)
