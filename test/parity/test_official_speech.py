"""A converted speech model from text to LOA, against plain functions of the same file.

Facts of the authors' program: ids are padded to 310 before the phoneme encoder, pads
are masked and stay in GPT-2's sequence, so that its end marker is at position 314 and
the LOA starts at 315; a symbol outside the table is a pad and shortens the mask.
"""

import json
import logging
from pathlib import Path

import official_sequence
import official_state
import plain_encoders
import pytest
import torch
import yaml
from official_draw import difference
from official_text import below, convert, ids_of

from espnet2.gen_audio.bin.convert_checkpoint import main
from espnet2.gen_audio.checkpoint.detect import read_any
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.build import build_loa_lm
from espnet2.gen_audio.pipeline.encode import caption_of, encode_captions
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.tasks.loa_lm import LOALMTask

LAYOUTS = {"gigaspeech": 0, "ljspeech": 1}  # seeds of their weights
LENGTH, END = 310, 182
CONF = Path(__file__).parents[2] / "egs2" / "audioldm2" / "conf"
INSIDE = "cond_stage_models.0."
BOUND, TOKENS = 1e-5, 8  # of the peak; patches of the tiny clip


def symbol_ids(phonemes):
    """Ids of lower-case letters and spaces; of anything else that of the pad."""
    known = {" ": 16} | {chr(ord("a") + n): 43 + n for n in range(26)}
    return [known.get(symbol, 0) for symbol in phonemes]


def plain_loa(state, description, ids):
    """The LOA of a description and of phoneme ids without the end mark."""
    lm = below(state, INSIDE)
    clap = below(lm, "cond_stage_models.0.model.")
    sentence = plain_encoders.clap_text(clap, ids_of("clap", description))[:, None]
    ids = [*ids, END][:LENGTH]
    padded = torch.tensor([ids + [0] * (LENGTH - len(ids))])
    encoder = below(lm, "cond_stage_models.1.")
    lengths = (padded != 0).sum(dim=1)
    states, mask = official_sequence.phonemes(encoder, padded, lengths)
    assert states.shape[1] == LENGTH
    given = [(sentence, torch.ones(1, 1).bool()), (states, mask)]
    return official_sequence.generate(lm, given, TOKENS)


@pytest.fixture(scope="module", params=LAYOUTS)
def model(request, tmp_path_factory):
    """State of an official file, and the folder that the command made of the file."""
    state = official_state.complete("speech", seed=LAYOUTS[request.param])
    name = f"audioldm2-speech-{request.param}"
    root = tmp_path_factory.mktemp(request.param)
    return state, convert(state, name, ["clap"], root)


@pytest.fixture(scope="module")
def systems(model):
    return {
        behaviour: Text2Audio.from_pretrained(model[1], behaviour).system
        for behaviour in ("ours", "official")
    }


def loa_of(system, *captions):
    return predict_loa(system, encode_captions(system, captions))


@pytest.mark.parametrize("behaviour", ["ours", "official"])
@pytest.mark.parametrize("phonemes", ["it iz hir", "a " * 150 + "bcdefghi"])
def test_text_gives_the_loa_of_the_authors_program(model, systems, behaviour, phonemes):
    got = loa_of(systems[behaviour], f"a woman speaks | {phonemes}")
    wanted = plain_loa(model[0], "a woman speaks", symbol_ids(phonemes))
    assert difference(got, wanted) < BOUND


@pytest.mark.parametrize("behaviour", ["ours", "official"])
def test_a_text_does_not_depend_on_longer_ones_beside_it(model, systems, behaviour):
    got = loa_of(systems[behaviour], "a man | abc", "a man speaks | " + "it iz " * 20)
    wanted = plain_loa(model[0], "a man", symbol_ids("abc"))
    assert difference(got[:1], wanted) < BOUND


