"""The scoring command: one run over all rows, its files, and what it refuses."""

import json
import sys
import zlib

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin import report
from espnet2.gen_audio.bin.score import main
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.metrics import sound_metrics
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

SAMPLES = 10240
PITCH = {"low": 5.0, "high": 0.7}  # samples a radian


class Bands:
    """Stands in for YAMNet: energy in four bands of the spectrum."""

    name, version, rate, size = "bands", "1", 16000, 4

    def __call__(self, wave, rate):
        spectrum = np.abs(np.fft.rfft(wave))
        return np.array([[part.mean() for part in np.array_split(spectrum, 4)]])


def tone(name, label, noise=0.02):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    phase = np.arange(SAMPLES) / PITCH[label] * rng.uniform(0.9, 1.1)
    return 0.3 * np.sin(phase) + rng.normal(0, noise, SAMPLES)


def write_clips(folder, waves):
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for clip, wave in waves.items():
        soundfile.write(folder / f"{clip}.flac", wave, 16000)
        lines.append(f"{clip} {folder / clip}.flac\n")
    (folder / "wav.scp").write_text("".join(lines))


def clips_of(prefix, count=5):
    return {f"{prefix}{label}{n}": label for label in PITCH for n in range(count)}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr("espnet2.gen_audio.metrics.encoders.yamnet.Yamnet", Bands)
    for name in ("train", "test"):
        labels = clips_of(name)
        write_clips(tmp_path / name, {c: tone(c, k) for c, k in labels.items()})
        table = "".join(f"{c} {k}\n" for c, k in labels.items())
        (tmp_path / name / "utt2label").write_text(table)
        write_clips(
            tmp_path / f"rec_{name}", {c: tone(c, k, 0.05) for c, k in labels.items()}
        )
        scp = tmp_path / f"{name}_sentence.scp"
        with MatrixWriter(scp.with_suffix(".ark"), scp) as writer:
            for clip, label in labels.items():
                writer[clip] = [[1.0, 0.1] if label == "low" else [0.1, 1.0]]
    for seed in range(2):
        clips = clips_of("test")
        waves = {c: tone(f"{c}{seed}", k, 0.05) for c, k in clips.items()}
        write_clips(tmp_path / "gen" / f"predicted_seed{seed}", waves)
    waves = {c: tone(f"{c}x", k, 0.05) for c, k in clips.items()}
    write_clips(tmp_path / "gen" / "true_seed0", waves)
    (tmp_path / "geometry.yaml").write_text("seconds: 0.64\ndownsample: 8\n")
    return tmp_path


def run(root, *options, output="out"):
    words = ["--test_data", f"{root}/test", "--output_dir", f"{root}/{output}"]
    words += ["--geometry", f"{root}/geometry.yaml", "--draws", "50"]
    main([*words, *options])
    return json.loads((root / output / "scores.json").read_text())


def everything(root):
    return [
        *("--train_data", f"{root}/train", "--generation_dirs", f"{root}/gen"),
        *("--test_reconstructions", f"{root}/rec_test"),
        *("--train_reconstructions", f"{root}/rec_train"),
        *("--train_sentences", f"{root}/train_sentence.scp"),
        *("--test_sentences", f"{root}/test_sentence.scp"),
    ]


def test_one_run_gives_all_rows_in_the_order_of_the_table(root, capsys):
    scores = run(root, *everything(root))
    rows = {row["name"]: row for row in scores["rows"]}
    assert list(rows) == [
        "recordings",
        "reconstructions",
        "predicted",
        "shuffled",
        "true",
        "nearest_caption",
        "noise",
    ]
    assert rows["predicted"]["probe_train"]["value"] == 1.0
    assert rows["predicted"]["seeds"] == ["0", "1"] and rows["predicted"]["clips"] == 20
    assert rows["nearest_caption"]["copying"]["value"] == 1.0
    assert rows["nearest_caption"]["probe_heldout"]["value"] == 1.0
    assert rows["noise"]["probe_train"]["value"] == 0.5
    assert "mel_distance" in rows["true"] and "mel_distance" not in rows["predicted"]
    distances = {
        n: r["kernel_distance"]["value"] for n, r in rows.items() if n != "shuffled"
    }
    assert distances["predicted"] < distances["noise"]
    assert "| white noise |" in capsys.readouterr().out


