import pytest

from espnet2.gen_audio.bench.prompts import PROMPT, tokenizers
from espnet2.gen_audio.bench.random_models import SIZES


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tokenizers(tmp_path_factory.mktemp("tokenizers"), 77)


@pytest.mark.parametrize("name", ["tokenizer", "tokenizer_2"])
def test_a_word_of_the_prompt_is_a_token_beside_the_ends(made, name):
    words, ids = len(PROMPT.split()), made[name](PROMPT).input_ids
    assert words < len(ids) <= words + 2


@pytest.mark.parametrize("name", ["tokenizer", "tokenizer_2"])
def test_the_prompt_comes_back_from_its_tokens(made, name):
    ids = made[name](PROMPT).input_ids
    text = made[name].decode(ids, skip_special_tokens=True)
    assert text.strip() == PROMPT


def test_all_tokens_have_a_row_in_the_encoders_of_every_size(made):
    for size in SIZES.values():
        assert len(made["tokenizer"]) <= size.clap[0]["vocab_size"]
        assert len(made["tokenizer_2"]) <= size.t5["vocab_size"]


def test_clap_pads_to_the_length_that_its_encoder_takes(made):
    assert made["tokenizer"].model_max_length == 77
