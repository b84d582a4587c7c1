"""Who wins: a function of seed and participants that anybody can work out again, and that favours nobody."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from domain.drawing import Participant, Turn, commitment_of, participants_hash, ticket_of, winners

seeds = st.binary(min_size=32, max_size=32)
tickets = st.lists(st.uuids(), unique=True, max_size=60)
lists = tickets.flatmap(
    lambda ids: st.lists(st.sampled_from(Turn), min_size=len(ids), max_size=len(ids)).map(
        lambda turns: [Participant(*both) for both in zip(ids, turns, strict=True)]
    )
)
SEED = bytes(range(32))


def participants(many: int, turn: Turn = Turn.FIRST) -> list[Participant]:
    commitment = commitment_of(SEED)
    return [Participant(ticket_of(commitment, uuid.UUID(int=number)), turn) for number in range(many)]


@given(seeds, lists, st.integers(0, 80))
def test_everybody_wins_once_at_most_and_no_prize_is_left_while_somebody_may_win(
    seed: bytes, entered: list[Participant], prizes: int
) -> None:
    won = winners(seed, entered, prizes)

    may_win = {one.ticket for one in entered if one.turn is not Turn.NEVER}
    assert len(set(won)) == len(won) == min(prizes, len(may_win))
    assert set(won) <= may_win


@given(seeds, lists, st.integers(0, 80), st.randoms())
def test_the_order_in_which_people_entered_does_not_matter(
    seed: bytes, entered: list[Participant], prizes: int, chance: object
) -> None:
    shuffled = sorted(entered, key=lambda _: chance.random())  # type: ignore[attr-defined]

    assert winners(seed, shuffled, prizes) == winners(seed, entered, prizes)
    assert participants_hash(shuffled) == participants_hash(entered)


@given(seeds, lists, st.integers(0, 80))
def test_the_second_win_what_the_first_leave(seed: bytes, entered: list[Participant], prizes: int) -> None:
    turns = {one.ticket: one.turn for one in entered}

    in_order = [turns[ticket] for ticket in winners(seed, entered, prizes)]

    first = sum(one.turn is Turn.FIRST for one in entered)
    assert in_order.count(Turn.FIRST) == min(prizes, first)
    assert Turn.FIRST not in in_order[in_order.count(Turn.FIRST) :]


def test_all_win_equally_often() -> None:
    """Chi-square over 4,000 draws of 3 among 20: beyond 43.8 a fair draw comes once in a thousand tests."""
    entered = participants(20)

    won = Counter(
        ticket for number in range(4_000) for ticket in winners(hashlib.sha256(b"%d" % number).digest(), entered, 3)
    )

    expected = 4_000 * 3 / 20
    # A sample without replacement varies less than independent ones, by (20 - 3) / (20 - 1).
    assert sum((won[one.ticket] - expected) ** 2 / expected for one in entered) / (17 / 19) < 43.8


def test_each_place_is_won_equally_often_by_each() -> None:
    """Not only who wins, but what: chi-square of the first prize among 20, over 4,000 draws."""
    entered = participants(20)

    first = Counter(winners(hashlib.sha256(b"first %d" % n).digest(), entered, 3)[0] for n in range(4_000))

    assert sum((first[one.ticket] - 200) ** 2 / 200 for one in entered) < 43.8


def test_a_test_of_fairness_would_notice_a_favourite() -> None:
    """Negative control: one of 20 wins a third more often than the others."""
    entered = participants(20)
    draws = (hashlib.sha256(b"%d" % number).digest() for number in range(4_000))

    won = Counter(t for seed in draws for t in winners(seed, entered, 3 + (seed[0] < 86))[:4])
    won[entered[0].ticket] += won[entered[0].ticket] // 3

    expected = sum(won.values()) / 20
    assert sum((won[one.ticket] - expected) ** 2 / expected for one in entered) / (17 / 19) > 43.8


def test_anybody_can_work_it_out_with_sha256_alone() -> None:
    """What `docs/draws.md` says, step by step, without a line of ours."""
    entered = [*participants(5), Participant(ticket_of(commitment_of(SEED), uuid.UUID(int=99)), Turn.SECOND)]
    digit = {Turn.FIRST: "1", Turn.SECOND: "2", Turn.NEVER: "0"}

    commitment = hashlib.sha256(SEED).hexdigest()
    me = hashlib.sha256(bytes.fromhex(commitment) + uuid.UUID(int=3).bytes).hexdigest()[:32]
    lines = sorted(f"{one.ticket.hex} {digit[one.turn]}" for one in entered)
    listed = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
    ranked = sorted(lines, key=lambda line: (line[-1], hashlib.sha256(SEED + bytes.fromhex(line[:32])).hexdigest()))

    assert commitment == commitment_of(SEED)
    assert me == entered[3].ticket.hex
    assert listed == participants_hash(entered)
    assert [line[:32] for line in ranked[:4]] == [ticket.hex for ticket in winners(SEED, entered, 4)]


def test_the_published_example_stays_what_it_is() -> None:
    entered = participants(4)

    assert participants_hash(entered) == "376c036d0d1165c743ff545a708a123dc3f8ca6e8bf54041c176526515be1ced"
    assert [ticket.hex for ticket in winners(SEED, entered, 2)] == [
        "d8184da5170728069390ec4dc766aada",
        "0bc7be530ac70c69fe394f84e0f26d6d",
    ]


def test_a_change_of_one_entry_changes_the_hash() -> None:
    entered = participants(4)

    assert participants_hash(entered[:3]) != participants_hash(entered)
    assert participants_hash(participants(4, Turn.SECOND)) != participants_hash(entered)
