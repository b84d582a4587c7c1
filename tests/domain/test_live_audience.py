"""The rules of a room's audience: who is one viewer, who invited whom, what a reminder says, where a card may lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import VISITOR, Duty, Principal, Role
from domain.ledger import COINS_ISSUED, coin_wallet
from domain.live_audience import LikesChanged, viewer_number
from domain.live_bounties import Bounty, Claim
from domain.live_calls import CallKind, CallToAction, Contact, leads_home
from domain.live_invites import (
    BoardChanged,
    BoardEntry,
    BoardOf,
    InviteTerms,
    Sharer,
    boards_of,
    inviter_of,
    named_by,
    shown_name,
    subject_of,
    works_for,
)
from domain.live_reservations import Reminder, ReminderTerms, check_templates
from domain.refusals import BadInput
from domain.room_events import event_from, payload_of

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room, anna, ben, a_guide = uuid4(), uuid4(), uuid4(), uuid4()
members, keys = st.uuids(), st.text(max_size=64)


@given(members, keys, keys)
def test_a_member_is_one_viewer_on_whatever_device(member: UUID, one: str, another: str) -> None:
    assert viewer_number(member, one) == viewer_number(member, another)
    assert -(2**63) <= viewer_number(member, one) < 2**63


@given(st.sets(members, max_size=20), st.sets(keys, max_size=20))
def test_different_viewers_have_different_numbers(some: set[UUID], devices: set[str]) -> None:
    numbers = {viewer_number(member, "") for member in some} | {viewer_number(None, key) for key in devices}

    assert len(numbers) == len(some) + len(devices)


@pytest.mark.parametrize(
    ("sharer", "is_staff", "counts"),
    [
        pytest.param(Sharer(anna), False, True, id="somebody's link"),
        pytest.param(None, False, False, id="no link"),
        pytest.param(Sharer(ben), False, False, id="one's own link"),
        pytest.param(Sharer(anna), True, False, id="staff of the room"),
    ],
)
def test_an_entry_counts_for_whose_link_was_used(sharer: Sharer | None, is_staff: bool, counts: bool) -> None:
    assert inviter_of(ben, sharer, is_staff=is_staff) == (sharer if counts else None)


def test_staff_of_a_room_are_those_of_its_store_and_of_the_units_above() -> None:
    def on_duty(path: str) -> Principal:
        return Principal(anna, duties=(Duty(Role.CONTENT, uuid4(), path),))

    assert works_for(on_duty("hq."), "hq.east.s1.")
    assert works_for(on_duty("hq.east.s1."), "hq.east.s1.")
    assert not works_for(on_duty("hq.west."), "hq.east.s1.")
    assert not works_for(VISITOR, "hq.east.s1.")


@pytest.mark.parametrize(
    ("terms", "with_phone", "without"),
    [
        pytest.param(InviteTerms(), True, True, id="at once"),
        pytest.param(InviteTerms(phone_bound=True), True, False, id="with a phone"),
        pytest.param(InviteTerms(watched=timedelta(seconds=30)), False, False, id="after a while"),
    ],
)
def test_when_an_invite_counts(terms: InviteTerms, with_phone: bool, without: bool) -> None:
    assert terms.counts_at_once(has_phone=True) is with_phone
    assert terms.counts_at_once(has_phone=False) is without


def test_a_guide_stands_on_the_boards_of_guides_and_stores_and_a_member_on_the_members() -> None:
    assert boards_of(a_guide) == (BoardOf.GUIDES, BoardOf.STORES)
    assert boards_of(None) == (BoardOf.MEMBERS,)


@given(st.uuids(), st.sampled_from(BoardOf))
def test_a_board_is_found_by_its_name(room: UUID, of: BoardOf) -> None:
    assert named_by(subject_of(room, of)) == (room, of)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("小美", "小美"),
        ("13812345678", "138****5678"),
        ("+8613812345678 王", "138****5678 王"),
        ("买家1234567", "买家1234567"),
    ],
)
def test_phones_in_names_are_masked(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_of_each_board_only_the_latest_counts() -> None:
    def changed(of: BoardOf) -> BoardChanged:
        return BoardChanged(a_room, 1, NOON, a_room, of, (BoardEntry(1, "Anna", None, 3),))

    assert changed(BoardOf.MEMBERS).latest_key != changed(BoardOf.GUIDES).latest_key
    for event in (changed(BoardOf.STORES), LikesChanged(a_room, 2, NOON, 7)):
        assert event_from(event.kind, a_room, event.seq, NOON, payload_of(event)) == event


def test_a_reminder_fits_its_template() -> None:
    reminder = Reminder(a_room, anna, "o1", "很" * 60, "名" * 32, NOON)

    data = reminder.data(timezone(timedelta(hours=8)))

    assert data == {"thing1": "很" * 20, "time2": "2026-11-22 12:00", "thing3": "名" * 20}
    assert ReminderTerms("t").page_of(a_room) == f"pages/live/room?id=liv_{a_room.hex}"


@pytest.mark.parametrize("given_ids", [[], [""], ["other"], ["t"] * 4])
def test_templates_that_the_brand_does_not_send_are_refused(given_ids: list[str]) -> None:
    with pytest.raises(BadInput):
        check_templates(given_ids, ReminderTerms("t"))
    assert check_templates(["t", "t"], ReminderTerms("t")) == ["t"]


@pytest.mark.parametrize("address", ["https://[", "https://shop.example:x/", "x" * 2_000, "ftp://shop.example/"])
def test_what_is_no_address_leads_nowhere(address: str) -> None:
    assert not leads_home(address, frozenset({"shop.example"}), pictures=True)


@pytest.mark.parametrize(
    ("kind", "target", "link", "code"),
    [
        (CallKind.LINK, "pages/a", "pages/a", None),
        (CallKind.GROUP_QR, "/qr.png", None, "/qr.png"),
        (CallKind.GUIDE_QR, None, None, "/guide.png"),
    ],
)
def test_where_a_card_leads(kind: CallKind, target: str | None, link: str | None, code: str | None) -> None:
    contact = Contact(a_guide, "Guide", None, "/guide.png") if kind is CallKind.GUIDE_QR else None
    call = CallToAction(uuid4(), a_room, kind, "title", None, target, NOON, None, contact)

    assert (call.link_url, call.qr_url) == (link, code)
    assert CallToAction(uuid4(), a_room, CallKind.GUIDE_QR, "title", None, None, NOON, None).qr_url is None


def test_a_bounty_is_coins_of_the_brand_under_a_key_of_its_own() -> None:
    claim = Claim(a_room, anna, Bounty(3, 50))

    assert claim.key == f"bounty:{a_room.hex}:{anna.hex}:3"
    assert (claim.posting.source, claim.posting.destination) == (COINS_ISSUED, coin_wallet(anna))
