#!/usr/bin/env bash
# Convert a checkpoint to one folder per part: scripts/take_pretrained.sh X FOLDER ARG...
#
# X is a checkpoint that bin.convert_checkpoint reads; ARGs are arguments of this command.
# If X is a converted system and there are no ARGs, its parts are linked, not copied.
# FOLDER/recipe gets the specification of the models, which the stages read.
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
    rm -f "${folder}/recipe" # another run of the recipe may have written it to X
else
    python3 -m espnet2.gen_audio.bin.convert_checkpoint --input "${source}" \
        --output "${folder}" "$@"
fi
python3 scripts/pretrained_specification.py "${folder}"
