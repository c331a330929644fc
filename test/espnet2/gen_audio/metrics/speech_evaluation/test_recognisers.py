"""Loading recognisers: names in use, and the reason where Whisper is missing."""

import pytest

from espnet2.gen_audio.metrics.speech_evaluation.recognisers import load_recognisers


def test_a_vocabulary_adds_the_closed_recogniser():
    assert list(load_recognisers(object, None)[0]) == ["open"]
    assert list(load_recognisers(object, None, ["one"])[0]) == ["closed", "open"]


def test_a_missing_package_leaves_the_words_out_with_its_reason(tmp_path):
    def missing():
        raise RuntimeError("needs ctranslate2")

    recognisers, left_out = load_recognisers(missing, None)
    assert not recognisers and left_out["wer"] == "needs ctranslate2"
    with pytest.raises(ValueError, match="--asr_model .*: there is no config.yaml"):
        load_recognisers(missing, tmp_path)
