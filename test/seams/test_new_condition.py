"""A condition of one's own: declared in a YAML, dumped, trained and sampled with.

What this file adds is an encoder and four lines of config; no other file names it.
"""

import pytest
import torch

from espnet2.gen_audio.bin import dump_condition
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.conditioner.condition import Condition, stack_rows
from espnet2.gen_audio.conditioner.encoders import frozen_encoder_choices
from espnet2.gen_audio.conditioner.frozen_encoder import AUDIO, AbsFrozenEncoder

CONFIG = {
    "backbone_conf": {"channels": [32], "layers_per_block": 1},
    "conditions": {
        "loudness": {"role": "channels", "width": 1, "channels": 2, "p_drop": 0.1}
    },
}


class LoudnessContour(AbsFrozenEncoder):
    """The level of each 40 ms of a sound, a number a frame."""

    sources = (AUDIO,)
    rate = 16000
    hop = 640

    @classmethod
    def of_stream(cls, name, stream, max_length, device, dtype):
        return cls()

    def audio(self, wave, rate, lengths=None):
        frames = wave.unfold(1, self.hop, self.hop)
        level = frames.square().mean(dim=2, keepdim=True).sqrt()
        return Condition.from_lengths(level, lengths // self.hop)


@pytest.fixture(scope="module")
def loudness(corpus):
    """Dump the contours of the corpus by the command, and read them."""
    table = frozen_encoder_choices.classes
    table["loudness_contour"] = LoudnessContour
    try:
        words = ["--data_dir", corpus, "--output_dir", corpus]
        words += ["--encoder", "loudness=loudness_contour"]
        dump_condition.main([str(word) for word in words])
    finally:
        del table["loudness_contour"]
    return dict(read_matrices(corpus / "loudness.scp"))


def contours(loudness, *names):
    """Return the conditions of some clips, as the diffusion model takes them."""
    rows = [torch.from_numpy(loudness[name])[None] for name in names]
    return stack_rows([{"loudness": Condition.from_lengths(row)} for row in rows])


def test_the_dump_holds_a_number_for_every_frame(loudness):
    assert {matrix.shape for matrix in loudness.values()} == {(16, 1)}
    levels = [matrix.mean() for matrix in loudness.values()]
    assert levels == sorted(levels)  # as the sounds were made


def test_it_is_trained_and_sampled_with(loudness, train, generate):
    ldm = train(CONFIG, "loudness")
    assert ldm.unet.widths == {"loudness": 1}
    taken = ldm.unet.net.conv_in.weight[:, 2:]
    assert taken.shape[1] == 2 and taken.abs().sum() > 0
    given = contours(loudness, "clip0", "clip5")
    made = generate(ldm, given, "ddim")
    assert made.shape == (2, 2, 8, 8)
    torch.testing.assert_close(made, generate(ldm, given, "ddim"))
    other = generate(ldm, contours(loudness, "clip5", "clip5"), "ddim")
    torch.testing.assert_close(made[1], other[1])
    assert (made[0] - other[0]).abs().max() > 1e-4


def test_training_moves_the_weights_that_take_it_in(loudness, train):
    still = {"optim": "sgd", "optim_conf": {"lr": 0.0}}
    fresh, again, trained = (
        train(CONFIG | changes, "loudness").state_dict()
        for changes in (still, still, {})
    )
    name = "unet.loudness_channels.projection.weight"
    assert torch.equal(fresh[name], again[name])
    assert (fresh[name] - trained[name]).abs().max() > 1e-3


def test_its_data_are_needed_and_data_of_no_condition_refused(train, capsys):
    with pytest.raises(SystemExit):
        train({"unet_conf": {"loa_dim": None, "tokens_dim": None}}, "loudness")
    assert "data named loudness were given" in capsys.readouterr().err
    with pytest.raises((SystemExit, ValueError)) as stop:
        train(CONFIG)
    told = capsys.readouterr().err + str(stop.value)
    assert "needs 'loudness' in its data" in told
