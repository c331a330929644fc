"""Metrics of speech: what is registered, in the order of the table."""

from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS


def test_every_module_of_the_folder_has_added_its_metrics():
    assert [metric.key for metric in SPEECH_METRICS.all()] == [
        "words_right",
        "wer_closed",
        "wer",
        "cer",
        "wer_espnet",
        "cer_espnet",
        "distillmos",
        "dnsmos",
        "similarity",
        "right_speaker",
        "mcd",
        "log_f0_rmse",
    ]
