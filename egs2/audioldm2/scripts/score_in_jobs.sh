#!/usr/bin/env bash
# Run bin.score with its clips encoded by an array of jobs:
#   nj=4 scripts/score_in_jobs.sh IDS FOLDER COMMAND...
#
# Job n is the command with --part n/<jobs>; the command itself comes after them and finds
# all encodings in FOLDER, its --output_dir. Its scores are those of a run without jobs.
# Environment variables:
#   nj=N        largest number of jobs; default 1
#   per_job=N   one job for every N clips of the table IDS; default 500, so that small
#               sets are not split: a job takes seconds to start
set -euo pipefail

ids=$1 folder=$2
shift 2
total=$(wc -l < "${ids}")
jobs=$(((total + ${per_job:-500} - 1) / ${per_job:-500}))
jobs=$((jobs < ${nj:-1} ? jobs : ${nj:-1}))
if [ "${jobs}" -gt 1 ]; then
    runner="${run_cmd:-${train_cmd:-run.pl}} --num-threads ${num_threads:-1}"
    python3 -m espnet2.gen_audio.bin.submit_jobs --runner "${runner}" \
        JOB=1:"${jobs}" "${folder}/log/encode.JOB.log" "$@" --part JOB/"${jobs}"
fi
exec "$@"
