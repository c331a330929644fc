"""Tables of a data folder: partial labels, shared recordings, and what is refused."""

import pytest

from espnet2.gen_audio.metrics.evaluation.sound_set import (
    read_sound_set,
    read_wavs,
    require_same_ids,
)


def write(folder, **tables):
    for name, text in tables.items():
        (folder / name.replace("_scp", ".scp")).write_text(text)
    return folder


def test_clips_without_a_recording_are_their_own(tmp_path):
    folder = write(tmp_path, wav_scp="a 1.wav\nb 2.wav\n", utt2recording="a x\n")
    assert read_sound_set(folder).recordings == {"a": "x", "b": "b"}


def test_labels_may_name_some_clips_only(tmp_path):
    folder = write(tmp_path, wav_scp="a 1.wav\nb 2.wav\n", utt2label="b bell\n")
    sounds = read_sound_set(folder)
    assert sounds.classes == {"b": "bell"} and sounds.captions == {}


def test_one_clip_of_a_recording_is_the_one_named_like_it(tmp_path):
    folder = write(
        tmp_path,
        wav_scp="a1 1.wav\nx 2.wav\ny1 3.wav\n",
        utt2recording="a1 x\nx x\ny1 y\n",
    )
    assert read_sound_set(folder).one_a_recording() == ["x", "y1"]


def test_some_clips_of_each_recording_are_spread_over_it(tmp_path):
    ids = [f"r{r}_{i}" for r in range(2) for i in range(5)]
    folder = write(
        tmp_path,
        wav_scp="".join(f"{i} {i}.wav\n" for i in ids),
        utt2recording="".join(f"{i} {i[:2]}\n" for i in ids),
    )
    sounds = read_sound_set(folder)
    assert sounds.some_of_each(2) == ["r0_0", "r0_4", "r1_0", "r1_4"]
    assert sounds.some_of_each(9) == ids
    with pytest.raises(ValueError, match="1 or more"):
        sounds.some_of_each(0)


def test_a_table_that_knows_more_than_wav_scp_is_refused(tmp_path):
    folder = write(tmp_path, wav_scp="a 1.wav\n", utt2label="a bell\nz bell\n")
    with pytest.raises(ValueError, match="utt2label names z"):
        read_sound_set(folder)


def test_an_empty_wav_scp_is_refused(tmp_path):
    with pytest.raises(ValueError, match="names no sound"):
        read_wavs(write(tmp_path, wav_scp="") / "wav.scp")


def test_missing_ids_are_named_both_ways():
    with pytest.raises(ValueError) as caught:
        require_same_ids("abc", "bcde", "test set", "system x")
    message = str(caught.value)
    assert "system x lacks a of test set" in message
    assert "test set lacks d, e of system x" in message
    require_same_ids("ab", "ba", "one", "two")


def test_a_long_list_of_missing_ids_is_cut():
    with pytest.raises(ValueError, match="and 7 more"):
        require_same_ids("abcdefghij", "", "test set", "system x")
