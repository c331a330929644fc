"""Precision of the networks, by device."""

import copy
import logging

import pytest
import torch

from espnet2.gen_audio.pipeline import precision
from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.precision import (
    DTYPES,
    dtype_of,
    in_precision,
    vae_type,
    vocoder_type,
)
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

HALF = (torch.bfloat16, torch.float16)


@pytest.fixture(params=[True, False], ids=["computes", "stores"])
def computes(request, monkeypatch):
    """Whether the CPU computes in bfloat16, as the machine would say."""
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda: request.param)
    return request.param


def test_every_name_is_a_dtype_and_others_are_refused():
    assert [dtype_of(name) for name in DTYPES] == [
        getattr(torch, name) for name in DTYPES
    ]
    with pytest.raises(ValueError, match="int8.*use float32, bfloat16"):
        dtype_of("int8")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_whole_precision_stays_everywhere(dtype, device, computes):
    assert vae_type(dtype, device) == vocoder_type(dtype) == dtype


@pytest.mark.parametrize("dtype", HALF)
def test_half_of_a_vae_stays_on_a_device_that_computes_in_it(dtype, computes):
    assert vae_type(dtype, "cuda") == dtype
    fast = computes and dtype == torch.bfloat16
    assert vae_type(dtype, "cpu") == (dtype if fast else torch.float32)


def test_a_diffusion_model_keeps_its_schedule_whole_and_lies_channels_last(system):
    half = in_precision(copy.deepcopy(system.ldm), torch.bfloat16, "cpu")
    whole = {name: b.dtype for name, b in system.ldm.process.named_buffers()}
    assert {name: b.dtype for name, b in half.process.named_buffers()} == whole
    weights = [p for p in half.unet.parameters() if p.ndim == 4]
    assert {p.dtype for p in half.unet.parameters()} == {torch.bfloat16}
    assert all(p.is_contiguous(memory_format=torch.channels_last) for p in weights)


def test_a_system_in_half_precision_makes_sound_and_says_where_that_is_slow(
    experiments, system, computes, caplog
):
    folders = PartFolders(
        experiments["vae"],
        "griffin_lim",
        loa_lm=experiments["loa_lm"],
        ldm=experiments["ldm"],
    )
    with caplog.at_level(logging.WARNING):
        half = load_experiments(folders, system.encoder, dtype=torch.bfloat16)
    assert ("no arithmetic in bfloat16" in caplog.text) is not computes
    own = torch.bfloat16 if computes else torch.float32
    assert next(half.vae.parameters()).dtype == own
    options = SamplingOptions(scheduler="ddim", steps=2, eta=0.0)
    wave = Text2Audio(half)({"a": "a dog"}, options)["a"]
    assert wave.dtype == torch.float32 and wave.isfinite().all() and wave.any()