def test_every_clip_has_one_record_for_each_row_it_stands_in(root):
    run(root, *everything(root))
    lines = (root / "out" / "clips.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) == 10 * 7  # 2 + 2 seeds + true + look-up + noise
    generated = [r for r in records if r["system"] == "predicted" and r["seed"] == "1"]
    assert {r["id"] for r in generated} == set(clips_of("test"))
    assert all(r["nearest_train"].startswith("train") for r in generated)


def test_the_same_command_gives_the_same_file_with_and_without_its_store(root):
    run(root, *everything(root))
    first = (root / "out" / "scores.json").read_bytes()
    run(root, *everything(root), "--num_threads", "2")
    assert (root / "out" / "scores.json").read_bytes() == first
    run(root, *everything(root), output="other")
    assert (root / "other" / "scores.json").read_bytes() == first


def test_jobs_encode_all_clips_and_the_scores_are_those_of_one_run(root, monkeypatch):
    options = ["--generation_dirs", f"{root}/gen", "--train_data", f"{root}/train"]
    run(root, *options)
    first = (root / "out" / "scores.json").read_bytes()
    words = ["--test_data", f"{root}/test", "--output_dir", f"{root}/jobs"]
    words += ["--geometry", f"{root}/geometry.yaml", *options]
    for part in ("1/2", "2/2"):
        main([*words, "--part", part])
    assert not (root / "jobs" / "scores.json").exists()
    monkeypatch.setattr(Bands, "__call__", None)  # nothing is left to encode
    run(root, *options, output="jobs")
    assert (root / "jobs" / "scores.json").read_bytes() == first
    assert [p.name for p in (root / "jobs").glob("*.npz")] == ["features.npz"]


def test_without_labels_distances_are_scored_and_nothing_is_classified(root):
    (root / "test" / "utt2label").unlink()
    scores = run(root, "--generation_dirs", f"{root}/gen")
    assert scores["probes"] == {}
    assert [row["name"] for row in scores["rows"]] == [
        "recordings",
        "predicted",
        "true",
        "noise",
    ]
    assert "kernel_distance" in scores["rows"][1]


def test_options_can_come_from_a_file(root):
    (root / "score.yaml").write_text("seed: 7\nmain: other\n")
    scores = run(root, "--config", f"{root}/score.yaml")
    assert scores["settings"]["seed"] == 7


def test_ids_missing_on_either_side_end_the_run_in_one_line(root, capsys):
    scp = root / "gen" / "true_seed0" / "wav.scp"
    lines = scp.read_text().splitlines()
    scp.write_text(
        "\n".join([*lines[1:], lines[0].replace("testlow0", "zzz", 1)]) + "\n"
    )
    with pytest.raises(SystemExit):
        run(root, "--generation_dirs", f"{root}/gen")
    error = capsys.readouterr().err.splitlines()[-1]
    assert "lacks testlow0" in error and "lacks zzz" in error


def test_a_missing_option_ends_the_run_in_one_line(capsys):
    with pytest.raises(SystemExit):
        main(["--output_dir", "nowhere"])
    assert "--test_data must be given" in capsys.readouterr().err


TOY = """
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS


def peak(outputs, context):
    if not outputs.wavs:
        return None
    clips = {
        (seed, clip): {"peak": float(abs(context.reader.log_mel([path])).max())}
        for seed, wavs in outputs.wavs.items()
        for clip, path in wavs.items()
    }
    values = [one["peak"] for one in clips.values()]
    return Score({"value": sum(values) / len(values)}, clips)


SOUND_METRICS.add(
    Metric(
        key="toy_peak",
        title="peak of the toy",
        unit="natural logarithm",
        direction="neither",
        text="largest log-mel value of a clip.",
        source="this test",
        compute=peak,
        digits=3,
    )
)
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Add one new file to the folder of metrics, and nothing else."""
    folder = tmp_path / "more_metrics"
    folder.mkdir()
    (folder / "toy_peak.py").write_text(TOY)
    monkeypatch.setattr(
        sound_metrics, "__path__", [*sound_metrics.__path__, str(folder)]
    )
    monkeypatch.setattr(SOUND_METRICS, "_metrics", dict(SOUND_METRICS._metrics))
    yield
    sys.modules.pop(f"{sound_metrics.__name__}.toy_peak", None)


def test_a_metric_that_is_one_new_file_is_scored_tabled_and_explained(
    root, toy, capsys
):
    scores = run(root, "--generation_dirs", f"{root}/gen")
    rows = {row["name"]: row for row in scores["rows"]}
    value = rows["predicted"]["toy_peak"]["value"]
    assert value > 0 and "toy_peak" not in rows["noise"]
    assert scores["metrics"][-1]["text"] == "largest log-mel value of a clip."
    lines = (root / "out" / "clips.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["peak"] > 0
    table = capsys.readouterr().out
    assert "| peak of the toy |" in table and f"| {value:.3f} |" in table
    report.main(
        ["--scores", f"{root}/out/scores.json", "--output_dir", f"{root}/report"]
    )
    page = (root / "report" / "RESULTS.md").read_text()
    assert (
        "* **peak of the toy** (natural logarithm): largest log-mel value of a clip."
        in page
    )
    assert f"| {value:.3f} |" in page
