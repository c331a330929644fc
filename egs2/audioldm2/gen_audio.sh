#!/usr/bin/env bash
# Train the parts of AudioLDM 2 one after another on any corpus of captioned sounds, then
# generate sounds and score them. --stage and --stop_stage choose stages by number:
#
#   1 prepare_data      6 train_vae        11 train_loa_lm    16 report
#   2 format_audio      7 train_vocoder    12 train_ldm       17 pack, with
#   3 check_data        8 dump_loa         13 train_joint        --stop_stage 17
#   4 prepare_text      9 dump_latent      14 generate        18 upload, with
#   5 train_audiomae   10 dump_condition   15 score              --stop_stage 18 --hf_repo
#
# --pretrained uses parts of a published checkpoint in place of trainings. With --distil true,
# stage 13 ends with the training of a student, which samples in 1 to 4 passes.
# A stage whose input has not changed prints 'up to date' and is not run. A run can be
# killed at any time and continued with the same command. Names of the toolkit's recipes are
# taken too: --skip_data_prep, --test_sets (one set), --download_model TAG.

# shellcheck disable=SC2034,SC2209  # options are read by the stages, which are sourced
set -euo pipefail
command_line=${GEN_AUDIO_COMMAND:-./gen_audio.sh $*} # RESULTS.md shows this command

# options
stage=1              # first stage to run
stop_stage=16        # last stage to run; 17 packs the system, 18 uploads it
skip_data=false      # true: skip stages 1 to 4
skip_train=false     # true: skip stages 5 to 13
skip_eval=false      # true: skip stages 14 to 16
skip_joint=false     # true: skip stage 13 and generate with the separately trained parts
distil=false         # true: at the end of stage 13, train a student of the diffusion model, for 1 to 4 passes
force=false          # true: run stages even if they are up to date
nj=2                 # parallel jobs in stages 2, 8, 9, 10, 14 and 15
num_threads=2        # CPU threads of a training process
job_threads=1        # CPU threads of each parallel job
ngpu=0               # GPUs of a training process
num_nodes=1          # machines of a training; cmd.sh says how jobs reach them
watch_clips=2        # validation clips shown as sounds and pictures in TensorBoard at every epoch; 0: none
corpus=              # name of the corpus on the result page; default: name of the table
datadir=data         # folder for the data folders of stage 1
dumpdir=dump         # folder for formatted audio, LOA, latents and conditions
expdir=exp           # folder for experiments

train_set=train      # name of the training set below datadir and dumpdir
valid_set=valid      # name of the validation set
test_set=test        # name of the test set
train_table=         # training set of your own: TSV (id, audio, caption; optional transcript, start, end, speaker, label, weight) or ESPnet data folder (wav.scp, text)
valid_table=         # validation set of your own, as a table or folder like train_table
test_table=          # test set of your own, as a table or folder like train_table
folder_text=caption  # content of text in a given data folder: caption or transcript
folder_caption=      # caption of all clips of a given data folder, if its text is the transcript
local_data_opts=     # arguments of local/data.sh if no tables are given

geometry=conf/geometry.yaml  # length, rate and mel size of a clip
audio_format=flac    # format of dumped and generated audio: flac or wav
min_seconds=0.05     # length of the shortest clip in seconds; shorter clips are rejected
segment_hop=0        # > 0: cut longer training and validation recordings into clips that start every segment_hop seconds
augment_clips=0      # enlarge a small training set to this many clips; 0: no copies

sentence_encoder=laion/larger_clap_music_and_speech  # encoder with one vector per caption: CLAP or another
tokens_encoder=google/flan-t5-large  # encoder with one vector per token: folder, name or package:NAME/FOLDER
condition_encoders=  # encoders of conditions that ldm_config declares, for stage 10: 'NAME=ENCODER ...'
features=dumped      # LOA and latents of training clips: dumped, or on_the_fly: computed by frozen models in every step
dump_bits=32         # bits of a number in dumped LOA and latents: 32, 16 or 8
loa_factor=0         # > 0: dump LOA pooled by this factor in place of patches, and train with it alone

