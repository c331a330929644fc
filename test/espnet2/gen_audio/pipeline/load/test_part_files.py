"""Stored parts: models without weights, and fresh ones."""

import pytest
import torch

from espnet2.gen_audio.pipeline.load.part_files import StoredPart, StoredSystem
from espnet2.gen_audio.pipeline.specification import SystemSpecification


@pytest.fixture
def stored(experiments):
    parts = {name: StoredPart(folder) for name, folder in experiments.items()}
    return StoredSystem(parts["ldm"], parts["vae"], loa_lm=parts["loa_lm"])


def test_sizes_are_read_from_models_without_memory(stored, system):
    shapes = stored.shapes()
    weights = [*shapes.ldm.unet.parameters(), *shapes.loa_lm.parameters()]
    assert {weight.device.type for weight in weights} == {"meta"}
    found = SystemSpecification.of(shapes.loa_lm, shapes.ldm)
    assert found == system.specification


def test_a_part_is_built_as_its_config_says_with_fresh_weights(stored, system):
    torch.manual_seed(3)
    built = stored.ldm.build()
    own, saved = built.state_dict(), system.ldm.state_dict()
    assert own.keys() == saved.keys()
    assert not torch.equal(
        own["unet.net.conv_in.weight"], saved["unet.net.conv_in.weight"]
    )
