"""Turns of a generator and a discriminator on the same batch."""

import pytest
import torch

from espnet2.gen_audio.adversarial_model import AdversarialModel
from espnet2.gen_audio.feats.clip import ClipGeometry

AUDIO = torch.full((2, 3200), 0.5)


class Scale(AdversarialModel[torch.Tensor]):
    """One number scales clips, another tells them from recordings."""

    def __init__(self, start):
        super().__init__(ClipGeometry(seconds=0.64, n_mels=16), start)
        self.generator = torch.nn.Linear(1, 1)
        self.discriminator = torch.nn.Linear(1, 1)
        self.passes = 0

    def generator_parameters(self):
        return self.generator.parameters()

    def discriminator_parameters(self):
        return self.discriminator.parameters()

    def _generate(self, audio):
        self.passes += 1
        return self.generator(audio[..., None])

    def _generator_turn(self, audio):
        generated, counts = self._generate_for_generator(audio)
        loss = generated.mean()
        if counts:
            loss = loss + self.discriminator(generated).mean()
        return loss, {"counts": torch.tensor(float(counts))}

    def _discriminator_losses(self, audio, generated):
        return self.discriminator(generated.detach()).mean(), {}


def test_both_turns_of_a_batch_share_one_pass_and_other_batches_do_not():
    model = Scale(start=0)
    for turn in (False, True):
        model(AUDIO, forward_generator=turn)
    assert model.passes == 1
    model(AUDIO, forward_generator=True)
    model(AUDIO.clone(), forward_generator=False)
    assert model.passes == 3


@pytest.mark.parametrize("evaluating", [True, False])
def test_nothing_is_kept_between_turns_without_gradients(evaluating):
    model = Scale(start=0)
    model.train(not evaluating)
    with torch.set_grad_enabled(evaluating):
        for turn in (False, True):
            model(AUDIO, forward_generator=turn)
    assert model.passes == 2
    assert model.generator_steps.item() == 0


def test_switching_to_evaluation_forgets_the_pass_of_the_last_turn():
    model = Scale(start=0)
    model(AUDIO, forward_generator=False)
    model.eval()
    model.train()
    model(AUDIO, forward_generator=True)
    assert model.passes == 2


def test_before_its_start_the_discriminator_costs_nothing_but_gets_gradients():
    model = Scale(start=2)
    counts = []
    for _ in range(3):
        result = model(AUDIO, forward_generator=False)
        result["loss"].sum().backward()
        assert model.discriminator.weight.grad is not None
        counts.append(model(AUDIO)["stats"]["counts"].item())
        assert (result["loss"].item() == 0) == (counts[-1] == 0)
    assert counts == [0, 0, 1] and model.generator_steps.item() == 3


def test_what_the_trainer_takes_names_the_optimiser_of_the_turn():
    model = Scale(start=0)
    for turn, number in ((True, 0), (False, 1)):
        result = model(AUDIO, forward_generator=turn)
        assert result["optim_idx"] == number and result["weight"].item() == 2
    feats = model.collect_feats(AUDIO, torch.tensor([3200, 1600]))
    assert feats["mel"].shape == (2, 20, 16)
    assert feats["mel_lengths"].tolist() == [20, 10]
