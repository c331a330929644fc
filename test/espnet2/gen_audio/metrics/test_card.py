"""Every metric says which way is better, in which unit, and where it comes from."""

import pytest

from espnet2.gen_audio.bin.score import CARDS


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.key)
def test_a_card_is_complete(card):
    assert card.better in ("higher", "lower", "neither")
    assert all(card.to_dict().values())


def test_keys_are_unique():
    assert len({card.key for card in CARDS}) == len(CARDS)
