# shellcheck shell=bash disable=SC2034,SC2154
# The environment of the recipe, which gen_audio.sh sources. If the recipe is linked into a
# checkout of ESPnet, the folders above the link are searched first.
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

unset PYTHONDONTWRITEBYTECODE  # without compiled files, every start takes 40 s
export LC_ALL=C
export PYTHONIOENCODING=UTF-8
export PATH="${PWD}/utils:${PATH}"
# Spectral code repeatedly frees and allocates large blocks; returning them to the system
# in between would take longer than the arithmetic.
export MALLOC_TOP_PAD_=268435456
export MALLOC_MMAP_THRESHOLD_=1073741824
export MALLOC_TRIM_THRESHOLD_=4294967296
# Spin count of a waiting thread before it sleeps. With the default, a training step takes
# ten times as long if other processes use the cores.
export GOMP_SPINCOUNT=4000
