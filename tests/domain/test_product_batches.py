"""Product batches: what is left of a product without what cannot be saved, and where it stood."""

from __future__ import annotations

import pytest

from domain.catalogue import MediaDraft, ProductDraft, VariantDraft
from domain.money import Money
from domain.product_batches import Saving, path_as_given, without_what_is_refused

variants = [VariantDraft(sku, sku, (), Money(1)) for sku in "abcd"]
a_saving = Saving(ProductDraft("p", "p", variants=variants, media=[MediaDraft("/a"), MediaDraft("/b")]))


def test_parts_are_left_out_one_after_the_other_and_called_by_their_old_places() -> None:
    once = without_what_is_refused(a_saving, ("input", "variants", "1", "price"))
    assert once is not None
    twice = without_what_is_refused(once, ("input", "variants", "1"))
    assert twice is not None
    thrice = without_what_is_refused(twice, ("input", "media", "0", "url"))
    assert thrice is not None

    assert ([one.sku for one in thrice.draft.variants], [one.url for one in thrice.draft.media]) == (["a", "d"], ["/b"])
    assert path_as_given(thrice, 7, ("input", "variants", "1", "price")) == (
        "input",
        "products",
        "7",
        "variants",
        "3",
        "price",
    )
    assert path_as_given(thrice, 0, ("input", "media", "0")) == ("input", "products", "0", "media", "1")
    assert path_as_given(thrice, 0, ("input", "slug")) == ("input", "products", "0", "slug")


@pytest.mark.parametrize("path", [("input", "slug"), ("input", "variants"), ("input",), ()])
def test_a_refusal_of_the_whole_leaves_nothing(path: tuple[str, ...]) -> None:
    assert without_what_is_refused(a_saving, path) is None
