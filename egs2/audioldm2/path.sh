# shellcheck shell=bash disable=SC2034,SC2154
# The environment of the recipe: sourced by gen_audio.sh, never run.
# Linked into a checkout of ESPnet, the folders above the link come first.
for _how in -L -P; do
    MAIN_ROOT=$(cd ${_how} "$(dirname "${BASH_SOURCE[0]}")" && pwd ${_how})
    while [ "${MAIN_ROOT}" != / ] && [ ! -e "${MAIN_ROOT}/tools/activate_python.sh" ]; do
        MAIN_ROOT=$(dirname "${MAIN_ROOT}")
    done
    [ "${MAIN_ROOT}" = / ] || break
done
unset _how
if [ "${MAIN_ROOT}" = / ]; then
    echo "path.sh: no tools/activate_python.sh above this folder; run tools/setup_env.sh" >&2
    return 1
fi
. "${MAIN_ROOT}/tools/activate_python.sh"

unset PYTHONDONTWRITEBYTECODE  # without compiled files every start costs 40 s
export LC_ALL=C
export PYTHONIOENCODING=UTF-8
export PATH="${PWD}/utils:${PATH}"
# Spectral code frees and takes large blocks all the time; giving them back to the
# system in between costs more than the arithmetic.
export MALLOC_TOP_PAD_=268435456
export MALLOC_MMAP_THRESHOLD_=1073741824
export MALLOC_TRIM_THRESHOLD_=4294967296
# How long a thread that waits for others spins before it sleeps. The default spins so long
# that a training step beside other work on the same cores takes ten times its time.
export GOMP_SPINCOUNT=4000
