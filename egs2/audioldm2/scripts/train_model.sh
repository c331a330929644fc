#!/usr/bin/env bash
# Train one part with ESPnet: scripts/train_model.sh PART FOLDER CONFIG OPTION...
#
# PART names the command (audiomae, vae, vocoder, loa_lm, ldm, joint, ldm_student); FOLDER gets the
# experiment; OPTIONs are options of the command. A training that was killed continues after
# its last complete epoch if this script is called again. Environment variables:
#   collect_stats=NAME     compute statistics of the feature NAME before the training
#   watch_clips=N          show N validation clips in TensorBoard; N may change at a restart
#   watch_vae=FOLDER       experiment of the VAE that decodes the validation clips
#   watch_vocoder=FOLDER   experiment of the vocoder of the validation clips
#   STEP_READS=DIGEST      digest of the data, from run_step
#   STEP_FORCED=1          remove an earlier training first
set -euo pipefail

part=$1 folder=$2 config=$3
shift 3
case ${part} in
    vae | vocoder) command=gan_${part}_train ;;
    *) command=${part}_train ;;
esac
train=(python3 -m "espnet2.gen_audio.bin.${command}" --config "${config}" "$@")

# a folder belongs to one config, one list of options and one version of the data
identity=$(printf '%s\n' "${part}" "$@" "$(cat "${config}")" "${STEP_READS:-}" |
    sha256sum | cut -d' ' -f1)
if [ -n "${STEP_FORCED:-}" ]; then
    rm -rf "${folder}"
elif [ -e "${folder}/identity" ] && [ "$(cat "${folder}/identity")" != "${identity}" ]; then
    echo "train_model.sh: ${folder} was made with another config, other options or other" \
        "data; give another --${part}_tag, or remove the folder to train again" >&2
    exit 1
fi
mkdir -p "${folder}"
echo "${identity}" > "${folder}/identity.new"
mv "${folder}/identity.new" "${folder}/identity"
train+=(--watch_clips "${watch_clips:-0}")
for each in vae vocoder; do
    name=watch_${each}
    [ ! -e "${!name:-}/config.yaml" ] || train+=("--${name}" "${!name}")
done
printf '%q ' "${train[@]}" --output_dir "${folder}" --resume true > "${folder}/run.sh"

# follow LOG LINES PROCESS: print the main lines of a log until the process ends.
follow() {
    tail --pid="$3" -n "$2" -s 0.5 -F "$1" 2> /dev/null | scripts/epoch_lines.sh || true
}

# run_followed LOG COMMAND...: run a command that writes a log, and print its main lines.
run_followed() {
    local log=$1 lines=+1
    shift
    mkdir -p "$(dirname "${log}")"
    [ ! -e "${log}" ] || lines=0 # skip the log of an earlier run, which is replaced
    "$@" &
    local pid=$!
    follow "${log}" "${lines}" "${pid}" &
    wait "${pid}"
}

# run_logged GPUS LOG COMMAND...: run a command with the runner of cmd.sh, which writes LOG.
run_logged() {
    local runner="${cuda_cmd:-run.pl}" log=$2
    [ "$1" -eq 0 ] || runner+=" --gpu $1"
    rm -f "${log}"
    run_followed "${log}" python3 -m espnet2.gen_audio.bin.submit_jobs \
        --runner "${runner}" "${@:2}"
}

# collect_in_jobs FOLDER: compute the statistics of the training clips, in up to nj jobs of at
# least per_job (20,000) clips, whose sums are added.
collect_in_jobs() {
    local folder=$1 place shape='' jobs n keys=() parts=() words=("${train[@]}")
    for place in "${!words[@]}"; do
        [ "${words[place]}" != --train_shape_file ] || shape=$((place + 1))
    done
    jobs=$((($(wc -l < "${words[shape]}") - 1) / ${per_job:-20000} + 1))
    jobs=$((jobs < ${nj:-1} ? jobs : ${nj:-1}))
    if [ "${jobs}" -le 1 ]; then
        run_logged 0 "${folder}/log/stats.log" "${words[@]}" --collect_stats true \
            --output_dir "${folder}" --ngpu 0
        return
    fi
    mkdir -p "${folder}/log"
    for ((n = 1; n <= jobs; n++)); do
        keys+=("${folder}/keys.${n}") parts+=(--input_dir "${folder}/${n}")
    done
    split_scp.pl "${words[shape]}" "${keys[@]}"
    words[shape]=${folder}/keys.JOB
    python3 -m espnet2.gen_audio.bin.submit_jobs --runner "${train_cmd:-run.pl}" \
        JOB=1:"${jobs}" "${folder}/log/stats.JOB.log" "${words[@]}" --collect_stats true \
        --output_dir "${folder}/JOB" --ngpu 0
    python3 -m espnet2.bin.aggregate_stats_dirs "${parts[@]}" --output_dir "${folder}"
}

if [ -n "${collect_stats:-}" ]; then
    stats=${folder}/stats
    if [ ! -e "${stats}/.done" ]; then
        collect_in_jobs "${stats}"
        touch "${stats}/.done"
    fi
    train+=("--${collect_stats}_stats" "${stats}/train/${collect_stats}_stats.npz")
fi

if [ "${ngpu:-0}" -gt 1 ] || [ "${num_nodes:-1}" -gt 1 ]; then
    run_followed "${folder}/train.log" \
        python3 -m espnet2.bin.launch --cmd "${cuda_cmd} --name ${folder##*/}" --log "${folder}/train.log" \
        --ngpu "${ngpu}" --num_nodes "${num_nodes}" \
        --init_file_prefix "${folder}/.dist_init_" --multiprocessing_distributed true -- \
        "${train[@]}" --output_dir "${folder}" --resume true
else
    run_logged "${ngpu:-0}" "${folder}/train.log" "${train[@]}" --output_dir "${folder}" \
        --resume true --ngpu "${ngpu:-0}"
fi
