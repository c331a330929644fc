"""Two processes train every part as one does: gloo, on the CPU, spawned once.

The models and the corpus are those of ``test/regression``; ``two_ranks.py`` does the
trainings, those by one process too. With all draws fixed by clip id, only rounding is
between one process and two, which float64 makes small.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "regression")]

from commands import Commands  # noqa: E402
from rank_jobs import Jobs  # noqa: E402
from systems import unpack  # noqa: E402
from tiny_corpus import CAPTIONS, write_table  # noqa: E402
from trainings import TRAININGS, dump, losses_of, prepare  # noqa: E402

pytestmark = pytest.mark.timeout(600)
FLOW = "--lm_conf head=flow --lm_conf head_conf.inner=8 --lm_conf head_conf.blocks=1"
FIXED = {
    "audiomae": ("audiomae", "--model_conf gain_beta=0"),
    "vae": ("vae", ""),
    "vocoder": ("vocoder", ""),
    "loa_lm": ("loa_lm", ""),
    "flow_loa_lm": ("loa_lm", FLOW),
    "ldm": ("ldm", ""),
    "joint": ("joint", ""),
    "speech_loa_lm": ("speech_loa_lm", ""),
    # its drop masks would be drawn by the batch: by that of each process
    "units_ldm": ("units_ldm", "--conditions_conf cfg_per_batch=false"),
}
KILLED = ("vae", "ldm")
WATCHED = ("vae", "vocoder", "ldm", "joint")
SIX = ("audiomae", "vae", "vocoder", "loa_lm", "ldm", "joint")
BAD = "clip017"


def one_sound_under_every_id(data):
    """Write a table of clips that differ by nothing but where they are cut."""
    write_table(data / "same.scp", dict.fromkeys(CAPTIONS, data / "clip5.wav"))


def toy_words(folder):
    """Return the command of a training in whose data one clip is not finite."""
    rows = {f"clip{n:03d}": f"{n / 9} 1 0.5 1" for n in range(24)}
    write_table(folder / "x_shape", dict.fromkeys(rows, 4))
    write_table(folder / "valid.txt", rows)
    write_table(folder / "train.txt", {**rows, BAD: "1 nan 0.5 1"})
    words = "--batch_size 4 --num_workers 0 --max_epoch 2 --optim adam"
    words += " --use_tensorboard false --use_matplotlib false --keep_nbest_models 1"
    words += " --best_model_criterion valid,loss,min"
    for mode in ("train", "valid"):
        data = f"{folder}/{mode}.txt,x,text_float"
        words += f" --{mode}_data_path_and_name_and_type {data}"
        words += f" --{mode}_shape_file {folder}/x_shape"
    return words.split()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    commands, data = Commands(folder / "log"), folder / "data"
    stored = unpack(folder / "stored")
    prepare(commands, data)
    one_sound_under_every_id(data)
    old = stored / "experiments"
    dump(commands, data, old / "audiomae", old / "vae", stored / "encoders")
    jobs = Jobs(folder)
    three = "--max_epoch 3"
    watch = f"--use_tensorboard true --watch_clips 1 --watch_vae {old}/vae"
    for name in TRAININGS:
        more = f"{three} {watch}" if name in WATCHED else three
        jobs.add(f"drawn/{name}", name, "recorded", more)
    words = next(j["words"] for j in jobs.jobs if j["name"] == "drawn/vocoder")
    words += ["--num_workers", "1"]
    words[words.index(f"{data}/wav.scp,audio,sound")] = f"{data}/same.scp,audio,sound"
    fixed = "--train_dtype float64 --valid_batch_size 3"
    for name, (training, options) in FIXED.items():
        for place, both in (("one", False), ("two", True)):
            jobs.add(
                f"{place}/{name}", training, "fixed", f"{fixed} {options}", both=both
            )
    jobs.add("half/ldm", "ldm", "fixed", f"{fixed} --max_epoch 2", output="more/ldm")
    jobs.add(
        "rest/ldm", "ldm", "fixed", f"{fixed} --resume true", False, output="more/ldm"
    )
    for name in KILLED:
        output, go_on = f"killed/{name}", f"{three} --resume true"
        jobs.add(f"kill/{name}", name, "own", three, output=output, killed_in=2)
        jobs.add(f"resume/{name}", name, "own", go_on, output=output)
    for name in SIX:
        amp = f"{three} --use_amp true --valid_batch_size 3 {FIXED[name][1]}"
        amp += f" {watch}" if name in WATCHED else ""
        jobs.add(f"bf16/{name}", name, "bf16", amp, both=False)
    jobs.append("bad/toy", "toy", toy_words(folder), "own", "", True)
    failures = jobs.run()
    return folder, failures


def draws_of(folder, name):
    """Return what each process drew: values by name of the draw."""
    found = []
    for rank in (0, 1):
        draws = defaultdict(list)
        for kind, values in json.loads(
            (folder / "drawn" / name / f"draws-{rank}.json").read_text()
        ):
            draws[kind].append(tuple(values) if isinstance(values, list) else values)
        found.append(draws)
    return found


def test_every_training_but_the_bad_one_ends_well(done):
    _, failures = done
    assert [sorted(each) for each in failures] == [["bad/toy"], ["bad/toy"]]


@pytest.mark.parametrize("name", TRAININGS)
def test_all_tasks_and_speech_train_three_steps(done, name):
    losses = losses_of(done[0] / "drawn" / name)
    key = "train/generator_loss" if name in ("vae", "vocoder") else "train/loss"
    assert len(losses[key]) == 3 and np.isfinite(losses[key]).all()


@pytest.mark.parametrize("name", TRAININGS)
def test_two_processes_share_no_step_no_noise_no_mask_no_crop_and_no_drop(done, name):
    first, second = draws_of(done[0], name)
    assert set(first["state"]).isdisjoint(second["state"])
    for kind in ("rand", "randn", "randn_like", "gain"):
        own, other = (
            {x for values in draws[kind] for x in values} for draws in (first, second)
        )
        # of thousands of float32 numbers, one may be that of another by chance
        assert len(own & other) <= len(other) // 100, kind
        assert bool(own) == bool(other)
    for kind in ("randint", "crop", "dropout", "audio"):
        assert len(first[kind]) >= len(second[kind])  # of a batch of three: two and one
        if first[kind]:
            assert first[kind] != second[kind], kind
    clips = [{x for ids in draws["ids"] for x in ids} for draws in (first, second)]
    assert clips[0] | clips[1] <= set(CAPTIONS)


def test_what_is_drawn_where_is_known(done):
    """So that the test above does not pass because nothing was recorded."""
    drawn = {name: draws_of(done[0], name)[0] for name in TRAININGS}
    kinds = {
        "audiomae": {"rand", "gain", "crop"},
        "vae": {"randn", "randint", "crop"},
        "vocoder": {"audio"},
        "loa_lm": {"dropout"},
        "ldm": {"randint", "randn_like", "rand"},
        "joint": {"randint", "randn_like", "rand", "dropout"},
        "speech_loa_lm": {"rand", "randint"},
    }
    for name, wanted in kinds.items():
        assert wanted <= {kind for kind, values in drawn[name].items() if values}, name


def test_segments_cut_in_workers_of_two_processes_differ(done):
    rows = [draws["audio"] for draws in draws_of(done[0], "vocoder")]
    shortest = min(len(row) for row in rows[0])  # validation has whole clips
    first, second = ({row for row in own if len(row) == shortest} for own in rows)
    assert len(first) == 6 and len(second) == 3  # of one sound, in three steps
    assert first.isdisjoint(second)


def assert_close(found, expected):
    """Refuse values that differ by more than 1e-6, relatively."""
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-6, err_msg=key)


def losses_without_pairs(experiment):
    """Return losses; a process with one clip of a batch has no other to compare."""
    losses = losses_of(experiment)
    return {key: losses[key] for key in losses if not key.endswith("l1_other")}


@pytest.mark.parametrize("name", FIXED)
def test_a_batch_means_the_same_for_one_process_and_for_two(done, name):
    one, two = (done[0] / place / name for place in ("one", "two"))
    assert_close(losses_without_pairs(two), losses_without_pairs(one))
    assert len(losses_of(two)["train/optim0_lr0"]) == 5
    before = [json.loads((e / "before_training.json").read_text()) for e in (two, one)]
    assert_close(*({k: v for k, v in b.items() if k != "l1_other"} for b in before))
    weights = [torch.load(e / "5epoch.pth", weights_only=True) for e in (two, one)]
    for key, values in weights[1].items():  # the moving average among them
        torch.testing.assert_close(weights[0][key], values, rtol=1e-6, atol=1e-6)


def test_another_number_of_processes_goes_on_with_a_training(done):
    found = losses_without_pairs(done[0] / "more" / "ldm")
    assert_close(found, losses_without_pairs(done[0] / "one" / "ldm"))


@pytest.mark.parametrize("name", KILLED)
def test_killed_and_resumed_it_ends_bit_for_bit_as_undisturbed(done, name):
    found, expected = (
        torch.load(done[0] / place / name / "checkpoint.pth", weights_only=True)
        for place in ("killed", "drawn")
    )
    assert found["model"].keys() == expected["model"].keys()
    for key, values in expected["model"].items():
        assert torch.equal(found["model"][key], values), key
    assert (done[0] / "killed" / name / "3epoch.pth").exists()


def test_a_loss_that_is_not_finite_in_one_process_stops_both_with_its_clips(done):
    folder, failures = done
    for each in failures:
        assert "train loss is nan in epoch 1" in each["bad/toy"]
        assert BAD in each["bad/toy"]
    assert not (folder / "bad" / "toy" / "checkpoint.pth").exists()


@pytest.mark.parametrize("place", ["bf16", "drawn"])
@pytest.mark.parametrize("name", WATCHED)
def test_tensorboard_has_a_sound_and_a_picture_of_every_epoch(done, name, place):
    """Of one process, and of two, which are bit-equal to those that show nothing."""
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )
    files = str(done[0] / place / name / "tensorboard" / "train")
    everything = {"images": 0, "audio": 0}
    events = accumulator.EventAccumulator(files, size_guidance=everything).Reload()
    assert events.Tags()["images"] == ["mel/clip0"]
    assert events.Tags()["audio"] == ["sound/clip0"]
    pictures, sounds = events.Images("mel/clip0"), events.Audio("sound/clip0")
    assert [each.step for each in pictures] == [each.step for each in sounds]
    assert [each.step for each in sounds] == [1, 2, 3]
    assert all(each.sample_rate == 16000 for each in sounds)
    assert {each.height for each in pictures} == {16}
    assert len({each.encoded_audio_string for each in sounds}) == 3  # it learns


@pytest.mark.parametrize("name", SIX)
def test_mixed_precision_trains_every_part_near_full_precision(done, name):
    """With the same draws; that it is not full precision shows that it was used."""
    key = "generator_loss" if name in ("vae", "vocoder") else "loss"
    found, full = (
        np.array(losses_of(done[0] / place / name)[f"train/{key}"][:3])
        for place in ("bf16", "one")
    )
    np.testing.assert_allclose(found, full, rtol=0.03)
    assert abs(found / full - 1.0).max() > 1e-5
