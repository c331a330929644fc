#!/usr/bin/env bash
# Check the format, the style and the shell scripts, then run the tests.
#
#   tools/run_tests.sh [--fast] [pytest arguments]
#
#   --fast      leave out test/recipe, which runs whole recipes
#   PYTHON=...  Python interpreter; its environment is tools/venv-<version>
#   VENV=DIR    folder of the environment
#
# The command sets up the environment first if needed. Tests run in one process per core,
# and all tests of a file in the same process; with -n 0 there is only one process. By
# default the tests of test/ run; other files or folders can be named as arguments:
# tools/run_tests.sh test/espnet2/gen_audio/feats -k mel
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fast=false
arguments=()
for arg in "$@"; do
    case "${arg}" in
        --fast) fast=true ;;
        -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
        *) arguments+=("${arg}") ;;
    esac
done

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

if [ -n "${PYTHON:-}" ] && [ -z "${VENV:-}" ]; then
    version=$(version_of "${PYTHON}") || version=unusable  # setup_env.sh reports the error
    if [ "$(version_of "${root}/tools/venv/bin/python")" = "${version}" ]; then
        VENV=${root}/tools/venv
    else
        VENV=${root}/tools/venv-${version}
    fi
fi
export VENV="${VENV:-${root}/tools/venv}"
"${root}/tools/setup_env.sh"
# shellcheck source=/dev/null
. "${root}/tools/activate_python.sh"
cd "${root}"
cores=$(env -u OMP_NUM_THREADS nproc)  # nproc prints at most OMP_NUM_THREADS
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

python_files=(setup.py espnet2 test tools/installers tools/*.py)
[ ! -d egs2 ] || python_files+=(egs2)
failed=()
check() {
    echo "run_tests: $1"
    "${@:2}" || failed+=("$1")
}

# shellcheck disable=SC2329  # the function check calls this function by name
check_shell_scripts() {
    {
        find . \( -path './tools/venv*' -o -name .git -o -path './egs2/*/data' \
            -o -path './egs2/*/dump' -o -path './egs2/*/exp' -o -path './egs2/*/downloads' \) \
            -prune -o -name '*.sh' ! -name activate_python.sh -print0
        printf '.ci/run\0'
    } | xargs -0 shellcheck -Calways -x -e SC2001 -e SC1091 -e SC2086
}

check black black --quiet --check --diff "${python_files[@]}"
check isort isort --quiet --check --diff "${python_files[@]}"
check "flake8 and pydoclint" flake8 "${python_files[@]}"
check shellcheck check_shell_scripts
[ ${#failed[@]} -eq 0 ] || echo "run_tests: failed checks: ${failed[*]}; the tests run nevertheless" >&2

where=()
for arg in ${arguments[@]+"${arguments[@]}"}; do
    [ ! -e "${arg%%::*}" ] || where+=("${arg}")
done
[ ${#where[@]} -gt 0 ] || arguments+=(test)
! ${fast} || arguments+=(--ignore=test/recipe)

status=0
python -m pytest -n "${cores}" --dist loadfile "${arguments[@]}" || status=$?
# nothing is printed here, so that the summary of pytest is the last line
[ ${#failed[@]} -eq 0 ] || [ "${status}" -ne 0 ] || status=1
exit "${status}"
