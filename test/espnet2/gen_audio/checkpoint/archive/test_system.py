"""Parts and encoders of a system in memory."""

from espnet2.gen_audio.checkpoint.archive.system import (
    ENCODERS,
    NETS,
    OWN_NETS,
    Encoder,
    Part,
    System,
)
from espnet2.gen_audio.parts import PARTS


def test_members_come_in_the_order_of_their_lists_whatever_order_they_were_added_in():
    nets = (*NETS, *OWN_NETS)
    parts = {name: Part(name, {}, {}) for name in reversed(nets)}
    encoders = {name: Encoder(name, {}, {}) for name in reversed(ENCODERS)}
    assert list(System("custom", parts, encoders).members()) == [*nets, *ENCODERS]
    del parts["vae"]
    assert "vae" not in System("custom", parts, encoders).members()


def test_every_net_is_a_part_with_a_record():
    # a joint experiment is packed as its two nets
    assert {*NETS, *OWN_NETS, "joint"} == set(PARTS)
