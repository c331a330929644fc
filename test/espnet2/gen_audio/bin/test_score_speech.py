"""The scoring command of speech: rows, files of the toolkit, and what it refuses."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin import score_speech
from espnet2.gen_audio.bin.score_speech import main
from espnet2.gen_audio.metrics import speech_metrics
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

WORDS = "low high"
PITCH = {"low": 150, "high": 600}


class Pitch:
    """Stands in for Whisper: writes low or high for each third of a clip."""

    name, version, batch = "pitch", "1", 4

    def __init__(self, folder=None, num_threads=1):
        pass

    def __call__(self, waves, words=()):
        return [" ".join(map(self._word, np.array_split(w, 3))) for w in waves]

    def _word(self, part):
        crossings = (np.diff(np.sign(part)) != 0).sum()
        return "High." if crossings > 200 else "low"


def sound_of(words):
    time = np.arange(5333) / 16000
    return np.concatenate([0.3 * np.sin(2 * np.pi * PITCH[w] * time) for w in words])


def write_clips(folder, texts, change):
    folder.mkdir(parents=True)
    lines = []
    for clip, words in texts.items():
        soundfile.write(folder / f"{clip}.wav", sound_of(change(words)), 16000)
        lines.append(f"{clip} {folder}/{clip}.wav\n")
    (folder / "wav.scp").write_text("".join(lines))


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(score_speech, "Whisper", Pitch)
    rng = np.random.default_rng(0)
    texts = {f"u{n}": list(rng.choice(WORDS.split(), 3)) for n in range(6)}
    write_clips(tmp_path / "test", texts, lambda words: words)
    lines = [f"{clip} {' '.join(words)}\n" for clip, words in texts.items()]
    (tmp_path / "test/transcript").write_text("".join(lines))
    write_clips(tmp_path / "rec", texts, lambda words: words)
    for seed in (0, 1):
        folder = tmp_path / f"gen/predicted_seed{seed}"
        write_clips(folder, texts, lambda words: [*words[:2], "low"])
    return tmp_path


def run(root, *options):
    words = ["--test_data", f"{root}/test", "--output_dir", f"{root}/out"]
    main([*words, "--draws", "50", "--words_only", *options])
    return json.loads((root / "out/speech_scores.json").read_text())


def test_one_run_gives_all_rows_and_the_files_of_the_toolkit(root, capsys):
    options = ["--reconstructions", f"{root}/rec", "--generation_dirs", f"{root}/gen"]
    scores = run(root, *options, "--vocabulary", WORDS)
    rows = {row["name"]: row for row in scores["rows"]}
    assert list(rows) == ["recordings", "reconstructions", "predicted", "another"]
    assert rows["recordings"]["words_right"]["value"] == 1
    assert 0.6 < rows["predicted"]["words_right"]["value"] < 1
    assert rows["predicted"]["clips"] == 12 and rows["another"]["wer"]["value"] > 0
    assert "| another random utterance |" in capsys.readouterr().out
    assert scores["settings"]["vocabulary"] == WORDS.split()
    place = root / "out/predicted_seed1/score_wer"
    reference, hypothesis = (
        (place / f"{n}.trn").read_text().split("\n") for n in ("ref", "hyp")
    )
    assert len(reference) == len(hypothesis) == 7
    assert reference[0].endswith("\t(u0-u0)")
    records = (root / "out/speech_clips.jsonl").read_text().splitlines()
    assert len(records) == 6 * 4
    assert set(json.loads(records[0])["recognised"]) == {"closed", "open"}


def test_without_a_vocabulary_any_word_counts(root):
    scores = run(root, "--systems", f"mine={root}/rec/wav.scp")
    assert [row["name"] for row in scores["rows"]][1] == "mine"
    assert "wer_closed" not in scores["rows"][0] and "words_right" in scores["rows"][0]


def test_the_same_command_gives_the_same_numbers_without_recognising_again(
    root, monkeypatch
):
    first = run(root)
    monkeypatch.setattr(Pitch, "__call__", None)
    assert run(root) == first


def test_a_missing_recogniser_is_named_when_nothing_else_can_be_scored(
    root, monkeypatch, capsys
):
    def missing(*_):
        raise RuntimeError("speech recognition needs the package ctranslate2")

    monkeypatch.setattr(score_speech, "Whisper", missing)
    with pytest.raises(SystemExit):
        run(root)
    assert "nothing can be scored: speech rec" in capsys.readouterr().err


def test_a_system_that_lacks_an_utterance_is_refused(root, capsys):
    scp = root / "short.scp"
    scp.write_text(f"u0 {root}/rec/u0.wav\n")
    with pytest.raises(SystemExit):
        run(root, "--systems", f"mine={scp}")
    assert "lacks u1" in capsys.readouterr().err


def test_sound_measures_go_into_the_toolkits_files(root):
    pytest.importorskip("pyworld")
    scores = root / "out"
    words = ["--test_data", f"{root}/test", "--output_dir", str(scores)]
    main([*words, "--draws", "20", "--systems", f"mine={root}/rec/wav.scp"])
    lines = (scores / "mine/utt2mcd").read_text().splitlines()
    assert lines == [f"u{n} 0.0000" for n in range(6)]
    text = (scores / "mine/mcd_avg_result.txt").read_text()
    assert text.startswith("#utterances: 6\nAverage: 0.0000 ± 0.0000")


def test_needed_options_are_named(capsys):
    with pytest.raises(SystemExit):
        main(["--output_dir", str(Path("nowhere"))])
    assert "--test_data must be given" in capsys.readouterr().err


TOY = """
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS


def words(outputs, context):
    texts = outputs.texts["open"]
    counts = {clip: float(len(text.split())) for clip, text in texts.items()}
    return context.mean_score("toy_words", counts)


SPEECH_METRICS.add(
    Metric(
        key="toy_words",
        title="words of the toy",
        unit="words",
        direction="neither",
        text="number of recognised words.",
        source="this test",
        compute=words,
        digits=1,
    )
)
"""


def test_a_metric_that_is_one_new_file_is_scored_tabled_and_written(
    root, monkeypatch, capsys
):
    folder = root / "more_metrics"
    folder.mkdir()
    (folder / "toy_words.py").write_text(TOY)
    path = [*speech_metrics.__path__, str(folder)]
    monkeypatch.setattr(speech_metrics, "__path__", path)
    monkeypatch.setattr(SPEECH_METRICS, "_metrics", dict(SPEECH_METRICS._metrics))
    scores = run(root)
    sys.modules.pop(f"{speech_metrics.__name__}.toy_words", None)
    assert scores["rows"][0]["toy_words"]["value"] == 3
    assert scores["metrics"][-1]["text"] == "number of recognised words."
    assert "| words of the toy |" in capsys.readouterr().out
    assert (root / "out/recordings/utt2toy_words").read_text().startswith("u0 3.0")
