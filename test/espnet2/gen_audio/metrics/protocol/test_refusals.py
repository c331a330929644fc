"""What is refused before a clip is encoded: one clip, missing and other texts."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from espnet2.gen_audio.metrics.protocol.protocol import read_protocol
from espnet2.gen_audio.metrics.protocol.refusals import refuse_one_clip, refuse_sets


@pytest.fixture
def sets():
    """Return sets of one clip without texts."""
    one = SimpleNamespace(wavs={"a": "a.wav"}, ids=["a"])
    return SimpleNamespace(reference=one, captions_sha256=None, transcripts={})


def test_sets_of_one_clip_are_refused_where_sets_are_compared(sets):
    with pytest.raises(ValueError, match="each set has 1 clip, .* offline .*two or mo"):
        refuse_one_clip(read_protocol("offline"), sets)


def test_texts_that_a_protocol_needs_are_named_with_their_option(sets):
    with pytest.raises(ValueError, match=r"tts compares .*\(wer\); give --transcript"):
        refuse_sets(read_protocol("tts"), sets)
    with pytest.raises(ValueError, match="tta-bench compares .* by clap; give --text"):
        refuse_sets(read_protocol("tta-bench"), sets)
    stated = replace(read_protocol("offline"), captions_sha256="12")
    with pytest.raises(ValueError, match="offline states 12; give its list of captio"):
        refuse_sets(stated, sets)
    refuse_sets(read_protocol("offline"), sets)