num_units=0          # > 0: train this many subword units instead of using encoders

g2p=                 # speech: conversion of transcripts to phonemes: g2p_en_no_space, published, ...
cleaner=tacotron     # spells out numbers and abbreviations before g2p; none for espeak, published
transcripts=all      # all: with --g2p every clip has a transcript; some: clips without one are sounds beside speech
token_list=          # phonemes of the models: a file, or published; default: phonemes of the training set
sentence_source=text # input of the sentence encoder: text (captions), or audio (CLAP, for corpora without captions)
score_speech_args=   # additional arguments of bin.score_speech
vocabulary=          # speech: words that the recogniser can output; default: any words

audiomae_config=conf/train_audiomae.yaml # config of AudioMAE
vae_config=conf/train_vae.yaml           # config of the VAE
vocoder_config=conf/train_vocoder.yaml   # config of the vocoder
loa_lm_config=conf/train_loa_lm.yaml     # config of GPT-2
ldm_config=conf/train_ldm.yaml           # config of the U-Net
joint_config=conf/train_joint.yaml       # config of the joint training
ldm_student_config=conf/train_ldm_student.yaml # config of the student
inference_config=conf/inference.yaml     # config of generation
audiomae_args=       # additional arguments of the training of AudioMAE
vae_args=            # additional arguments of the training of the VAE
vocoder_args=        # additional arguments of the training of the vocoder
loa_lm_args=         # additional arguments of the training of GPT-2
ldm_args=            # additional arguments of the training of the U-Net
joint_args=          # additional arguments of the joint training
ldm_student_args=    # additional arguments of the training of the student
inference_args=      # additional arguments of generation
train_seed=          # seed of all trainings; default: seed of each config
audiomae_tag=        # name of the experiment of AudioMAE; default: config name and digest
vae_tag=             # name of the experiment of the VAE; default: config name and digest
vocoder_tag=         # name of the experiment of the vocoder; default: config name and digest
loa_lm_tag=          # name of the experiment of GPT-2; default: config name and digest
ldm_tag=             # name of the experiment of the U-Net; default: config name and digest
joint_tag=           # name of the joint experiment; default: config name and digest
ldm_student_tag=     # name of the student's experiment; default: config name and digest
inference_tag=       # name of the folder of generated sounds; default: config name and digest
audiomae_exp=        # trained experiment of AudioMAE to use without training
vae_exp=             # trained experiment of the VAE to use without training
vocoder_exp=         # trained experiment of the vocoder to use without training
loa_lm_exp=          # trained experiment of GPT-2 to use without training
ldm_exp=             # trained experiment of the U-Net to use without training
joint_exp=           # trained joint experiment to use without training
ldm_student_exp=     # trained experiment of the student to use without training
use_vocoder=trained  # vocoder of generated sounds: trained, or griffin_lim, which needs no training
inference_model=     # file name of weights; default: averaged weights of the best validation epoch
inference_nj=        # parallel jobs in stage 14; default: nj
gpu_inference=       # GPUs in stage 14: true or false; default: true if ngpu is above 0
seeds="0 1 2"        # seeds of the scored row 'predicted'; other rows use the first seed

pretrained=          # checkpoint whose parts replace trainings: .pth, folder, archive, or tag of the model zoo
pretrained_args=     # arguments of convert_checkpoint, such as '--weights ema'
pretrained_parts=    # parts of the checkpoint to use; default: all
finetune=            # parts of the checkpoint to train further: audiomae vae vocoder loa_lm ldm, and joint
init_from_expdir=    # experiments of another run that initialise GPT-2 and U-Net; its other parts are used without training
pack_args=           # additional arguments of bin.pack, such as '--bfloat16 loa_lm ldm'
hf_repo=             # repository for stage 18, as OWNER/NAME
# end of options

