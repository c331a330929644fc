#!/usr/bin/env bash
# Run import, parity and generation with old and new transformers and diffusers.
#
#   tools/test_versions.sh [pytest arguments]
#
# Pairs: transformers 4.44.2 with diffusers 0.30.3, 4.57.6 with 0.36.0, and the newest,
# which are those of tools/constraints. The old ones are laid over the environment in
# tools/versions (70 to 90 MB each); the environment itself is left as it is. Takes some
# minutes; continuous integration runs the newest pair only.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case "${1:-}" in
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
esac
# transformers, diffusers, and what each insists on: hub client, tokenizers; and httpx
pairs=("4.44.2 0.30.3 0.36.0 0.19.1" "4.57.6 0.36.0 0.36.0 0.22.1" "newest")
tests=(test/parity test/espnet2/gen_audio/checkpoint test/espnet2/gen_audio/conditioner
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
        echo "test_versions: asked for ${pair}, but got ${held}" >&2
        exit 1
    fi
    echo "test_versions: ${held}"
    outcome=passed
    PYTHONPATH=${path} python -m pytest -q "${tests[@]}" "$@" || { outcome=FAILED; status=1; }
    results+=("${outcome}: ${held}")
done
printf 'test_versions: %s\n' "${results[@]}"
exit "${status}"
