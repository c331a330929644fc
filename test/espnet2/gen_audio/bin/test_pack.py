"""Packing: a system of trainings becomes one archive that tells where it came from."""

import json

import pytest
import torch
import yaml
from safetensors.torch import save_file

from espnet2.gen_audio.bin.pack import main
from espnet2.gen_audio.checkpoint.archive.folder import read_index, read_system
from espnet2.gen_audio.checkpoint.archive.packed import open_archive
from espnet2.gen_audio.checkpoint.experiment import WEIGHTS, load_experiment
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio


def words(experiments, outpath, *more):
    found = ["--outpath", str(outpath)]
    for name in ("vae", "loa_lm", "ldm"):
        found += [f"--{name}_dir", str(experiments[name])]
    return [*found, *more]


@pytest.fixture
def encoder(tmp_path):
    folder = tmp_path / "my_t5"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "t5"}))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.onnx").write_bytes(b"not wanted")
    save_file({"shared.weight": torch.ones(2)}, folder / "model.safetensors")
    return folder


def test_an_archive_holds_the_system_as_it_is_used(
    experiments, encoder, tmp_path, capsys
):
    options = ["--tokens_encoder", str(encoder), "--sentence_encoder", "owner/clap"]
    main(words(experiments, tmp_path / "a" / "my.zip", *options))
    folder = open_archive(tmp_path / "a" / "my.zip", tmp_path / "cache")
    index = read_index(folder)
    assert list(index["parts"]) == ["vae", "loa_lm", "ldm", "tokens_encoder"]
    assert index["elsewhere"] == {
        "vocoder": "griffin_lim",
        "sentence_encoder": "owner/clap",
    }
    assert read_system(folder, verify=True).elsewhere == index["elsewhere"]
    assert not (folder / "tokens_encoder" / "model.onnx").exists()
    assert (folder / "tokens_encoder" / "tokenizer.json").read_text() == "{}"
    trained = load_experiment(experiments["ldm"]).unet.state_dict()
    packed = load_experiment(folder / "ldm").unet.state_dict()
    for name, weight in trained.items():
        assert torch.equal(packed[name], weight), name
    shown = capsys.readouterr().out
    assert "trained here" in shown and "vocoder" in shown
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "my.zip"]


def test_a_packed_system_can_be_packed_again(experiments, encoder, tmp_path):
    options = ["--tokens_encoder", str(encoder)]
    main(words(experiments, tmp_path / "my.zip", *options))
    first = open_archive(tmp_path / "my.zip", tmp_path / "cache")
    parts = {name: first / name for name in ("vae", "loa_lm", "ldm")}
    options = ["--tokens_encoder", str(first / "tokens_encoder"), "--weights", "x.pth"]
    main(words(parts, tmp_path / "again.zip", *options))
    second = open_archive(tmp_path / "again.zip", tmp_path / "cache")
    assert read_index(first) == read_index(second)


@pytest.mark.parametrize(
    "change, message",
    [
        (["--outpath", "my.pth"], "must end in .zip"),
        (["--joint_dir", "exp/joint"], "--ldm_dir with --loa_lm_dir"),
        (["--vocoder", "{vae}"], "holds vae, but vocoder is needed"),
        (["--tokens_encoder", "{vae}"], "no config.json"),
        (["--weights", "gone.pth"], "gone.pth does not exist"),
    ],
)
def test_what_cannot_be_packed_ends_in_one_line(
    experiments, tmp_path, change, message, capsys
):
    change = [word.format(vae=experiments["vae"]) for word in change]
    with pytest.raises(SystemExit):
        main(words(experiments, tmp_path / "my.zip", *change))
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error: " in error and message in error
    assert not list(tmp_path.glob("*.zip"))


