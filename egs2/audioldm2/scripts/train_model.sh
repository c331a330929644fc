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

# run_followed COMMAND...: run a command that writes the files 'logs', and print their main
# lines until it ends.
run_followed() {
    mkdir -p "$(dirname "${logs[0]}")"
    rm -f "${logs[@]}" # logs of an earlier run
    "$@" &
    local pid=$!
    { tail --pid="${pid}" -q -n +1 -s 0.5 -F "${logs[@]}" 2> /dev/null |
        scripts/epoch_lines.sh || true; } &
    wait "${pid}"
}

# run_logged GPUS LOG COMMAND...: run a command with the runner of cmd.sh, which writes LOG.
run_logged() {
    local logs=("$2") runner="${cuda_cmd:-run.pl} --num-threads ${num_threads:-1}"
    runner+=" --name ${folder##*/}"
    [ "$1" -eq 0 ] || runner+=" --gpu $1"
    run_followed python3 -m espnet2.gen_audio.bin.submit_jobs \
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

# run_on_nodes COMMAND...: run a training on several machines, each with torch's launcher;
# they find each other through a file. Slurm starts them together (srun); otherwise they
# are an array of jobs, all of which must be able to run at once.
run_on_nodes() {
    local nodes=${num_nodes:-1} gpus=${ngpu:-0} jobs=() logs=("${folder}/train.log")
    local meeting runner="${cuda_cmd:-run.pl} --num-threads ${num_threads:-1}" node launcher
    meeting=$(cd "${folder}" && pwd)/.meeting.$$.${RANDOM}
    launcher=(python3 -m torch.distributed.run --nnodes "${nodes}"
        --nproc-per-node "$((gpus > 0 ? gpus : 1))" --rdzv-id "${folder##*/}"
        --rdzv-backend c10d --rdzv-endpoint "${meeting}"
        --rdzv-conf "store_type=file,join_timeout=86400")
    runner+=" --name ${folder##*/}"
    [ "${gpus}" -eq 0 ] || runner+=" --gpu ${gpus}"
    case ${cuda_cmd:-run.pl} in
        slurm.pl* | */slurm.pl*)
            runner+=" --num-nodes ${nodes}"
            launcher=(srun "${launcher[@]}")
            ;;
        *)
            jobs=("NODE=1:${nodes}" "${folder}/train.NODE.log") logs=()
            for ((node = 1; node <= nodes; node++)); do logs+=("${folder}/train.${node}.log"); done
            ;;
    esac
    case ${cuda_cmd:-run.pl} in # a machine cannot repeat its part alone
        queue.pl* | pbs.pl* | ssh.pl*) runner+=" --repeats 0" ;;
    esac
    [ ${#jobs[@]} -gt 0 ] || jobs=("${logs[0]}")
    run_followed python3 -m espnet2.gen_audio.bin.submit_jobs --runner "${runner}" \
        "${jobs[@]}" "${launcher[@]}" "$@"
    rm -f "${meeting}"
}

if [ -n "${collect_stats:-}" ]; then
    stats=${folder}/stats
    if [ ! -e "${stats}/.done" ]; then
        collect_in_jobs "${stats}"
        touch "${stats}/.done"
    fi
    train+=("--${collect_stats}_stats" "${stats}/train/${collect_stats}_stats.npz")
fi

train+=(--output_dir "${folder}" --resume true)
gpus=${ngpu:-0}
if [ "${num_nodes:-1}" -gt 1 ]; then
    [ "${gpus}" -gt 0 ] || train+=(--dist_backend gloo)
    run_on_nodes "${train[@]:1}" --ngpu "$((gpus > 0))" --multiprocessing_distributed false
else
    [ "${gpus}" -le 1 ] || train+=(--multiprocessing_distributed true)
    run_logged "${gpus}" "${folder}/train.log" "${train[@]}" --ngpu "${gpus}"
fi
