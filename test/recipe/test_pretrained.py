"""The recipe uses the parts of a checkpoint, trains them further and packs them.

The checkpoint is a converted system of tiny untrained networks and tiny encoders.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.packed import open_archive
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.preprocess.clip_batches import choose_clips, read_batches

TESTS = Path(__file__).parents[1]
for place in ("recipe", "espnet2/gen_audio/checkpoint"):
    sys.path.insert(0, str(TESTS / place))

import official_state  # noqa: E402
from tiny_system import (  # noqa: E402
    CAPTIONS,
    CONFIGS,
    NETS,
    RECIPE,
    WIDTH,
    tiny_system,
)

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A converted system, tables of six sounds, and an empty work folder."""
    root = tmp_path_factory.mktemp("pretrained")
    torch.manual_seed(0)
    write_system(tiny_system(root / "scratch"), root / "tiny")
    rng = np.random.default_rng(0)
    rows = {"train": "", "test": ""}
    sets = ("train", "train", "train", "train", "test", "test")
    for number, (name, caption) in enumerate(zip(sets, CAPTIONS)):
        wave = 0.3 * np.sin(np.arange(30000) * 0.02 * (number + 1))
        wave += 0.02 * rng.standard_normal(30000)
        soundfile.write(root / f"s{number}.wav", wave, 16000)
        rows[name] += f"s{number}\ts{number}.wav\t{caption}\n"
    for name, text in rows.items():
        (root / f"{name}.tsv").write_text("id\taudio\tcaption\n" + text)
    return root


