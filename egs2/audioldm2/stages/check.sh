# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Check early what later stages need: options before the first stage, data after stage 3.

# runs STAGE: succeed if a stage is to run.
runs() { [ "$1" -ge "${stage}" ] && [ "$1" -le "${stop_stage}" ] && ! is_skipped "$1"; }
# runs_any STAGE...: succeed if at least one of the stages is to run.
runs_any() {
    local each
    for each in "$@"; do ! runs "${each}" || return 0; done
    return 1
}

# is_needed PART: succeed if the system has the part.
is_needed() {
    case $1 in
        audiomae | loa_lm) ! without_loa ;;
        joint) ! "${skip_joint}" ;;
        ldm_student) "${distil}" ;;
        *) true ;;
    esac
}

# Print the trainings to check and the given experiments, as arguments of bin.check_options,
# one per line.
trainings_to_check() {
    local part number=4 exp config
    for part in audiomae vae vocoder - - - loa_lm ldm joint ldm_student; do
        [ "${part}" = ldm_student ] || number=$((number + 1)) # it is part of stage 13
        exp=${part}_exp config=${part}_config
        if [ "${part}" = - ] || ! is_needed "${part}"; then continue; fi
        if [ -n "${!exp}" ]; then
            ! runs_any {5..17} || printf '%s\n' --given "${part}" "${!exp}"
        elif runs "${number}" && ! is_taken "${part}"; then
            printf '%s\n' --run "${part}" "${!config}" " $(args_of "${part}")"
        fi
    done
}
# Print all arguments of bin.check_options, one per line.
options_to_check() {
    printf '%s\n' --table scripts/options.json --geometry "${geometry}"
    trainings_to_check
    if runs 14; then
        printf '%s\n' --run inference "${inference_config}" " ${inference_args}" \
            --seeds "${seeds}"
    fi
    if runs 15 && [ -n "${g2p}" ]; then
        printf '%s\n' --run score_speech "" " ${score_speech_args}"
    fi
    if runs_any 10 14; then
        printf '%s\n' --encoders
        text encoders
    fi
    printf '%s\n' --files
    [ -z "${token_list}" ] || [ "${token_list}" = published ] || echo "token_list=${token_list}"
}

# option_error OPTION REMEDY: end with one line on an option of the recipe.
option_error() {
    echo "error: --$1 '${!1}': $2" >&2
    exit 2
}
# check_whole LEAST OPTION...: check numbers. Bash would evaluate other words as expressions.
check_whole() {
    local least=$1 name
    shift
    for name in "$@"; do
        [[ ${!name} =~ ^(0|[1-9][0-9]{0,8})$ ]] && [ "${!name}" -ge "${least}" ] ||
            option_error "${name}" "give a whole number from ${least} to 999999999"
    done
}
# Check numbers and names among the recipe's own options.
check_own_options() {
    local name real='^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$'
    check_whole 1 stage stop_stage nj num_threads job_threads num_nodes
    check_whole 0 ngpu watch_clips augment_clips num_units loa_factor
    [ -z "${train_seed}" ] || check_whole 0 train_seed
    for name in min_seconds segment_hop; do
        [[ ${!name} =~ ${real} ]] || option_error "${name}" "give a number of seconds"
    done
    [ "${stage}" -le "${stop_stage}" ] ||
        option_error stage "give a stage before --stop_stage ${stop_stage}"
    [[ ${transcripts} =~ ^(all|some)$ ]] ||
        option_error transcripts "give all or some"
    all_spoken || [ -n "${g2p}" ] || [ -n "${pretrained}${init_from_expdir}" ] ||
        option_error transcripts "this is for speech; give --g2p too"
    for name in {train,valid,test}_set \
        {audiomae,vae,vocoder,loa_lm,ldm,joint,ldm_student,inference}_tag; do
        [[ ${!name} != *[/[:space:]]* ]] ||
            option_error "${name}" "give a name without spaces and slashes"
    done
}

