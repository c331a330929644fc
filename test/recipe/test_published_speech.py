"""The published speech set-up trains, survives a kill, goes on, and makes a clip.

Its structure is the true one: the shipped geometry (10.24 s) and speech configs, 512
LOA tokens, the phoneme encoder as it is (183 symbols, width 192, 6 layers, 310
positions) trained within GPT-2 of 1024 positions, a U-Net of four levels conditioned on
LOA alone. Reduced by options, so that it fits a minute of one core: the width of LOA
(768 to 32), layers and heads of GPT-2 (12 to 2), its unused token table, widths and
blocks of the U-Net, the batch (16 to 2), the warm-up, the epochs (two of ten steps).
That the full sizes build, with the published number of parameters, is tested in
tasks/test_configs.py.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.bin import (
    gen_audio_inference,
    joint_train,
    ldm_train,
    loa_lm_train,
)
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.compat import MatrixWriter, read_matrices
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.training.restore import read_reporter
from espnet2.gen_audio.vae.build import build_vae

CONF = Path(__file__).parents[2] / "egs2" / "audioldm2" / "conf"
WIDTH = 32  # of LOA and GPT-2
PHONEMES = [
    "h ə l ˈ o ʊ <space> w ˈ ɜ ː l d .",
    "ɡ ʊ d <space> m ˈ ɔ ː ɹ n ɪ ŋ , <space> ˈ ɔ ː l !",
    "j ˈ ɛ s ?",
    "n ˈ o ʊ <space> w ˈ ʌ n <space> n ˈ o ʊ z",
]
ROWS = {"loa": (512, WIDTH), "latent": (256, 256), "sentence": (1, 512)}
SHORT = ["--batch_size", "2", "--valid_batch_size", "2", "--num_workers", "0"]
SHORT += ["--max_epoch", "2", "--num_iters_per_epoch", "10", "--log_interval", "5"]
SHORT += ["--use_tensorboard", "false", "--use_matplotlib", "false"]
SHORT += ["--optim_conf", "lr=0.002", "--scheduler", "none"]
SMALL = {
    "loa_lm": [f"width={WIDTH}", "layers=2", "heads=2", "vocab_size=1"],
    "ldm": ["channels=[32,32,64,64]", "layers_per_block=1", f"loa_dim={WIDTH}"],
    "joint": [],
}
CONF_OF = {"loa_lm": "lm_conf", "ldm": "unet_conf"}
COMMANDS = {"loa_lm": loa_lm_train, "ldm": ldm_train, "joint": joint_train}
BEST = {"loa_lm": "l1_rollout", "ldm": "eps_mse", "joint": "eps_mse"}
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return dumped(tmp_path_factory.mktemp("dump"), seed=0)


@pytest.fixture(scope="module")
def other_corpus(tmp_path_factory):
    """Other recordings, other words."""
    return dumped(tmp_path_factory.mktemp("other"), seed=1)


def dumped(folder, seed):
    """Write four clips as stages 4, 8, 9 and 10 leave them; the last two validate."""
    rng = np.random.default_rng(seed)
    for name, ids in (("train", range(4)), ("valid", range(2, 4))):
        (folder / name).mkdir()
        for stream, (length, width) in ROWS.items():
            scp = folder / name / f"{stream}.scp"
            with MatrixWriter(scp.with_suffix(".ark"), scp) as writer:
                for n in ids:
                    mean = np.sin(
                        np.arange(length)[:, None] / 9 + np.arange(width) + n + seed
                    )
                    writer[f"clip{n}"] = mean + 0.1 * rng.normal(size=(length, width))
            shapes = "".join(f"clip{n} {length},{width}\n" for n in ids)
            (folder / name / f"{stream}_shape").write_text(shapes)
        lines = "".join(f"clip{n} {PHONEMES[n - seed]}\n" for n in ids)
        (folder / name / "phonemes").write_text(lines, encoding="utf-8")
    (folder / "latent_scale").write_text("0.5\n")
    return folder


def command(part, data, output):
    """Return the words of a training as the recipe gives them, and what is reduced."""
    words = [
        "--config",
        f"{CONF}/train_{part}_speech.yaml",
        "--output_dir",
        f"{output}",
    ]
    words += ["--geometry", f"{CONF}/geometry.yaml", "--resume", "true", *SHORT]
    for value in SMALL[part]:
        words += [f"--{CONF_OF[part]}", value]
    kinds = {"loa": "kaldi_ark"}
    if part != "loa_lm":
        kinds = {"latent": "kaldi_ark", **kinds}
    if part != "ldm":
        kinds |= {"sentence": "kaldi_ark", "phonemes": "text"}
    for mode in ("train", "valid"):
        first = next(iter(kinds))
        words += [f"--{mode}_shape_file", f"{data}/{mode}/{first}_shape"]
        for name, kind in kinds.items():
            file = name if kind == "text" else f"{name}.scp"
            words += [f"--{mode}_data_path_and_name_and_type"]
            words += [f"{data}/{mode}/{file},{name},{kind}"]
    if part == "loa_lm":
        words += ["--g2p", "published", "--token_list", "published"]
    if part == "ldm":
        words += ["--latent_scale", f"{data}/latent_scale"]
    if part == "joint":
        for name in ("loa_lm", "ldm"):
            folder = output.parent / name
            words += [f"--{name}_config", f"{folder}/config.yaml"]
            words += ["--init_from", f"{folder}/valid.{BEST[name]}.best.pth::{name}"]
    return words


def start(part, data, output, options=()):
    """Train in a forked child, since importing ESPnet takes seconds; return its id."""
    child = os.fork()
    if child:
        return child
    try:
        output.mkdir(parents=True, exist_ok=True)
        sys.stdout = sys.stderr = (output / "train.log").open("a")
        torch.set_num_threads(1)
        COMMANDS[part].main([*command(part, data, output), *options])
        status = 0
    except BaseException as error:  # a child must never come back to pytest
        print(repr(error), file=sys.stderr, flush=True)
        status = 1
    os._exit(status)


def train(part, data, output, options=()):
    child = start(part, data, output, options)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, (output / "train.log").read_text()[-3000:]


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exp")
    for part in COMMANDS:
        train(part, data, folder / part)
    return folder


def losses(folder, name, phase="train", epochs=2):
    """Return a loss of every epoch; each had ten steps."""
    reporter = read_reporter(load_tensors(folder / "checkpoint.pth"))
    return [reporter.get_value(phase, name, epoch) for epoch in range(1, epochs + 1)]


def test_all_three_parts_learn_in_twenty_steps(trained):
    # of the joint model that of GPT-2: ten draws of noise differ by more than it learns
    for part, loss in (("loa_lm", "l1"), ("ldm", "eps_mse"), ("joint", "l1")):
        before, after = losses(trained / part, loss)
        assert after < 0.97 * before, (part, before, after)
        assert np.isfinite(losses(trained / part, BEST[part], "valid")).all()


def test_what_was_trained_has_the_published_structure(trained):
    model = load_experiment(trained / "joint")
    lm, unet = model.loa_lm, model.ldm.unet
    assert lm.num_tokens == 512 and model.geometry.seconds == 10.24
    assert lm.lm.condition_dims == {"sentence": 512, "tokens": 192}
    encoder = lm.text_encoder
    assert sum(p.numel() for p in encoder.parameters()) == 6_387_264
    assert (encoder.vocabulary, encoder.positions.shape[2]) == (183, 310)
    assert unet.widths == {"loa": WIDTH}
    read = {
        layer.to_k.in_features
        for name, layer in unet.net.named_modules()
        if name.endswith("attn2")
    }
    assert WIDTH in read and len(unet.net.down_blocks) == 4
    config = yaml.safe_load((trained / "loa_lm" / "config.yaml").read_text())
    assert config["phonemes_conf"]["g2p"] == "published"
    assert config["phonemes_conf"]["tokens"] == "published"
    first = load_tensors(trained / "loa_lm" / "1epoch.pth")
    last = load_tensors(trained / "loa_lm" / "2epoch.pth")
    moved = [k for k in last if not torch.equal(first[k], last[k])]
    assert any(name.startswith("text_encoder.net") for name in moved)
    assert "text_encoder.positions" in moved


def test_killed_in_the_second_epoch_it_ends_with_the_same_weights(
    data, trained, tmp_path
):
    child = start("loa_lm", data, tmp_path / "loa_lm")
    deadline = time.monotonic() + 120
    while not (tmp_path / "loa_lm" / "checkpoint.pth").exists():
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended before its first save"
        assert time.monotonic() < deadline, "no first save"
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == -signal.SIGKILL
    assert not (tmp_path / "loa_lm" / "2epoch.pth").exists()
    train("loa_lm", data, tmp_path / "loa_lm")
    whole = load_tensors(trained / "loa_lm" / "2epoch.pth")
    mended = load_tensors(tmp_path / "loa_lm" / "2epoch.pth")
    assert whole.keys() == mended.keys()
    assert all(torch.equal(whole[name], mended[name]) for name in whole)


def test_fine_tuned_on_another_corpus_it_starts_below_a_fresh_start(
    trained, other_corpus, tmp_path
):
    part, once = "loa_lm", ["--max_epoch", "1"]
    best = f"{trained}/{part}/valid.{BEST[part]}.best.pth"
    starts = {"fresh": once, "tuned": [*once, "--init_from", best]}
    for name, options in starts.items():
        train(part, other_corpus, tmp_path / name, options)
    # of one epoch each; the first batches of the tuned one count as well
    seen = {
        (name, phase): losses(tmp_path / name, "l1", phase, epochs=1)[0]
        for name in starts
        for phase in ("train", "valid")
    }
    assert seen["tuned", "train"] < 0.9 * seen["fresh", "train"]
    assert seen["tuned", "valid"] < 0.97 * seen["fresh", "valid"]


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    """An untrained VAE of the published latent, 8 x 256 x 16, and small widths."""
    folder = tmp_path_factory.mktemp("vae")
    config = yaml.safe_load((CONF / "train_vae.yaml").read_text())
    config["part"] = "vae"
    config["geometry_conf"] = yaml.safe_load((CONF / "geometry.yaml").read_text())
    config["vae_conf"] |= {"block_out_channels": [8, 8, 8], "layers_per_block": 1}
    config["vae_conf"] |= {"norm_num_groups": 4}
    config["discriminator_conf"] = {"width": 8, "num_layers": 3}
    torch.manual_seed(0)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    phase, key, _ = config["best_model_criterion"][0]
    torch.save(build_vae(config).state_dict(), folder / f"{phase}.{key}.best.pth")
    return folder


@pytest.fixture(scope="module")
def clap(tmp_path_factory):
    """A tiny CLAP whose vectors have the published width, 512."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import ClapConfig, ClapModel, RobertaTokenizerFast

    folder = tmp_path_factory.mktemp("clap")
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(["a woman speaks"], 300, special_tokens=special)
    trained.save_model(str(folder))
    tokenizer = RobertaTokenizerFast(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=512
    )
    tokenizer.save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {"vocab_size": 320, "intermediate_size": 32, "max_position_embeddings": 66}
    audio = {"patch_embeds_hidden_size": 8, "depths": [1, 1], "hidden_size": 16}
    audio |= {"num_attention_heads": [1, 2], "num_hidden_layers": 2}
    torch.manual_seed(0)
    config = ClapConfig(text_config=text | size, audio_config=audio, projection_dim=512)
    ClapModel(config).save_pretrained(folder)
    return folder


def test_a_description_and_phonemes_become_a_clip(trained, vae, clap, tmp_path):
    captions = ["one\ta woman speaks | həlˈoʊ wˈɜːld.", "two\ta woman speaks | jˈɛs?"]
    (tmp_path / "text").write_text("\n".join(captions) + "\n", encoding="utf-8")
    words = ["--text", tmp_path / "text", "--output_dir", tmp_path / "out"]
    words += ["--joint_dir", trained / "joint", "--vae_dir", vae]
    words += ["--sentence_encoder", clap, "--preset", "fast", "--steps", 2]
    gen_audio_inference.main([str(word) for word in words])
    for name in ("one", "two"):
        wave, rate = soundfile.read(tmp_path / "out" / f"{name}.wav")
        assert (rate, len(wave)) == (16000, 163840)
        assert np.abs(wave).max() > 0
    loa = dict(read_matrices(tmp_path / "out" / "loa.scp"))
    assert loa["one"].shape == loa["two"].shape == (512, WIDTH)
    # one description: only what is said can make the difference
    assert np.abs(loa["one"] - loa["two"]).max() > 1e-4
