"""Clips that nothing can be learnt from are left out, with the reason."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin.check_data import main
from espnet2.gen_audio.kaldi.data_dir import DataFolder, read_data_dir, write_data_dir
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects


def tone(samples, level=0.1):
    return level * np.sin(np.arange(samples) / 3)


WAVES = {
    "good": tone(8000),
    "late": np.r_[np.zeros(100000), 0.1],
    "offset": 0.5 + tone(8000, 0.01),
    "short": tone(1599),
    "silent": np.zeros(8000),
    "hiss": np.tile([3 / 32768, -3 / 32768], 4000),
    "flat": np.full(8000, 0.25),
    "flat_hiss": 0.25 + np.tile([2 / 32768, 0], 4000),
    "long": tone(160000),
    "mute": tone(8000),
}


@pytest.fixture
def folder(tmp_path):
    paths = {}
    for key, wave in WAVES.items():
        paths[key] = str(tmp_path / f"{key}.flac")
        soundfile.write(paths[key], wave, 16000)
    files = {
        "wav.scp": paths,
        "text": {key: "A caption." for key in WAVES if key != "mute"},
        "utt2spk": {key: key for key in WAVES},
        "utt2num_samples": {key: str(len(wave)) for key, wave in WAVES.items()},
    }
    write_data_dir(DataFolder(files), tmp_path / "org")
    write_rejects(tmp_path / "org", [Reject("cut", "cut.wav", "truncated: x")])
    return tmp_path / "org"


def test_unusable_clips_are_left_out_and_listed_after_earlier_ones(folder, tmp_path):
    out = tmp_path / "out"
    main(["--data_dir", str(folder), "--output_dir", str(out), "--max_seconds", "9"])
    assert read_data_dir(out).utterances == ["good", "late", "offset"]
    reasons = {reject.id: reject.reason for reject in read_rejects(out)}
    assert reasons == {
        "cut": "truncated: x",
        "flat": "inaudible: without its mean of 0.25 no sample is above 0; above 0.0001"
        " is accepted, so give a sound",
        "flat_hiss": "inaudible: without its mean of 0.25 no sample is above 3.1e-05;"
        " above 0.0001 is accepted, so give a sound",
        "hiss": "digital silence: no sample is above 9.2e-05; above 0.0001 is accepted,"
        " so give a sound",
        "long": "too long: 10.000 s; at most 9 s is accepted, so cut it with start and"
        " end in the table",
        "mute": "no caption: text has no line for the clip; add one to the table",
        "short": "too short: 0.100 s; at least 0.1 s is accepted, so give more sound or"
        " lower --min_seconds",
        "silent": "digital silence: no sample is above 0; above 0.0001 is accepted, so"
        " give a sound",
    }
    assert len(read_rejects(folder)) == 1  # the input stays, so the stage can run again


def test_a_dump_damaged_since_it_was_written_is_listed_and_ends_nothing(
    folder, tmp_path
):
    names = ("cut", "gone", "empty", "swapped", "words")
    wavs = dict.fromkeys(names)
    for name in names:
        wavs[name] = str(tmp_path / f"{name}.flac")
        soundfile.write(wavs[name], tone(9000), 16000)
    whole = (tmp_path / "cut.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "gone.flac").unlink()
    (tmp_path / "empty.flac").write_bytes(b"")
    soundfile.write(wavs["swapped"], tone(7000), 16000)
    (tmp_path / "words.flac").write_text("words " * 100)
    files = {
        "wav.scp": {**wavs, "good": str(tmp_path / "good.flac")},
        "utt2num_samples": dict.fromkeys(names, "9000"),
    }
    write_data_dir(DataFolder(files), tmp_path / "damaged")
    out = tmp_path / "out"
    main(["--data_dir", str(tmp_path / "damaged"), "--output_dir", str(out)])
    assert read_data_dir(out).utterances == ["good"]
    reasons = {reject.id: reject.reason for reject in read_rejects(out)}
    assert reasons["cut"].startswith("truncated or damaged: decoding failed")
    assert reasons["gone"].startswith("the file does not exist")
    assert reasons["empty"].startswith("empty file: 0 bytes")
    assert reasons["words"].startswith("not a sound file: it holds plain text")
    assert reasons["swapped"] == (
        "changed since it was formatted: 7000 samples, 9000 in utt2num_samples; run"
        " stage format_audio with --force true"
    )


def test_a_clip_whose_text_states_no_caption_is_kept(folder, tmp_path):
    with (folder / "text").open("a") as text:
        text.write("mute\n")
    main(["--data_dir", str(folder), "--output_dir", str(tmp_path / "out")])
    assert read_data_dir(tmp_path / "out").column("text")["mute"] == ""
    assert not [r for r in read_rejects(tmp_path / "out") if r.id == "mute"]


def test_without_a_longest_length_long_clips_stay(folder, tmp_path):
    main(["--data_dir", str(folder), "--output_dir", str(tmp_path / "out")])
    assert "long" in read_data_dir(tmp_path / "out").utterances


def test_an_empty_rest_is_refused_with_the_counts(folder, tmp_path, capsys):
    command = ["--data_dir", str(folder), "--output_dir", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--min_seconds", "100"])
    assert ended.value.code == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert "0 clips kept, 11 left out (1 no caption, 9 too short, 1 truncated)" in line
    assert not (tmp_path / "out" / "wav.scp").exists()


def listed(folder, tmp_path):
    content = tmp_path / "content"
    options = ["--output_dir", str(tmp_path / "out"), "--content", str(content)]
    main(["--data_dir", str(folder), *options])
    return dict(line.split() for line in content.read_text().splitlines())


def test_digests_are_not_listed_among_the_files_of_a_data_folder(
    folder, tmp_path, capsys
):
    for content in (folder / "text", tmp_path / "out" / "wav.scp"):
        options = ["--output_dir", str(tmp_path / "out"), "--content", str(content)]
        with pytest.raises(SystemExit):
            main(["--data_dir", str(folder), *options])
        assert f"--content {content} is in a data folder" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_content_lists_kept_clips_by_id_and_changes_with_their_samples_alone(
    folder, tmp_path
):
    before = listed(folder, tmp_path)
    assert list(before) == ["good", "late", "long", "offset"]
    soundfile.write(tmp_path / "good.flac", tone(8000, 0.2), 16000)
    after = listed(folder, tmp_path)
    assert [name for name in before if before[name] != after[name]] == ["good"]
    (tmp_path / "moved").mkdir()
    for name in WAVES:
        (tmp_path / f"{name}.flac").rename(tmp_path / "moved" / f"{name}.flac")
    scp = (folder / "wav.scp").read_text()
    (folder / "wav.scp").write_text(scp.replace(f"{tmp_path}/", f"{tmp_path}/moved/"))
    assert listed(folder, tmp_path) == after


@pytest.mark.parametrize("option", ["--min_seconds", "--max_seconds"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "x"])
def test_a_length_that_is_none_is_refused_with_its_option(
    tmp_path, capsys, option, value
):
    with pytest.raises(SystemExit):
        main(["--data_dir", "x", "--output_dir", str(tmp_path), f"{option}={value}"])
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}: got {value!r}; give a number " in last
