"""Rows of the table of speech: right words, chance, and utterances that are others."""

from pathlib import Path

import numpy as np
import pytest

from espnet2.gen_audio.metrics.sound_set import SoundSet
from espnet2.gen_audio.metrics.speech_rows import another_row, speech_row
from espnet2.gen_audio.metrics.speech_set import SpeechTest

WORDS = ["one", "two", "three", "four", "five"]


class Told:
    """Stands in for the reader: files are named after what they say."""

    left_out, encoder = {}, None

    def __init__(self, *ways):
        self.recognisers = dict.fromkeys(ways, None)

    def texts(self, way, paths, what):
        return [path.stem.replace("_", " ") for path in paths]

    def opinions(self, path):
        return {"dnsmos": float(len(path.stem))}

    def similarity(self, path, reference):
        return {"similarity": float(path == reference)}

    def distances(self, path, reference):
        same = path == reference
        return {"mcd": float(not same), "log_f0_rmse": None}


@pytest.fixture
def test():
    rng = np.random.default_rng(0)
    said = {f"u{n:02}": list(rng.choice(WORDS, 3)) for n in range(20)}
    wavs = {clip: Path(f"{clip}/{'_'.join(words)}.wav") for clip, words in said.items()}
    sounds = SoundSet(Path("test"), wavs, {}, {}, {clip: clip for clip in wavs})
    return SpeechTest(sounds, said, words=WORDS, draws=100)


def saying(test, change):
    """Return the files of a system that says something else."""
    return {
        clip: Path(f"s/{clip}/{'_'.join(change(words))}.wav")
        for clip, words in test.transcripts.items()
    }


def test_recordings_have_all_words_right_and_are_not_compared_with_themselves(test):
    row, records = speech_row(
        "recordings", {"": test.sounds.wavs}, test, Told("closed", "open")
    )
    assert row["words_right"]["value"] == 1 and row["wer"]["value"] == 0
    assert row["cer"]["value"] == row["wer_closed"]["value"] == 0
    assert 1 < row["words_right"]["times_chance"] < 6
    assert "mcd" not in row and "similarity" not in row and "dnsmos" in row
    assert len(records) == 20 and records[0]["heard"]["open"] == records[0]["said"]


def test_insertions_count_in_the_error_rate_and_not_in_the_words_right(test):
    wavs = saying(test, lambda words: [*words, "one"])
    row, _ = speech_row("predicted", {"": wavs}, test, Told("open"))
    assert row["words_right"]["value"] == 1
    assert row["wer"]["value"] == pytest.approx(100 / 3, abs=1e-3)
    assert row["mcd"]["value"] == 1 and "log_f0_rmse" not in row


def test_what_says_the_same_everywhere_is_at_chance(test):
    wavs = saying(test, lambda words: ["one", "two", "three"])
    row, _ = speech_row("predicted", {"": wavs}, test, Told("open"))
    assert row["words_right"]["times_chance"] == pytest.approx(1)


def test_seeds_share_an_utterance_and_stand_in_one_row(test):
    wavs = saying(test, lambda words: words[:1])
    by_seed = {"0": wavs, "1": test.sounds.wavs}
    row, records = speech_row("predicted", by_seed, test, Told("open"))
    once, _ = speech_row("predicted", {"0": wavs}, test, Told("open"))
    assert row["clips"] == len(records) == 40 and row["seeds"] == ["0", "1"]
    assert row["words_right"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    # no utterance differs from another, so nothing is uncertain
    assert once["words_right"]["low"] == once["words_right"]["high"]


def test_other_utterances_are_the_chance_of_the_recordings(test):
    reader = Told("closed", "open")
    row, records = speech_row("recordings", {"": test.sounds.wavs}, test, reader)
    another = another_row(records, test, reader)
    assert another["words_right"]["value"] == row["words_right"]["chance"]
    assert another["words_right"]["high"] < 0.8
    assert another["mcd"]["value"] == 1 and another["similarity"]["value"] == 0
    assert "cer" not in another


def test_one_utterance_has_no_row_of_others(test):
    one = {"u00": test.transcripts["u00"]}
    alone = SpeechTest(test.sounds, one, words=WORDS, draws=10)
    row, records = speech_row("recordings", {"": test.sounds.wavs}, alone, Told("open"))
    assert "chance" not in row["words_right"]
    assert another_row(records, alone, Told("open")) is None


def test_the_right_speaker_is_found_without_the_clips_own_recording(test):
    class Voices(Told):
        encoder = object()

        def voice(self, path):
            clip = next(part for part in path.parts if part.startswith("u"))
            return np.array([1.0, 0.1] if int(clip[1:]) % 2 else [0.1, 1.0])

    speakers = {clip: "ab"[int(clip[1:]) % 2] for clip in test.transcripts}
    spoken = SpeechTest(test.sounds, test.transcripts, speakers, draws=10)
    row, records = speech_row(
        "recordings", {"": test.sounds.wavs}, spoken, Voices("open")
    )
    assert row["right_speaker"]["value"] == 1 and records[1]["speaker"] == "b"