# Check the options of dumped features.
check_features() {
    case ${features}.${dump_bits} in
        dumped.32 | dumped.16 | dumped.8 | on_the_fly.32 | on_the_fly.16 | on_the_fly.8) ;;
        *)
            echo "error: --features ${features} --dump_bits ${dump_bits}: give dumped or" \
                "on_the_fly, and 32, 16 or 8" >&2
            exit 2
            ;;
    esac
}

# Check the options of generation.
check_generation() {
    case ${gpu_inference} in
        '' | true | false) ;;
        *) echo "error: --gpu_inference takes true or false, not '${gpu_inference}'" >&2 && exit 2 ;;
    esac
    if [[ -n ${inference_nj} && ! ${inference_nj} =~ ^[1-9][0-9]*$ ]]; then
        echo "error: --inference_nj takes a number above 0, not '${inference_nj}'" >&2
        exit 2
    fi
    if [[ ${test_set} = *[[:space:]]* ]]; then
        echo "error: --test_set '${test_set}': a run has one test set; run stages 1 to 3 and" \
            "14 to 16 again for another, with --test_table and --test_set" >&2
        exit 2
    fi
}

# Check the options of later stages with bin.check_options.
check_options() {
    local words configs=("${geometry}" "${inference_config}") part known
    case ${use_vocoder} in
        trained | griffin_lim | hifigan | vocos) ;;
        *)
            echo "error: --use_vocoder ${use_vocoder}: give trained or griffin_lim" >&2
            exit 2
            ;;
    esac
    check_features
    check_generation
    words_of words options_to_check
    for part in audiomae vae vocoder loa_lm ldm joint ldm_student; do
        local config=${part}_config exp=${part}_exp
        configs+=("${!config}" "${!exp:-.}/config.yaml")
    done
    # options that passed the check are not checked again until they change
    known=$(digest8 "${words[@]}" "$(cat "${configs[@]}" 2> /dev/null)")
    known=${expdir}/.stamps/options.${known}
    [ ! -e "${known}" ] || return 0
    python3 -m espnet2.gen_audio.bin.check_options "${words[@]}"
    mkdir -p "${expdir}/.stamps"
    touch "${known}"
}

# Print the stages that need certain data: the stages of this run, and the stages after it.
demanding_stages() {
    local n
    printf '%s\n' --runs
    for n in 11 13 14 15; do ! demands "${n}" || ! runs "${n}" || echo "${n}"; done
    printf '%s\n' --later
    for n in 11 13 14 15; do
        ! demands "${n}" || is_skipped "${n}" || [ "${n}" -le "${stop_stage}" ] || echo "${n}"
    done
}
# demands STAGE: succeed if a stage uses data. A training does not if its part is given.
demands() {
    local part=loa_lm exp
    [ "$1" -ne 13 ] || part=joint
    exp=${part}_exp
    [ "$1" -ge 14 ] || { is_needed "${part}" && [ -z "${!exp}" ] && ! is_taken "${part}"; }
}

# Check whether later stages can use the data.
check_demands() {
    local raw=${dumpdir}/raw options
    words_of options demanding_stages
    [ -z "${g2p}" ] || options+=(--speech)
    all_spoken || options+=(--some_transcripts)
    [ -z "${token_list}" ] || options+=(--phonemes_listed)
    python3 -m espnet2.gen_audio.bin.check_demands "${options[@]}" \
        --train_data "${raw}/${train_set}" --valid_data "${raw}/${valid_set}" \
        --test_data "${raw}/${test_set}" --vocabulary "${vocabulary}" \
        --sample_rate "$(sample_rate)" --clip_seconds "$(clip_seconds)"
}
# Check whether later stages can use the data of an earlier run, if these data exist.
check_earlier_demands() {
    local set
    runs_any {4..15} || return 0
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        [ -e "${dumpdir}/raw/${set}/wav.scp" ] || return 0
    done
    check_demands
}
