import dataclasses

import pytest
import torch

from espnet2.gen_audio.accel import compiled_unet
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.bench.equal_jobs import JOBS, UNET_STEPS, binding, unet
from espnet2.gen_audio.bench.timing import difference_of

MAKERS = [make for makers in JOBS.values() for make in makers]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@torch.inference_mode()
def test_both_systems_make_the_same(make, pair):
    job = make(pair)
    mine, wanted = job.ours(), job.baseline()
    assert len(mine) == pair.batch and float(wanted.std()) > 1e-3
    assert difference_of(mine, wanted) < 1e-3


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@torch.inference_mode()
def test_work_that_is_repeated_gives_the_same(make, pair):
    job = make(pair)
    assert torch.equal(job.ours(), job.ours())
    assert torch.equal(job.baseline(), job.baseline())


@pytest.mark.parametrize("part", ["loa_generation", "unet"])
@torch.inference_mode()
def test_the_number_of_tokens_is_free(part, pair):
    job = JOBS[part][0](dataclasses.replace(pair, batch=1, tokens=24))
    mine = job.ours()
    assert difference_of(mine, job.baseline()) < 1e-3
    if part == "loa_generation":
        assert mine.shape[1] == 24


@torch.inference_mode()
def test_the_baseline_keeps_keys_and_values_so_that_whole_generations_compare(pair):
    from espnet2.gen_audio.bench.peak_speed import operations

    two, four = (
        operations(
            JOBS["loa_generation"][0](dataclasses.replace(pair, tokens=n)).baseline
        )
        for n in (2, 4)
    )
    assert four < 1.5 * two


@torch.inference_mode()
def test_a_window_of_the_unet_is_told_as_such(pair):
    assert JOBS["unet"][0](pair).units == UNET_STEPS


@torch.inference_mode()
def test_compiled_it_makes_the_same_as_the_baseline(pair, monkeypatch):
    calls = []

    def run(*given):
        calls.append(1)
        return CachedUNet.__call__(*given)

    monkeypatch.setattr(compiled_unet, "compile_pass", lambda device: run)
    job = unet(pair, compiled=True)
    assert job.part == "unet, compiled"
    assert difference_of(job.ours(), job.baseline()) < 1e-3
    assert len(calls) == UNET_STEPS


@torch.inference_mode()
def test_conditions_can_be_bound_alone(pair):
    assert binding(pair)() is not None
