"""Lines are read from pipes too, one at a time, and what never ends is refused."""

import io
from pathlib import Path

import pytest

from espnet2.gen_audio.kaldi import line_stream
from espnet2.gen_audio.kaldi.line_stream import (
    all_lines,
    refuse_own_outputs,
    speaker_rows,
    stream_lines,
)


def test_lines_keep_their_ends_and_odd_separators(tmp_path, monkeypatch):
    text = "a 1\nb\u2028c\x85\n\n last"
    (tmp_path / "a").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    for path in (tmp_path / "a", None):
        assert all_lines(path) == ["a 1\n", "b\u2028c\x85\n", "\n", " last"]


def test_what_never_ends_and_what_is_no_text_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="/dev/zero, line 1 has 1048576 characters"):
        next(stream_lines(Path("/dev/zero")))
    (tmp_path / "a").write_bytes(b"x\n\xff\n")
    with pytest.raises(ValueError, match="a is not UTF-8"):
        all_lines(tmp_path / "a")
    monkeypatch.setattr(line_stream, "MOST", 5)
    (tmp_path / "b").write_text("abc\n" * 2)
    with pytest.raises(ValueError, match="b has more than 5 characters; does it end"):
        all_lines(tmp_path / "b")


@pytest.mark.parametrize("kind", [False, True])
def test_ids_end_at_spaces_and_tabs_and_blank_lines_are_none(kind):
    assert speaker_rows(["a\tx\n", "\n", "b  y\n"], kind) == {"a": "x", "b": "y"}
    with pytest.raises(ValueError, match="line 2: 'b' has no value"):
        speaker_rows(["a x\n", "b\n"], kind)


def test_a_speaker_may_have_several_lines_and_an_utterance_one_speaker():
    assert speaker_rows(["s a b\n", "r c\n", "s d\n"], True) == {"s": "a b d", "r": "c"}
    for lines, of_speakers in ((["a s", "a r"], False), (["s a", "r b a"], True)):
        with pytest.raises(ValueError, match="line 2: 'a' occurs twice"):
            speaker_rows(lines, of_speakers)


def test_one_place_is_written_once_and_not_the_input(tmp_path):
    (tmp_path / "link").symlink_to("b")
    names = [str(tmp_path / name) for name in ("a", "b", "link")]
    refuse_own_outputs(names[0], names[1:2])
    for targets in (names[:1], [names[1], names[2]], [names[1]] * 2):
        with pytest.raises(ValueError, match="is the input or an output before"):
            refuse_own_outputs(names[0], targets)


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path, monkeypatch):
    text = "\ufeffann a b\n\ufeffbob c\n"
    (tmp_path / "spk2utt").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    for path in (tmp_path / "spk2utt", None):
        rows = speaker_rows(all_lines(path), of_speakers=True)
        assert rows == {"ann": "a b", "\ufeffbob": "c"}
