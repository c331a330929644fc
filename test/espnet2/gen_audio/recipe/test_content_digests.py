"""Digests of contents: what is read again, and what one look at a file answers."""

import json
import os
import time

import pytest

from espnet2.gen_audio.recipe import content_digests
from espnet2.gen_audio.recipe.content_digests import (
    ContentDigests,
    files_below,
    files_of_scp,
)

CACHES = ("digests.json", "digests.totals.json")


def later(monkeypatch, seconds):
    """Let the clock of digests be ahead of that of the files."""
    monkeypatch.setattr(
        content_digests, "time_ns", lambda: time.time_ns() + int(seconds * 1e9)
    )


@pytest.fixture(autouse=True)
def old_files(monkeypatch):
    """Let files be old enough for their digests to be kept."""
    later(monkeypatch, 10)


@pytest.fixture
def place(tmp_path):
    """A folder with a list of two sounds."""
    (tmp_path / "data").mkdir()
    for name in "ab":
        (tmp_path / f"{name}.wav").write_bytes(b"RIFF" + name.encode())
    rows = (f"{name} {tmp_path / name}.wav\n" for name in "ab")
    (tmp_path / "data" / "wav.scp").write_text("".join(rows))
    (tmp_path / "data" / "text").write_text("a one\n")
    return tmp_path


def total_of(place):
    """Return the digest of the folder, as a new process finds it."""
    digests = ContentDigests(place / CACHES[0])
    total = digests.of_paths([place / "data"])
    digests.save()
    return total


def test_logs_and_hidden_files_do_not_count(place):
    before = list(files_below(place / "data"))
    (place / "data" / "log").mkdir()
    (place / "data" / "log" / "1.log").write_text("noise")
    (place / "data" / ".cache").write_text("noise")
    assert list(files_below(place / "data")) == before == sorted(before)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("text", ["{", "[1, 2]", "3", "null", "[" * 100_000])
def test_a_damaged_cache_of_digests_costs_time_and_nothing_else(place, cache, text):
    before = total_of(place)
    (place / cache).write_text(text)
    assert total_of(place) == before


@pytest.mark.parametrize("entry", [3, "text", None, [], {"a": 1}, [1, 2, 3]])
def test_an_entry_of_another_form_is_computed_again(place, entry):
    before = total_of(place)
    for cache in CACHES:
        known = json.loads((place / cache).read_text())
        (place / cache).write_text(json.dumps({name: entry for name in known}))
    assert total_of(place) == before


def test_unchanged_files_are_neither_read_nor_looked_up_one_by_one(place, monkeypatch):
    before = total_of(place)

    def refuse(self, path):
        raise AssertionError(path)

    monkeypatch.setattr(ContentDigests, "of_file", refuse)
    (place / CACHES[0]).unlink()  # the table of files is not needed
    assert total_of(place) == before


@pytest.mark.parametrize("name", ["data/text", "a.wav"])
def test_a_file_of_other_content_changes_the_total_and_the_old_content_restores_it(
    place, name
):
    before, old = total_of(place), (place / name).read_bytes()
    (place / name).write_bytes(b"X" * len(old))
    os.utime(place / name, ns=(5, 5))
    assert total_of(place) != before
    (place / name).write_bytes(old)
    assert total_of(place) == before


def test_a_listed_file_that_goes_or_comes_changes_the_total(place):
    before, sound = total_of(place), (place / "b.wav").read_bytes()
    (place / "b.wav").unlink()
    without = total_of(place)
    (place / "b.wav").write_bytes(sound)
    assert without != before == total_of(place)


def test_only_a_file_of_which_something_changed_is_read_again(place, monkeypatch):
    total_of(place)
    (place / "a.wav").write_bytes(b"RIFF2")
    read, plain = [], ContentDigests.of_file

    def note(self, path):
        entry = self.known.get(str(path))
        digest = plain(self, path)
        read.extend([str(path)] if self.known[str(path)] is not entry else [])
        return digest

    monkeypatch.setattr(ContentDigests, "of_file", note)
    total_of(place)
    assert read == [str(place / "a.wav")]


def test_a_question_after_a_command_looks_at_the_files_again(place):
    digests = ContentDigests(place / CACHES[0])
    before = digests.of_paths([place / "data"])
    (place / "a.wav").write_bytes(b"RIFF2")
    digests.forget_states()
    assert digests.of_paths([place / "data"]) != before


def test_another_spelling_of_a_path_is_the_same_file(place):
    before = total_of(place)
    scp = place / "data" / "wav.scp"
    scp.write_text(scp.read_text().replace("/a.wav", "//./a.wav"))
    digests = ContentDigests(place / "others.json")
    digests.of_paths([place / "data"])
    assert str(place / "a.wav") in digests.known
    assert total_of(place) != before  # the list itself is another


def test_a_script_file_lists_sounds_and_archives_but_no_commands(tmp_path):
    scp = tmp_path / "x.scp"
    scp.write_text(
        "a dir/a b.wav\nb x.ark:17\nc sox c.wav -t wav - |\nd y.ark:3[0:5]\n"
    )
    wanted = {"a": "dir/a b.wav", "b": "x.ark", "d": "y.ark"}
    assert {key: str(path) for key, path in files_of_scp(scp).items()} == wanted


def as_if_in_the_same_tick(place, file):
    """Give stored digests of a file the times that the file has now."""
    known = json.loads((place / CACHES[0]).read_text())
    now = file.stat()
    state = [now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino]
    known = {n: [d[0], *state] if n == str(file) else d for n, d in known.items()}
    (place / CACHES[0]).write_text(json.dumps(known))


def test_a_change_in_the_same_tick_as_the_one_before_is_noticed(place, monkeypatch):
    later(monkeypatch, 1.5)
    before, text = total_of(place), place / "data" / "text"
    with text.open("r+") as file:
        file.write("a two")
    as_if_in_the_same_tick(place, text)
    assert total_of(place) != before


def test_the_total_of_a_file_that_was_just_changed_is_not_kept(place, monkeypatch):
    later(monkeypatch, 1.5)
    total_of(place)
    totals = place / CACHES[1]
    assert not totals.exists() or not json.loads(totals.read_text())


def test_a_digest_that_is_no_longer_kept_does_not_come_back(place, monkeypatch):
    text = place / "data" / "text"
    total_of(place)
    assert str(text) in json.loads((place / CACHES[0]).read_text())
    text.write_text("a two\n")
    later(monkeypatch, 0)
    total_of(place)
    assert str(text) not in json.loads((place / CACHES[0]).read_text())


def test_tabs_and_spaces_separate_an_id_from_its_file(place):
    scp = place / "x.scp"
    scp.write_text("a\tdir/a b.wav\nb  \t y.ark:7\n")
    found = {key: str(path) for key, path in files_of_scp(scp).items()}
    assert found == {"a": "dir/a b.wav", "b": "y.ark"}


def test_names_that_are_no_utf_8_have_digests_that_are_kept(place):
    name = os.fsdecode(b"\xff.wav")
    (place / name).write_bytes(b"RIFF")
    (place / "data" / name).write_bytes(b"RIFF")
    scp = place / "data" / "wav.scp"
    scp.write_bytes(scp.read_bytes() + os.fsencode(f"c {place / name}\n"))
    assert total_of(place) == total_of(place)
    assert str(place / name) in json.loads((place / CACHES[0]).read_text())


def test_a_link_to_nothing_is_no_file_until_its_target_is_there(place):
    before = total_of(place)
    (place / "data" / "later").symlink_to(place / "target")
    assert total_of(place) == before
    (place / "target").write_text("x")
    assert total_of(place) != before
