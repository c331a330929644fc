"""The autoencoder's task: whole clips, levelled, at random places in training."""

import argparse

import numpy as np

from espnet2.gen_audio.tasks.gan_vae import GANVAETask

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