help_message=$(
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
    echo "Options:"
    sed -n '/^# options$/,/^# end of options$/{/^[a-z0-9_]*=/s/^/  --/p}' "$0"
)
log() { echo "$(date '+%Y-%m-%dT%H:%M:%S') $*"; }
. scripts/toolkit_names.sh
. utils/parse_options.sh
if [ $# -ne 0 ]; then
    log "gen_audio.sh takes options only, but got '$*'; see --help" >&2
    exit 2
fi
. ./path.sh
. ./cmd.sh
. ./db.sh
export nj job_threads num_threads ngpu num_nodes watch_clips train_cmd cuda_cmd decode_cmd
export GEN_AUDIO_FORCE=${force}
export OMP_NUM_THREADS=${num_threads}

# Each output folder is locked. Child processes inherit the lock, which is released when the
# last of them ends; this may take some seconds after a run was killed.
lock_folder() {
    local lock
    mkdir -p "$1"
    exec {lock}>>"$1/.lock"
    if ! flock --wait 5 "${lock}"; then
        log "gen_audio.sh: another run, or a child of a killed run, still uses $1;" \
            "wait for it or end it (fuser $1/.lock prints its number)" >&2
        exit 1
    fi
}
for folder in "${expdir}" "${dumpdir}" "${datadir}"; do
    lock_folder "${folder}"
done

# hosts on which a job could not start get none in the rest of this run (conf/ssh.conf)
HOSTS_ASIDE=$(cd "${expdir}" && pwd)/.hosts_aside
export HOSTS_ASIDE
rm -f "${HOSTS_ASIDE}"

# jobs of a run that ended with its machine are still in the queue of a cluster
if compgen -G '.jobs/*/job.json' > /dev/null; then
    python3 -m espnet2.gen_audio.bin.end_jobs
fi

# run_step NAME --reads PATH... --writes PATH... [--code FOLDER...] -- COMMAND...: run a command
# unless its output is up to date.
# shellcheck disable=SC2329  # the stages call this function
run_step() {
    python3 -m espnet2.gen_audio.bin.run_step --stamp_dir "${expdir}/.stamps" --name "$@"
}
pretrained_dir= # folder of the converted parts of --pretrained
for file in pretrained names text speech check data train dump eval publish; do
    # shellcheck source=/dev/null
    . "stages/${file}.sh"
done

stages=(prepare_data format_audio check_data prepare_text train_audiomae train_vae
    train_vocoder dump_loa dump_latent dump_condition train_loa_lm train_ldm train_joint
    generate score report pack upload)

is_skipped() {
    case $1 in
        [1-4]) "${skip_data}" ;;
        13) "${skip_train}" || { "${skip_joint}" && ! "${distil}"; } ;;
        [5-9] | 1[0-2]) "${skip_train}" ;;
        1[4-6]) "${skip_eval}" ;;
        *) false ;;
    esac
}

run_stages() {
    local n name start last
    check_own_options
    prepare_pretrained
    prepare_earlier
    ! without_loa || skip_joint=true
    check_options
    runs 3 || check_earlier_demands
    last=$((stop_stage < ${#stages[@]} ? stop_stage : ${#stages[@]}))
    for ((n = stage; n <= last; n++)); do
        name=${stages[n - 1]}
        if is_skipped "${n}"; then
            log "Stage ${n}/${#stages[@]} ${name}: skipped"
            continue
        fi
        [ "${n}" -le 4 ] || remember_data
        log "Stage ${n}/${#stages[@]} ${name}: started"
        start=${SECONDS}
        "${name}"
        log "Stage ${n}/${#stages[@]} ${name}: ended after $((SECONDS - start)) s"
    done
    log "Done in ${SECONDS} s. Experiments: ${expdir}/; results: ${expdir}/results/"
    exit # bash reads a script while it runs, so an edit during a run must not be executed
}
run_stages
