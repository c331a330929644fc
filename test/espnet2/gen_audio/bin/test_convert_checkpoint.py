"""The conversion command: its table, its formats, and what it refuses to write over."""

import hashlib
import json
import sys
from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.bin import convert_checkpoint
from espnet2.gen_audio.bin.convert_checkpoint import main
from espnet2.gen_audio.checkpoint.archive.folder import read_system

sys.path.insert(0, str(Path(__file__).parents[1] / "checkpoint"))

import official_state  # noqa: E402


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """An official file, its geometry and a tokenizer, as options."""
    folder = tmp_path_factory.mktemp("given")
    torch.save({"state_dict": official_state.complete("full")}, folder / "a.pth")
    (folder / "geometry.yaml").write_text(yaml.safe_dump(official_state.GEOMETRY))
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "vocab.json").write_text("{}")
    return folder


def convert(given, output, *more, source="a.pth"):
    words = ["--input", str(given / source), "--output", str(output), *more]
    main([*words, "--geometry", str(given / "geometry.yaml")])


def complaint(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if "error" in line]


def test_the_table_names_every_part_its_size_licence_and_what_was_left_out(
    given, tmp_path, capsys
):
    convert(given, tmp_path / "out", "--licence", "vae=my own")
    printed = capsys.readouterr().out
    index = yaml.safe_load((tmp_path / "out" / "system.yaml").read_text())
    for name, facts in index["parts"].items():
        row = next(line for line in printed.splitlines() if line.startswith(name))
        assert f" {facts['tensors']} " in row and facts["sha256"][:16] in row
        assert facts["licence"] in row
    assert index["parts"]["vae"]["licence"] == "my own"
    assert "variant: audioldm2-full" in printed
    assert "decoder" in printed  # of AudioMAE's pre-training


def test_a_second_run_has_nothing_to_do_and_another_input_is_refused(
    given, tmp_path, capsys
):
    convert(given, tmp_path / "out")
    capsys.readouterr()
    convert(given, tmp_path / "out")
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        convert(given, tmp_path / "out", "--weights", "ema")
    assert "other options" in complaint(capsys)[0]


def test_the_content_of_small_files_counts_and_the_names_of_folders_do_not(
    given, tmp_path, capsys, monkeypatch
):
    convert(given, tmp_path / "out")
    capsys.readouterr()
    monkeypatch.chdir(given)
    words = ["--input", "a.pth", "--output", str(tmp_path / "out")]
    main([*words, "--geometry", "geometry.yaml"])
    assert capsys.readouterr().out == ""  # up to date by another path
    other = tmp_path / "geometry.yaml"
    other.write_text((given / "geometry.yaml").read_text() + "mel_low: 50.0\n")
    with pytest.raises(SystemExit):
        main([*words, "--geometry", str(other)])
    assert "other options" in complaint(capsys)[0]


