"""The shared task: trains, goes on, explains itself, refuses what is unsafe."""

import io

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.experiment import read_config


def final_weights(folder):
    return torch.load(folder / "latest.pth", weights_only=True)


def config_of(folder):
    return yaml.safe_load((folder / "config.yaml").read_text())


@pytest.fixture(scope="module")
def trained(toy, toy_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    geometry = folder / "geometry.yaml"
    geometry.write_text(yaml.safe_dump(toy.GEOMETRY))
    words = folder / "words"
    words.write_text("rain wind\nsurf\n")
    options = dict(geometry=geometry, geometry_conf="n_mels=128", words=words)
    options.update(use_matplotlib="true", use_tensorboard="true")
    toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    return folder


def test_training_leaves_weights_curves_and_events(trained):
    assert (trained / "valid.loss.best.pth").exists()
    assert (trained / "images" / "loss.png").stat().st_size > 1000
    assert list((trained / "tensorboard" / "train").iterdir())
    assert final_weights(trained)["ema.num_updates"] == 12


def test_the_saved_config_names_the_part_and_holds_contents_instead_of_paths(trained):
    config = config_of(trained)
    assert config["part"] == "toy"
    assert config["geometry"] is None and config["words"] is None
    assert config["word_list"] == ["rain", "wind", "surf"]
    assert config["geometry_conf"]["seconds"] == 2.56
    assert config["geometry_conf"]["n_mels"] == 128  # the option wins over the file
    assert config["geometry_conf"]["hop"] == 160  # what nobody stated is stated now


def test_an_experiment_is_rebuilt_from_its_files_with_every_weight(toy, trained):
    model, args = toy.ToyTask.build_model_from_file(
        model_file=trained / "latest.pth", device="cpu"
    )
    assert args.word_list == ["rain", "wind", "surf"]
    for name, weight in final_weights(trained).items():
        torch.testing.assert_close(model.state_dict()[name], weight, rtol=0, atol=0)


def test_rebuilding_refuses_weights_that_leave_a_name_out(toy, trained, tmp_path):
    state = final_weights(trained)
    del state["net.0.bias"]
    torch.save(state, tmp_path / "some.pth")
    with pytest.raises(ValueError, match=r"missing: net\.0\.bias"):
        toy.ToyTask.build_model_from_file(
            trained / "config.yaml", tmp_path / "some.pth"
        )


def test_a_run_in_two_halves_ends_with_the_weights_of_one_run(
    toy, toy_data, trained, tmp_path
):
    for epochs in (1, 3):
        toy.ToyTask.main(
            cmd=toy.command(
                toy_data,
                tmp_path,
                max_epoch=epochs,
                **{
                    "geometry_conf": ["seconds=2.56", "downsample=8"],
                },
            )
        )
    for name, weight in final_weights(trained).items():
        assert torch.equal(final_weights(tmp_path)[name], weight), name


def test_print_config_needs_no_other_option(toy, monkeypatch):
    monkeypatch.setattr("sys.argv", ["train", "--print_config", "--optim", "adamw"])
    stream = io.StringIO()
    toy.ToyTask.print_config(file=stream)
    shown = yaml.safe_load(stream.getvalue())
    assert shown["part"] == "toy" and shown["num_att_plot"] == 0
    assert shown["optim_conf"]["lr"] == 1e-3  # filled in from the class


def test_a_dry_run_writes_the_config_and_trains_nothing(toy, toy_data, tmp_path):
    toy.ToyTask.main(cmd=toy.command(toy_data, tmp_path, dry_run="true"))
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_numbers_with_an_exponent_are_numbers_in_files_words_and_the_saved_config(
    toy, toy_data, tmp_path
):
    file = tmp_path / "train.yaml"
    file.write_text("optim: adam\noptim_conf: {lr: 1e-2, betas: [9E-1, .99]}\n")
    with file.open("a") as more:
        more.write("grad_clip: 1e1\ngeometry_conf: {seconds: 256e-2, downsample: 8}\n")
    options = dict(optim_conf="eps=1e-7", config=file, dry_run="true")
    folder = tmp_path / "exp"
    toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    for reread in (
        config_of(folder),
        read_config(folder),
        vars(toy.ToyTask.build_model_from_file(folder / "config.yaml")[1]),
    ):
        found = [reread["optim_conf"][name] for name in ("lr", "betas", "eps")]
        assert found == [0.01, [0.9, 0.99], 1e-7] and reread["grad_clip"] == 10
        assert reread["geometry_conf"]["seconds"] == 2.56


@pytest.mark.parametrize("build", ["true", "false"])
def test_statistics_run_with_and_without_a_model(toy, toy_data, tmp_path, build):
    conf = f"extract_feats_in_collect_stats={build}"
    options = dict(collect_stats="true", model_conf=conf, resume="false")
    toy.ToyTask.main(cmd=toy.command(toy_data, tmp_path, **options))
    shapes = (tmp_path / "train" / "x_shape").read_text().splitlines()
    assert len(shapes) == 24 and shapes[0] == "clip000 4"
    assert config_of(tmp_path)["geometry_conf"]["hop"] == 160


def test_starting_over_in_a_used_folder_is_refused_and_changes_nothing(
    toy, toy_data, trained
):
    before = (trained / "config.yaml").read_text()
    with pytest.raises(ValueError, match="--resume true"):
        toy.ToyTask.main(cmd=toy.command(toy_data, trained, resume="false"))
    assert (trained / "config.yaml").read_text() == before


@pytest.mark.parametrize(
    "options, message",
    [
        ({"init_param": "some.pth"}, "--init_from"),
        ({"part": "vae"}, "the config is for part 'vae'"),
        ({"geometry_conf": "hopp=160"}, "unknown geometry key hopp"),
        ({"sharded_ddp": "true"}, "--sharded_ddp true is not supported"),
        ({"use_deepspeed": "true"}, "--use_deepspeed true is not supported"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(
    toy, toy_data, tmp_path, options, message
):
    with pytest.raises(ValueError, match=message):
        toy.ToyTask.main(cmd=toy.command(toy_data, tmp_path / "exp", **options))
    assert not (tmp_path / "exp").exists()


def test_initial_weights_are_taken_once_and_leave_no_path_to_read_again(
    toy, toy_data, trained, tmp_path
):
    source = trained / "latest.pth"
    options = dict(init_from=source, max_epoch=1, optim_conf="lr=0.0")
    options["num_iters_per_epoch"] = 1
    toy.ToyTask.main(cmd=toy.command(toy_data, tmp_path, **options))
    started = final_weights(tmp_path)
    assert torch.equal(started["net.0.weight"], final_weights(trained)["ema.0/weight"])
    # the new average started from what was loaded
    assert torch.equal(started["ema.0/weight"], started["net.0.weight"])
    config = config_of(tmp_path)
    assert config["init_from"] == []
    assert config["initialised_from"] == [str(source)]


def test_a_run_that_goes_on_does_not_need_its_initial_weights_any_more(
    toy, toy_data, trained, tmp_path
):
    source = tmp_path / "initial.pth"
    torch.save(final_weights(trained), source)
    exp = tmp_path / "exp"
    options = dict(init_from=source)
    toy.ToyTask.main(cmd=toy.command(toy_data, exp, max_epoch=1, **options))
    source.unlink()
    toy.ToyTask.main(cmd=toy.command(toy_data, exp, max_epoch=2, **options))
    assert (exp / "2epoch.pth").exists()