def test_a_joint_training_gives_both_models(experiments, tmp_path):
    from espnet2.gen_audio.joint.build import build_joint

    parts = {
        name: yaml.safe_load((experiments[name] / "config.yaml").read_text())
        for name in ("loa_lm", "ldm")
    }
    config = {"part": "joint", **{f"{name}_conf": c for name, c in parts.items()}}
    config["best_model_criterion"] = [["valid", "eps_mse", "min"]]
    joint = tmp_path / "joint"
    joint.mkdir()
    (joint / "config.yaml").write_text(yaml.safe_dump(config))
    torch.save(build_joint(config).state_dict(), joint / "valid.eps_mse.best.pth")
    options = ["--vae_dir", str(experiments["vae"]), "--joint_dir", str(joint)]
    main(["--outpath", str(tmp_path / "my.zip"), *options])
    folder = open_archive(tmp_path / "my.zip", tmp_path / "cache")
    assert {"loa_lm", "ldm", "vae"} == set(read_index(folder)["parts"])


def test_encoders_that_are_only_named_are_found_by_their_names(
    experiments, tmp_path, monkeypatch
):
    from espnet2.gen_audio.pipeline.captions import CaptionEncoder
    from espnet2.gen_audio.pipeline.load.converted import load_converted

    asked = []

    def from_models(sentence, tokens, *others):
        asked.append((sentence, tokens))
        return CaptionEncoder({})

    monkeypatch.setattr(CaptionEncoder, "from_models", from_models)
    options = ["--tokens_encoder", "owner/t5", "--sentence_encoder", "package:a/b"]
    main(words(experiments, tmp_path / "my.zip", *options))
    load_converted(open_archive(tmp_path / "my.zip", tmp_path / "cache"))
    assert asked == [("package:a/b", "owner/t5")]


def test_units_that_were_trained_with_the_models_travel_in_their_configs(
    experiments, tmp_path
):
    from espnet2.gen_audio.diffusion.build import build_ldm
    from espnet2.gen_audio.loa_lm.build import build_loa_lm
    from espnet2.gen_audio.pipeline.encode import encode_captions
    from espnet2.gen_audio.pipeline.load.converted import load_converted
    from espnet2.gen_audio.pipeline.predict_loa import predict_loa
    from espnet2.gen_audio.text.caption_units import TextUnits, train_units

    units = TextUnits(train_units(["a dog barks", "rain"], 40))
    own = {"text_encoder": "units", "units_model": units.to_text()}
    own["text_encoder_conf"] = {"width": 8, "heads": 2, "layers": 1}
    folders = dict(experiments)
    for name, build in (("loa_lm", build_loa_lm), ("ldm", build_ldm)):
        config = yaml.safe_load((experiments[name] / "config.yaml").read_text())
        config |= own | {"null_tokens": None}
        config.get("lm_conf", {})["condition_dims"] = {"tokens": 8}
        phase, key, _ = config["best_model_criterion"][0]
        folders[name] = tmp_path / name
        folders[name].mkdir()
        (folders[name] / "config.yaml").write_text(yaml.safe_dump(config))
        state = build(config).state_dict()
        torch.save(state, folders[name] / f"{phase}.{key}.best.pth")
    main(words(folders, tmp_path / "my.zip"))
    system = load_converted(open_archive(tmp_path / "my.zip", tmp_path / "cache"))
    assert system.encoder(["rain"])["caption"][0].tolist() == units.encode("rain")
    assert predict_loa(system, encode_captions(system, ["rain"])).isfinite().all()


def test_a_packed_flow_head_samples_the_loa_that_its_training_does(
    experiments, tmp_path, monkeypatch
):
    from espnet2.gen_audio.loa_lm.build import build_loa_lm
    from espnet2.gen_audio.pipeline.captions import CaptionEncoder
    from espnet2.gen_audio.pipeline.load.converted import load_converted
    from espnet2.gen_audio.pipeline.predict_loa import predict_loa

    folder = tmp_path / "loa_lm"
    folder.mkdir()
    config = yaml.safe_load((experiments["loa_lm"] / "config.yaml").read_text())
    config["lm_conf"] |= {"head": "flow", "head_conf": {"inner": 8, "steps": 2}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    model = build_loa_lm(config).eval()
    model.lm.head.mean.fill_(3.0)
    model.lm.head.batches.fill_(100)
    torch.nn.init.normal_(model.lm.head.network.velocity.weight)
    phase, key, _ = config["best_model_criterion"][0]
    torch.save(model.state_dict(), folder / f"{phase}.{key}.best.pth")
    monkeypatch.setattr(CaptionEncoder, "from_models", lambda *_: CaptionEncoder({}))
    options = ["--tokens_encoder", "owner/t5", "--sentence_encoder", "package:a/b"]
    main(words(experiments | {"loa_lm": folder}, tmp_path / "my.zip", *options))
    system = load_converted(open_archive(tmp_path / "my.zip", tmp_path / "cache"))
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, system.loa_lm.state_dict()[name]), name
    dims = system.loa_lm.lm.condition_dims
    batch = {name: torch.ones(1, 1, width) for name, width in dims.items()}
    batch |= {f"{name}_lengths": torch.tensor([1]) for name in dims}
    first, again, other = (
        predict_loa(system, batch, noise_ids=[(seed, "a")]) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again) and not torch.allclose(first, other, atol=0.1)


