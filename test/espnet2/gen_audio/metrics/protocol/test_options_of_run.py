"""Options of a run: a run scores all clips unless it is told its part."""

from pathlib import Path

from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions, SpeechModels


def test_a_run_scores_all_with_the_packaged_recogniser_by_default():
    assert RunOptions(Path("out")).part is None
    assert SpeechModels().whisper is None and SpeechModels().asr_model is None
