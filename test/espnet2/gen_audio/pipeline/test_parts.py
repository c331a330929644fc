"""The parts of a system: here or on demand, and their precision."""

import torch

from espnet2.gen_audio.pipeline.on_demand import OnDemand, Room
from espnet2.gen_audio.pipeline.parts import Parts, batch_to_model, to_model
from espnet2.gen_audio.pipeline.preset import Behaviour


def test_parts_on_demand_are_the_same_parts(system):
    room = Room()
    loads = {
        name: OnDemand(lambda name=name: getattr(system, name), room)
        for name in ("loa_lm", "ldm", "vae", "vocoder")
    }
    parts = Parts(loads | {"audiomae": None}, Behaviour(), system.facts)
    assert parts.loads_on_demand and not system.loads_on_demand
    assert parts.ldm is system.ldm and parts.vae is system.vae
    assert parts.audiomae is None
    assert parts.sample_rate == 16000 and parts.dtype == torch.float32


def test_numbers_follow_the_model_and_ids_stay_whole():
    model = torch.nn.Linear(2, 2).double()
    assert to_model(torch.zeros(1), model).dtype == torch.float64
    batch = {"tokens": torch.zeros(1, 2), "tokens_lengths": torch.ones(1).long()}
    moved = batch_to_model(batch, model)
    assert moved["tokens"].dtype == torch.float64
    assert moved["tokens_lengths"].dtype == torch.int64
