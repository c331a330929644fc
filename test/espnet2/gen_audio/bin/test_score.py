"""The scoring command: one run over all rows, its files, and what it refuses."""

import json
import zlib

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin.score import main
from espnet2.gen_audio.compat import MatrixWriter

SAMPLES = 10240
PITCH = {"low": 5.0, "high": 0.7}  # samples a radian


class Bands:
    """Stands in for YAMNet: energy in four bands of the spectrum."""

    name, version, rate, size = "bands", "1", 16000, 4

    def __call__(self, wave, rate):
        spectrum = np.abs(np.fft.rfft(wave))
        return np.array([[part.mean() for part in np.array_split(spectrum, 4)]])


def tone(name, kind, noise=0.02):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    phase = np.arange(SAMPLES) / PITCH[kind] * rng.uniform(0.9, 1.1)
    return 0.3 * np.sin(phase) + rng.normal(0, noise, SAMPLES)


def write_clips(folder, waves):
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for clip, wave in waves.items():
        soundfile.write(folder / f"{clip}.flac", wave, 16000)
        lines.append(f"{clip} {folder / clip}.flac\n")
    (folder / "wav.scp").write_text("".join(lines))


def clips_of(prefix, count=5):
    return {f"{prefix}{kind}{n}": kind for kind in PITCH for n in range(count)}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr("espnet2.gen_audio.metrics.yamnet.Yamnet", Bands)
    for name in ("train", "test"):
        kinds = clips_of(name)
        write_clips(tmp_path / name, {c: tone(c, k) for c, k in kinds.items()})
        labels = "".join(f"{c} {k}\n" for c, k in kinds.items())
        (tmp_path / name / "utt2label").write_text(labels)
        write_clips(
            tmp_path / f"rec_{name}", {c: tone(c, k, 0.05) for c, k in kinds.items()}
        )
        scp = tmp_path / f"{name}_sentence.scp"
        with MatrixWriter(scp.with_suffix(".ark"), scp) as writer:
            for clip, kind in kinds.items():
                writer[clip] = [[1.0, 0.1] if kind == "low" else [0.1, 1.0]]
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
    assert rows["predicted"]["judge_train"]["value"] == 1.0
    assert rows["predicted"]["seeds"] == ["0", "1"] and rows["predicted"]["clips"] == 20
    assert rows["nearest_caption"]["copying"]["value"] == 1.0
    assert rows["nearest_caption"]["judge_heldout"]["value"] == 1.0
    assert rows["noise"]["judge_train"]["value"] == 0.5
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


def test_without_labels_distances_are_scored_and_nothing_is_judged(root):
    (root / "test" / "utt2label").unlink()
    scores = run(root, "--generation_dirs", f"{root}/gen")
    assert scores["judges"] == {}
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
