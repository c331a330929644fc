"""The parts of a system: loaded or lazy, and where their numbers live."""

from dataclasses import FrozenInstanceError, replace

import pytest
import torch

from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.lazy import Lazy, MemorySlot
from espnet2.gen_audio.pipeline.system import (
    Parts,
    System,
    batch_to_model,
    to_model,
)
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader

CONF = {"g2p": "char", "tokens": ["<blank>", "<unk>", "<space>", "a", "b", "<sos/eos>"]}


def test_lazy_parts_are_the_same_parts(system):
    slot = MemorySlot()
    loads = {
        name: Lazy(lambda name=name: getattr(system, name), slot)
        for name in ("ldm", "vae", "vocoder", "loa_lm")
    }
    lazy = replace(system, parts=Parts(**loads))
    assert lazy.is_lazy and not system.is_lazy
    assert lazy.ldm is system.ldm and lazy.vae is system.vae
    assert lazy.loa_lm is system.loa_lm and lazy.audiomae is None
    assert lazy.sample_rate == 16000 and lazy.dtype == torch.float32


def test_the_specification_is_that_of_the_parts_and_nothing_can_be_changed(system):
    assert System.of(system.parts, system.encoder).specification == system.specification
    with pytest.raises(FrozenInstanceError):
        system.ranking = None


def test_numbers_follow_the_model_and_ids_stay_whole():
    model = torch.nn.Linear(2, 2).double()
    assert to_model(torch.zeros(1), model).dtype == torch.float64
    batch = {"tokens": torch.zeros(1, 2), "tokens_lengths": torch.ones(1).long()}
    moved = batch_to_model(batch, model)
    assert moved["tokens"].dtype == torch.float64
    assert moved["tokens_lengths"].dtype == torch.int64


@pytest.mark.parametrize("reader", [None, PhonemeReader(CONF)])
def test_a_model_that_reads_no_phonemes_has_no_reader_of_transcripts(system, reader):
    encoder = CaptionEncoder({})
    encoder.reader = reader
    with pytest.raises(ValueError, match="--phonemes f was given.*no speech model"):
        replace(system, encoder=encoder).phoneme_reader("--phonemes f")


def test_a_speech_model_reads_transcripts_as_its_training_did(speech):
    assert speech.phoneme_reader("x") is speech.encoder.reader
