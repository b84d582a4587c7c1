"""Windows: how often one caller may do one thing."""

from __future__ import annotations

from limits import RateLimitItemPerSecond

from resolvers.windows import Windows

THREE_IN_TEN_S = RateLimitItemPerSecond(3, 10)
MEI, LIN = ("comment", "mei"), ("comment", "lin")


def test_one_more_is_allowed_once_the_first_of_them_is_out_of_the_window() -> None:
    windows = Windows()
    for at in (100.0, 104.0, 105.0):
        assert windows.wait_s(THREE_IN_TEN_S, MEI, at) == 0
        windows.count(THREE_IN_TEN_S, MEI, at)

    assert windows.wait_s(THREE_IN_TEN_S, MEI, 105.0) == 5.0
    assert windows.wait_s(THREE_IN_TEN_S, LIN, 105.0) == 0
    assert windows.wait_s(THREE_IN_TEN_S, MEI, 110.0) == 0

    windows.count(THREE_IN_TEN_S, MEI, 110.0)
    assert windows.wait_s(THREE_IN_TEN_S, MEI, 110.0) == 4.0


def test_rates_of_the_same_thing_count_for_themselves() -> None:
    windows, once_a_minute = Windows(), RateLimitItemPerSecond(1, 60)

    windows.count(once_a_minute, MEI, 100.0)

    assert windows.wait_s(once_a_minute, MEI, 110.0) == 50.0
    assert windows.wait_s(THREE_IN_TEN_S, MEI, 110.0) == 0


def test_who_did_nothing_in_the_window_is_forgotten() -> None:
    windows = Windows()
    for number in range(1_000):
        windows.count(THREE_IN_TEN_S, ("comment", str(number)), 100.0)

    windows.count(THREE_IN_TEN_S, MEI, 110.0)

    assert [len(window) for window in windows._by_length.values()] == [1]
