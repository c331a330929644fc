"""Steps of the recipe: what makes one run again, and what does not."""

import os

import pytest

from espnet2.gen_audio.recipe.content_digests import ContentDigests
from espnet2.gen_audio.recipe.rejects import Reject, write_rejects
from espnet2.gen_audio.recipe.step import Step


@pytest.fixture
def place(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "text").write_text("a one\n")
    (tmp_path / "out").write_text("result\n")
    return tmp_path


def step_of(place, command=("true",)):
    return Step("make", command, [place / "data"], [place / "out"])


def done(place, step):
    digests = ContentDigests(place / "digests.json")
    step.mark_done(place / "stamps", step.wanted(digests), digests)
    digests.save()


def is_done(place, step):
    digests = ContentDigests(place / "digests.json")
    return step.is_done(place / "stamps", step.wanted(digests), digests)


def test_a_step_that_never_ran_is_not_done(place):
    assert not is_done(place, step_of(place))


def test_a_finished_step_is_done_until_its_input_changes(place):
    done(place, step_of(place))
    assert is_done(place, step_of(place))
    (place / "data" / "text").write_text("a two\n")
    assert not is_done(place, step_of(place))


def test_a_new_date_without_new_content_changes_nothing(place):
    done(place, step_of(place))
    os.utime(place / "data" / "text", (1, 1))
    assert is_done(place, step_of(place))


@pytest.mark.parametrize("change", ["edited", "gone"])
def test_an_output_that_is_no_longer_what_was_written_is_made_again(place, change):
    done(place, step_of(place))
    if change == "edited":
        (place / "out").write_text("cut off")
    else:
        (place / "out").unlink()
    assert not is_done(place, step_of(place))


def test_another_command_is_another_step(place):
    done(place, step_of(place))
    assert not is_done(place, step_of(place, command=("true", "--width", "8")))


def test_a_new_or_renamed_file_in_a_folder_counts_as_a_change(place):
    done(place, step_of(place))
    (place / "data" / "text").rename(place / "data" / "text2")
    assert not is_done(place, step_of(place))


def test_a_missing_input_is_refused_by_step_and_path(place):
    step = Step("make", ("true",), [place / "absent"], [place / "out"])
    with pytest.raises(FileNotFoundError, match="make reads .*absent"):
        step.wanted(ContentDigests(place / "digests.json"))


def test_a_promise_not_kept_is_an_error(place):
    step = Step("make", ("true",), [], [place / "never"])
    digests = ContentDigests(place / "digests.json")
    with pytest.raises(RuntimeError, match="did not write .*never"):
        step.mark_done(place / "stamps", step.wanted(digests), digests)


def test_a_sound_edited_in_place_is_noticed_although_length_and_date_are_kept(place):
    sound = place / "a.wav"
    sound.write_bytes(b"RIFF1234")
    (place / "data" / "wav.scp").write_text(f"a {sound}\n")
    os.utime(sound, ns=(5, 5))
    done(place, step_of(place))
    assert is_done(place, step_of(place))
    with sound.open("r+b") as file:  # the same inode
        file.write(b"RIFF5678")
    os.utime(sound, ns=(5, 5))
    assert not is_done(place, step_of(place))


@pytest.fixture
def rejecting(place):
    """A step whose output lists a file that was left out."""
    (place / "out").unlink()
    (place / "out").mkdir()
    write_rejects(place / "out", [Reject("a", str(place / "a.wav"), "cut short")])
    return place


def test_a_file_that_was_left_out_and_is_mended_is_looked_at_again(rejecting):
    sound = rejecting / "a.wav"
    sound.write_bytes(b"RIFF")
    done(rejecting, step_of(rejecting))
    assert is_done(rejecting, step_of(rejecting))
    sound.write_bytes(b"RIFF and the rest")
    assert not is_done(rejecting, step_of(rejecting))


def test_a_file_that_was_missing_and_is_there_at_last_is_looked_at(rejecting):
    done(rejecting, step_of(rejecting))
    assert is_done(rejecting, step_of(rejecting))
    (rejecting / "a.wav").write_bytes(b"RIFF")
    assert not is_done(rejecting, step_of(rejecting))


def test_a_listed_file_without_permission_to_read_does_not_end_the_step(
    rejecting, monkeypatch
):
    sound = rejecting / "a.wav"
    sound.write_bytes(b"RIFF")
    readable = ContentDigests.of_file

    def refuse(self, path):
        if path == str(sound):
            raise PermissionError(13, "Permission denied", str(path))
        return readable(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(ContentDigests, "of_file", refuse)
        done(rejecting, step_of(rejecting))
        assert is_done(rejecting, step_of(rejecting))
    assert not is_done(rejecting, step_of(rejecting))  # permission was given


def test_a_table_edited_in_place_with_its_date_kept_is_noticed(place):
    table = place / "data" / "text"
    os.utime(table, ns=(5, 5))
    done(place, step_of(place))
    with table.open("r+") as file:
        file.write("a two")
    os.utime(table, ns=(5, 5))
    assert not is_done(place, step_of(place))
