"""A training that encodes its sounds itself is the training on their dumps."""

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from espnet2.train.dataset import ESPnetDataset

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.tasks.joint import JointTask
from espnet2.gen_audio.training.encoded_batches import (
    ClipAndText,
    EncodedLoader,
    encoders_of,
)
from espnet2.gen_audio.training.rank_draws import OwnDraws

sys.path.insert(0, str(Path(__file__).parents[3] / "regression"))

from commands import Commands  # noqa: E402
from systems import unpack  # noqa: E402
from trainings import dump, losses_of, prepare, train  # noqa: E402

STREAMS = ("latent", "loa")
CLIP = 10240  # samples of the geometry of these systems

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoded")
    commands, data = Commands(folder / "log"), folder / "data"
    stored = unpack(folder / "stored")
    prepare(commands, data)
    for path in data.glob("*.wav"):  # of longer sounds a training takes random crops
        wave, rate = soundfile.read(path, frames=CLIP)
        soundfile.write(path, wave, rate, "PCM_16")
    old = stored / "experiments"
    dump(commands, data, old / "audiomae", old / "vae", stored / "encoders")
    return folder, commands, old


def on_the_fly(words, data, experiments):
    """Return the words of a training whose training clips are sounds."""
    words, given = [str(word) for word in words], {}
    folders = {"latent": experiments / "vae", "loa": experiments / "audiomae"}
    for stream in STREAMS:
        item = f"{data}/{stream}/{stream}.scp,{stream},kaldi_ark"
        if item in words:
            place = words.index(item)  # that of training is the first
            del words[place - 1 : place + 1]
            given[stream] = folders[stream]
    words += ["--train_data_path_and_name_and_type", f"{data}/wav.scp,audio,sound"]
    for stream, folder in given.items():
        words += ["--encode_audio", f"{stream}={folder}"]
    return words


def test_losses_and_weights_are_those_of_a_training_on_dumps(corpus):
    folder, commands, old = corpus
    data = folder / "data"

    def encoding(command, *words, **more):
        return commands(command, *on_the_fly(words, data, old), **more)

    for place, run in (("dumped", commands), ("encoded", encoding)):
        for name in ("loa_lm", "ldm"):
            train(run, data, folder / place, name, options="--max_epoch 1")
    for name in ("loa_lm", "ldm"):
        found, expected = (
            losses_of(folder / place / name) for place in ("encoded", "dumped")
        )
        assert found.keys() == expected.keys() and "train/loss" in found
        for key, values in expected.items():
            np.testing.assert_allclose(found[key], values, rtol=1e-4, err_msg=key)
        weights = [
            torch.load(folder / place / name / "latest.pth", weights_only=True)
            for place in ("encoded", "dumped")
        ]
        assert weights[0].keys() == weights[1].keys()  # without the frozen networks


def test_every_visit_of_a_long_recording_is_at_another_place_and_all_of_it_is_visited():
    geometry = ClipGeometry(seconds=0.64)
    wave = np.random.RandomState(0).randn(60 * 16000).astype(np.float32)  # a minute
    wave /= np.abs(wave).max()

    shapes = np.lib.stride_tricks.sliding_window_view(wave, 16)
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)

    def starts(train, visits):
        prepare, found = ClipAndText(ClipPreprocessor(train, geometry), None), []
        for _ in range(visits):
            clip = prepare("a", {"audio": wave, "caption": "x"})["audio"]
            assert len(clip) == geometry.samples
            found.append(int((shapes @ (clip[:16] - clip[:16].mean())).argmax()))
        return found

    found = np.array(starts(True, 40))
    assert len(set(found)) == 40
    # uniform over the recording: a quarter of it would be missed once in 100,000 tests
    quarters = np.bincount(found * 4 // len(wave), minlength=4)
    assert quarters.min() >= 1
    assert starts(False, 3) == [0, 0, 0]  # validation has the beginning


def test_batches_hold_streams_and_lengths_in_place_of_sounds():
    batch = {"audio": torch.zeros(2, 8), "audio_lengths": torch.tensor([8, 8])}
    batch["tokens"] = batch["audio_style"] = torch.ones(2, 1)
    encoders = {"loa": lambda audio: audio.reshape(2, 4, 2)}
    loader = EncodedLoader([(["a", "b"], batch)], encoders, "cpu")
    [(ids, found)] = list(loader)
    assert ids == ["a", "b"] and len(loader) == 1
    assert {*found} == {"tokens", "audio_style", "loa", "loa_lengths"}
    assert found["loa"].shape == (2, 4, 2) and found["loa_lengths"].tolist() == [4, 4]


def test_unknown_streams_and_other_geometries_are_refused(corpus):
    _, _, old = corpus
    geometry = ClipGeometry().to_dict()
    for given, message in (
        ({"mel": old / "vae"}, "mel=.*: mel is unknown; give latent, loa"),
        ({"latent": old / "vae"}, "latent=.* is of another geometry"),
        ({"latent": old / "audiomae"}, "is of part 'audiomae'; one of vae is needed"),
    ):
        with pytest.raises(ValueError, match=message):
            encoders_of(Namespace(geometry_conf=geometry, encode_audio=given), "cpu")


def test_sounds_count_as_the_streams_that_are_made_of_them_and_no_others(tmp_path):
    (tmp_path / "audio").write_text("a x\n")

    def check(preprocess):
        data = [(str(tmp_path / "audio"), "audio", "text")]
        dataset = ESPnetDataset(data, preprocess)
        JointTask.check_task_requirements(dataset, False, True)

    both, one = (ClipAndText(None, None, made) for made in (STREAMS, STREAMS[:1]))
    check(both)
    check(OwnDraws(both))
    for other in (None, one, OwnDraws(one)):
        with pytest.raises(RuntimeError, match="are required for JointTask"):
            check(other)
