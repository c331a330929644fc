"""Every part that can be imported has terms."""

from espnet2.gen_audio.checkpoint.archive.licences import LICENCES


def test_every_net_and_encoder_has_one_line_of_terms():
    from espnet2.gen_audio.checkpoint.archive.system import ENCODERS, NETS

    assert set(LICENCES) == {*NETS, *ENCODERS}
    assert all(text and "\n" not in text for text in LICENCES.values())


def test_weights_of_audioldm2_and_audiomae_are_marked_as_non_commercial():
    for part in ("audiomae", "vae", "vocoder", "loa_lm", "ldm"):
        assert "CC BY-NC" in LICENCES[part]
