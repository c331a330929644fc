"""A system in a folder comes back as it was, or is refused."""

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.folder import (
    FORMAT,
    index_of,
    read_index,
    read_system,
    write_system,
)
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.archive.tensor_writer import count
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.detect import read_any
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.vae.build import build_vae

CONFIG = {
    "part": "vae",
    "geometry_conf": {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32},
    "vae_conf": {"block_out_channels": [8, 8, 8], "norm_num_groups": 4},
    "absent_weights": ["discriminator", "generator_steps"],
}
STATED = {"source": "a.pth", "licence": "CC0", "notes": ["something was left out"]}


@pytest.fixture
def system():
    torch.manual_seed(0)
    state = build_vae(CONFIG).state_dict()
    own = {n: t for n, t in state.items() if n.startswith("vae.")}
    vae = Part("vae", CONFIG, own, dict(STATED), {"unused": torch.ones(2)})
    table = torch.randn(3, 4)
    shared = {"a": table, "b": table, "n": torch.tensor(3), "h": table.bfloat16()}
    clap = Encoder("sentence_encoder", {"model_type": "clap"}, shared)
    clap.files = {"vocab.json": b"{}", "merges.txt": b"\xff"}
    return System("custom", {"vae": vae}, {"sentence_encoder": clap}, ["checked"])


def test_everything_comes_back(system, tmp_path):
    index = write_system(system, tmp_path)
    again = read_system(tmp_path, verify=True)
    assert again.variant == "custom" and again.notes == ["checked"]
    vae, clap = again.parts["vae"], again.encoders["sentence_encoder"]
    assert vae.config == CONFIG and vae.provenance == STATED
    assert torch.equal(vae.leftover["unused"], torch.ones(2))
    for before, after in (
        (system.parts["vae"].state, vae.state),
        (system.encoders["sentence_encoder"].state, clap.state),
    ):
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)
    assert clap.files == system.encoders["sentence_encoder"].files
    assert index["parts"]["vae"]["parameters"] == count(vae.state)[1]


def test_a_net_of_a_system_is_an_experiment_without_what_it_does_not_hold(
    system, tmp_path
):
    write_system(system, tmp_path)
    model = load_experiment(tmp_path / "vae", parts=("vae",))
    for name, tensor in system.parts["vae"].state.items():
        assert torch.equal(model.state_dict()[name], tensor)


def test_what_is_absent_but_not_allowed_is_refused(system, tmp_path):
    system.parts["vae"].config = CONFIG | {"absent_weights": []}
    write_system(system, tmp_path)
    with pytest.raises(ValueError, match="missing: discriminator"):
        load_experiment(tmp_path / "vae")


