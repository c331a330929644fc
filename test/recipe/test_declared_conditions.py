"""Conditions that a config declares: the recipe dumps, trains and generates with them.

The stages run with a replacement of ``run_step`` that prints the commands.
"""

import subprocess
from pathlib import Path

import pytest

RECIPE = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2"
SCRIPT = """
set -euo pipefail
run_step() { printf '%s\\n' "$@"; }
log() { echo "$*" >&2; }
train_set=train valid_set=valid test_set=test dumpdir=dump g2p= num_units=0
condition_encoders=$1
for file in names text train dump eval; do . "stages/${file}.sh"; done
made_by() { :; }
without_loa() { true; }
"$2"
"""


@pytest.fixture
def call():
    def run(encoders, function):
        words = ["bash", "-s", "--", encoders, function]
        made = subprocess.run(
            words, input=SCRIPT, cwd=RECIPE, text=True, capture_output=True, check=True
        )
        return made.stdout.split()

    return run


def test_every_set_is_encoded_by_the_encoder_of_every_condition(call):
    words = call("loudness=contour melody=owner/name", "dump_declared")
    steps = " ".join(words).split("dump_declared.")[1:]
    assert [step.split()[0] for step in steps] == ["train", "valid", "test"]
    for step in steps:
        assert "--encoder loudness=contour --encoder melody=owner/name" in step
        name = step.split()[0]
        assert f"--writes dump/declared/{name}" in step


def test_training_reads_and_generation_takes_what_was_dumped(call):
    encoders = "loudness=contour melody=owner/name"
    assert call(encoders, "diffusion_data") == [
        "latent/%/latent.scp,latent,kaldi_ark",
        "declared/%/loudness.scp,loudness,kaldi_ark",
        "declared/%/melody.scp,melody,kaldi_ark",
    ]
    assert call(encoders, "declared_options") == [
        "--condition",
        "loudness=dump/declared/test/loudness.scp",
        "--condition",
        "melody=dump/declared/test/melody.scp",
    ]
    assert call(encoders, "declared_folders") == ["dump/declared/test"]


@pytest.mark.parametrize(
    "function", ["dump_declared", "declared_options", "declared_folders"]
)
def test_without_declared_conditions_nothing_is_added(call, function):
    assert call("", function) == []
    assert call("", "diffusion_data") == ["latent/%/latent.scp,latent,kaldi_ark"]
