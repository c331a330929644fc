"""egs2/audioldm2/utils/parse_options.sh: options of shell scripts."""

import subprocess
from pathlib import Path

import pytest

PARSER = Path(__file__).parents[4] / "egs2/audioldm2/utils/parse_options.sh"
SCRIPT = f"""set -euo pipefail
help_message="Usage: me"
nj=4
with_ema=true
empty=
. {PARSER}
echo "$nj $with_ema [$empty]" "$@"
"""


def run(tmp_path, *words):
    (tmp_path / "me.sh").write_text(SCRIPT)
    return subprocess.run(
        ["bash", "me.sh", *words], cwd=tmp_path, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "words, out",
    [
        ([], "4 true []"),
        (["--nj", "8", "a", "b"], "8 true [] a b"),
        (["--with-ema", "false", "--empty", "x  $y `z`"], "4 false [x  $y `z`]"),
        (["--with_ema", "false", "a", "--nj", "2"], "4 false [] a --nj 2"),
        (["--empty", ""], "4 true []"),
        (["--empty", "--dash --like"], "4 true [--dash --like]"),
        (["--nj", "1", "--", "--nj"], "1 true [] --nj"),
    ],
)
def test_options_set_the_variables_of_the_script(tmp_path, words, out):
    done = run(tmp_path, *words)
    assert (done.stdout, done.stderr, done.returncode) == (out + "\n", "", 0)


@pytest.mark.parametrize(
    "words, message",
    [
        (["--jn", "8"], "unknown option --jn"),
        (["--nj"], "option --nj needs a value"),
        (["--nj=8"], "write '--nj 8' instead of '--nj=8'"),
        (["--with-ema", "yes"], "--with-ema takes true or false, not 'yes'"),
        (["--config", "absent.sh"], "cannot read the file of --config: absent.sh"),
        (["--a;b", "1"], "bad option"),
    ],
)
def test_mistakes_end_in_one_line(tmp_path, words, message):
    done = run(tmp_path, *words)
    assert done.returncode == 1 and done.stdout == ""
    assert message in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_printed_and_is_no_error(tmp_path, word):
    done = run(tmp_path, "--nj", "2", word)
    assert (done.stdout, done.returncode) == ("Usage: me\n", 0)


def test_a_config_file_comes_first_and_options_win(tmp_path):
    (tmp_path / "my.conf").write_text("nj=16\nempty=full\n")
    done = run(tmp_path, "--nj", "2", "--config", "my.conf")
    assert done.stdout == "2 true [full]\n"
