"""Stages read the specification of a converted system and of its phonemes."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SCRIPTS = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2" / "scripts"
PHONEMES = {
    "text_encoder": "phonemes",
    "phonemes_conf": {
        "g2p": "char",
        "cleaner": "none",
        "tokens": ["<blank>", "<unk>", "<space>", "a", "b", "<sos/eos>"],
    },
}
ENTRY = {"sha256": "0" * 64, "tensors": 0, "parameters": 0}


def run(script, *arguments):
    command = [sys.executable, SCRIPTS / script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_speech_model_tells_how_it_reads_text(tmp_path):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(PHONEMES))
    made = run("phoneme_specification.py", tmp_path / "config.yaml", tmp_path / "out")
    assert made.returncode == 0, made.stderr
    assert contents(tmp_path / "out") == {
        "g2p": "char\n",
        "cleaner": "none\n",
        "token_list": f"{tmp_path / 'out' / 'tokens.txt'}\n",
        "tokens.txt": "<blank>\n<unk>\n<space>\na\nb\n<sos/eos>\n",
    }


def test_a_model_of_speech_and_sounds_tells_that_transcripts_are_optional(tmp_path):
    conf = PHONEMES["phonemes_conf"] | {"optional": True}
    config = PHONEMES | {"phonemes_conf": conf}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    made = run("phoneme_specification.py", tmp_path / "config.yaml", tmp_path / "out")
    assert made.returncode == 0, made.stderr
    assert contents(tmp_path / "out")["transcripts"] == "some\n"


def test_a_model_without_phonemes_leaves_an_empty_folder(tmp_path):
    (tmp_path / "config.yaml").write_text("text_encoder: none\n")
    made = run("phoneme_specification.py", tmp_path / "config.yaml", tmp_path / "out")
    assert made.returncode == 0 and contents(tmp_path / "out") == {}


def system(folder, **configs):
    """Write only index and configs of a system, because no test reads weights."""
    index = {"format": "gen_audio system 1", "variant": "custom", "notes": []}
    index["elsewhere"] = {"vocoder": "griffin_lim", "tokens_encoder": "package:a/b"}
    index["parts"] = {name: ENTRY for name in configs}
    for name, config in configs.items():
        (folder / name).mkdir(parents=True)
        config = {"part": name} | config
        (folder / name / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "system.yaml").write_text(yaml.safe_dump(index))
    return folder


def test_a_system_tells_geometry_scale_conditions_and_what_stands_elsewhere(tmp_path):
    clip = {"seconds": 2.56, "downsample": 8}
    ldm = {"geometry_conf": clip, "latent_scale": 0.5, "unet_conf": {"tokens_dim": 8}}
    system(tmp_path, vae={"geometry_conf": clip}, ldm=ldm)
    made = run("pretrained_specification.py", tmp_path)
    assert made.returncode == 0, made.stderr
    found = contents(tmp_path / "recipe")
    assert yaml.safe_load(found.pop("geometry.yaml"))["seconds"] == 2.56
    assert found == {
        "latent_scale": "0.5\n",
        "without_loa": "",
        "vocoder": "griffin_lim\n",
        "tokens_encoder": "package:a/b\n",
    }


@pytest.mark.parametrize("spoil", ["geometry", "index"])
def test_a_system_that_does_not_fit_together_is_refused_in_one_line(tmp_path, spoil):
    clips = {"seconds": 2.56}, {"seconds": 2.56 if spoil == "index" else 5.12}
    vae, vocoder = ({"geometry_conf": clip} for clip in clips)
    system(tmp_path, vae=vae, vocoder=vocoder)
    if spoil == "index":
        (tmp_path / "system.yaml").write_text("[1]")
    made = run("pretrained_specification.py", tmp_path)
    assert made.returncode == 1 and made.stderr.count("\n") == 1
    words = {"geometry": "different geometry", "index": "system.yaml is no index"}
    assert words[spoil] in made.stderr
    assert not (tmp_path / "recipe").exists()
