"""Options of phonemes: config.yaml is whole, and what does not fit is refused."""

import argparse

import pytest
import yaml

from espnet2.gen_audio.encoder.text_options import add_text_encoder_arguments
from espnet2.gen_audio.text.phoneme_options import (
    add_phoneme_arguments,
    resolve_phonemes,
    rows_of,
)
from espnet2.gen_audio.text.phoneme_reader import PUBLISHED_CONF
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary

TOKENS = ["<blank>", "<unk>", "AO1", "D", "<sos/eos>"]
OWN = {"g2p": "g2p_en_no_space", "cleaner": "tacotron", "tokens": TOKENS}


def options(*words):
    parser = argparse.ArgumentParser()
    group = parser.add_argument_group("text")
    add_text_encoder_arguments(group)
    add_phoneme_arguments(group)
    return parser.parse_args(words)


@pytest.fixture
def own(tmp_path):
    PhonemeVocabulary(TOKENS).write(tmp_path)
    words = ["--text_encoder", "phonemes", "--token_list", str(tmp_path)]
    return [*words, "--g2p", "g2p_en_no_space", "--cleaner", "tacotron"]


def test_the_config_gets_all_that_makes_ids_and_forgets_the_path(own):
    args = options(*own)
    resolve_phonemes(args, True)
    assert args.phonemes_conf == OWN
    assert args.text_encoder_conf == {"vocabulary": 5}
    assert (args.token_list, args.g2p, args.cleaner) == (None, None, None)
    kept = argparse.Namespace(**yaml.safe_load(yaml.safe_dump(vars(args))))
    resolve_phonemes(kept, True)  # as when the model is rebuilt
    assert vars(kept) == vars(args)


def test_phonemes_are_published_ones_unless_options_say_otherwise():
    for words in ([], ["--token_list", "published"], ["--g2p", "published"]):
        args = options("--text_encoder", "phonemes", *words)
        resolve_phonemes(args, True)
        assert args.phonemes_conf == PUBLISHED_CONF
        assert args.text_encoder_conf["vocabulary"] == 183


def test_an_encoder_of_other_rows_is_refused_in_one_line(own):
    args = options(*own, "--text_encoder_conf", "vocabulary=183")
    with pytest.raises(
        ValueError, match="vocabulary: 183, but the phonemes are a list"
    ):
        resolve_phonemes(args, True)
    assert rows_of({"text_encoder_conf": {"vocabulary": 40}}) == 40  # a converted one
    assert rows_of({}) is None


def test_a_list_without_what_made_it_is_refused(own):
    with pytest.raises(ValueError, match="without --g2p"):
        resolve_phonemes(options(*own[:4]), True)


def test_phonemes_for_a_model_that_reads_none_are_refused(own):
    with pytest.raises(ValueError, match="--text_encoder units reads no phonemes"):
        resolve_phonemes(options("--text_encoder", "units", *own[2:]), False)
    args = options()
    resolve_phonemes(args, False)
    assert args.phonemes_conf == {}


def test_a_cleaner_that_does_not_fit_is_refused_and_a_stored_one_is_kept(own):
    words = [*own[:4], "--g2p", "espeak_ng_german", "--cleaner", "tacotron"]
    with pytest.raises(ValueError, match="--cleaner tacotron was given with --g2p esp"):
        resolve_phonemes(options(*words), True)
    stored = {"g2p": "espeak_ng_german", "cleaner": "tacotron", "tokens": TOKENS}
    args = options("--text_encoder", "phonemes")
    args.phonemes_conf = stored
    resolve_phonemes(args, True)
    assert args.phonemes_conf == stored
