"""Training the LOA language model through ESPnet: dumped streams, or units."""

import numpy as np
import pytest
import torch
import yaml

from espnet2.gen_audio.bin.prepare_phonemes import main as prepare_phonemes
from espnet2.gen_audio.bin.train_text_units import main as train_text_units
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.loa_lm.build import build_loa_lm
from espnet2.gen_audio.tasks.loa_lm import LOALMTask

CAPTIONS = ["a dog barks", "rain", "a low drum", "rain on a roof"]
CONFIG = {
    "geometry_conf": {"seconds": 2.56, "downsample": 8},
    "lm_conf": {
        "width": 8,
        "layers": 1,
        "heads": 2,
        "max_positions": 64,
        "vocab_size": 1,
        "condition_dims": {"sentence": 3, "tokens": 5},
    },
    "text_encoder_conf": {"width": 6, "heads": 2, "layers": 1},
    "model_conf": {"loa_factor": 4},
    "optim": "adamw",
    "optim_conf": {"lr": 1.0e-3},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 2,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "l1_rollout", "min"]],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    rows = {"loa": (128, 8), "sentence": (1, 3), "tokens": (4, 5)}
    for name, (length, width) in rows.items():
        shapes = []
        with MatrixWriter(folder / f"{name}.ark", folder / f"{name}.scp") as writer:
            for clip in range(len(CAPTIONS)):
                count = length if name != "tokens" else clip + 1
                writer[f"clip{clip}"] = rng.normal(size=(count, width))
                shapes.append(f"clip{clip} {count},{width}\n")
        write_text(folder / f"{name}_shape", "".join(shapes))
    lines = [f"clip{n} {caption}\n" for n, caption in enumerate(CAPTIONS)]
    write_text(folder / "text", "".join(lines))
    write_text(folder / "config.yaml", yaml.safe_dump(CONFIG))
    train_text_units(
        ["--text", f"{folder}/text", "--output_dir", f"{folder}/units"]
        + ["--num_units", "40"]
    )
    return folder


def train(data, output, names, *options):
    """Train on data given as NAME:FILE:TYPE and return what was saved."""
    words = ["--config", f"{data}/config.yaml", "--output_dir", str(output), *options]
    for mode in ("train", "valid"):
        words += [f"--{mode}_shape_file", f"{data}/loa_shape"]
        for item in names:
            name, file, kind = item.split(":")
            words += [f"--{mode}_data_path_and_name_and_type"]
            words += [f"{data}/{file},{name},{kind}"]
    LOALMTask.main(cmd=words)
    config = yaml.safe_load((output / "config.yaml").read_text())
    return config, load_tensors(output / "valid.l1_rollout.best.pth")


def test_dumped_streams_train_a_model_that_its_config_rebuilds(data, tmp_path):
    streams = [f"{name}:{name}.scp:kaldi_ark" for name in ("loa", "sentence", "tokens")]
    config, weights = train(data, tmp_path, streams)
    assert config["part"] == "loa_lm"
    model = build_loa_lm(config)
    model.load_state_dict(weights)  # strict
    assert model.lm.condition_dims == {"sentence": 3, "tokens": 5}


def test_units_train_an_encoder_within_the_model(data, tmp_path):
    names = ["loa:loa.scp:kaldi_ark", "caption:text:text"]
    options = ["--text_encoder", "units", "--units_model", f"{data}/units"]
    config, weights = train(data, tmp_path, names, *options)
    # the stream sentence was not given, and tokens has the encoder's width
    assert config["lm_conf"]["condition_dims"] == {"tokens": 6}
    assert str(data / "units") not in str(config["units_model"])
    model = build_loa_lm(config)
    model.load_state_dict(weights)
    assert any(name.startswith("text_encoder.") for name in weights)


@pytest.fixture(scope="module")
def speech(data):
    """Return the folder with phonemes and their token list."""
    transcripts = "".join(f"clip{n} {text}\n" for n, text in enumerate(CAPTIONS))
    write_text(data / "transcript", transcripts)
    prepare_phonemes(
        ["--transcript", f"{data}/transcript", "--output", f"{data}/phonemes"]
        + ["--g2p", "char", "--token_list_out", f"{data}/token_list"]
    )
    return data


SPEECH = ["loa:loa.scp:kaldi_ark", "phonemes:phonemes:text"]
OWN = ["--text_encoder", "phonemes", "--g2p", "char"]
SIZES = ["--text_encoder_conf", "{width: 6, heads: 2, layers: 1, inner: 8}"]


def test_phonemes_train_an_encoder_that_the_config_speaks_for(speech, tmp_path):
    words = [*OWN, *SIZES, "--token_list", f"{speech}/token_list"]
    config, weights = train(speech, tmp_path, SPEECH, *words)
    tokens = (speech / "token_list" / "tokens.txt").read_text().splitlines()
    conf = config["phonemes_conf"]
    assert conf == {"g2p": "char", "cleaner": "none", "tokens": tokens}
    assert config["token_list"] is None
    assert config["lm_conf"]["condition_dims"] == {"tokens": 6}
    model = build_loa_lm(config)
    model.load_state_dict(weights)
    assert weights["text_encoder.net.embed_tokens.weight"].shape == (len(tokens), 6)
    # an experiment of the published phonemes cannot begin from it
    start = ["--init_from", f"{tmp_path}/valid.l1_rollout.best.pth"]
    with pytest.raises(ValueError, match="published table.*FILE:lm:lm") as caught:
        train(speech, tmp_path / "next", SPEECH, *OWN[:2], *SIZES, *start)
    assert f"a list of {len(tokens)} tokens" in str(caught.value)
    assert f"{tmp_path}/valid" in str(caught.value)
    # one with other transcripts may take GPT-2 alone
    start[1] += ":lm:lm"
    train(speech, tmp_path / "lm", SPEECH, *OWN[:2], *SIZES, *start)


def test_captions_without_an_encoder_for_them_are_refused(data, tmp_path):
    with pytest.raises(ValueError, match="named caption"):
        train(data, tmp_path, ["loa:loa.scp:kaldi_ark", "caption:text:text"])


@pytest.fixture
def several(data, tmp_path):
    """The same data; two clips have several captions, one has none."""
    folder = tmp_path / "data"
    folder.mkdir()
    for path in data.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "text").unlink()
    lines = (data / "text").read_text().replace("clip1 rain\n", "clip1\n")
    write_text(folder / "text", lines)
    captions = "clip0 a dog barks\train\tdrum\nclip2 a low drum\tdog\n"
    write_text(folder / "utt2captions", captions)
    return folder


def test_one_of_several_captions_is_drawn_and_the_same_after_a_restart(
    data, several, tmp_path, caplog
):
    names = ["loa:loa.scp:kaldi_ark", "caption:text:text"]
    units = ["--text_encoder", "units", "--units_model", f"{data}/units"]
    caplog.set_level("INFO")
    _, whole = train(several, tmp_path / "whole", names, *units)
    told = "2 clips have several captions, 5 in all: one of them is drawn"
    assert told in caplog.text
    broken = tmp_path / "broken"
    train(several, broken, names, *units, "--max_epoch", "1")
    _, resumed = train(several, broken, names, *units, "--resume", "true")
    assert whole.keys() == resumed.keys()
    for name, weight in whole.items():
        assert torch.equal(weight, resumed[name]), name
