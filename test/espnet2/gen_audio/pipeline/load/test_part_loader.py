"""Single parts from their files: precision, device, preparation."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline import precision
from espnet2.gen_audio.pipeline.load.part_files import StoredPart, StoredSystem
from espnet2.gen_audio.pipeline.load.part_loader import PartLoader, Placement
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim


@pytest.fixture
def stored(experiments):
    parts = {name: StoredPart(folder) for name, folder in experiments.items()}
    return StoredSystem(parts["ldm"], parts["vae"], loa_lm=parts["loa_lm"])


def test_parts_have_the_precision_of_the_system_but_the_schedule_keeps_its_own(
    stored, monkeypatch
):
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda: True)
    loader = PartLoader(stored, ClipGeometry(), Placement(dtype=torch.bfloat16))
    ldm = loader.ldm()
    for model in (loader.loa_lm(), loader.vae(), ldm.unet, ldm.conditions):
        assert {weight.dtype for weight in model.parameters()} <= {torch.bfloat16}
    schedule = dict(ldm.process.named_buffers())
    plain = dict(PartLoader(stored, ClipGeometry()).ldm().process.named_buffers())
    assert all(torch.equal(schedule[name], plain[name]) for name in plain)


def test_a_language_model_is_prepared_for_cached_decoding(stored):
    gpt2 = PartLoader(stored, ClipGeometry()).loa_lm().lm.gpt2
    assert all(block.mlp.c_fc.weight.t().is_contiguous() for block in gpt2.h)


def test_without_a_vocoder_there_is_griffin_lim(stored, system):
    geometry = system.specification.geometry
    assert isinstance(PartLoader(stored, geometry).vocoder(), GriffinLim)
