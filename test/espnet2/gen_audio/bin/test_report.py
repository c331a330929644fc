"""The report: page and pictures from scores, shown clips chosen by rule."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.bin.report import hardware, main, shown_clips
from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.system import Encoder, System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.metrics.evaluation.sound_set import read_sound_set
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6, "times_chance": 1.0}
CURVE = {
    "key": "mel_l1",
    "first": 2.0,
    "best": 1.0,
    "best_epoch": 2,
    "ratio": 0.5,
    "epochs": [1, 2],
    "valid": [2.0, 1.0],
    "train": [2.1, 0.9],
}


@pytest.fixture
def root(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "test"
    folder.mkdir()
    tables = {"wav.scp": "", "utt2label": "", "text": ""}
    for number, label in enumerate(["drum", "bell", "drum"]):
        soundfile.write(folder / f"c{number}.wav", rng.normal(0, 0.1, 12000), 16000)
        tables["wav.scp"] += f"c{number} {folder}/c{number}.wav\n"
        tables["utt2label"] += f"c{number} {label}\n"
        tables["text"] += f"c{number} a {label} is struck\n"
    for name, text in tables.items():
        (folder / name).write_text(text)
    probe = {"clips": 4, "recordings": 4, "classes": ["bell", "drum"], "chance": 0.5}
    scores = {
        "settings": {
            "geometry": {"seconds": 0.64, "sample_rate": 16000, "downsample": 8},
            "level": "peak 0.5",
            "embedding": "YAMNet",
            "embedding_version": "abc",
            "embedding_rate": 16000,
            "copying_channel": "recordings",
            "draws": 10,
            "seed": 0,
            "versions": {},
        },
        "metrics": [metric.describe() for metric in SOUND_METRICS.all()],
        "probes": {"probe_train": probe},
        "rows": [
            {"name": "predicted", "seeds": ["0"], "clips": 3, "probe_train": ESTIMATE}
        ],
        "curves": {"vae": CURVE},
    }
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    return tmp_path


def run(root, *options):
    words = ["--scores", f"{root}/scores.json", "--output_dir", f"{root}/out"]
    main([*words, *options])
    return (root / "out" / "RESULTS.md").read_text()


def test_the_page_links_every_picture_that_was_drawn(root):
    scp = f"{root}/test/wav.scp"
    page = run(root, "--test_data", f"{root}/test", "--generated", scp)
    for name in ("spectrograms", "classifier_probes", "losses"):
        assert f"(pictures/{name}.png)" in page
        assert (root / "out" / "pictures" / f"{name}.png").exists()


def test_what_is_not_given_is_not_drawn(root):
    page = run(root)
    assert "spectrograms" not in page and "classifier_probes.png" in page


def test_parts_are_named_without_their_place(root):
    page = run(root, "--parts", "vae=/some/where/vae_mini", "--commands", "./run.sh")
    assert "| vae | vae_mini | - | - |" in page and "/some/where" not in page
    assert "```sh\n./run.sh\n```" in page


def test_every_part_says_where_it_comes_from(experiments, root, tmp_path):
    (part,) = part_of(experiments["vae"])
    part.provenance = {"source": "full.pth", "licence": "CC BY-NC-SA 4.0"}
    encoder = Encoder("tokens_encoder", {}, {"w": torch.ones(1)}, {}, {"source": "hub"})
    system = System("custom", {"vae": part}, {"tokens_encoder": encoder})
    index = write_system(system, tmp_path / "system")
    tuned = tmp_path / "ldm_tuned"
    tuned.mkdir()
    config = {
        "part": "ldm",
        "best_model_criterion": [["valid", "eps_mse", "min"]],
        "finetuned_from": [{"part": "ldm", "source": "full.pth", "licence": "CC"}],
    }
    (tuned / "config.yaml").write_text(yaml.safe_dump(config))
    (tuned / "4epoch.pth").touch()
    (tuned / "7epoch.pth").touch()
    (tuned / "valid.eps_mse.best.pth").symlink_to("4epoch.pth")
    parts = {
        "vae": tmp_path / "system" / "vae",
        "tokens_encoder": tmp_path / "system" / "tokens_encoder",
        "sentence_encoder": "owner/clap",
        "ldm": tuned,
        "loa_lm": experiments["loa_lm"],
    }
    page = run(root, "--parts", *(f"{name}={place}" for name, place in parts.items()))
    digests = {name: f["sha256"][:16] for name, f in index["parts"].items()}
    for row in (
        f"| vae | full.pth | CC BY-NC-SA 4.0 | {digests['vae']} |",
        f"| tokens_encoder | hub | - | {digests['tokens_encoder']} |",
        "| sentence_encoder | owner/clap | - | - |",
        "| ldm | trained here: ldm_tuned, epoch 4 of 7, from ldm of full.pth | CC | "
        "- |",
        "| loa_lm | trained here: loa_lm | - | - |",
    ):
        assert row in page.splitlines()


def test_the_first_clip_of_each_class_is_shown(root):
    test = read_sound_set(root / "test")
    assert shown_clips(test, 9) == ["c1", "c0"]
    assert shown_clips(test, 1) == ["c1"]
    (root / "test" / "utt2label").unlink()
    assert shown_clips(read_sound_set(root / "test"), 2) == ["c0", "c1"]


def test_a_clip_that_was_not_generated_is_named(root, capsys):
    (root / "few.scp").write_text(f"c1 {root}/test/c1.wav\n")
    with pytest.raises(SystemExit):
        run(root, "--test_data", f"{root}/test", "--generated", f"{root}/few.scp")
    assert "few.scp has no c0" in capsys.readouterr().err


def test_parts_of_another_form_are_refused(root, capsys):
    with pytest.raises(SystemExit):
        run(root, "--parts", "vae")
    assert "part=folder or part=name" in capsys.readouterr().err


def test_the_machine_is_named_on_one_line():
    assert "cores" in hardware() and "\n" not in hardware()


def test_speech_has_a_section_of_its_own_when_it_was_scored(root):
    assert "## Speech" not in run(root)
    scores = {
        "metrics": [metric.describe() for metric in SPEECH_METRICS.all()],
        "settings": {"draws": 9, "seed": 0, "recogniser": "W", "vocabulary": []},
        "left_out": {},
        "rows": [
            {"name": "another", "seeds": [""], "clips": 3, "wer": {"value": 88.0}}
        ],
    }
    (root / "speech.json").write_text(json.dumps(scores))
    page = run(root, "--speech_scores", f"{root}/speech.json")
    assert (
        "## Speech\n\n|" in page and "| another random utterance | 3 | 88.0 |" in page
    )


EARLIER = Path(__file__).parents[1] / "metrics/report/earlier"


def test_scores_of_an_earlier_release_are_reported(tmp_path):
    main(
        ["--scores", str(EARLIER / "scores.json"), "--output_dir", str(tmp_path)]
        + ["--speech_scores", str(EARLIER / "speech_scores.json")]
    )
    page = (tmp_path / "RESULTS.md").read_text()
    assert "| classifier probe: training reconstructions |" in page
    assert "18 clips of 18 recordings with 3 classes; chance is 0.333." in page
    assert "## Speech" in page and "* **MCD, dB**" in page
    assert (tmp_path / "pictures/classifier_probes.png").exists()