def run(root, *options, pretrained="tiny"):
    """Run the recipe with its small configs, one step per training."""
    words = ["./run.sh", "--pretrained", str(root / pretrained), "--nj", "1"]
    # the test set is also the validation set, because each set needs a dozen processes
    words += ["--valid_set", "test", "--valid_table", str(root / "test.tsv")]
    for name in ("train", "test"):
        words += [f"--{name}_table", str(root / f"{name}.tsv")]
    for name in ("data", "dump", "exp"):
        words += [f"--{name}dir", str(root / "work" / name)]
    steps = "--max_epoch 1 --num_iters_per_epoch 1 --batch_size 2"
    for name in (*NETS, "joint"):
        words += [f"--{name}_args", steps]
    inference = "--steps 2 --sources predicted --batch_size 1"
    words += ["--augment_clips", "0", "--seeds", "0", "--inference_args", inference]
    words += ["--use_vocoder", "trained", "--num_threads", "1", *options]
    result = subprocess.run(
        words, cwd=RECIPE, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def done(log):
    """Return the steps that ran, in order."""
    lines = [line for line in log.splitlines() if " done in " in line]
    return [line.split("INFO: ")[1].split(":")[0] for line in lines]


@pytest.fixture(scope="module")
def tuned(root):
    """The whole recipe, in which only the diffusion model is trained further."""
    before = digests(root / "tiny")
    code, log = run(root, "--finetune", "ldm", "--stop_stage", "18")
    assert code == 0, log[-3000:]
    return before, log


def experiment(root, name):
    """Return the single training of a part, and its config."""
    (path,) = (root / "work" / "exp").glob(f"{name}_mini_*/config.yaml")
    return path.parent, yaml.safe_load(path.read_text())


def moved(root, name, weights, prefix=""):
    """Return the largest change of a part's weights in one training step."""
    folder, _ = experiment(root, weights)
    trained = torch.load(folder / "1epoch.pth", weights_only=True)
    given = load_tensors(root / "tiny" / name / "model.safetensors")
    steps = [(trained[prefix + key] - given[key]).abs().max() for key in given]
    return float(max(steps))


def test_parts_that_are_not_trained_on_say_so_and_stay_as_they_are(root, tuned):
    before, log = tuned
    assert digests(root / "tiny") == before
    for name in ("audiomae", "vae", "vocoder", "loa_lm"):
        assert f"{name}: used from" in log
        assert not list((root / "work" / "exp").glob(f"{name}_mini_*"))
    assert [step for step in done(log) if step.startswith("train_")] == ["train_ldm"]
    assert "Stage 13/18 train_joint: skipped" in log
    assert "upload: skipped, because --hf_repo is not given" in log


def test_sizes_are_those_of_the_checkpoint_and_training_is_ours(root, tuned):
    _, config = experiment(root, "ldm")
    assert config["unet_conf"] == CONFIGS["ldm"]["unet_conf"]
    assert config["latent_scale"] == CONFIGS["ldm"]["latent_scale"]
    assert config["model_conf"]["objective"] == "eps"
    yours = yaml.safe_load((RECIPE / "conf/mini/train_ldm.yaml").read_text())
    for key in ("p_drop_all", "p_drop_tokens", "loa_factors"):
        assert config["conditions_conf"][key] == yours["conditions_conf"][key]
    assert config["model_conf"]["ema_decay"] == yours["model_conf"]["ema_decay"]
    assert np.shape(config["null_tokens"]) == (1, WIDTH)
    assert config["finetuned_from"][0]["source"] == "tiny.pth"
    # a step changes a weight by at most 0.001
    assert 0 < moved(root, "ldm", "ldm") < 0.01


def test_the_page_says_where_every_part_comes_from(root, tuned):
    page = (root / "work" / "exp" / "results" / "RESULTS.md").read_text().splitlines()
    folder, _ = experiment(root, "ldm")
    facts = yaml.safe_load((root / "tiny" / "system.yaml").read_text())["parts"]
    names = ("audiomae", "vae", "vocoder", "loa_lm", "tokens_encoder")
    for name in names:
        digest, licence = facts[name]["sha256"][:16], facts[name]["licence"]
        assert f"| {name} | tiny.pth | {licence} | {digest} |" in page
    row = f"trained here: {folder.name}, epoch 1 of 1, from ldm of tiny.pth"
    assert f"| ldm | {row} | CC BY 4.0 | - |" in page


def test_a_second_run_finds_every_step_up_to_date(root, tuned):
    code, log = run(root, "--finetune", "ldm", "--stop_stage", "18")
    assert code == 0, log[-3000:]
    assert done(log) == []
    assert "INFO: pack: up to date" in log and "INFO: pretrained: up to date" in log


def test_a_packed_system_makes_the_sounds_of_the_recipe(root, tuned):
    from espnet2.gen_audio.pipeline.options import SamplingOptions
    from espnet2.gen_audio.pipeline.text2audio import Text2Audio

    (archive,) = (root / "work" / "exp" / "packed").glob("*.zip")
    system = Text2Audio.from_pretrained(open_archive(archive, root / "cache"))
    options = SamplingOptions("dpm++", steps=2, eta=0.0, guidance_scale=4.5, seed=0)
    folder, _ = experiment(root, "ldm")
    for name, caption in (("s4", CAPTIONS[4]), ("s5", CAPTIONS[5])):
        (path,) = folder.glob(f"*/test/{name}.flac")
        wanted = torch.tensor(soundfile.read(path, dtype="float32")[0])
        torch.set_num_threads(1)
        made = system({name: caption}, options)[name]
        made = made / max(1.0, float(made.abs().max()))
        assert wanted.std() > 1e-4
        torch.testing.assert_close(made, wanted, rtol=0, atol=2 / 32768)


def test_a_packed_system_goes_to_a_hub_with_the_terms_of_its_parts(
    root, tuned, monkeypatch
):
    import huggingface_hub

    sent = {}

    class Hub:
        def create_repo(self, repo_id, exist_ok):
            assert (repo_id, exist_ok) == ("owner/mine", True)

        def upload_folder(self, repo_id, folder_path):
            sent.update(
                {
                    p.name: p.read_bytes()
                    for p in Path(folder_path).iterdir()
                    if p.is_file()
                }
            )

    spec = importlib.util.spec_from_file_location(
        "upload_model", RECIPE / "scripts" / "upload_model.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    (archive,) = (root / "work" / "exp" / "packed").glob("*.zip")
    words = ["upload", "--archive", str(archive), "--repo"]
    monkeypatch.setattr(sys, "argv", [*words, "owner/mine"])
    script.main()
    assert sent.keys() == {"README.md", "meta.yaml", "system.yaml"}
    card = sent["README.md"].decode()
    assert 'from_pretrained("owner/mine")' in card
    assert "CC BY 4.0" in card and "Apache-2.0" in card and "trained here" in card
    assert list(archive.parent.iterdir()) == [archive]
    monkeypatch.setattr(sys, "argv", [*words, "mine"])
    with pytest.raises(SystemExit):
        script.main()


def test_a_second_run_reads_the_folders_that_it_is_given_and_leaves_them(root, tuned):
    """The second run has other data and another --expdir, which gets all results."""
    first, second = root / "work" / "exp", root / "second"
    shutil.copytree(root / "work" / "dump", second / "dump")
    text = second / "dump" / "raw" / "test" / "text"
    text.write_text(f"s4 {CAPTIONS[1]}\ns5 {CAPTIONS[0]}\n")
    (taken,) = first.glob("pretrained_tiny_*")
    options = ["--pretrained", "", "--skip_joint", "true"]
    for name in ("dump", "exp"):
        options += [f"--{name}dir", str(second / name)]
    for name in ("audiomae", "vae", "vocoder", "loa_lm"):
        options += [f"--{name}_exp", str(taken / name)]
    options += ["--ldm_exp", str(experiment(root, "ldm")[0])]
    for name in ("sentence_encoder", "tokens_encoder"):
        options += [f"--{name}", (taken / "recipe" / name).read_text().strip()]
    before = digests(first), digests(root / "tiny")
    code, log = run(root, *options, "--stage", "14", "--stop_stage", "15")
    assert code == 0, log[-3000:]
    assert (digests(first), digests(root / "tiny")) == before
    assert done(log) == ["generate", "vocode.train", "vocode.test", "score"]
    made = {path.name for path in (second / "exp").rglob("*.flac")}
    assert {"s4.flac", "s5.flac"} <= made
    assert len(list((second / "exp").rglob("scores.json"))) == 1


def test_gpt2_alone_is_trained_on(root, tuned):
    before, _ = tuned
    code, log = run(root, "--finetune", "loa_lm", "--stage", "11", "--stop_stage", "13")
    assert code == 0, log[-3000:]
    assert done(log) == ["train_loa_lm"]
    assert "ldm: used from" in log and "train_joint: skipped" in log
    assert 0 < moved(root, "loa_lm", "loa_lm") < 0.01
    assert digests(root / "tiny") == before


def test_both_are_trained_on_together(root, tuned):
    before, _ = tuned
    code, log = run(root, "--finetune", "joint", "--stage", "11", "--stop_stage", "13")
    assert code == 0, log[-3000:]
    assert done(log) == ["train_joint"]
    folder, config = experiment(root, "joint")
    assert 0 < moved(root, "loa_lm", "joint", "loa_lm.") < 0.01
    assert 0 < moved(root, "ldm", "joint", "ldm.") < 0.01
    origins = [(start["part"], start["source"]) for start in config["finetuned_from"]]
    assert origins == [("loa_lm", "tiny.pth"), ("ldm", "tiny.pth")]
    assert digests(root / "tiny") == before


def test_an_archive_is_as_good_as_a_folder_and_parts_can_be_left_out(root, tuned):
    (archive,) = (root / "work" / "exp" / "packed").glob("*.zip")
    os.replace(archive, root / "my.zip")
    options = ("--stage", "6", "--stop_stage", "7")
    code, log = run(root, *options, pretrained="my.zip")
    os.replace(root / "my.zip", archive)
    assert code == 0, log[-3000:]
    assert done(log) == ["pretrained"]
    (folder,) = (root / "work" / "exp").glob("pretrained_my_*")
    for name in ("vae", "vocoder"):
        assert f"{name}: used from {folder}/{name} without" in log
    assert (folder / "recipe" / "latent_scale").read_text() == "0.4321\n"


def test_an_official_checkpoint_gives_the_loa_of_its_own_audiomae(root, tuned):
    torch.save({"state_dict": official_state.complete("full")}, root / "full.pth")
    geometry = root / "geometry.yaml"
    geometry.write_text(yaml.safe_dump(official_state.GEOMETRY))
    shutil.copytree(root / "work" / "dump" / "raw", root / "official" / "raw")
    options = ["--pretrained_args", f"--geometry {geometry}"]
    options += ["--stage", "8", "--stop_stage", "8", "--dumpdir"]
    code, log = run(root, *options, str(root / "official"), pretrained="full.pth")
    assert code == 0, log[-3000:]
    (folder,) = (root / "work" / "exp").glob("pretrained_full_*")
    model = load_experiment(folder / "audiomae")
    loa = read_matrices(root / "official" / "loa" / "test" / "loa.scp")
    clips = choose_clips(root / "official" / "raw" / "test", None)
    for names, audio in read_batches(clips, model.geometry, 1):
        wanted = model.patch_features(audio)[0]
        torch.testing.assert_close(torch.tensor(loa[names[0]]), wanted)
    facts = yaml.safe_load((folder / "system.yaml").read_text())
    assert facts["parts"]["audiomae"]["source"] == "full.pth"


@pytest.mark.parametrize(
    "options, message",
    [
        (("--finetune", "unet"), "--finetune unet: "),
        (("--finetune", "tokens_encoder"), "--finetune tokens_encoder: "),
        (("--pretrained_parts", "joint"), "--pretrained_parts joint: "),
        (
            ("--finetune", "ldm", "--pretrained_parts", "vae"),
            "does not have this part; it has vae;",
        ),
        (("--pretrained", "no/such.pth"), "there is no such file or folder"),
        (("--download_model", "no/such"), "no/such does not exist; a tag of the model"),
        (("--pretrained", "", "--finetune", "ldm"), "need --pretrained"),
    ],
)
def test_what_cannot_be_meant_ends_before_the_first_stage(
    root, tuned, options, message
):
    code, log = run(root, *options)
    assert code != 0 and message in log and "Stage 1" not in log