def test_a_write_that_is_cut_short_leaves_no_system(system, tmp_path, monkeypatch):
    write_system(system, tmp_path)
    from espnet2.gen_audio.checkpoint.archive import folder as module

    def killed(state, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_tensors", killed)
    with pytest.raises(KeyboardInterrupt):
        write_system(system, tmp_path)
    with pytest.raises(ValueError, match="no index of a converted system"):
        read_index(tmp_path)


def test_changed_weights_are_noticed_when_asked(system, tmp_path):
    write_system(system, tmp_path)
    path = tmp_path / "system.yaml"
    index = yaml.safe_load(path.read_text())
    index["parts"]["vae"]["sha256"] = "0" * 64
    path.write_text(yaml.safe_dump(index))
    read_system(tmp_path)
    with pytest.raises(ValueError, match="sha256 differs"):
        read_system(tmp_path, verify=True)


def test_a_part_that_the_index_names_and_the_folder_lacks_is_named(system, tmp_path):
    write_system(system, tmp_path)
    (tmp_path / "vae" / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="names vae"):
        read_system(tmp_path)


@pytest.mark.parametrize("content", ["", "format: other", "[1]", "a: b: c", "\x00"])
def test_an_index_of_something_else_is_refused(tmp_path, content):
    (tmp_path / "system.yaml").write_text(content)
    with pytest.raises(ValueError, match="convert_checkpoint"):
        read_index(tmp_path)


def spoilt(folder, change):
    """Change the weights of the autoencoder in a folder of a system."""
    from safetensors.torch import save_file

    path = folder / "vae" / "model.safetensors"
    state = {name: tensor.clone() for name, tensor in load_tensors(path).items()}
    change(state)
    save_file(state, path)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda s: s.update(stray=torch.ones(2)), r"extra: stray \(2,\)"),
        (lambda s: s.pop("vae.net.quant_conv.bias"), r"missing: vae\.net\.quant_conv"),
        (
            lambda s: s.update({"vae.net.quant_conv.bias": torch.ones(7)}),
            r"misshapen: vae\.net\.quant_conv\.bias \(7,\), not",
        ),
        (
            lambda s: s["vae.net.quant_conv.bias"].fill_(float("nan")),
            r"not finite: vae\.net\.quant_conv\.bias",
        ),
    ],
    ids=["extra", "missing", "misshapen", "not finite"],
)
def test_weights_that_do_not_fit_are_refused_by_every_reader_of_a_folder(
    system, tmp_path, change, message
):
    write_system(system, tmp_path)
    spoilt(tmp_path, change)
    for read in (
        lambda: read_system(tmp_path),
        lambda: part_of(tmp_path / "vae"),
        lambda: load_experiment(tmp_path / "vae"),
        lambda: read_any(tmp_path),
    ):
        with pytest.raises(ValueError, match=message) as refusal:
            read()
        assert "\n" not in str(refusal.value)
        assert "vae/model.safetensors" in str(refusal.value)


GOOD = {
    "format": FORMAT,
    "variant": "custom",
    "notes": [],
    "parts": {"vae": {"sha256": "0" * 64, "tensors": 1, "parameters": 2}},
}


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"parts": [1]}, "parts is missing or no mapping"),
        ({"parts": None}, "parts is missing or no mapping"),
        ({"variant": 3}, "variant is missing"),
        ({"parts": {"asr": {}}}, "part 'asr' is unknown"),
        ({"parts": {"vae": 3}}, "sha256 of vae"),
        ({"parts": {"vae": {"sha256": "0", "tensors": "1"}}}, "tensors of vae"),
        ({"notes": 3}, "notes is no list"),
        ({"notes": [{}]}, "notes is no list"),
        ({"elsewhere": ["griffin_lim"]}, "elsewhere is no mapping"),
        ({"elsewhere": {"vocoder": 1}}, "elsewhere is no mapping"),
    ],
)
def test_an_index_of_another_form_is_refused_in_one_line(tmp_path, change, fault):
    (tmp_path / "system.yaml").write_text(yaml.safe_dump(GOOD))
    assert read_index(tmp_path) == GOOD
    (tmp_path / "system.yaml").write_text(yaml.safe_dump(GOOD | change))
    with pytest.raises(ValueError, match=fault) as refusal:
        read_index(tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_folder_that_holds_another_part_than_the_index_says_is_refused(
    system, tmp_path
):
    write_system(system, tmp_path)
    config = yaml.safe_load((tmp_path / "vae" / "config.yaml").read_text())
    index = yaml.safe_load((tmp_path / "system.yaml").read_text())
    (tmp_path / "vae").rename(tmp_path / "vocoder")
    index["parts"] = {"vocoder": index["parts"]["vae"]}
    (tmp_path / "system.yaml").write_text(yaml.safe_dump(index))
    with pytest.raises(ValueError, match="of part 'vae', but .* calls it vocoder"):
        read_system(tmp_path)
    assert config["part"] == "vae"


@pytest.mark.parametrize("text", ["{", "[1]", "3", "\x00", "[" * 100_000])
def test_a_config_json_of_another_form_is_refused_in_one_line(system, tmp_path, text):
    write_system(system, tmp_path)
    (tmp_path / "sentence_encoder" / "config.json").write_text(text)
    with pytest.raises(ValueError, match="config.json") as refusal:
        read_system(tmp_path)
    assert "\n" not in str(refusal.value)


def test_the_index_is_what_writing_returns(system, tmp_path):
    assert index_of(system) == write_system(system, tmp_path) == read_index(tmp_path)
