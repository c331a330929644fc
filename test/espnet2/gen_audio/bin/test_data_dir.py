"""The small tools under their subcommands, and the wrappers with Kaldi's names."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from espnet2.gen_audio.bin.data_dir import main
from espnet2.gen_audio.kaldi.data_dir import DataFolder, read_data_dir, write_data_dir
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects

UTILS = Path(__file__).parents[4] / "egs2" / "audioldm2" / "utils"


def make(path, ids, **files):
    made = {
        "wav.scp": {key: f"{key}.wav" for key in ids},
        "text": {key: "caption" for key in ids},
        "utt2spk": {key: "s" for key in ids},
    }
    write_data_dir(DataFolder({**made, **files}), path)
    return str(path)


def run(*words):
    main([str(word) for word in words])


def test_fix_sorts_and_keeps_the_intersection(tmp_path, capsys):
    make(tmp_path, "abc", text={"c": "z", "a": "x"})
    (tmp_path / "utt2spk").write_text("c s\nb s\na s\n")
    run("fix", tmp_path)
    assert (tmp_path / "utt2spk").read_text() == "a s\nc s\n"
    assert (tmp_path / "spk2utt").read_text() == "s a c\n"
    run("validate", tmp_path)


def test_fix_minds_further_files(tmp_path):
    make(tmp_path, "abc")
    (tmp_path / "utt2x").write_text("a 1\nb 1\nd 1\n")
    run("fix", "--utt_extra_files", "utt2x", tmp_path)
    assert (tmp_path / "utt2x").read_text() == "a 1\nb 1\n"
    assert read_data_dir(tmp_path).utterances == ["a", "b"]


def test_fix_does_not_empty_a_folder(tmp_path, capsys):
    make(tmp_path, "abc")
    (tmp_path / "utt2x").write_text("d 1\n")
    with pytest.raises(SystemExit):
        run("fix", "--utt_extra_files", "utt2x", tmp_path)
    assert "none of its 3 utterances is in all files" in capsys.readouterr().err
    assert read_data_dir(tmp_path).utterances == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["/tmp/x", "../x", "a/x"])
def test_further_files_are_in_the_data_folder(tmp_path, capsys, name):
    make(tmp_path / "a", "ab")
    with pytest.raises(SystemExit):
        run("combine", "--extra_files", name, tmp_path / "c", tmp_path / "a")
    assert f"{name} is no file name" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_validate_prints_the_faults_and_fails(tmp_path, capsys):
    make(tmp_path, "ab", text={"a": "x"})
    with pytest.raises(SystemExit) as ended:
        run("validate", "--no-feats", tmp_path)
    assert ended.value.code == 1
    assert "lacks 1 utterances, first b" in capsys.readouterr().err


def test_copy_copies_and_checks(tmp_path):
    make(tmp_path / "a", "ab")
    run("copy", tmp_path / "a", tmp_path / "b")
    assert read_data_dir(tmp_path / "b") == read_data_dir(tmp_path / "a")
    (tmp_path / "a" / "text").unlink()
    with pytest.raises(SystemExit):
        run("copy", tmp_path / "a", tmp_path / "c")
    run("copy", "--validate_opts", "--no-text", tmp_path / "a", tmp_path / "d")


@pytest.mark.parametrize(
    "options, kept",
    [(["--first"], "abc"), ([], "acd"), (["--utt-list"], "bf")],
)
def test_subset_keeps_the_first_or_a_spread_or_a_list(tmp_path, options, kept):
    make(tmp_path / "a", "abcdef")
    (tmp_path / "list").write_text("f x\nb\n")
    count = [tmp_path / "list"] if options == ["--utt-list"] else []
    number = [] if count else [3]
    run("subset", *options, *count, tmp_path / "a", *number, tmp_path / "b")
    names = read_data_dir(tmp_path / "b").utterances
    assert names == (["a", "c", "e"] if not options else list(kept))


def test_ids_of_a_list_that_the_folder_lacks_are_counted(tmp_path, capsys):
    make(tmp_path / "a", "abc")
    (tmp_path / "list").write_text("c\nz\n")
    run("subset", "--utt-list", tmp_path / "list", tmp_path / "a", tmp_path / "b")
    assert read_data_dir(tmp_path / "b").utterances == ["c"]
    assert "1 of 2 ids are not in the data folder, first z" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["a", "b"], ["a", "9", "b"], ["a", "0", "b"]])
def test_subset_refuses_a_wrong_number(tmp_path, words, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "a", "abc")
    with pytest.raises(SystemExit):
        run("subset", *words)
    assert "error:" in capsys.readouterr().err


def test_combine_joins_folders_and_rejects(tmp_path):
    one, two = make(tmp_path / "1", "a"), make(tmp_path / "2", "b")
    write_rejects(one, [Reject("x", "x.wav", "empty")])
    run("combine", tmp_path / "all", two, one)
    assert read_data_dir(tmp_path / "all").utterances == ["a", "b"]
    assert [reject.id for reject in read_rejects(tmp_path / "all")] == ["x"]


def test_split_gives_near_equal_runs_that_add_up(tmp_path, capsys):
    scp = tmp_path / "in"
    scp.write_text("".join(f"{i} x\n" for i in range(10)))
    outs = [tmp_path / f"out.{i}" for i in range(4)]
    run("split", scp, *outs)
    parts = [out.read_text() for out in outs]
    assert "".join(parts) == scp.read_text()
    assert {part.count("\n") for part in parts} == {2, 3}
    run("split", "-j", 4, 1, scp)
    assert capsys.readouterr().out == parts[1]


@pytest.mark.parametrize(
    "words, message",
    [
        (["split", "in", "o", "o"], "o is the input or an output before"),
        (["split", "/dev/zero", "o"], "/dev/zero, line 1 has"),
        (["filter", "/dev/zero", "in"], "/dev/zero, line 1 has"),
        (["filter", "in", "/dev/zero"], "/dev/zero, line 1 has"),
        (["spk2utt", "/dev/zero"], "/dev/zero, line 1 has"),
        (
            ["subset", "--utt-list", "none", "d", "x"],
            "none has no id of the data folder",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    tmp_path, capsys, monkeypatch, words, message
):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "d", "ab")
    (tmp_path / "in").write_text("a\nb\n")
    (tmp_path / "none").write_text("c\n")
    with pytest.raises(SystemExit):
        run(*words)
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "o").exists() and not (tmp_path / "x").exists()


def test_split_refuses_more_parts_than_lines(tmp_path, capsys):
    (tmp_path / "in").write_text("a\nb\n")
    with pytest.raises(SystemExit):
        run("split", tmp_path / "in", *(tmp_path / str(i) for i in range(3)))
    assert "has 2 lines and cannot be split into 3 parts" in capsys.readouterr().err


def test_filter_keeps_or_excludes_by_any_field(tmp_path, capsys, monkeypatch):
    (tmp_path / "ids").write_text("b x\nc\n")
    (tmp_path / "in").write_text("a 1\nb 2\nc 3\n")
    run("filter", tmp_path / "ids", tmp_path / "in")
    assert capsys.readouterr().out == "b 2\nc 3\n"
    run("filter", "--exclude", tmp_path / "ids", tmp_path / "in")
    assert capsys.readouterr().out == "a 1\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("1 a\n2 b\n"))
    run("filter", "-f", 2, tmp_path / "ids")
    assert capsys.readouterr().out == "2 b\n"


def test_speaker_lists_are_turned_over_and_back(tmp_path, capsys):
    (tmp_path / "utt2spk").write_text("b s\na s\nc r\n")
    run("spk2utt", tmp_path / "utt2spk")
    text = capsys.readouterr().out
    assert text == "r c\ns a b\n"
    (tmp_path / "spk2utt").write_text(text)
    run("utt2spk", tmp_path / "spk2utt")
    assert capsys.readouterr().out == "a s\nb s\nc r\n"


def test_keys_are_those_of_segments_where_there_are_any(tmp_path, capsys):
    make(tmp_path, "ab", segments={"u": "a 0 1", "v": "a 1 2"})
    run("keys", tmp_path)
    assert capsys.readouterr().out == "u\nv\n"


def test_wrappers_have_kaldi_s_names(tmp_path):
    python = Path(sys.executable).parent
    path = f"{UTILS}:{python}:{os.environ['PATH']}"
    (tmp_path / "ids").write_text("b\n")
    (tmp_path / "in").write_text("a 1\nb 2\n")
    script = (
        "filter_scp.pl ids in && run.pl JOB=1:2 x.JOB.log echo 'part  JOB' &&"
        " grep '^part  2' x.2.log && utt2spk_to_spk2utt.pl in"
    )
    done = subprocess.run(
        ["bash", "-ec", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "b 2\npart  2\n1 a\n2 b\n", done.stderr
    for tool in UTILS.glob("*.[ps][lh]"):
        if tool.name != "parse_options.sh":
            assert os.access(tool, os.X_OK), tool


def test_combine_of_empty_parts_is_an_empty_folder(tmp_path):
    one, two = make(tmp_path / "1", ""), make(tmp_path / "2", "")
    run("combine", tmp_path / "all", one, two)
    assert read_data_dir(tmp_path / "all").utterances == []


def test_fix_drops_a_segment_without_a_recording(tmp_path):
    segments = {"a": "r 0 1", "b": "", "c": "gone 0 1"}
    make(tmp_path, "abc", segments=segments, **{"wav.scp": {"r": "r.wav"}})
    run("fix", tmp_path)
    assert (tmp_path / "segments").read_text() == "a r 0 1\n"
    assert read_data_dir(tmp_path).utterances == ["a"]


@pytest.mark.parametrize("field", ["0", "-1", "x"])
def test_a_field_that_is_none_is_refused_with_its_option(tmp_path, capsys, field):
    (tmp_path / "ids").write_text("a\n")
    with pytest.raises(SystemExit):
        run("filter", f"-f{field}", tmp_path / "ids", tmp_path / "ids")
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"argument -f: got {field!r}; give a whole number of 1 or more" in last
