#!/usr/bin/env bash
# Run a command as an array of jobs and join what they write:
#   nj=4 scripts/run_sharded.sh KEYS FOLDER COMMAND...
#
# KEYS is a file whose first column names the items; job n gets --key_file with its part
# of them and --output_dir FOLDER/shards/n. Every *.scp and *_shape that the jobs write is
# joined into FOLDER, sorted; with join=folders the jobs write data folders and these are
# combined. per_job=N is how many items a job should have at least.
set -euo pipefail

keys=$1 folder=$2
shift 2
total=$(wc -l < "${keys}")
# a job costs seconds to start; it should have something to do for them
jobs=$(((total + ${per_job:-100} - 1) / ${per_job:-100}))
jobs=$((jobs < ${nj:-1} ? jobs : ${nj:-1}))
shards=${folder}/shards
rm -rf "${folder}"
mkdir -p "${shards}/log"

parts=()
for ((n = 1; n <= jobs; n++)); do
    parts+=("${shards}/keys.${n}")
done
split_scp.pl "${keys}" "${parts[@]}"

runner=${run_cmd:-${train_cmd:-run.pl}} gpu=()
if [ "${ngpu:-0}" -gt 0 ]; then
    runner+=" --gpu 1" gpu=(--device cuda) # each job has one; run.pl hands them out
fi
python3 -m espnet2.gen_audio.bin.submit_jobs --runner "${runner}" \
    JOB=1:"${jobs}" "${shards}/log/JOB.log" "$@" --key_file "${shards}/keys.JOB" --output_dir "${shards}/JOB" \
    --num_threads "${job_threads:-1}" "${gpu[@]}"

if [ "${join:-tables}" = folders ]; then
    combine_data.sh "${folder}" "${shards}"/[0-9]*
    exit
fi
# names of tables, as the first job wrote them, folders included
(cd "${shards}/1" && find . -name '*.scp' -o -name '*_shape') |
    while read -r name; do
        mkdir -p "$(dirname "${folder}/${name}")"
        for ((n = 1; n <= jobs; n++)); do
            cat "${shards}/${n}/${name}"
        done | LC_ALL=C sort > "${folder}/${name}.new"
        mv "${folder}/${name}.new" "${folder}/${name}"
    done