def test_a_transcript_gives_the_loa_of_its_phonemes(model, systems):
    request = Request("id", "a man", transcript="Hello")
    caption = caption_of(systems["ours"], request)
    wanted = plain_loa(model[0], "a man", [50, 83, 54, 156, 57, 135])  # həlˈoʊ
    assert difference(loa_of(systems["ours"], caption), wanted) < BOUND


@pytest.mark.parametrize("behaviour", ["ours", "official"])
def test_each_earlier_layout_of_the_sequence_is_another_loa(
    model, systems, behaviour, monkeypatch
):
    """Unpadded phonemes; these with the LOA at its place, but not the end marker."""
    sequence = systems[behaviour].loa_lm.lm.sequence
    wanted = plain_loa(model[0], "a woman speaks", symbol_ids("it iz hir"))
    monkeypatch.setattr(sequence, "condition_lengths", {})
    for loa_start in (None, 315):
        monkeypatch.setattr(sequence, "loa_start", loa_start)
        got = loa_of(systems[behaviour], "a woman speaks | it iz hir")
        assert difference(got, wanted) > 1e-2


def test_unknown_symbols_are_pads_for_the_authors_and_left_out_here(model, systems):
    caption = "a man | it ЖЖ iz"
    ids = symbol_ids("it ЖЖ iz")
    assert ids.count(0) == 2
    wanted = plain_loa(model[0], "a man", ids)
    dropped = plain_loa(model[0], "a man", [n for n in ids if n])
    assert difference(loa_of(systems["official"], caption), wanted) < BOUND
    assert difference(loa_of(systems["ours"], caption), dropped) < BOUND
    assert difference(wanted, dropped) > 1e-3


def test_a_text_that_is_too_long_is_cut_by_the_authors_and_refused_here(
    model, systems, caplog
):
    phonemes = "ab" * 155 + "xyz"
    with caplog.at_level(logging.WARNING):
        got = loa_of(systems["official"], f"a man | {phonemes}")
    assert "'x y z the end token'" in caplog.text
    wanted = plain_loa(model[0], "a man", symbol_ids(phonemes))
    assert difference(got, wanted) < BOUND
    with pytest.raises(ValueError, match="313 phonemes was given; 309 fit"):
        loa_of(systems["ours"], f"a man | {phonemes}")


@torch.no_grad()
def test_fine_tuning_begins_with_the_loa_of_the_file(model, systems, tmp_path):
    """Whatever the YAML says of the sequence; the kept config builds the same."""
    words = ["--config", str(CONF / "train_loa_lm_speech.yaml")]
    words += ["--lm_conf", "condition_lengths=null"]
    words += ["--finetune_from", str(model[1] / "loa_lm")]
    words += ["--output_dir", str(tmp_path)]
    args = LOALMTask.get_parser().parse_args(words)
    tuned = LOALMTask.build_model(args).eval()
    assert args.lm_conf["condition_lengths"] == {"tokens": LENGTH}
    again = build_loa_lm(yaml.safe_load(yaml.safe_dump(vars(args)))).eval()
    again.load_state_dict(tuned.state_dict())
    batch = encode_captions(systems["ours"], ["a man | it iz hir"])
    wanted = plain_loa(model[0], "a man", symbol_ids("it iz hir"))
    for trained in (tuned, again):
        got = trained.generate(trained.conditions_of(batch))
        assert difference(got, wanted) < BOUND


def test_a_folder_for_diffusers_and_back_keeps_the_loa(model, systems, tmp_path):
    main(["--input", str(model[1]), "--output", str(tmp_path), "--format", "diffusers"])
    stated = json.loads((tmp_path / "projection_model" / "config.json").read_text())
    assert stated["max_seq_length"] == LENGTH
    geometry = ClipGeometry(**official_state.GEOMETRY)
    again = read_any(tmp_path, geometry=geometry).parts["loa_lm"].config
    config = yaml.safe_load((model[1] / "loa_lm" / "config.yaml").read_text())
    assert again["lm_conf"] == config["lm_conf"]
    assert again["lm_conf"]["condition_lengths"] == {"tokens": LENGTH}
