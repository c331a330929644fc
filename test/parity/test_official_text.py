"""Converted models of every variant, from text to what conditions the networks.

References are plain functions of the official file and begin at token ids. Speech has
``test_official_speech``.
"""

import official_sequence
import official_state
import plain_encoders
import pytest
import torch
from official_draw import difference
from official_text import below, convert, ids_of

from espnet2.gen_audio.pipeline.encode import encode_captions
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

BOUND = 1e-5  # of the peak
CAPTION, OTHER = "a dog barks", "a woman speaks slowly"
STAGE = "cond_stage_models."
# encoders of a variant and where each stands in the file
PLACES = {
    "full": {"clap": f"{STAGE}0.{STAGE}0.model.", "t5": f"{STAGE}0.{STAGE}1.model."},
    "large": {"clap": f"{STAGE}0.{STAGE}0.model.", "t5": f"{STAGE}0.{STAGE}1.model."},
    "t5": {"t5": f"{STAGE}0.model."},
    "film": {"clap": f"{STAGE}0.model."},
}
ENCODE = {
    "clap": lambda state, ids: plain_encoders.clap_text(state, ids)[:, None],
    "t5": plain_encoders.t5,
}
STREAMS = {"clap": "sentence", "t5": "tokens"}


@pytest.fixture(scope="module", params=PLACES)
def model(request, tmp_path_factory):
    """Variant, state of its file, and the converted system by behaviour."""
    state = official_state.complete(request.param, seed=2)
    # CLAP ranks candidates in every variant
    networks = ["clap", *(n for n in PLACES[request.param] if n != "clap")]
    root = tmp_path_factory.mktemp(request.param)
    folder = convert(state, request.param, networks, root)
    systems = {
        behaviour: Text2Audio.from_pretrained(folder, behaviour).system
        for behaviour in ("ours", "official")
    }
    return request.param, state, systems


def plain_states(variant, state, caption):
    return {
        network: ENCODE[network](below(state, place), ids_of(network, caption))
        for network, place in PLACES[variant].items()
    }


@pytest.mark.parametrize("behaviour", ["ours", "official"])
def test_text_gives_the_states_of_the_authors_encoders(model, behaviour):
    variant, state, systems = model
    batch = encode_captions(systems[behaviour], [CAPTION])
    for network, wanted in plain_states(variant, state, CAPTION).items():
        got = batch[STREAMS[network]]
        assert difference(got, wanted) < BOUND
        other = encode_captions(systems[behaviour], [OTHER])[STREAMS[network]]
        assert difference(other[:, : got.shape[1]], wanted[:, : other.shape[1]]) > 1e-2


@pytest.mark.parametrize("behaviour", ["ours", "official"])
def test_text_gives_the_loa_of_the_authors_program(model, behaviour):
    variant, state, systems = model
    system = systems[behaviour]
    loa = predict_loa(system, encode_captions(system, [CAPTION]))
    if variant in ("t5", "film"):
        assert loa is None
        return
    states = plain_states(variant, state, CAPTION).values()
    given = [(each, torch.ones(each.shape[:2]).bool()) for each in states]
    wanted = official_sequence.generate(below(state, f"{STAGE}0."), given, loa.shape[1])
    assert difference(loa, wanted) < BOUND
