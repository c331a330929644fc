"""Transcripts of a set to phonemes and a token list."""

import pytest

from espnet2.gen_audio.bin.prepare_phonemes import main
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary


@pytest.fixture
def run(tmp_path):
    """Run the command on transcripts; return the lines that it wrote."""

    def run(text, *options):
        (tmp_path / "transcript").write_text(text)
        words = ["--transcript", f"{tmp_path}/transcript"]
        main([*words, "--output", f"{tmp_path}/dump/phonemes", *options])
        return (tmp_path / "dump" / "phonemes").read_text().splitlines()

    return run


def test_a_set_becomes_kaldi_text_and_a_token_list(run, tmp_path):
    lists = ["--token_list_out", f"{tmp_path}/token_list"]
    lines = run("b dog dog\na Hello\n", "--g2p", "g2p_en", *lists)
    assert lines == ["a HH AH0 L OW1", "b D AO1 G <space> D AO1 G"]
    expected = "<blank> <unk> <space> AH0 AO1 D G HH L OW1 <sos/eos>".split()
    found = (tmp_path / "token_list" / "tokens.txt").read_text().splitlines()
    assert found == expected


def test_the_published_list_is_accepted_and_unknown_symbols_are_counted(run, capsys):
    options = ["--token_list", "published", "--g2p", "char"]
    assert run("a oh Ж Ж\n", *options) == ["a o h <space> Ж <space> Ж"]
    told = capsys.readouterr().err
    assert "'Ж' is not in the published table" in told
    assert "2 times" in told and "6 phonemes, 2 of them unknown" in told
    assert "1/1 transcripts" in told


def test_a_list_of_another_set_is_read(run, tmp_path):
    PhonemeVocabulary(["<blank>", "<unk>", "D", "<sos/eos>"]).write(tmp_path / "t.txt")
    assert run("a dog\n", "--token_list", f"{tmp_path}/t.txt") == ["a D AO1 G"]


@pytest.mark.parametrize(
    "text, options, message",
    [
        ("a dog\nb\n", [], "transcript, line 2: b has no transcript"),
        ("a dog\nb \u2603\n", [], "line 2: b has '\u2603', which has no phonemes"),
        ("a \u2603\n", ["--g2p", "char", "--token_list", "published"], "line 1: a: ph"),
        ("a dog dog\n", ["--max_length", "3"], "line 1: a: a text of 6 phonemes"),
        ("", [], "has no transcript; write"),
        (
            f"a dog\nb {'9' * 37}\n",
            [],
            "line 2: b: the number 999999999999999999999999",
        ),
        (
            "a dog\nb\nc dog\nd\n",
            [],
            "line 2: b has no transcript, and 1 more have this fault",
        ),
        (
            "a dog\nb \u043f\u0440\n",
            [],
            "which has no phonemes; write the words in Latin letters",
        ),
        ("a dog\n\nb \tdog\na d\n", [], "line 4: id a occurs twice, first in line 1"),
        ("../a dog\n", [], "line 1: id '../a' cannot be a file name"),
        (
            "a dog\n",
            ["--g2p", "espeak_ng_english_us_vits", "--cleaner", "tacotron"],
            "spells words in upper case out; use --cleaner none",
        ),
        ("a dog\n", ["--g2p", "none"], "--g2p none cannot be used"),
        ("a dog\n", ["--token_list", "gone"], "token list gone does not exist"),
        (
            "a dog\n",
            ["--token_list", "published", "--token_list_out", "x"],
            "give one of them",
        ),
    ],
)
def test_bad_input_ends_in_one_line_and_writes_nothing(
    run, tmp_path, capsys, text, options, message
):
    with pytest.raises(SystemExit) as stop:
        run(text, *options)
    assert stop.value.code == 1
    (error,) = [e for e in capsys.readouterr().err.splitlines() if "error:" in e]
    assert message in error and not (tmp_path / "dump").exists()


def test_a_clip_of_the_set_that_says_nothing_is_named(run, tmp_path, capsys):
    (tmp_path / "wav.scp").write_text("a a.wav\nb b.wav\n")
    with pytest.raises(SystemExit):
        run("a dog\n", "--key_file", f"{tmp_path}/wav.scp")
    error = capsys.readouterr().err
    assert f"has no transcript of b ({tmp_path}/wav.scp, line 2)" in error


def test_words_that_are_left_out_are_told_once_with_their_number(run, capsys):
    lines = run("b a dog\na 5% or 5% of a dog\nc a:b, dog\n")
    assert len(lines) == 3
    (warning,) = [w for w in capsys.readouterr().err.splitlines() if "WARNING" in w]
    assert (
        "--g2p g2p_en_no_space leaves out or misreads 3 words of 2 transcripts (first "
        "a): '5%' x 2, 'a:b,'; write them out"
    ) in warning


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_a_transcript(run):
    assert run("\ufeffa dog\n\n") == ["a D AO1 G"]


def test_clips_without_transcript_get_an_empty_line_if_transcripts_are_optional(
    run, tmp_path, capsys
):
    (tmp_path / "wav.scp").write_text("a a.wav\nb b.wav\nc c.wav\n")
    options = ["--g2p", "g2p_en", "--key_file", f"{tmp_path}/wav.scp"]
    assert run("b dog\nc\n", *options, "--optional") == ["a", "b D AO1 G", "c"]
    assert "1 transcripts (2 clips without)" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("b dog\n", *options)
    assert "a speech model needs a transcript of every clip, or --optional" in (
        capsys.readouterr().err
    )
