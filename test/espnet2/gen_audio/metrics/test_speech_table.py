"""The table and the section of speech: intervals, chance, reasons for absences."""

from espnet2.gen_audio.metrics.predicted_mos import PREDICTORS
from espnet2.gen_audio.metrics.speech_rows import MEASURES
from espnet2.gen_audio.metrics.speech_table import (
    COLUMNS,
    speech_section,
    speech_table,
)

SCORES = {
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


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_numbers_stand_with_intervals_and_missing_ones_as_dashes():
    head, rule, first, second = map(cells, speech_table(SCORES).splitlines())
    assert head == ["", "clips", "words right", "WER, %", "MCD, dB"]
    assert first == [
        "generated, predicted LOA",
        "8",
        "0.63 [0.58, 0.69] (3.2 x chance)",
        "–",
        "6.12",
    ]
    assert second == ["another random utterance", "4", "–", "90.0", "–"]


def test_the_section_says_who_heard_which_words_and_what_is_left_out():
    text = speech_section(SCORES)
    assert text.startswith("## Speech\n\n|") and "Whisper tiny.en" in text
    assert "Vocabulary (2 words): one two." in text
    assert "left out: DNSMOS: it needs the package speechmos" in text
    assert "**generated, predicted LOA**" in text and "2 seeds" in text


def test_every_measure_has_a_column():
    assert {*MEASURES, *PREDICTORS, "words_right", "wer", "cer"} <= set(COLUMNS)
