"""Options of a conversion: mistakes come first, what has no use is told."""

import argparse

import pytest
import yaml

from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.conversion_options import (
    ConversionOptions,
    add_conversion_options,
)
from espnet2.gen_audio.feats.clip import ClipGeometry


def options(*words):
    parser = argparse.ArgumentParser()
    add_conversion_options(parser)
    return ConversionOptions.of(parser.parse_args([str(word) for word in words]))


def system_of(**provenance):
    geometry = {"geometry_conf": ClipGeometry().to_dict()}
    ldm = Part("ldm", geometry, {}, dict(provenance))
    clap = Encoder("sentence_encoder", {}, {}, {}, dict(provenance))
    return System("custom", {"ldm": ldm}, {"sentence_encoder": clap})


@pytest.fixture
def tokenizer(tmp_path):
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "vocab.json").write_text("{}")
    return tmp_path / "tokenizer"


def test_a_system_gets_tokenizers_and_terms(tokenizer):
    given = options("--sentence_tokenizer", tokenizer, "--licence", "ldm=my=own")
    system = system_of()
    given.apply(system)
    assert system.encoders["sentence_encoder"].files == {"vocab.json": b"{}"}
    assert system.parts["ldm"].provenance["licence"] == "my=own"
    assert given.unused(system) == []


def test_every_option_without_a_use_is_named_with_the_reason(tokenizer, tmp_path):
    geometry = tmp_path / "geometry.yaml"
    geometry.write_text(yaml.safe_dump({"seconds": 0.64}))
    words = ["--tokens_tokenizer", tokenizer, "--licence", "vae=x", "--weights", "ema"]
    words += ["--geometry", geometry, "--clap_copy", "ranking", "--t5_copy", "ldm"]
    system = system_of(weights="raw", copy="loa_lm")
    given = options(*words)
    given.apply(system)
    assert [line.partition(":")[0] for line in given.unused(system)] == [
        "--tokens_tokenizer",
        "--licence vae=...",
        "--clap_copy ranking",
        "--t5_copy ldm",
        "--weights ema",
        "--geometry",
    ]


def test_options_that_were_followed_are_not_named(tmp_path):
    geometry = tmp_path / "geometry.yaml"
    geometry.write_text("sample_rate: 16000")
    words = ["--weights", "ema", "--geometry", geometry, "--clap_copy", "ranking"]
    assert options(*words).unused(system_of(weights="ema", copy="ranking")) == []


@pytest.mark.parametrize("text", ["vae", "lemon=free", "=x"])
def test_a_licence_of_no_part_is_refused(text):
    with pytest.raises(ValueError, match="PART=TEXT is needed, PART one of audiomae"):
        options("--licence", text)


@pytest.mark.parametrize("text", ["- 1", "16000", "a: [", "", "rate: 3"])
def test_a_geometry_of_another_form_is_refused(tmp_path, text):
    (tmp_path / "geometry.yaml").write_text(text)
    with pytest.raises(ValueError):
        options("--geometry", tmp_path / "geometry.yaml")


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no tokenizer"):
        options("--tokens_tokenizer", tmp_path)


def test_a_copy_of_no_known_use_is_refused(capsys):
    with pytest.raises(SystemExit):
        options("--t5_copy", "ranking")
    assert "invalid choice: 'ranking'" in capsys.readouterr().err
