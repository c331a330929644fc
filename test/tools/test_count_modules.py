"""The walk of a request: few modules, from the parsed request to the written file."""

import importlib.util
import logging
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# of the generation path, and with the leaves that it calls; these are the numbers of
# today, so that a module more is noticed
# 47 since the language model has a choice of heads, a module of its own;
# 48 since a caption of invisible characters counts as empty, which tables share
# 50 since the layers of the U-Net and attention in C are modules of their own
MOST_ON_THE_PATH, MOST = 16, 50


@pytest.fixture(scope="module")
def script():
    path = ROOT / "tools" / "count_modules.py"
    spec = importlib.util.spec_from_file_location("count_modules", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def entered(script, tmp_path_factory):
    work = tmp_path_factory.mktemp("walk")
    model = script.tiny_system(work)
    sound = ["--output", str(work / "sound.wav"), "--steps", "2", "--json"]
    root = logging.getLogger()
    before = root.level, root.handlers.copy()
    found = script.record(["a dog barks", "--model", str(model), *sound])
    root.setLevel(before[0])  # the command has set up its own
    root.handlers[:] = before[1]
    assert (work / "sound.wav").is_file()
    return found


def test_a_request_passes_through_no_more_modules_than_today(script, entered):
    path = script.by_concept(entered)[script.PATH]
    assert len(path) <= MOST_ON_THE_PATH, path
    assert len(entered) <= MOST, list(entered)


def test_every_module_is_counted_under_one_concept(script, entered):
    groups = script.by_concept(entered)
    assert sorted(sum(groups.values(), [])) == sorted(entered)
    assert all(groups.values())
    with pytest.raises(ValueError, match="kaldi.jobs has no concept"):
        script.by_concept(["kaldi.jobs"])


def test_every_step_is_counted_and_loading_is_not(entered):
    steps = "encode predict_loa sample decode generate".split()
    assert {f"pipeline.{step}" for step in steps} <= entered.keys()
    for network in ("loa_lm", "diffusion", "vae", "vocoder"):
        assert any(name.startswith(f"{network}.") for name in entered), network
    assert not any(name.startswith(("pipeline.load", "checkpoint")) for name in entered)


def test_what_runs_before_the_parsed_request_and_after_the_file_is_left_out(script):
    recorder = script.Recorder()

    class Frame:
        def __init__(self, module, name):
            self.f_globals = {"__name__": module}
            self.f_code = self
            self.co_name = name

    def run(module, name):
        frame = Frame(module, name)
        recorder(frame, "call", None)
        recorder(frame, "return", None)

    path = "espnet2.gen_audio.pipeline.generate"
    run(path, "early")
    run(*script.BEGIN)
    run(path, "generate")
    run("torch.nn", "relu")
    run(path, "<module>")
    run(*script.END)
    run(path, "late")
    assert recorder.entered == {
        "pipeline.generate": ["generate"],
        "feats.sound_writer": ["write_sound"],
    }
