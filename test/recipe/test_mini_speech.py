"""run_mini_speech.sh from synthetic recordings to the page of results.

Script, configs and scores are those of the recipe; the corpus has 24 recordings, and
each part is trained for two steps. RESULTS.md has the results of a whole training.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"
PARTS = ("audiomae", "vae", "vocoder", "loa_lm", "ldm", "joint")
SIZES = {"train": 16, "valid": 4, "test": 4}
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    words = [sys.executable, "local/prepare_mini_speech.py", "--output_dir", folder]
    for name, size in SIZES.items():
        words += [f"--{name}_size", str(size)]
    subprocess.run(words, cwd=RECIPE, check=True, capture_output=True)
    return folder


def run(corpus, work, *options, steps="", exp="exp"):
    words = ["./run_mini_speech.sh", "--num_threads", "1"]
    for name, folder in {"data": "data", "dump": "dump", "exp": exp}.items():
        words += [f"--{name}dir", str(work / folder)]
    for part in PARTS:
        short = "--max_epoch 1 --num_iters_per_epoch 2 --batch_size 2"
        words += [f"--{part}_args", f"{short} {steps}"]
    words += ["--inference_args", "--steps 2", *options]
    result = subprocess.run(
        words,
        cwd=RECIPE,
        env=os.environ | {"MINI_SPEECH": str(corpus)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout[-3000:] + result.stderr[-3000:]


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    status, log = run(corpus, work)
    assert status == 0, log
    return work


def test_the_models_were_trained_on_phonemes_of_the_transcripts(finished):
    line, *_ = (finished / "dump/phonemes/train/phonemes").read_text().splitlines()
    spoken = (finished / "dump/raw/train/transcript").read_text()
    assert line.split()[0] in spoken and len(line.split()) > 4
    (config,) = finished.glob("exp/joint_*/config.yaml")
    assert "phonemes" in config.read_text()


def test_every_row_of_the_scores_is_there_with_intervals(finished):
    (path,) = finished.glob("exp/joint_*/*/score_test/speech_scores.json")
    rows = {row["name"]: row for row in json.loads(path.read_text())["rows"]}
    wanted = {"recordings", "reconstructions", "true", "predicted", "other"}
    assert wanted <= set(rows)


def test_recordings_are_understood_and_untrained_speech_is_not(finished):
    page = (finished / "exp/results/RESULTS.md").read_text()
    assert "words right" in page
    (path,) = finished.glob("exp/joint_*/*/score_test/speech_scores.json")
    rows = {row["name"]: row for row in json.loads(path.read_text())["rows"]}
    right = {name: row["words_right"]["value"] for name, row in rows.items()}
    assert right["recordings"] > 0.9
    assert right["predicted"] < 0.5


def test_with_steps_of_size_zero_a_run_keeps_the_models_that_it_starts_from(
    finished, corpus
):
    status, log = run(
        corpus,
        finished,
        *("--init_from_expdir", str(finished / "exp")),
        *("--stage", "11", "--stop_stage", "12"),
        steps="--optim_conf lr=0.0 --scheduler none",
        exp="tuned",
    )
    assert status == 0, log
    for part in ("loa_lm", "ldm"):
        earlier, tuned = (
            torch.load(path, weights_only=True)
            for folder in ("exp", "tuned")
            for path in finished.glob(f"{folder}/{part}_*/1epoch.pth")
        )
        # a training starts from the averaged weights of the U-Net, like generation
        used = {name for name in earlier if not name.startswith("unet.")}
        assert len(used) > 20 and tuned.keys() == earlier.keys()
        for name in used:
            assert torch.equal(tuned[name], earlier[name]), name


def test_a_run_that_starts_from_models_of_other_phonemes_is_refused(finished, corpus):
    options = ["--init_from_expdir", str(finished / "exp"), "--g2p", "char"]
    status, log = run(corpus, finished, *options, exp="refused")
    assert status == 1
    assert "--g2p char: the models of --init_from_expdir use 'g2p_en_no_space'" in log
    assert not list(finished.glob("refused/loa_lm_*"))
