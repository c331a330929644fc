#!/usr/bin/env bash
# Generate the test captions with every sampler, score the sounds, and compare each sampler
# with the preset 'quality'.
#   reads   dump/, exp/ as ./run.sh leaves them
#   writes  exp/samplers/{<sampler>/predicted_seed<n>/wav.scp,scores.json,losses.json}
#   takes   an hour on two cores; sounds of an earlier run are kept
set -euo pipefail

# options
many="0 1 2 3 4 5 6 7"  # seeds of the presets
few="0 1"               # seeds of all other samplers
nj=2                    # parallel jobs
guidance_scale=4.5      # guidance scale of all samplers
batch_size=16           # sounds per batch; changes the sounds by rounding only
output_dir=exp/samplers # folder for sounds and scores
# end of options

# shellcheck disable=SC2034  # parse_options.sh prints it
help_message=$(sed -n '/^# options$/,/^# end of options$/{/^#/!p}' "$0")
. ./path.sh
. utils/parse_options.sh

if [ ! -e dump/raw/test/text ]; then
    echo "$0: dump/raw/test/text does not exist; run ./run.sh first" >&2
    exit 1
fi

samplers() {  # <name> <seeds> <options of gen_audio_inference>
    cat << END
balanced ${many// /,} --preset balanced
fast ${many// /,} --preset fast
quality ${many// /,} --preset quality
ddim_50 ${few// /,} --scheduler ddim --steps 50 --eta 0
dpm++_15 ${few// /,} --scheduler dpm++ --steps 15 --eta 0
unipc_10 ${few// /,} --scheduler UniPCMultistepScheduler --steps 10 --eta 0
interval_0_0.8 ${few// /,} --preset balanced --guidance_interval 0 0.8
interval_0.2_1 ${few// /,} --preset balanced --guidance_interval 0.2 1
interval_0.2_0.8 ${few// /,} --preset balanced --guidance_interval 0.2 0.8
reuse_2 ${few// /,} --preset balanced --reuse_every 2
reuse_3 ${few// /,} --preset balanced --reuse_every 3
END
    students
}

students() {  # the presets of a student, if one was trained (--distil true)
    local found=(exp/ldm_student_*/)
    [ -e "${found[0]}config.yaml" ] || return 0
    echo "fast2 ${many// /,} --preset fast2 --student_dir ${found[0]}"
    echo "instant ${many// /,} --preset instant --student_dir ${found[0]}"
    echo "student_4 ${many// /,} --preset fast2 --steps 4 --student_dir ${found[0]}"
}

generate() {  # <name> <seeds> <options>
    local out=${output_dir}/$1 seeds=${2//,/ } started=${SECONDS}
    shift 2
    [ ! -e "${out}/seconds" ] || return 0
    # shellcheck disable=SC2086 # the variable seeds holds several words
    per_job=1 nj=${nj} scripts/run_sharded.sh dump/raw/test/text "${out}" \
        python3 -m espnet2.gen_audio.bin.gen_audio_inference --text dump/raw/test/text \
        --joint_dir exp/joint_* --vae_dir exp/vae_* --wav_dir "${out}" \
        --audio_format flac --batch_size "${batch_size}" \
        --guidance_scale "${guidance_scale}" --seeds ${seeds} "$@"
    echo $((SECONDS - started)) > "${out}/seconds"
    echo "$0: generated ${out} in $(cat "${out}/seconds") s"
}

systems=()
while read -r name seeds options; do
    # shellcheck disable=SC2086 # the variable options holds several words
    generate "${name}" "${seeds}" ${options} < /dev/null
    for seed in ${seeds//,/ }; do
        folder=${output_dir}/${name}/predicted_seed${seed}
        # sounds of a single seed are not in a sub-folder
        [ "${seed}" != "${seeds}" ] || folder=${output_dir}/${name}
        systems+=("${name}@${seed}=${folder}/wav.scp")
    done
done < <(samplers)

sets=()
for set in train valid test; do
    sets+=("--${set}_data" "dump/raw/${set}"
        "--${set}_reconstructions" "$(echo exp/vae_*/through_griffin_lim/"${set}")")
done
python3 -m espnet2.gen_audio.bin.score "${sets[@]}" --systems "${systems[@]}" \
    --main quality --paired --geometry conf/mini/geometry.yaml \
    --num_threads "${nj}" --output_dir "${output_dir}"
python3 -m espnet2.gen_audio.bin.compare_samplers --score_dir "${output_dir}" \
    --test_data dump/raw/test --systems "${systems[@]}" --base quality \
    --geometry conf/mini/geometry.yaml --output "${output_dir}/losses.json"
