#!/usr/bin/env bash
# Run tests of import, parity and generation with old and new transformers and diffusers.
#
#   tools/test_versions.sh [pytest arguments]
#
# The pairs are transformers 4.44.2 with diffusers 0.30.3, transformers 4.57.6 with diffusers
# 0.36.0, and the newest versions, which are those of tools/constraints. Old versions are
# installed into tools/versions (70 to 90 MB per pair), which comes before the environment on
# Python's path; the environment does not change. The command takes some minutes; continuous
# integration runs only the newest pair.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case "${1:-}" in
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
esac
# versions of transformers and diffusers, and of huggingface-hub and tokenizers for them
pairs=("4.44.2 0.30.3 0.36.0 0.19.1" "4.57.6 0.36.0 0.36.0 0.22.1" "newest")
tests=(test/parity test/espnet2/gen_audio/checkpoint test/espnet2/gen_audio/encoder
    test/espnet2/gen_audio/loa_lm test/espnet2/gen_audio/diffusion
    test/espnet2/gen_audio/sampling test/espnet2/gen_audio/accel
    test/espnet2/gen_audio/pipeline
    test/espnet2/gen_audio/bin/test_gen_audio_inference.py)

export VENV="${VENV:-${root}/tools/venv}"
"${root}/tools/setup_env.sh"
# shellcheck source=/dev/null
. "${root}/tools/activate_python.sh"
cd "${root}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

# overlay TRANSFORMERS DIFFUSERS HUB TOKENIZERS: print a folder that holds these versions.
overlay() {
    local folder=tools/versions/$1-$2-${VENV##*/}
    if [ ! -e "${folder}/.whole" ]; then
        rm -rf "${folder}"
        uv pip install -q -p "${VENV}/bin/python" --no-deps --target "${folder}" \
            "transformers==$1" "diffusers==$2" "huggingface-hub==$3" "tokenizers==$4" \
            httpx==0.28.1 httpcore==1.0.9 >&2 ||
            return 1
        touch "${folder}/.whole"
    fi
    echo "${root}/${folder}"
}

status=0
results=()
for pair in "${pairs[@]}"; do
    path=
    if [ "${pair}" != newest ]; then
        read -r -a versions <<< "${pair}"
        path=$(overlay "${versions[@]}")
    fi
    held=$(PYTHONPATH=${path} python -c 'import diffusers, transformers
print("transformers", transformers.__version__, "diffusers", diffusers.__version__)')
    if [ "${pair}" != newest ] && [ "${held}" != "transformers ${versions[0]} diffusers ${versions[1]}" ]; then
        echo "test_versions: the versions are ${held}, not ${pair}" >&2
        exit 1
    fi
    echo "test_versions: ${held}"
    outcome=passed
    PYTHONPATH=${path} python -m pytest -q "${tests[@]}" "$@" || { outcome=FAILED; status=1; }
    results+=("${outcome}: ${held}")
done
printf 'test_versions: %s\n' "${results[@]}"
exit "${status}"
