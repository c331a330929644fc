"""A system written and read again: the same tensors, files and facts, or a refusal."""

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.checkpoint.system import (
    Encoder,
    Part,
    System,
    count,
    digest,
    read_index,
    read_system,
    write_system,
)
from espnet2.gen_audio.vae.build import build_vae

CONFIG = {
    "part": "vae",
    "geometry_conf": {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32},
    "vae_conf": {"block_out_channels": [8, 8, 8], "norm_num_groups": 4},
    "absent_weights": ["discriminator", "generator_steps"],
}
TOLD = {"source": "a.pth", "licence": "CC0", "notes": ["something was left out"]}


@pytest.fixture
def system():
    torch.manual_seed(0)
    state = build_vae(CONFIG).state_dict()
    own = {n: t for n, t in state.items() if n.startswith("vae.")}
    vae = Part("vae", CONFIG, own, dict(TOLD), {"unused": torch.ones(2)})
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
    assert vae.config == CONFIG and vae.provenance == TOLD
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
    from espnet2.gen_audio.checkpoint import system as module

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


def test_a_digest_depends_on_names_types_shapes_and_numbers_only():
    state = {"a": torch.ones(2, 3), "b": torch.zeros(4)}
    same = {"b": torch.zeros(4), "a": torch.ones(3, 2).t()}
    assert digest(state) == digest(same)
    for other in (
        state | {"a": torch.ones(3, 2)},
        state | {"a": torch.ones(2, 3).double()},
        state | {"b": torch.zeros(4) + 1e-6},
        {"c": state["a"], "b": state["b"]},
    ):
        assert digest(other) != digest(state)
