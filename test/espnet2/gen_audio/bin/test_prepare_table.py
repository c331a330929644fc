"""From a table to a data folder."""

import pytest

from espnet2.gen_audio.bin.prepare_table import main
from espnet2.gen_audio.kaldi.data_check import find_problems
from espnet2.gen_audio.kaldi.data_dir import read_data_dir
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects


@pytest.fixture
def prepare(tmp_path):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"x")

    def run(text):
        (tmp_path / "my.tsv").write_text(text)
        out = tmp_path / "data" / "train"
        main(["--table", str(tmp_path / "my.tsv"), "--output_dir", str(out)])
        assert find_problems(out) == []
        return read_data_dir(out)

    return run


def test_a_plain_table_becomes_a_folder_of_whole_files(prepare, tmp_path):
    folder = prepare("id\taudio\tcaption\ny\tb.wav\tA cat.\nx\ta.wav\tA dog.\n")
    assert folder.files == {
        "wav.scp": {"x": f"{tmp_path}/a.wav", "y": f"{tmp_path}/b.wav"},
        "text": {"x": "A dog.", "y": "A cat."},
        "utt2spk": {"x": "x", "y": "y"},
        "utt2recording": {"x": "x", "y": "y"},
    }


def test_start_and_end_become_segments_of_named_recordings(prepare, tmp_path):
    folder = prepare(
        "id\taudio\tcaption\tstart\tend\n"
        "x2\ta.wav\tc\t1.5\t2.5\nx1\t./a.wav\tc\t\t1.5\ny\tb.wav\tc\t\t\n"
    )
    assert folder.column("wav.scp") == {
        "x2": f"{tmp_path}/a.wav",
        "y": f"{tmp_path}/b.wav",
    }
    assert folder.column("segments") == {
        "x1": "x2 0.000000 1.500000",
        "x2": "x2 1.500000 2.500000",
        "y": "y 0.000000 -1.000000",
    }
    assert folder.column("utt2recording") == {"x1": "x2", "x2": "x2", "y": "y"}


def test_wordings_of_one_file_share_a_recording(prepare):
    folder = prepare("id\taudio\tcaption\nx1\ta.wav\tA dog.\nx2\ta.wav\tBarking.\n")
    assert folder.column("utt2recording") == {"x1": "x1", "x2": "x1"}
    assert "segments" not in folder.files


def test_captions_of_one_clip_are_one_utterance_with_one_recording(prepare, tmp_path):
    text = "id\taudio\tcaption\nx\ta.wav\tone\nx\ta.wav\ttwo 2\ny\tb.wav\tc\n"
    folder = prepare(text)
    assert folder.utterances == ["x", "y"]
    assert folder.column("text") == {"x": "one", "y": "c"}
    assert folder.column("utt2captions") == {"x": "one\ttwo 2"}
    assert folder.column("wav.scp")["x"] == f"{tmp_path}/a.wav"


def test_weights_are_kept_where_a_clip_has_one(prepare):
    head = "id\taudio\tcaption\tweight\n"
    folder = prepare(head + "x\ta.wav\tone\t2.5\ny\tb.wav\tc\t\n")
    assert folder.column("utt2weight") == {"x": "2.5", "y": "1"}
    assert "utt2weight" not in prepare(head + "x\ta.wav\tone\t1\n").files


def test_a_data_folder_of_espnet_is_taken_in_place_of_a_table(prepare, tmp_path):
    first = prepare("id\taudio\tcaption\tstart\tend\nx\ta.wav\tone\t1\t2\n")
    words = ["--table", str(tmp_path / "data" / "train"), "--text_is", "transcript"]
    main([*words, "--output_dir", str(tmp_path / "out"), "--caption", "a voice"])
    made = read_data_dir(tmp_path / "out")
    assert made.column("transcript") == {"x": "one"}
    assert made.column("text") == {"x": "a voice"}
    assert made.column("segments") == first.column("segments")


def test_a_data_folder_without_clips_is_refused(tmp_path, capsys):
    folder = tmp_path / "empty"
    folder.mkdir()
    for name in ("wav.scp", "text"):
        (folder / name).write_text("")
    with pytest.raises(SystemExit):
        main(["--table", str(folder), "--output_dir", str(tmp_path / "out")])
    assert f"{folder} has no clips" in capsys.readouterr().err


def test_speakers_labels_and_transcripts_are_kept_where_known(prepare):
    folder = prepare(
        "id\taudio\tcaption\tspeaker\tlabel\ttranscript\n"
        "x\ta.wav\tc\ts1\tspeech\thello you\ny\tb.wav\tc\t\tdog bark\t\n"
    )
    assert folder.column("utt2spk") == {"x": "s1", "y": "y"}
    assert folder.column("utt2label") == {"x": "speech", "y": "dog bark"}
    assert folder.column("transcript") == {"x": "hello you"}


def test_clips_without_a_sound_file_are_listed_and_do_not_stop_the_rest(
    prepare, tmp_path, capsys
):
    gone = "g" * 300 + ".wav"  # longer than a name may be
    table = f"id\taudio\tcaption\nx\tno.wav\tc\ny\tb.wav\tc\nz\t{gone}\tc\n"
    folder = prepare(table)
    assert folder.utterances == ["y"]
    reason = "there is no such file"
    assert read_rejects(tmp_path / "data" / "train") == [
        Reject("x", f"{tmp_path}/no.wav", reason),
        Reject("z", f"{tmp_path}/{gone}", reason),
    ]
    told = capsys.readouterr().err
    assert "2 of 3 clips have no sound file and are left out, first x" in told
    (tmp_path / "no.wav").write_bytes(b"x")  # mended
    assert prepare(table).utterances == ["x", "y"]
    assert len(read_rejects(tmp_path / "data" / "train")) == 1


@pytest.mark.parametrize(
    "rows, message",
    [
        ("x\tnone.wav\tc\ny\tno.wav\tc\n", "none of its 2 sound files exists, the fi"),
        ("../x\tnone.wav\tc\n", "my.tsv, row 2: id '../x' cannot be a file name"),
    ],
)
def test_a_mistake_is_one_line_and_status_1(prepare, capsys, tmp_path, rows, message):
    with pytest.raises(SystemExit) as ended:
        prepare("id\taudio\tcaption\n" + rows)
    assert ended.value.code == 1
    (line,) = [x for x in capsys.readouterr().err.splitlines() if "error:" in x]
    assert message in line
    assert not (tmp_path / "data").exists()
