"""Phoneme tokenizers offline: nothing is fetched, and what is missing is named."""

import subprocess
import sys

import pytest

from espnet2.gen_audio.text import g2p_engines
from espnet2.gen_audio.text.g2p_engines import (
    phoneme_tokenizer,
    require_english,
    require_espeak,
)

# any connection, and any download of NLTK, ends the program
_OFFLINE = """
import socket, sys
def refuse(*arguments, **options):
    print("NETWORK", arguments)
    sys.stdout.flush()
    import os; os._exit(3)
socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
from espnet2.gen_audio.text.g2p_engines import phoneme_tokenizer
"""


def offline(code, **environment):
    """Run code in an interpreter that has no network and no files of NLTK."""
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE + code],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    return done.returncode, done.stdout, done.stderr.strip().splitlines()[-1:]


def test_with_its_files_g2p_en_works_without_a_network():
    code = "print(phoneme_tokenizer('g2p_en_no_space')('a dog'))"
    status, output, error = offline(code)
    assert status == 0, (output, error)
    assert output.strip() == "['AH0', 'D', 'AO1', 'G']"


_FORGET = "import nltk; nltk.data.path[:] = []\n"


def test_without_its_files_g2p_en_is_refused_before_it_is_imported():
    code = f"""{_FORGET}
try:
    phoneme_tokenizer("g2p_en")
except RuntimeError as error:
    print(error, "g2p_en" in sys.modules)
"""
    status, output, error = offline(code)
    assert status == 0, (output, error)
    assert "tools/setup_env.sh" in output and output.strip().endswith("False")
    assert len(output.strip().splitlines()) == 1


def test_without_those_files_espeak_works_and_asks_no_network():
    code = f"{_FORGET}print(phoneme_tokenizer('espeak_ng_english_us_vits')('dog'))"
    status, output, error = offline(code)
    assert status == 0, (output, error)
    assert output.strip() == str([*"dˈɑːɡ"])


def test_a_file_that_nltk_will_not_read_is_told_at_once(monkeypatch):
    def refuse(text):
        raise PermissionError("refusing multiply-linked file")

    with pytest.raises(RuntimeError, match="multiply-linked.*nltk_data.py FOLDER"):
        g2p_engines._try(refuse)


def test_a_missing_package_names_the_one_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonemizer.backend.espeak.wrapper", None)
    with pytest.raises(RuntimeError, match="pip install phonemizer"):
        require_espeak()
    monkeypatch.setattr(g2p_engines, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="pip install espnet-g2p-en"):
        require_english()


def test_a_missing_espeak_names_both_ways_to_get_it(monkeypatch):
    from phonemizer.backend.espeak import wrapper

    def gone(*unused):
        raise RuntimeError("failed to find espeak library")

    monkeypatch.setattr(wrapper, "EspeakAPI", gone)
    message = "pip install espeakng-loader, or apt-get install espeak-ng"
    with pytest.raises(RuntimeError, match=message) as caught:
        phoneme_tokenizer("espeak_ng_german")
    assert "\n" not in str(caught.value)


def test_a_library_that_the_user_names_goes_before_the_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PHONEMIZER_ESPEAK_LIBRARY", str(tmp_path / "none.so"))
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    monkeypatch.setattr(EspeakWrapper, "_ESPEAK_LIBRARY", None)
    with pytest.raises(RuntimeError, match="none.so is not a readable file"):
        require_espeak()
