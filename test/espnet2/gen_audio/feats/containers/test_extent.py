"""Promised bytes against the bytes of a file."""

import pytest

from espnet2.gen_audio.feats.containers.extent import Extent
from espnet2.gen_audio.feats.sound_limits import UnusableSound


def test_a_file_that_holds_what_is_promised_or_more_passes():
    sizes = [0, 10, 44, 143, 144, 500]
    assert [n for n in sizes if holds(Extent(44, 100), n)] == [144, 500]
    assert [n for n in sizes if holds(Extent(44, 0), n)] == sizes


def holds(extent, size):
    """Tell whether a file of this size passes."""
    try:
        extent.refuse_missing(size)
    except UnusableSound:
        return False
    return True


def test_a_file_that_holds_less_is_refused_with_both_numbers():
    with pytest.raises(UnusableSound, match="states 100 bytes of sound.* holds 99;"):
        Extent(44, 100).refuse_missing(143)
    with pytest.raises(UnusableSound, match="holds 0;"):
        Extent(44, 100).refuse_missing(20)


def test_slack_is_what_may_be_missing():
    Extent(0, 100, slack=10).refuse_missing(90)
    with pytest.raises(UnusableSound):
        Extent(0, 100, slack=10).refuse_missing(89)
