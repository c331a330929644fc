#!/usr/bin/env bash
# Bring a checkpoint into a folder a part: scripts/take_pretrained.sh X FOLDER ARG...
#
# X is anything that bin.convert_checkpoint reads; ARGs go to it. A converted system is
# linked, not copied. FOLDER/recipe gets what the stages have to know about it.
set -euo pipefail

source=$1 folder=$2
shift 2
if [ -n "${STEP_FORCED:-}" ]; then
    rm -rf "${folder}"
fi
if [ -e "${source}/system.yaml" ] && [ $# -eq 0 ]; then
    rm -rf "${folder}"
    mkdir -p "${folder}"
    ln -s "${source}"/* "${folder}/"
    rm -f "${folder}/recipe" # of another run of the recipe
else
    python3 -m espnet2.gen_audio.bin.convert_checkpoint --input "${source}" \
        --output "${folder}" "$@"
fi
python3 scripts/pretrained_specification.py "${folder}"
