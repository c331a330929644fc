#!/usr/bin/env bash
# Run a command as an array of jobs and join their output:
#   nj=4 scripts/run_sharded.sh KEYS FOLDER COMMAND...
#
# KEYS is a file with the ids of the items in the first column. Job n is the command with
# the options --key_file FOLDER/shards/keys.n (its items) and --output_dir FOLDER/shards/n.
# The files *.scp and *_shape of all jobs are joined into FOLDER, sorted. If the command is
# started again after jobs failed or it was killed, jobs that succeeded are not repeated.
# Environment variables:
#   nj=N            largest number of jobs; default 1
#   per_job=N       one job for every N items, but at most nj jobs; default 100
#   join=folders    the jobs write data folders, which are combined into FOLDER
#   STEP_READS=DIGEST   digest of command and input, from run_step; without it, or with
#   STEP_FORCED=1       all jobs are repeated
set -euo pipefail

keys=$1 folder=$2
shift 2
total=$(wc -l < "${keys}")
# a job takes seconds to start, so few items are not split into many jobs
jobs=$(((total + ${per_job:-100} - 1) / ${per_job:-100}))
jobs=$((jobs < ${nj:-1} ? jobs : ${nj:-1}))
shards=${folder}/shards
identity=${STEP_READS:-none}.${jobs}
if [ -n "${STEP_FORCED:-}" ] || [ "${identity%.*}" = none ] ||
    [ "$(cat "${shards}/unjoined" 2> /dev/null)" != "${identity}" ]; then
    rm -rf "${folder}"
    mkdir -p "${shards}/log"
    parts=()
    for ((n = 1; n <= jobs; n++)); do
        parts+=("${shards}/keys.${n}")
    done
    split_scp.pl "${keys}" "${parts[@]}"
    echo "${identity}" > "${shards}/unjoined"
fi

runner="${run_cmd:-${train_cmd:-run.pl}} --num-threads ${job_threads:-1}" gpu=()
if [ "${ngpu:-0}" -gt 0 ]; then
    runner+=" --gpu 1" gpu=(--device cuda) # run.pl assigns one GPU to each job
fi
python3 -m espnet2.gen_audio.bin.submit_jobs --skip_done --runner "${runner}" \
    JOB=1:"${jobs}" "${shards}/log/JOB.log" "$@" --key_file "${shards}/keys.JOB" --output_dir "${shards}/JOB" \
    --num_threads "${job_threads:-1}" "${gpu[@]}"

if [ "${join:-tables}" = folders ]; then
    combine_data.sh "${folder}" "${shards}"/[0-9]*
    rm "${shards}/unjoined"
    exit
fi
# the tables of the first job have the names of all tables
(cd "${shards}/1" && find . -name '*.scp' -o -name '*_shape') |
    while read -r name; do
        mkdir -p "$(dirname "${folder}/${name}")"
        for ((n = 1; n <= jobs; n++)); do
            cat "${shards}/${n}/${name}"
        done | LC_ALL=C sort > "${folder}/${name}.new"
        mv "${folder}/${name}.new" "${folder}/${name}"
    done
rm "${shards}/unjoined"