def test_a_packed_speech_model_speaks_as_its_training_did(
    speech_experiments, speech, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    main(words(speech_experiments, tmp_path / "my.zip"))
    packed = Text2Audio.from_pretrained(tmp_path / "my.zip")
    assert packed.system.encoder.reader.conf == speech.encoder.reader.conf
    options = SamplingOptions(steps=2, eta=0.0)
    made, expected = (
        one({"x": ""}, options, transcripts={"x": "hello"})["x"]
        for one in (packed, Text2Audio(speech))
    )
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-4)


def test_matrices_stored_as_bfloat16_take_half_the_space_and_load_in_float32(
    experiments, tmp_path, monkeypatch
):
    from espnet2.gen_audio.pipeline.captions import CaptionEncoder
    from espnet2.gen_audio.pipeline.load.converted import load_converted

    monkeypatch.setattr(CaptionEncoder, "from_models", lambda *_: CaptionEncoder({}))
    options = ["--tokens_encoder", "owner/t5", "--sentence_encoder", "package:a/b"]
    main(words(experiments, tmp_path / "whole.zip", *options))
    options += ["--bfloat16", "loa_lm", "ldm"]
    main(words(experiments, tmp_path / "half.zip", *options))
    whole, half = (
        open_archive(tmp_path / f"{name}.zip", tmp_path / name)
        for name in ("whole", "half")
    )
    for part in ("loa_lm", "ldm", "vae"):
        one, two = (load_tensors(folder / part / WEIGHTS) for folder in (whole, half))
        for name, tensor in one.items():
            stored = part != "vae" and tensor.dim() > 1 and tensor.is_floating_point()
            dtype = torch.bfloat16 if stored else tensor.dtype
            assert torch.equal(tensor.to(dtype), two[name]), (part, name)
            assert two[name].dtype == dtype
    system = load_converted(half)
    assert {p.dtype for p in system.ldm.parameters()} == {torch.float32}
    assert {p.dtype for p in system.loa_lm.parameters()} == {torch.float32}


def test_a_part_that_is_not_there_is_not_stored_as_bfloat16(
    experiments, tmp_path, capsys
):
    with pytest.raises(SystemExit):
        main(words(experiments, tmp_path / "a.zip", "--bfloat16", "audiomae"))
    assert "--bfloat16 audiomae: this system has no such part" in (
        capsys.readouterr().err
    )


def test_a_licence_is_stated_of_what_was_trained_here_and_of_nothing_else(
    experiments, tmp_path
):
    options = ["--tokens_encoder", "owner/t5", "--sentence_encoder", "package:a/b"]
    main(words(experiments, tmp_path / "own.zip", *options, "--licence", "Apache-2.0"))
    folder = open_archive(tmp_path / "own.zip", tmp_path / "own")
    parts = read_index(folder)["parts"]
    assert {each["licence"] for each in parts.values()} == {"Apache-2.0"}
    imported = folder / "vae"
    config = yaml.safe_load((imported / "config.yaml").read_text())
    config["provenance"]["licence"] = "theirs"
    (imported / "config.yaml").write_text(yaml.safe_dump(config))
    again = words(experiments, tmp_path / "again.zip", *options, "--licence", "mine")
    again[again.index("--vae_dir") + 1] = str(imported)
    main(again)
    folder = open_archive(tmp_path / "again.zip", tmp_path / "again")
    parts = read_index(folder)["parts"]
    assert parts["vae"]["licence"] == "theirs"
    assert parts["ldm"]["licence"] == "mine"
