"""The starter is trained further on 20 files; the rest of it is kept."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from espnet2.gen_audio.checkpoint.archive.folder import read_index
from espnet2.gen_audio.checkpoint.archive.packed import open_archive
from espnet2.gen_audio.pipeline.load.starter import STARTER

sys.path.insert(0, str(Path(__file__).parent))
from twenty_files import RECIPE, command, write_corpus  # noqa: E402


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    root = tmp_path_factory.mktemp("starter")
    corpus = root / "corpus"
    corpus.mkdir()
    words = command(write_corpus(corpus), root / "work", pretrained="starter")
    words += ["--finetune", "loa_lm ldm", "--skip_joint", "true", "--seeds", "0"]
    words += ["--use_vocoder", "trained"]
    words += ["--inference_args", "--steps 2 --sources predicted --batch_size 4"]
    # called from elsewhere: the name is that of the recipe's own folder
    words = [str(RECIPE / "run.sh"), *words[1:], "--stop_stage", "17"]
    result = subprocess.run(
        words, cwd=root, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
    return root / "work", result.stdout + result.stderr


def test_language_and_diffusion_model_begin_as_the_starters_and_others_stay(tuned):
    work, log = tuned
    assert "trained further: loa_lm ldm" in log
    (archive,) = work.rglob("packed/*.zip")
    found = read_index(open_archive(archive, work / "unpacked"))["parts"]
    own = read_index(STARTER)["parts"]
    for name in ("audiomae", "vae", "vocoder"):
        assert found[name]["sha256"] == own[name]["sha256"], name
    for name in ("loa_lm", "ldm"):
        assert found[name]["sha256"] != own[name]["sha256"], name
        assert found[name]["parameters"] == own[name]["parameters"]
        assert "Apache-2.0" in found[name]["licence"]
    assert not re.search(r"INFO: train_(audiomae|vae|vocoder): started", log)


def test_the_sounds_of_all_test_captions_are_made_and_scored(tuned):
    work, _ = tuned
    assert len(list(work.glob("exp/ldm_*/inference_*/test/*.flac"))) == 3
    assert list(work.rglob("scores.json"))
