"""The section of speech: table, recogniser, vocabulary, reasons for absences."""

from espnet2.gen_audio.metrics.report.speech_section import speech_section
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

SCORES = {
    "metrics": [metric.describe() for metric in SPEECH_METRICS.all()],
    "settings": {
        "draws": 100,
        "seed": 3,
        "recogniser": "Whisper tiny.en",
        "vocabulary": ["one", "two"],
    },
    "left_out": {"dnsmos": "it needs the package speechmos"},
    "rows": [
        {
            "name": "predicted",
            "seeds": ["0", "1"],
            "clips": 8,
            "words_right": {
                "value": 0.634,
                "low": 0.58,
                "high": 0.69,
                "times_chance": 3.17,
            },
            "mcd": {"value": 6.125, "low": None, "high": None},
        },
        {"name": "another", "seeds": [""], "clips": 4, "wer": {"value": 90.0}},
    ],
}


def test_the_section_says_who_recognised_which_words_and_what_is_left_out():
    text = speech_section(SCORES)
    assert text.startswith("## Speech\n\n|") and "Whisper tiny.en" in text
    assert "Vocabulary (2 words): one two." in text
    assert "left out: DNSMOS: it needs the package speechmos" in text
    assert "**generated, predicted LOA**" in text and "2 seeds" in text
    assert "* **MCD, dB** (decibels after time warping; lower is better): " in text
