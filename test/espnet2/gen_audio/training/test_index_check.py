"""Indexes of a training are checked before the toolkit's loader opens them."""

from argparse import Namespace

import kaldiio
import numpy as np
import pytest

from espnet2.gen_audio.bin.ldm_train import main
from espnet2.gen_audio.files.matrix_index import check_matrix_index
from espnet2.gen_audio.kaldi.listed_data import ListedMatrices
from espnet2.gen_audio.training.index_check import check_indexes, refuse_without_data


@pytest.fixture
def hostile(tmp_path):
    scp = tmp_path / "latent.scp"
    scp.write_text(f"a touch {tmp_path / 'made'} |\n")
    return scp


def options(mode, scp, form="kaldi_ark"):
    return Namespace(**{f"{mode}_data_path_and_name_and_type": [(scp, "x", form)]})


def test_a_training_without_data_names_the_option_and_what_it_needs(tmp_path, capsys):
    for mode, given in (("train", []), ("valid", ["x,latent,kaldi_ark"])):
        args = options("train", "x") if given else Namespace()
        args.train_data_path_and_name_and_type = given
        args.valid_data_path_and_name_and_type = []
        with pytest.raises(ValueError, match=f"--{mode}_data_path.* of latent, loa$"):
            refuse_without_data(args, ("latent", "loa"))
    with pytest.raises(SystemExit):
        main(["--output_dir", str(tmp_path / "x"), "--latent_scale", "1.0"])
    assert "--train_data_path_and_name_and_type is missing" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("mode", ["train", "valid"])
def test_a_command_in_an_index_is_refused(hostile, mode):
    with pytest.raises(ValueError, match="line 1, a: .*only 'file:offset' is read"):
        check_indexes(options(mode, hostile))


def test_an_index_of_matrices_passes_and_other_forms_are_not_looked_at(
    tmp_path, hostile
):
    scp = str(tmp_path / "x.scp")
    kaldiio.save_ark(str(tmp_path / "x.ark"), {"a": np.ones((2, 3))}, scp=scp)
    check_indexes(options("train", scp))
    check_indexes(options("train", hostile, "text"))
    check_indexes(Namespace())


def test_a_training_command_runs_nothing_of_an_index(hostile, tmp_path, capsys):
    words = ["--output_dir", str(tmp_path / "exp"), "--latent_scale", "1.0"]
    for mode in ("train", "valid"):
        words += [
            f"--{mode}_data_path_and_name_and_type",
            f"{hostile},latent,kaldi_ark",
        ]
        words += [f"--{mode}_shape_file", str(hostile)]
    with pytest.raises(SystemExit):
        main(words)
    assert "only 'file:offset' is read" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_a_long_index_is_sampled_at_the_start_and_each_matrix_checked_when_read(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("espnet2.gen_audio.files.matrix_index._FIRST", 2)
    scp = tmp_path / "x.scp"
    matrices = {f"k{n:03d}": np.full((2, 3), float(n)) for n in range(150)}
    kaldiio.save_ark(str(tmp_path / "x.ark"), matrices, scp=str(scp))
    lines = scp.read_text().splitlines()
    damaged = [*lines[:50], lines[50].rpartition(":")[0] + ":1", *lines[51:]]
    scp.write_text("\n".join(damaged))
    check_indexes(options("train", scp))  # not among those that are looked at
    with pytest.raises(ValueError, match="line 51, k050: .* no binary Kaldi matrix"):
        check_matrix_index(scp)
    listed = ListedMatrices(scp)
    assert (listed["k049"] == 49).all() and listed["k149"].shape == (2, 3)
    with pytest.raises(ValueError, match="x.scp, k050: .* no binary Kaldi matrix"):
        listed["k050"]
    with (tmp_path / "x.ark").open("r+b") as archive:
        archive.truncate(archive.seek(0, 2) - 1)
    with pytest.raises(ValueError, match="line 150, k149: .* archive ends after"):
        check_indexes(options("train", scp))
    scp.write_text("\n".join([*lines[:60], "k060 touch made |", *lines[61:]]))
    with pytest.raises(ValueError, match="line 61, k060: .*only 'file:offset' is read"):
        check_indexes(options("train", scp))
