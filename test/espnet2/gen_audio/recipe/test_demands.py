"""Data that a later stage would refuse are refused when they are ready."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.kaldi.data_dir import DataFolder
from espnet2.gen_audio.recipe.demands import DEMANDS, CheckedData, lacking


def folder(ids, **files):
    columns = {
        "wav.scp": {key: f"{key}.flac" for key in ids},
        "text": {key: f"a sound {key}" for key in ids},
        "utt2num_samples": {key: "16000" for key in ids},
    }
    return DataFolder(columns | files)


def data(speech=False, **sets):
    folders = {
        "raw/train": folder("abc"),
        "raw/valid": folder("de"),
        "raw/test": folder("fg"),
    }
    folders |= {f"raw/{name}": files for name, files in sets.items()}
    return CheckedData(folders, "raw/train", "raw/valid", "raw/test", speech, 16000)


def spoken(ids):
    return folder(ids, transcript={key: "one two" for key in ids})


def found(checked):
    """Return the stages of each lack, and its sentence."""
    return [(demand.stages, text) for demand, text in lacking(checked)]


def test_whole_data_lack_nothing():
    assert found(data()) == []
    speech = {"train": spoken("abc"), "valid": spoken("de"), "test": spoken("fg")}
    assert found(data(speech=True, **speech)) == []


def test_a_row_without_transcript_is_named_for_the_stages_that_need_it():
    short = folder("abc", transcript={"a": "one", "c": "two"})
    speech = {"train": short, "valid": spoken("de"), "test": spoken("fg")}
    ((stages, text),) = found(data(speech=True, **speech))
    assert stages == (11, 13)
    assert text.startswith("raw/train/transcript lacks 1 of 3 clips: b;")
    assert found(data(**speech)) == []  # where no transcript is read, none is needed


def test_no_transcripts_at_all_in_the_test_set_are_due_at_generation():
    speech = {"train": spoken("abc"), "valid": spoken("de")}
    ((stages, text),) = found(data(speech=True, **speech))
    assert stages == (14,)
    assert "raw/test/transcript lacks 2 of 2 clips: f, g;" in text


@pytest.mark.parametrize(
    "test", [folder("f"), folder("fg", utt2recording={"f": "one", "g": "one"})]
)
def test_a_test_set_of_one_recording_cannot_be_scored(test):
    ((stages, text),) = found(data(test=test))
    assert stages == (15,)
    assert "of 1 recording(s)" in text and "--stop_stage 14" in text


def test_a_label_that_training_lacks_is_named_with_its_clips():
    train = folder("abc", utt2label={"a": "dog", "b": "cat"})
    test = folder("fg", utt2label={"f": "dog", "g": "horse"})
    ((stages, text),) = found(data(train=train, test=test))
    assert stages == (15,)
    assert "without a clip in raw/train: horse, of the clips g;" in text
    assert found(data(test=test)) == []  # without any label nothing is classified


def test_speech_that_is_too_long_for_a_recogniser_is_named():
    long = folder(
        "fg",
        transcript={"f": "one", "g": "two"},
        utt2num_samples={"f": "480000", "g": "480001"},
    )
    speech = {"train": spoken("abc"), "valid": spoken("de"), "test": long}
    ((stages, text),) = found(data(speech=True, **speech))
    assert stages == (15,)
    assert "1 clip(s) above 30 s" in text and ": g;" in text


def test_every_demand_names_stages_that_exist():
    assert all(5 <= stage <= 16 for demand in DEMANDS for stage in demand.stages)


def test_clips_without_captions_are_named_for_the_stages_that_need_them():
    silent = {name: "" for name in "abc"}
    mixed = folder("abc", text={"a": "rain", "b": "", "c": ""})
    assert found(data(train=mixed)) == []
    ((stages, text),) = found(data(train=folder("abc", text=silent)))
    assert stages == (13,) and "no caption of its 3 clips" in text
    ((stages, text),) = found(data(test=folder("fg", text={"f": "rain", "g": ""})))
    assert stages == (14,) and "raw/test/text lacks 1 of 2 captions: g;" in text
    ((stages, text),) = found(data(valid=folder("de", text={"d": "", "e": ""})))
    assert stages == (11,) and text.startswith("raw/valid/text has no caption")


def test_clips_without_transcript_are_accepted_where_transcripts_are_optional():
    mixed = {
        "train": folder("abc", transcript={"a": "one"}),
        "test": folder("fg", text={"f": "a dog"}, transcript={"g": "two"}),
    }
    assert found(replace(data(speech=True, **mixed), optional=True)) == []
    ((stages, text),) = found(replace(data(speech=True), optional=True))
    assert stages == (11, 13) and "raw/train has no transcript of its 3 clips" in text


def test_where_phonemes_are_given_no_transcript_is_needed_to_learn_them():
    own = replace(data(speech=True), optional=True, listed=True)
    assert found(own) == []
    assert found(replace(own, optional=False)) != []
