"""A condition of one's own: declared in a YAML, dumped, trained and generated with.

What this file adds is an encoder and four lines of config; no other file names it.
Existing files that it would touch in real life: one, the table of encoders
(``encoder/choices.py``); none where matrices come from another program.
"""

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.bin import dump_condition, gen_audio, pack
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.compat import MatrixWriter, read_matrices
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_frozen_encoder import AUDIO, AbsFrozenEncoder
from espnet2.gen_audio.encoder.choices import frozen_encoder_choices
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

CONFIG = {
    "backbone_conf": {"channels": [32], "layers_per_block": 1},
    "conditions": {
        "loudness": {"role": "channels", "width": 1, "channels": 2, "p_drop": 0.1}
    },
}
OPTIONS = SamplingOptions("ddim", 5, 0.0, 2.0)


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
def contours(corpus):
    """The contours of the corpus, dumped by the command: the index, and by id."""
    table = frozen_encoder_choices.classes
    table["loudness_contour"] = LoudnessContour
    try:
        words = ["--data_dir", corpus, "--output_dir", corpus]
        words += ["--encoder", "loudness=loudness_contour"]
        dump_condition.main([str(word) for word in words])
    finally:
        del table["loudness_contour"]
    return corpus / "loudness.scp", dict(read_matrices(corpus / "loudness.scp"))


@pytest.fixture(scope="module")
def experiment(train, contours):
    """The experiment of a training with contours."""
    return train(CONFIG, "loudness")


def shape_of(wave):
    """Return a sound at the level of which its peak is 1; files have full scale."""
    return wave / np.abs(wave).max()


@pytest.fixture
def given(contours, tmp_path):
    """A function that writes an index in which some clips have others' contours."""

    def write(**others):
        path = tmp_path / "changed.scp"
        lines = dict(line.split() for line in contours[0].read_text().splitlines())
        lines |= {clip: lines[other] for clip, other in others.items()}
        path.write_text("".join(f"{key} {place}\n" for key, place in lines.items()))
        return ("--condition", f"loudness={path}")

    return write


def test_the_dump_holds_a_number_for_every_frame(contours):
    matrices = contours[1].values()
    assert {matrix.shape for matrix in matrices} == {(16, 1)}
    levels = [matrix.mean() for matrix in matrices]
    assert levels == sorted(levels)  # as the sounds were made


def test_it_is_trained_and_generated_with(experiment, generate, given):
    ldm = load_experiment(experiment)
    assert ldm.unet.widths == {"loudness": 1}
    taken = ldm.unet.net.conv_in.weight[:, 2:]
    assert taken.shape[1] == 2 and taken.abs().sum() > 0
    own = generate(experiment, "ddim", *given())
    again = generate(experiment, "ddim", *given())
    louder = generate(experiment, "ddim", *given(clip0="clip5"))
    without = generate(experiment, "ddim")  # null
    for name, wave in own.items():
        assert len(wave) == 10240 and np.array_equal(wave, again[name])
        assert not np.allclose(wave, without[name], atol=1e-4)
    assert np.array_equal(own["clip1"], louder["clip1"])
    assert not np.allclose(own["clip0"], louder["clip0"], atol=1e-4)


def test_python_takes_it_by_name_and_id(experiment, generate, given, contours, vae):
    folders = PartFolders(vae, "griffin_lim", ldm=experiment)
    text2audio = Text2Audio(load_experiments(folders, CaptionEncoder({})))
    rows = {name: torch.tensor(contours[1][name]) for name in ("clip0", "clip1")}
    captions = dict.fromkeys(rows, "sound")

    def alone(name, **conditions):
        made = text2audio({name: captions[name]}, OPTIONS, conditions=conditions)
        return shape_of(made[name].numpy())

    wanted = generate(experiment, "ddim", *given())
    absent = generate(experiment, "ddim")
    for name in rows:
        found = alone(name, loudness={name: rows[name]})
        np.testing.assert_allclose(found, shape_of(wanted[name]), atol=1e-3)
        np.testing.assert_allclose(alone(name), shape_of(absent[name]), atol=1e-3)
    with pytest.raises(ValueError, match="given for .*'clip9'.*have no caption"):
        text2audio(captions, OPTIONS, conditions={"loudness": {"clip9": rows["clip0"]}})


def test_a_packed_system_takes_it_from_the_command_of_one_prompt(
    experiment, contours, vae, tmp_path
):
    archive, contour = str(tmp_path / "my.zip"), tmp_path / "contour.npy"
    pack.main(
        ["--outpath", archive, "--ldm_dir", str(experiment), "--vae_dir", str(vae)]
    )
    np.save(contour, contours[1]["clip5"])
    words = ["sound", "--model", archive, "--steps", "2", "--json"]
    for name, more in (("with", ["--condition", f"loudness={contour}"]), ("null", [])):
        gen_audio.main([*words, *more, "--output", str(tmp_path / f"{name}.wav")])
    given, null = (soundfile.read(tmp_path / f"{n}.wav")[0] for n in ("with", "null"))
    assert len(given) == 10240 and not np.allclose(given, null, atol=1e-4)


@pytest.mark.parametrize(
    "name, matrix, message",
    [
        ("loudnes", np.ones((16, 1)), "condition 'loudnes' was given, but this model"),
        ("loudness", np.ones((16, 2)), r"of shape (16, 2) was given, but this model"),
    ],
)
def test_an_unknown_name_and_a_wrong_shape_end_in_one_line(
    experiment, generate, tmp_path, capsys, name, matrix, message
):
    with MatrixWriter(tmp_path / "x.ark", tmp_path / "x.scp") as writer:
        writer["clip0"] = matrix
    capsys.readouterr()
    with pytest.raises(SystemExit):
        words = ("--condition", f"{name}={tmp_path}/x.scp")
        generate(experiment, "ddim", *words, ids=["clip0"])
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert "clip0: " in told and message in told


def test_training_moves_the_weights_that_take_it_in(contours, train):
    still = {"optim": "sgd", "optim_conf": {"lr": 0.0}}
    fresh, again, trained = (
        load_experiment(train(CONFIG | changes, "loudness")).state_dict()
        for changes in (still, still, {})
    )
    name = "unet.loudness_channels.projection.weight"
    assert torch.equal(fresh[name], again[name])
    assert (fresh[name] - trained[name]).abs().max() > 1e-3


def test_its_data_are_needed_and_data_of_no_condition_refused(contours, train, capsys):
    with pytest.raises(SystemExit):
        train({"unet_conf": {"loa_dim": None, "tokens_dim": None}}, "loudness")
    assert "data named loudness were given" in capsys.readouterr().err
    with pytest.raises((SystemExit, ValueError)) as stop:
        train(CONFIG)
    told = capsys.readouterr().err + str(stop.value)
    assert "needs data named 'loudness'" in told