def test_a_folder_of_something_else_is_not_written_into(given, tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(SystemExit):
        convert(given, tmp_path)
    assert "not empty" in complaint(capsys)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_conversion_that_was_killed_is_done_again(given, tmp_path, monkeypatch):
    def killed(*_):
        (tmp_path / "out" / "vae").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(convert_checkpoint, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            convert(given, tmp_path / "out")
    convert(given, tmp_path / "out")
    read_system(tmp_path / "out", verify=True)


def test_a_tokenizer_goes_into_the_folder_of_its_encoder(given, tmp_path, capsys):
    folder = given / "tokenizer"
    convert(given, tmp_path / "out", "--sentence_tokenizer", str(folder))
    assert (tmp_path / "out" / "sentence_encoder" / "vocab.json").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit):
        convert(given, tmp_path / "b", "--tokens_tokenizer", str(tmp_path / "empty"))
    assert "holds no tokenizer" in complaint(capsys)[0]


def test_all_formats_hold_the_same_tensors(given, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    convert(given, tmp_path / "ours")
    first = read_system(tmp_path / "ours")
    for form in ("diffusers", "espnet"):
        convert(tmp_path_of(given, tmp_path), tmp_path / form, "--format", form)
        source = {
            "diffusers": tmp_path / form,
            "espnet": tmp_path / form / "system.zip",
        }
        again = tmp_path / f"{form}_again"
        words = ["--input", str(source[form]), "--output", str(again)]
        main([*words, "--geometry", str(given / "geometry.yaml")])
        second = read_system(again)
        for name, part in second.parts.items():
            before = first.parts[name].state
            for key, tensor in part.state.items():
                rows = 2 if "markers" in key and form == "diffusers" else None
                assert torch.equal(
                    before[key][:rows] if rows else before[key],
                    tensor[:rows] if rows else tensor,
                ), key
        absent = {"audiomae"} if form == "diffusers" else set()
        assert set(first.members()) - set(second.members()) == absent


def tmp_path_of(given, tmp_path):
    """The converted folder as input: it is one of the accepted kinds."""
    if not (tmp_path / "a.pth").exists():
        (tmp_path / "a.pth").symlink_to(tmp_path / "ours")
        (tmp_path / "geometry.yaml").write_text((given / "geometry.yaml").read_text())
    return tmp_path


def test_licence_and_origin_travel_inside_every_format(given, tmp_path):
    convert(given, tmp_path / "folder", "--format", "diffusers")
    told = json.loads((tmp_path / "folder" / "provenance.json").read_text())
    assert told["parts"]["vae"]["source"] == "a.pth"
    assert "CC BY-NC-SA" in told["parts"]["ldm"]["licence"]


@pytest.mark.parametrize(
    "words, message",
    [
        (["--licence", "lemon=free"], "PART=TEXT"),
        (["--tokens_tokenizer", "."], "holds no tokenizer"),
        (["--output", "."], "not empty"),
        (["--geometry", "tokenizer"], "tokenizer"),
    ],
)
def test_mistakes_in_options_come_before_the_file_is_read(
    given, tmp_path, monkeypatch, words, message, capsys
):
    monkeypatch.chdir(given)
    monkeypatch.setattr(convert_checkpoint, "read_any", pytest.fail)
    with pytest.raises(SystemExit):
        main(["--input", "a.pth", "--output", str(tmp_path / "out"), *words])
    assert message in complaint(capsys)[0]
    assert not (tmp_path / "out").exists()


def test_options_of_the_readme_that_a_speech_model_cannot_use_are_warned_of(
    given, tmp_path, capsys
):
    file = tmp_path / "speech.pth"
    torch.save({"state_dict": official_state.complete("speech")}, file)
    tokenizers = ["--sentence_tokenizer", str(given / "tokenizer")]
    tokenizers += ["--tokens_tokenizer", str(given / "tokenizer")]
    convert(given, tmp_path / "out", *tokenizers, source=file)
    told = capsys.readouterr().err
    assert "does not use --tokens_tokenizer: there is no tokens_encoder" in told
    assert "--sentence_tokenizer" not in told
    read_system(tmp_path / "out", verify=True)


def test_a_folder_of_an_earlier_version_is_up_to_date(given, tmp_path):
    """Its mark has the paths of options instead of contents, and no chosen copies."""
    words = ["--input", str(given / "a.pth"), "--output", str(tmp_path)]
    args = convert_checkpoint.get_parser().parse_args(words)
    mark = convert_checkpoint.identity(args)
    options = {
        key: str(value)
        for key, value in sorted(vars(args).items())
        if key not in ("output", "clap_copy", "t5_copy")
    }
    earlier = mark | {"options": hashlib.sha256(repr(options).encode()).hexdigest()}
    stamp = tmp_path / convert_checkpoint.STAMP
    stamp.write_text(yaml.safe_dump(earlier))
    assert convert_checkpoint.is_made(args, mark)
    args.clap_copy = "ranking"
    with pytest.raises(ValueError, match="other options"):
        convert_checkpoint.is_made(args, convert_checkpoint.identity(args))
