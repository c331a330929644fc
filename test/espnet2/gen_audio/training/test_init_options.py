"""Options that begin a training from given weights, through a task."""

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.tasks.ldm import LDMTask
from espnet2.gen_audio.training.init_options import _refuse_phonemes


def built(tmp_path, *words, resume="false"):
    """Build the model of a command line, as training does."""
    parser = LDMTask.get_parser()
    words = [*words, "--output_dir", str(tmp_path / "exp"), "--resume", resume]
    args = parser.parse_args([*words, "--unet_conf", "channels=[64]"])
    return LDMTask.build_model(args), args


def test_fine_tuning_builds_the_given_model_and_leaves_no_path(experiments, tmp_path):
    (part,) = part_of(experiments["ldm"])
    part.provenance = {"source": "full.pth", "licence": "CC"}
    write_system(System("custom", {"ldm": part}, {}), tmp_path / "system")
    folder = tmp_path / "system" / "ldm"
    model, args = built(tmp_path, "--finetune_from", str(folder))
    for name, weight in part.state.items():
        assert torch.equal(model.state_dict()[name], weight)
    config = yaml.safe_dump(vars(args))
    assert str(folder) not in config
    assert args.finetuned_from[0]["source"] == "full.pth"
    # the config alone is enough to build it again
    again, _ = built(tmp_path, "--finetune_from", str(folder))
    torch.testing.assert_close(dict(again.state_dict()), dict(model.state_dict()))


def test_a_run_that_goes_on_keeps_the_sizes_and_not_the_weights(experiments, tmp_path):
    (part,) = part_of(experiments["ldm"])
    write_system(System("custom", {"ldm": part}, {}), tmp_path / "system")
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp" / "checkpoint.pth").touch()
    folder = tmp_path / "system" / "ldm"
    model, _ = built(tmp_path, "--finetune_from", str(folder), resume="true")
    name = "unet.net.conv_in.weight"
    assert model.state_dict()[name].shape == part.state[name].shape
    assert not torch.equal(model.state_dict()[name], part.state[name])


def test_weights_of_a_joint_training_with_other_phonemes_are_refused(
    speech_experiments, tmp_path
):
    config = yaml.safe_load((speech_experiments["loa_lm"] / "config.yaml").read_text())
    folder = tmp_path / "joint"
    folder.mkdir()
    joint = {"part": "joint", "loa_lm_conf": config}
    (folder / "config.yaml").write_text(yaml.safe_dump(joint))
    own = {"text_encoder": "phonemes"}
    for prefix in ("", ":loa_lm", ":loa_lm.text_encoder:text_encoder"):
        with pytest.raises(ValueError, match="a list of 15 tokens.*published table"):
            _refuse_phonemes(own, f"{folder}/best.pth{prefix}")
        _refuse_phonemes(config, f"{folder}/best.pth{prefix}")
    for prefix in (":loa_lm.lm:lm", ":ldm:ldm"):
        _refuse_phonemes(own, f"{folder}/best.pth{prefix}")
    _refuse_phonemes(own, f"{tmp_path}/alone.pth")  # nothing is known of it
