"""GPT-2 as a network of vectors: one dropout, and a table of tokens that rests."""

import torch

from espnet2.gen_audio.loa_lm.gpt2 import build_gpt2


def test_vectors_pass_one_dropout_and_the_token_table_is_not_trained():
    sizes = {"n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 6, "vocab_size": 3}
    gpt2 = build_gpt2(0.25, **sizes)
    dropouts = {m.p for m in gpt2.modules() if isinstance(m, torch.nn.Dropout)}
    assert dropouts == {0.25} and gpt2.h[1].attn.config.attn_pdrop == 0.25
    states = gpt2(inputs_embeds=torch.randn(1, 6, 8)).last_hidden_state
    states.square().sum().backward()
    without = {name for name, w in gpt2.named_parameters() if w.grad is None}
    assert without == {"wte.weight"}
    assert [name for name, w in gpt2.named_parameters() if not w.requires_grad] == [
        "wte.weight"
    ]
    assert gpt2.config.bos_token_id is None and gpt2.config.eos_token_id is None
