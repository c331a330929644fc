"""Call functions of the recipe's stages, without a run of the recipe."""

import subprocess
from pathlib import Path

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"
# everything that gen_audio.sh does before its first stage, except locks and checks
PRELUDE = r"""
set -euo pipefail
. <(sed -n '/^# options$/,/^# end of options$/p' gen_audio.sh)
log() { echo "$*"; }
. scripts/toolkit_names.sh
. utils/parse_options.sh
. ./path.sh
. ./cmd.sh
command_line=tested
. <(sed -n '/^is_skipped() {/,/^}/p' gen_audio.sh)
pretrained_dir=
for file in pretrained names text speech check data train dump eval publish; do
    . "stages/${file}.sh"
done
# what a step is, in place of its work: its name, what it writes, its command
run_step() {
    printf 'step'
    printf '\t%s' "$@"
    echo
}
"""


def call(functions, *options):
    """Call functions of the stages one after the other.

    Args:
        functions: Line of bash.
        *options: Options of gen_audio.sh.

    Returns:
        Exit status, standard output, standard error.
    """
    words = ["bash", "-c", PRELUDE + functions, "gen_audio.sh", *map(str, options)]
    done = subprocess.run(
        words, cwd=RECIPE, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr
