"""Encoders against the class of transformers that their config names."""

import pytest
import torch
from transformers import T5Config, T5EncoderModel

from espnet2.gen_audio.checkpoint.archive.encoder_fit import refuse_misfit_of_encoder

CONFIG = {
    "architectures": ["T5EncoderModel"],
    "model_type": "t5",
    "vocab_size": 11,
    "d_model": 8,
    "d_kv": 4,
    "d_ff": 16,
    "num_layers": 1,
    "num_heads": 2,
    "feed_forward_proj": "gated-gelu",
}


@pytest.fixture
def state():
    torch.manual_seed(0)
    return dict(T5EncoderModel(T5Config(**CONFIG)).state_dict())


def test_the_state_of_the_class_fits_with_and_without_its_second_names(state):
    refuse_misfit_of_encoder(CONFIG, state, "enc")
    shared = state["shared.weight"]
    second = state.pop("encoder.embed_tokens.weight", shared)
    assert torch.equal(second, shared)
    refuse_misfit_of_encoder(CONFIG, state, "enc")
    del state["shared.weight"]
    with pytest.raises(ValueError, match="missing: shared.weight"):
        refuse_misfit_of_encoder(CONFIG, state, "enc")


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda s: s.update(stray=torch.ones(2)), r"enc does .*extra: stray \(2,\)"),
        (lambda s: s.pop("shared.weight"), "missing: shared.weight"),
        (
            lambda s: s.update({"shared.weight": torch.ones(3)}),
            r"\(3,\), not \(11, 8\)",
        ),
        (lambda s: s["shared.weight"].fill_(float("nan")), "not finite: shared.weight"),
    ],
    ids=["extra", "missing", "misshapen", "not finite"],
)
def test_a_state_that_does_not_fit_is_refused_by_name(state, change, message):
    change(state)
    with pytest.raises(ValueError, match=message):
        refuse_misfit_of_encoder(CONFIG, state, "enc")


def test_another_model_may_bring_heads_but_no_number_that_is_not_finite():
    config = {"architectures": ["BertForMaskedLM"], "model_type": "bert"}
    weights = {"bert.x": torch.ones(2), "cls.decoder.weight": torch.ones(3)}
    refuse_misfit_of_encoder(config, weights, "enc")
    refuse_misfit_of_encoder({"model_type": "bert"}, weights, "enc")
    weights["bert.x"][0] = float("inf")
    with pytest.raises(ValueError, match="not finite: bert.x"):
        refuse_misfit_of_encoder(config, weights, "enc")


def test_index_tables_of_another_release_are_no_misfit_and_other_tables_are(state):
    state["encoder.embeddings.position_ids"] = torch.arange(4)
    refuse_misfit_of_encoder(CONFIG, state, "enc")
    state["encoder.embeddings.position_names"] = torch.arange(4)
    with pytest.raises(ValueError, match=r"extra: .*position_names \(4,\)"):
        refuse_misfit_of_encoder(CONFIG, state, "enc")


def test_a_config_that_describes_no_model_is_refused_in_one_line(state):
    with pytest.raises(ValueError, match="enc: its config.json describes no T5E") as e:
        refuse_misfit_of_encoder(CONFIG | {"d_model": "wide"}, state, "enc")
    assert "\n" not in str(e.value)
