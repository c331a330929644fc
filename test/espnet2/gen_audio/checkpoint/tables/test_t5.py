"""Names of the T5 encoder: one rule for each, none for a decoder."""

import pytest

from espnet2.gen_audio.checkpoint.tables.renaming import matching
from espnet2.gen_audio.checkpoint.tables.t5 import TABLE


def test_every_name_of_the_encoder_has_exactly_one_rule(official):
    for name in official.t5():
        assert len(matching(name, TABLE)) == 1


def test_names_stay_as_they_are(official):
    for name in set(official.t5()) - {"encoder.embed_tokens.weight"}:
        ((rule, match),) = matching(name, TABLE)
        assert rule.apply(match) == name


@pytest.mark.parametrize("name", ["lm_head.weight", "decoder.final_layer_norm.weight"])
def test_the_decoder_has_no_rule(name):
    assert matching(name, TABLE) == []
