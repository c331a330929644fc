"""Config files around GPT-2 have the arguments that matter for hidden states."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.checkpoint.diffusers import write_language_configs

LM = {
    "width": 60,
    "layers": 2,
    "heads": 5,
    "max_positions": 64,
    "vocab_size": 20,
    "condition_dims": {"sentence": 16, "tokens": 32},
}


def loa_lm(**conf):
    return Part("loa_lm", {"lm_conf": LM | conf}, {})


def test_transformers_builds_the_same_network_of_the_config():
    from transformers import GPT2Config, GPT2Model

    from espnet2.gen_audio.loa_lm.lm import LOALanguageModel

    conf = {"activation": "relu", "layer_norm_epsilon": 1e-3}
    config = write_language_configs.gpt2_config(loa_lm(**conf), 8)
    theirs = GPT2Model(GPT2Config(**config)).eval()
    ours = LOALanguageModel(**LM | conf).gpt2.eval()
    ours.load_state_dict(theirs.state_dict())
    inputs = torch.randn(1, 5, 60)
    with torch.no_grad():
        wanted = theirs(inputs_embeds=inputs).last_hidden_state
        got = ours(inputs_embeds=inputs).last_hidden_state
    torch.testing.assert_close(got, wanted)
    assert config["n_head"] == 5 and config["max_new_tokens"] == 8


def test_gpt2s_own_activation_is_written_by_its_name():
    config = write_language_configs.gpt2_config(loa_lm(), 8)
    assert config["activation_function"] == "gelu_new"


def test_loa_tokens_are_those_of_geometry_and_factor():
    assert write_language_configs.loa_tokens(loa_lm()) == 8
    part = loa_lm()
    part.config["model_conf"] = {"loa_factor": 1}
    assert write_language_configs.loa_tokens(part) == 512


def test_projections_have_a_table_of_positions_for_speech_only():
    part = loa_lm()
    assert write_language_configs.projection_config(part)["max_seq_length"] is None
    part.state["text_encoder.positions"] = torch.zeros(1, 32, 310)
    part.config["lm_conf"]["condition_lengths"] = {"tokens": 310}
    config = write_language_configs.projection_config(part)
    assert config["max_seq_length"] == 310
    assert config["use_learned_position_embedding"] is True


def test_a_phoneme_encoder_is_told_by_its_sizes_and_activation():
    conf = {"vocabulary": 183, "width": 192, "layers": 6, "heads": 2, "window": 4}
    conf |= {"inner": 768, "kernel": 3, "flow_width": 192}
    config = write_language_configs.vits_config(
        Part("x", {"text_encoder_conf": conf}, {})
    )
    assert config["hidden_act"] == "relu" and config["layer_norm_eps"] == 1e-5
    assert config["window_size"] == 4


def lm(positions=None, **conf):
    sizes = {"condition_dims": {"sentence": 3, "tokens": 5}, "width": 8}
    state = {}
    if positions is not None:
        state["text_encoder.positions"] = torch.zeros(1, 5, positions)
    return Part("loa_lm", {"lm_conf": sizes | conf}, state)


def test_a_speech_model_whose_texts_fill_all_positions_can_be_said():
    config = write_language_configs.projection_config(
        lm(310, condition_lengths={"tokens": 310})
    )
    assert config["max_seq_length"] == 310
    assert write_language_configs.projection_config(lm())["max_seq_length"] is None


@pytest.mark.parametrize(
    "positions, conf, message",
    [
        (310, {}, "condition_lengths None has .* has {'tokens': 310}"),
        (310, {"condition_lengths": {"tokens": 60}}, "condition_lengths {'tokens': 60"),
        (None, {"condition_lengths": {"tokens": 60}}, "whose pipeline has {}"),
        (None, {"loa_start": 64}, "loa_start 64"),
        (None, {"autoregressive": False}, "autoregressive False"),
        (None, {"head": "flow"}, "head flow has no counterpart in diffusers"),
    ],
)
def test_a_sequence_of_one_s_own_is_refused(positions, conf, message):
    with pytest.raises(ValueError, match=message):
        write_language_configs.projection_config(lm(positions, **conf))
