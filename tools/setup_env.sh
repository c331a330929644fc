#!/usr/bin/env bash
# Set up a Python environment with ESPnet, torch, diffusers and this plugin.
#
#   tools/setup_env.sh [--demo] [--force] [--help]
#
# Makes a virtual environment and tools/activate_python.sh, which recipes source.
# You can repeat the command: if nothing has changed, it ends after a second. After
# an interruption it makes the environment again.
#
#   PYTHON=python3.12   Python interpreter, 3.11 to 3.13. ESPnet 202511 is installed
#                       for 3.11, and 202611 for 3.12 and 3.13. Default: the first
#                       interpreter that runs.
#   VENV=DIR            folder of the environment. Default: tools/venv. There can be
#                       several; VENV=DIR also chooses one when a recipe is run.
#   TORCH_SPEC=SPEC     torch to install. Default: the registry's default build if there
#                       is an NVIDIA GPU; otherwise a CPU build if the registry has one.
#   --demo              also install Gradio, for the page of espnet-gen-audio --demo
#                       (135 MB); later calls keep it.
#   --force             install everything again even if nothing has changed.
#
# Packages come from the registries that pip and uv are configured for.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "${here}")
start=${SECONDS}
force=false demo=false

say() { echo "setup_env: $*"; }
die() { echo "setup_env: error: $*" >&2; exit 1; }

for arg in "$@"; do
    case "${arg}" in
        --force) force=true ;;
        --demo) demo=true ;;
        -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
        *) die "'${arg}' is no option; --demo, --force and --help are" ;;
    esac
done

# Without .pyc files every start of an ESPnet task takes half a minute longer.
unset PYTHONDONTWRITEBYTECODE PYTHONHOME
export PYTHONNOUSERSITE=1

# Print major.minor of an interpreter; fail for an interpreter that does not run, such
# as a pyenv shim without a version.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

choose_python() {
    local candidate version
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13}; do
        version=$(version_of "${candidate}") || continue
        case "${version}" in
            3.11 | 3.12 | 3.13) python=${candidate}; return ;;
        esac
    done
    [ -z "${PYTHON:-}" ] || [ -z "${version:-}" ] ||
        die "PYTHON=${PYTHON} is Python ${version}; 3.11, 3.12 or 3.13 is needed"
    [ -z "${PYTHON:-}" ] ||
        die "PYTHON=${PYTHON} does not run (a pyenv shim without a version behind it?);" \
            "give the full path of a Python 3.11, 3.12 or 3.13"
    die "found no Python 3.11, 3.12 or 3.13 that runs; install one or set PYTHON=/path/to/python3"
}

choose_torch() {
    torch_spec=${TORCH_SPEC:-}
    [ -z "${torch_spec}" ] || return 0
    torch_spec=$(grep '^torch==' "${constraints}")
    # Resolvers prefer a CPU build to the plain version, so it is excluded if there is a GPU.
    if command -v nvidia-smi > /dev/null && nvidia-smi > /dev/null 2>&1; then
        torch_spec="${torch_spec},!=${torch_spec#torch==}+cpu"
    fi
}

