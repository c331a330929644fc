"""All results are below the --expdir of a run; given folders are only read.

The tests check the paths in the commands of all steps. ``test_pretrained.py`` compares
the digests of a given folder before and after a run.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import call  # noqa: E402

PARTS = ("audiomae", "vae", "vocoder", "loa_lm", "ldm", "joint")
WORKING = (
    "prepare_data; format_audio; check_data; prepare_text; train_audiomae; train_vae; "
    "train_vocoder; dump_loa; dump_latent; dump_condition; train_loa_lm; train_ldm; "
    "train_joint; generate; score; pack"
)
# options with output paths of commands; scripts have their output at a fixed position
OUTPUTS = ("--output_dir", "--wav_dir", "--outpath", "--audio_dir", "--null_dir")


def outputs_of(words):
    """Return the output paths in the command of a step."""
    start = words.index("--writes") + 1
    border = words.index("--", start)
    end = words.index("--code", start, border) if "--code" in words else border
    found, command = words[start:end], words[border + 1 :]
    found += [command[n + 1] for n, word in enumerate(command) if word in OUTPUTS]
    if command[0] == "scripts/run_sharded.sh":
        found.append(command[2])
    if command[0] in ("scripts/copy_into.sh", "scripts/take_pretrained.sh"):
        found.append(command[1])
    return [Path(path) for path in found]


@pytest.fixture
def given(tmp_path):
    """The trained parts of an earlier run."""
    for part in PARTS:
        folder = tmp_path / "first" / f"{part}_mini_01234567"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(f"part: {part}\n")
        (folder / "valid.loss.best.pth").write_bytes(b"weights")
        (folder / "checkpoint.pth").write_bytes(b"state")
    return tmp_path / "first"


@pytest.mark.parametrize(
    "vocoder, chosen",
    [("hifigan", PARTS), ("griffin_lim", ("vae",)), ("hifigan", ("ldm", "loa_lm"))],
)
def test_every_step_of_a_second_run_writes_below_its_own_folders(
    given, tmp_path, vocoder, chosen
):
    second = tmp_path / "second"
    (second / "dump" / "raw" / "train").mkdir(parents=True)
    (second / "dump" / "raw" / "train" / "text").write_text("a one\n")
    (second / "dump" / "raw" / "content.train").write_text("digest\n")
    options = ["--use_vocoder", vocoder]
    for name in ("data", "dump", "exp"):
        options += [f"--{name}dir", second / name]
    for part in chosen:
        options += [f"--{part}_exp", given / f"{part}_mini_01234567"]
    for name in ("loa", "latent", "condition"):
        (second / "dump" / name).mkdir()
    code, out, error = call(f"check_demands() {{ :; }}; {WORKING}", *options)
    assert code == 0, error
    steps = [line.split("\t")[1:] for line in out.splitlines() if line[:5] == "step\t"]
    names = {step[0] for step in steps}
    assert {"vocode.test", "generate", "score", "pack", "dump_loa.test"} <= names
    trained = {f"train_{part}" for part in set(PARTS) - set(chosen)}
    assert {name for name in names if name.startswith("train_")} == trained
    for step in steps:
        paths = outputs_of(step)
        assert paths
        for path in paths:
            assert path.is_relative_to(second), f"{step[0]} writes {path}"
