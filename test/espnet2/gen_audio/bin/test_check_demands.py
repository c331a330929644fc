"""The data of a run are checked for the stages that are to run."""

import pytest

from espnet2.gen_audio.bin.check_demands import main
from espnet2.gen_audio.kaldi.data_dir import write_scp


@pytest.fixture
def words(tmp_path):
    """Three data folders of speech; the training set lacks one transcript."""
    options = ["--sample_rate", "16000"]
    for name, ids in (("train", "abc"), ("valid", "de"), ("test", "fg")):
        folder = tmp_path / name
        folder.mkdir()
        write_scp(folder / "wav.scp", {key: f"{key}.flac" for key in ids})
        write_scp(folder / "utt2num_samples", {key: "16000" for key in ids})
        spoken = {key: "one two" for key in ids if key != "b"}
        write_scp(folder / "transcript", spoken)
        options += [f"--{name}_data", str(folder)]
    return options


def test_a_stage_that_is_to_run_and_would_fail_ends_the_command(words, capsys):
    with pytest.raises(SystemExit):
        main([*words, "--speech", "--runs", "13", "14"])
    error = capsys.readouterr().err
    assert "error: stage 13 would fail: " in error and "clips: b;" in error


def test_a_later_stage_is_warned_of(words, capsys):
    main([*words, "--speech", "--runs", "14", "--later", "11"])
    assert "WARNING: stage 11 would fail: " in capsys.readouterr().err


def test_a_stage_that_is_left_out_demands_nothing(words, capsys):
    main([*words, "--speech", "--runs", "14", "15"])
    main([*words, "--runs", "11", "14", "15"])
    assert capsys.readouterr().err == ""


def test_a_word_outside_the_vocabulary_is_refused_if_scores_are_to_be_made(
    words, capsys
):
    options = [*words, "--speech", "--vocabulary", "one three", "--runs"]
    main([*options, "14"])
    with pytest.raises(SystemExit):
        main([*options, "14", "15"])
    assert "'two', which is not in the vocabulary" in capsys.readouterr().err


def test_sound_that_no_latent_is_of_is_counted_in_a_warning(words, tmp_path, capsys):
    lengths = {"a": "16000", "b": "72000", "c": "16000"}
    write_scp(tmp_path / "train" / "utt2num_samples", lengths)
    main([*words, "--clip_seconds", "1"])
    (line,) = capsys.readouterr().err.splitlines()
    assert "train: 1 of 3 clips are longer than 1 s" in line
    assert "0.000972 of 0.00181 hours are not used; --segment_hop" in line
