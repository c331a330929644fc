"""What is wrong with a data folder, as sentences."""

import pytest

from espnet2.gen_audio.kaldi.data_check import find_problems


@pytest.fixture
def folder(tmp_path):
    contents = {
        "wav.scp": "a a.wav\nb b.wav\n",
        "text": "a x\nb y\n",
        "utt2spk": "a s\nb s\n",
        "spk2utt": "s a b\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def test_a_sound_folder_has_no_problems(folder):
    assert find_problems(folder) == []


@pytest.mark.parametrize(
    "name, content, problem",
    [
        ("wav.scp", "b b.wav\na a.wav\n", "is not sorted"),
        ("text", "a x\n", "lacks 1 utterances, first b; add lines for"),
        ("text", "a x\nb y\nc z\n", "1 utterances without audio, first c; drop them"),
        ("utt2spk", "a x\nb\n", "b has no value, and 0 more; give one"),
        (
            "wav.scp",
            "a a.wav\nb sox b.wav |\n",
            "b is a pipe (sox b.wav |); name a sound file",
        ),
        ("spk2utt", "s a\n", "does not agree with utt2spk"),
        ("segments", "a r 0 1\nb a 0 1\n", "a must read '<recording> <start> <end>'"),
        ("wav.scp", "", "has no utterances; fill its wav.scp"),
        ("text", "a x\na y\n", "occurs twice"),
        ("utt2weight", "a -1\n", "utt2weight: '-1' is no weight of a; write a number"),
        ("utt2weight", "a 1\nb nan\n", "utt2weight: 'nan' is no weight of b"),
    ],
)
def test_each_fault_is_told(folder, name, content, problem):
    (folder / name).write_text(content)
    assert any(problem in sentence for sentence in find_problems(folder))


@pytest.mark.parametrize("name", ["wav.scp", "text", "utt2spk", "spk2utt"])
def test_a_missing_file_is_told(folder, name):
    (folder / name).unlink()
    assert any(name in sentence for sentence in find_problems(folder))


def test_captions_may_be_waived_and_more_files_asked_for(folder):
    (folder / "text").unlink()
    assert find_problems(folder, need_text=False) == []
    (sentence,) = find_problems(folder, need_text=False, extra=("utt2x",))
    assert sentence.endswith("utt2x is missing; write a line for each utterance")


def test_a_clip_without_a_caption_is_no_fault(folder):
    (folder / "text").write_text("a x\nb\n")
    assert find_problems(folder) == []
