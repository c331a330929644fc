"""The autoencoder's task: whole clips, levelled, at random places in training."""

import argparse
import logging

import numpy as np
import pytest
from espnet2.train.reporter import Reporter

from espnet2.gen_audio.tasks.gan_vae import GANVAETask, compare_with_untrained

ARGS = argparse.Namespace(geometry_conf={"seconds": 0.64})
NOISE = np.random.default_rng(0).normal(size=20000).astype(np.float32)


def ready(train):
    np.random.seed(0)
    preprocess = GANVAETask.build_preprocess_fn(ARGS, train=train)
    return preprocess("clip", {"audio": NOISE})["audio"]


def test_clips_have_the_length_and_level_of_the_geometry():
    clip = ready(train=False)
    assert clip.shape == (10240,)
    assert np.abs(clip).max() == np.float32(0.5)


def test_only_training_moves_the_crop():
    assert np.array_equal(ready(train=False), ready(train=False))
    assert not np.allclose(ready(train=True), ready(train=False))


def test_the_parser_keeps_the_configs_of_all_three_parts():
    words = "--vae_conf layers_per_block=1 --discriminator_conf width=4"
    words += " --loss_conf kl_weight=3 --output_dir exp --optim2 adamw"
    args = GANVAETask.get_parser().parse_args(words.split())
    assert args.vae_conf == {"layers_per_block": 1}
    assert args.discriminator_conf == {"width": 4}
    assert args.loss_conf == {"kl_weight": 3}
    assert (args.part, args.optim2) == ("vae", "adamw")


def reporter_of(**valid):
    reporter = Reporter()
    reporter.load_state_dict({"stats": {1: {"valid": valid}}, "epoch": 1})
    return reporter


@pytest.mark.parametrize("trained, level", [(0.35, "WARNING"), (0.09, "INFO")])
def test_a_training_that_gains_nothing_over_components_is_named(trained, level, caplog):
    with caplog.at_level(logging.INFO):
        compare_with_untrained(reporter_of(mel_l1=trained, linear_mel_l1=0.098))
    (record,) = caplog.records
    assert record.levelname == level
    assert f"{trained}, principal components 0.098" in record.message
    assert ("is not better" in record.message) == (level == "WARNING")


def test_a_training_without_statistics_is_compared_with_nothing(caplog):
    with caplog.at_level(logging.INFO):
        compare_with_untrained(reporter_of(mel_l1=0.9))
    assert not caplog.records
