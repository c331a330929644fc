"""The vocoder's task: segments of whole frames in training, clips in validation."""

import argparse

import numpy as np
import pytest

from espnet2.gen_audio.tasks.gan_vocoder import GANVocoderTask

NOISE = np.random.default_rng(0).normal(size=20000).astype(np.float32)


def ready(train, segment_frames=51):
    args = argparse.Namespace(
        geometry_conf={"seconds": 0.64}, segment_frames=segment_frames
    )
    preprocess = GANVocoderTask.build_preprocess_fn(args, train=train)
    return preprocess("clip", {"audio": NOISE})["audio"]


def test_training_sees_segments_of_51_frames():
    assert ready(train=True).shape == (8160,)


def test_validation_takes_whole_clips():
    assert ready(train=False).shape == (10240,)


def test_a_segment_longer_than_the_clip_is_refused():
    with pytest.raises(ValueError, match="at most a clip"):
        ready(train=True, segment_frames=65)


def test_the_parser_keeps_the_configs_of_all_parts():
    words = "--vocoder_conf weight_norm=false --segment_frames 32"
    words += " --loss_conf mel_weight=3 --output_dir exp"
    args = GANVocoderTask.get_parser().parse_args(words.split())
    assert args.vocoder_conf == {"weight_norm": False}
    assert (args.part, args.segment_frames) == ("vocoder", 32)
