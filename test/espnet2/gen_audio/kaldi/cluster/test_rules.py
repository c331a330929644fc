"""Files of rules: what an option of a job means to a scheduler."""

from pathlib import Path

import pytest

from espnet2.gen_audio.kaldi.cluster.rules import read_rules

CONF = Path(__file__).parents[5] / "egs2" / "audioldm2" / "conf"
TEXT = """\
# a comment
command sbatch --export=ALL
option mem=* --mem $0     # so much
option mem=0
option name=* --job-name "a $0"
default gpu=0
option gpu=0
option gpu=* -p 'g pu' --gres=gpu:$0
"""


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "x.conf").write_text(TEXT)
    return read_rules(tmp_path / "x.conf", "sbatch")


@pytest.mark.parametrize(
    "given, words",
    [
        ({}, []),
        ({"mem": "8G"}, ["--mem", "8G"]),
        ({"mem": "0", "gpu": "2"}, ["-p", "g pu", "--gres=gpu:2"]),
        ({"name": "$(ls) 'x'"}, ["--job-name", "a $(ls) 'x'"]),
        ({"mem": "1", "gpu": "2"}, ["-p", "g pu", "--gres=gpu:2", "--mem", "1"]),
    ],
)
def test_an_option_adds_the_words_of_its_rule_as_they_are(rules, given, words):
    assert rules.words(given) == words
    assert rules.command == ("sbatch", "--export=ALL")


def test_an_option_without_a_rule_is_refused_with_those_there_are(rules):
    with pytest.raises(ValueError, match="option time=.*there: gpu, mem, name"):
        rules.words({"time": "1:00"})


@pytest.mark.parametrize(
    "line, message",
    [
        ("command rm -rf", "must name sbatch"),
        ("command /tmp/sbatch", "must name sbatch"),
        ("option mem", "is none of"),
        ("run ls", "is none of"),
        ("option mem=* 'x", "open quote"),
    ],
)
def test_other_lines_and_programs_are_refused_with_their_number(
    tmp_path, line, message
):
    (tmp_path / "x.conf").write_text(f"# first\n{line}\n")
    with pytest.raises(ValueError, match=f"line 2: .*{message}"):
        read_rules(tmp_path / "x.conf", "sbatch")


@pytest.mark.parametrize(
    "name, program, gpus",
    [
        ("slurm", "sbatch", ["--gres=gpu:2"]),
        ("sge", "qsub", ["-l", "gpu=2"]),
        ("pbs", "qsub", ["-l", "ngpus=2"]),
    ],
)
def test_the_shipped_files_ask_for_what_the_recipe_needs(name, program, gpus):
    rules = read_rules(CONF / f"{name}.conf", program)
    assert not rules.words({"num_nodes": "1", "mem": "0"})
    assert rules.words({"gpu": "2"}) == gpus
    for option in ("array", "name", "time", "mem", "num_threads"):
        assert "7" in " ".join(rules.words({option: "7"}))