# Print a digest of everything that determines an installation. The folder of the plugin
# is included, because the plugin is installed as a link to this folder.
fingerprint() {
    {
        echo "${root} ${venv} ${torch_spec}"
        "${python}" -c 'import sys; print(sys.version)'
        cat "${constraints}" "${here}/constraints/demo.txt" "${here}/constraints/overrides.txt" \
            "${root}/setup.py" "${root}/pyproject.toml" "${here}/setup_env.sh" \
            "${here}/installers/nltk_data.py"
    } | "${python}" -c 'import hashlib, sys
print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

# Tell whether Gradio is installed.
has_demo() { compgen -G "${venv}/lib/python*/site-packages/gradio-[0-9]*.dist-info" > /dev/null; }

make_venv() {
    mkdir -p "$(dirname "${venv}")"
    if [ -e "${venv}" ] && [ -n "$(ls -A "${venv}")" ] && [ ! -e "${venv}/pyvenv.cfg" ] &&
        [ ! -e "${venv}.unfinished" ]; then
        die "${venv} exists, but is no virtual environment; set VENV to another folder"
    fi
    if [ -e "${venv}.unfinished" ] || ! "${venv}/bin/python" -m pip --version > /dev/null 2>&1; then
        [ ! -e "${venv}.unfinished" ] || say "an earlier set-up was interrupted; starting again"
        : > "${venv}.unfinished"
        say "making ${venv} with $("${python}" -V)"
        "${python}" -m venv --clear "${venv}" ||
            die "'${python} -m venv' failed; install this Python's venv module" \
                "(Debian: python3-venv) or set PYTHON to another Python"
    fi
    : > "${venv}.unfinished"
}

# Set uv's package index to that of pip, because uv does not read pip's settings. Extra
# indexes are not set: unlike pip, uv does not compare the files of a version across
# indexes, and it chose a soundfile without its library from an extra index.
hand_over_pip_settings() {
    local settings index links cert
    settings=$("${venv}/bin/python" -m pip config list 2>/dev/null) || return 0
    setting() { sed -n "s/^[a-z:]*\.$1='\(.*\)'\$/\1/p" <<< "${settings}" | head -n 1; }
    index=$(setting index-url) links=$(setting find-links) cert=$(setting cert)
    links=${links//\\n/ }
    [ -z "${index}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${index}}"
    [ -z "${links}" ] || export UV_FIND_LINKS="${UV_FIND_LINKS:-${links// /,}}"
    [ -z "${cert}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-${cert}}"
}

install_with_uv() {
    "${venv}/bin/uv" --version > /dev/null 2>&1 || pip_install -qq "$(grep '^uv==' "${constraints}")" ||
        pip_install -qq uv || return 1
    hand_over_pip_settings
    local again=()
    ! ${force} || again=(--reinstall)
    local extras=train,score,speech,dev
    ! ${demo} || extras+=,demo
    "${venv}/bin/uv" pip install -q -p "${venv}/bin/python" ${again[@]+"${again[@]}"} \
        -c "${constraints}" -c "${here}/constraints/demo.txt" \
        --override "${here}/constraints/overrides.txt" \
        "${torch_spec}" -e "${root}[${extras}]"
}

# Install with pip, which is slower. No resolver is needed: the list of constraints contains
# all packages except those that torch needs.
install_with_pip() {
    local list="${venv}/requirements.txt"
    local lists=("${constraints}")
    ! ${demo} || lists+=("${here}/constraints/demo.txt")
    sort -u "${lists[@]}" | grep -Ev '^(uv|torch)==' > "${list}"
    local again=()
    ! ${force} || again=(--force-reinstall)
    pip_install ${again[@]+"${again[@]}"} --no-deps -r "${list}"
    pip_install -c "${list}" "${torch_spec}"
    pip_install --no-deps --no-build-isolation -e "${root}"
}

pip_install() { "${venv}/bin/python" -m pip install --disable-pip-version-check "$@"; }

write_activate() {
    cat > "${here}/.activate_python.sh.$$" << 'A'
#!/usr/bin/env bash
# Made by tools/setup_env.sh; source it. VENV picks another environment.
_venv=$(cd "${VENV:-$(dirname "${BASH_SOURCE[0]}")/venv}" && pwd) || return 1
case ":${PATH}:" in
    *":${_venv}/bin:"*) ;;
    *) export PATH="${_venv}/bin:${PATH}" ;;
esac
export PYTHONNOUSERSITE=1
export NLTK_DATA="${NLTK_DATA:-${_venv}/nltk_data}"
# Without .pyc files every start of an ESPnet task takes half a minute longer.
unset PYTHONDONTWRITEBYTECODE PYTHONHOME _venv
A
    mv "${here}/.activate_python.sh.$$" "${here}/activate_python.sh"
}

choose_python
venv=${VENV:-${here}/venv}
[[ "${venv}" == /* ]] || venv=${PWD}/${venv}
if [ -x "${venv}/bin/python" ] && [ ! -e "${venv}.unfinished" ]; then
    held=$(version_of "${venv}/bin/python") || held=$(version_of "${python}")
    # An existing environment determines the Python, unless PYTHON is set.
    if [ -z "${PYTHON:-}" ]; then
        python=$("${venv}/bin/python" -c 'import sys
print("%s/bin/python%d.%d" % (sys.base_prefix, *sys.version_info[:2]))')
    elif [ "${held}" != "$(version_of "${python}")" ]; then
        die "${venv} holds Python ${held}, PYTHON=${PYTHON} is $(version_of "${python}");" \
            "set VENV to another folder, for example VENV=${venv}-$(version_of "${python}")"
    fi
fi
case "$(version_of "${python}")" in
    3.11) constraints=${here}/constraints/espnet-202511.txt ;;
    *) constraints=${here}/constraints/espnet-202611.txt ;;
esac
choose_torch

if command -v flock > /dev/null; then
    mkdir -p "$(dirname "${venv}")"
    exec 9> "${venv}.lock"
    flock -n 9 || { say "another set-up of ${venv} is running; waiting for it"; flock 9; }
fi

stamp=${venv}/.gen_audio_setup
print=$(fingerprint)
missing=false
if has_demo; then
    demo=true  # an environment that has it keeps it
elif ${demo}; then
    missing=true
fi
if ! ${force} && ! ${missing} && [ "$(cat "${stamp}" 2>/dev/null)" = "${print}" ] &&
    [ -e "${here}/activate_python.sh" ] && [ ! -e "${venv}.unfinished" ]; then
    say "${venv} is up to date"
    exit 0
fi
rm -f "${stamp}"
make_venv
install_with_uv || { say "uv failed; trying pip, which takes minutes"; install_with_pip; }
rm -f "${venv}.unfinished"
# before ESPnet is imported, because its import looks for these files on the network
"${venv}/bin/python" "${here}/installers/nltk_data.py" "${venv}/nltk_data"
"${venv}/bin/python" "${here}/installers/finish_install.py"
write_activate
echo "${print}" > "${stamp}"
say "done in $((SECONDS - start)) s; ${venv} takes $(du -sh "${venv}" | cut -f1)"
