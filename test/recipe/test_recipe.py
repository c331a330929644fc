"""The whole recipe runs on mixed files in AudioCaps' layout, some of them damaged."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "recipe"), str(TESTS / "faults")]

from kills_run import Run  # noqa: E402
from twenty_files import (  # noqa: E402
    BAD,
    RECIPE,
    audiocaps_command,
    write_audiocaps,
    youtube_id,
)

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = write_audiocaps(tmp_path_factory.mktemp("audiocaps"))
        patch.setenv("AUDIOCAPS", str(folder))
        yield folder


def run(words, **options):
    return subprocess.run(
        words, cwd=RECIPE, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    result = run(audiocaps_command(work))
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return work, result.stdout + result.stderr


def sounds(work):
    folders = [
        path.parent for path in work.glob("exp/joint_*/*/test/predicted_*/wav.scp")
    ]
    (folder,) = folders or sorted(work.glob("exp/joint_*/*/test"))
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.flac"))}


def test_every_stage_says_when_it_starts_ends_and_where_its_output_is(finished):
    _, log = finished
    for n in range(1, 17):
        assert f"Stage {n}/18" in log
    assert log.count(": started") >= 16 and log.count(": ended after") == 16


def test_the_three_bad_files_are_listed_with_their_reasons(finished):
    work, _ = finished
    rows = (work / "dump/raw/train/rejects.tsv").read_text().splitlines()[1:]
    reasons = {row.split("\t")[0]: row.split("\t")[2] for row in rows}
    empty, cut, letter = (f"Y{youtube_id(name)}" for name in BAD)
    assert sorted(reasons) == sorted([empty, cut, letter])
    assert "empty" in reasons[empty]
    assert "truncated" in reasons[cut]
    assert "text" in reasons[letter]


def test_two_captions_of_a_clip_share_its_sound(finished):
    work, _ = finished
    (several,) = (work / "dump/raw/train/utt2captions").read_text().splitlines()
    assert several.startswith(
        f"Y{youtube_id('_hum.wav')} a sound, named _hum.wav\tanother"
    )
    assert len((work / "dump/raw/train/wav.scp").read_text().splitlines()) == 11


def test_every_test_caption_has_a_sound_of_16_bits_and_the_clips_length(finished):
    work, _ = finished
    (scp,) = work.glob("exp/joint_*/*/test/predicted_seed0/wav.scp")
    paths = dict(line.split() for line in scp.read_text().splitlines())
    ids = [
        line.split()[0]
        for line in (work / "dump/raw/test/text").read_text().splitlines()
    ]
    assert sorted(paths) == sorted(ids)
    for path in paths.values():
        info = soundfile.info(RECIPE / path)
        assert (info.samplerate, info.frames) == (16000, 40960)
        assert info.subtype == "PCM_16"


def test_scores_and_pictures_are_there_and_finite(finished):
    work, _ = finished
    results = work / "exp" / "results"
    scores = json.loads((results / "scores.json").read_text())
    assert scores
    assert "NaN" not in (results / "scores.json").read_text()
    assert (results / "RESULTS.md").read_text().startswith("#")
    assert list((results / "pictures").glob("*.png"))


@pytest.mark.parametrize("part", ["vae", "vocoder", "ldm", "joint"])
def test_tensorboard_has_sounds_and_pictures_of_what_a_part_makes(finished, part):
    from tensorboard.backend.event_processing import event_accumulator

    (experiment,) = (finished[0] / "exp").glob(f"{part}_*/config.yaml")
    files = str(experiment.parent / "tensorboard" / "train")
    events = event_accumulator.EventAccumulator(files, {"audio": 0}).Reload()
    tags = events.Tags()
    ids = [f"Y{youtube_id(name)}" for name in ("v_hum.flac", "v_hum.ogg")]
    assert tags["images"] == [f"mel/{each}" for each in ids]
    assert tags["audio"] == [f"sound/{each}" for each in ids]
    epochs = [1] if part == "vae" else [1, 2]  # components are there after one
    assert [each.step for each in events.Audio(f"sound/{ids[1]}")] == epochs


def test_a_batch_changes_sounds_by_rounding_alone(finished, tmp_path):
    work, _ = finished
    words = [sys.executable, "measure/measure_batches.py", "--dtype", "float64"]
    for part in ("joint", "vae", "audiomae"):
        (folder,) = work.glob(f"exp/{part}_*")
        words += [f"--{part}_dir", folder]
    words += ["--text", work / "dump/raw/test/text", "--output", tmp_path / "told.json"]
    words += ["--sounds", "3", "--batch_sizes", "2", "3", "--presets", "fast"]
    result = run(words)
    assert result.returncode == 0, result.stderr[-3000:]
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["sounds"] == 3
    for size in (2, 3):
        row = told["presets"]["fast"][f"batches of {size}"]
        assert row["log-mel"]["worst"] < -200.0  # -200 dB: 1e-10 of the amplitude


def test_a_second_run_finds_every_step_up_to_date(finished):
    work, _ = finished
    result = run(audiocaps_command(work))
    log = result.stdout + result.stderr
    assert result.returncode == 0, log[-3000:]
    assert "INFO: train_vae: up to date" in log
    assert " done in " not in log


def test_a_changed_config_makes_that_part_and_what_follows_anew(finished, tmp_path):
    work, _ = finished
    changed = tmp_path / "train_vocoder.yaml"
    text = (RECIPE / "conf/mini/train_vocoder.yaml").read_text()
    changed.write_text(text + "# another version\nseed: 3\n")
    result = run(audiocaps_command(work, vocoder_config=str(changed), stop_stage="13"))
    log = result.stdout + result.stderr
    assert result.returncode == 0, log[-3000:]
    again = [
        line.split("INFO: ")[1].split(":")[0]
        for line in log.splitlines()
        if " done in " in line
    ]
    assert again == ["train_vocoder"]
    assert len(list((work / "exp").glob("vocoder_*"))) == 2


def test_a_second_start_is_refused_while_the_first_still_works(finished):
    work, _ = finished
    import fcntl

    with (work / "exp" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run(audiocaps_command(work))
    assert result.returncode == 1
    assert "another run" in result.stderr


def test_killed_and_started_again_it_ends_with_the_same_sounds(finished, tmp_path):
    """Kill a run at three moments, while parts are trained or used."""
    words = audiocaps_command(tmp_path, stop_stage="14")
    for wanted in (
        "exp/vae_*/checkpoint.pth",
        "exp/ldm_*/checkpoint.pth",
        "exp/joint_*/*/test",
    ):
        process = subprocess.Popen(
            words, cwd=RECIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 600
        while not list(tmp_path.glob(wanted)) and process.poll() is None:
            assert time.monotonic() < deadline, f"{wanted} was never written"
            time.sleep(0.05)
        assert process.poll() is None, f"it ended before it wrote {wanted}"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        wait_for_lock(tmp_path / "exp" / ".lock")
    result = run(words)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert sounds(tmp_path) == sounds(finished[0])


def test_killed_with_all_its_children_while_it_generates_scores_and_packs(
    finished, tmp_path
):
    """Kill a run once in each late stage: a short form of ``test/faults/kills.py``.

    The killed run uses parts and folders of the finished run, but has another name.
    """
    work, _ = finished
    stages = {"stage": "14", "stop_stage": "17"}
    words = audiocaps_command(work, inference_tag="killed", **stages)
    random = np.random.default_rng(0)
    for stage in (14, 15, 17):
        killed = Run(words, RECIPE, tmp_path / f"{stage}.log")
        assert killed.wait_for_stage(stage), killed.lines[-9:]
        assert killed.kill_after(random.uniform(0.2, 2.0)), killed.lines[-9:]
    last = Run(words, RECIPE, tmp_path / "last.log")
    assert last.wait() == 0, last.lines[-9:]
    (killed,) = work.glob("exp/joint_*/killed")
    (wanted,) = set(work.glob("exp/joint_*/inference_*")) - {killed}
    for place in ("test", "score_test"):
        assert contents(killed / place) == contents(wanted / place) != {}
    with zipfile.ZipFile(next(work.glob("exp/packed/*.zip"))) as archive:
        assert archive.testzip() is None and "meta.yaml" in archive.namelist()


def contents(folder):
    """Return sounds and scores below a folder."""
    paths = [p for end in ("flac", "json", "jsonl") for p in folder.rglob(f"*.{end}")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def wait_for_lock(path):
    """Wait until the last child of a killed run is gone."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        free = subprocess.run(["flock", "--nonblock", path, "true"], check=False)
        if free.returncode == 0:
            return
        time.sleep(0.2)
    raise AssertionError("a child of a killed run still holds the lock")


def test_a_text_encoder_can_be_trained_with_the_models_instead(finished):
    work, _ = finished
    sounds = "exp/joint_*/inference_*/test/predicted_seed0/*.flac"
    before = set(work.glob(sounds))
    result = run(audiocaps_command(work, num_units="40", stop_stage="14"))
    log = result.stdout + result.stderr
    assert result.returncode == 0, log[-3000:]
    assert "no conditions are dumped, because the text encoder is trained" in log
    made = set(work.glob(sounds)) - before
    assert len(made) == len(before) > 0
