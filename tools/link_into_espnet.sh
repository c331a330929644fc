#!/usr/bin/env bash
# Link the plugin into a git checkout of ESPnet.
#
#   tools/link_into_espnet.sh ESPNET_ROOT
#
# If ESPnet is installed from a checkout (pip install -e), the plugin must be linked and
# must not be installed with pip. You can repeat the command. To undo it, remove the links.
set -euo pipefail

die() { echo "link_into_espnet: error: $*" >&2; exit 1; }

case "${1:-}" in
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
esac
[ $# -eq 1 ] || die "give one argument, the root of the ESPnet checkout; $# were given"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
espnet=$(cd "$1" 2>/dev/null && pwd) || die "$1 is no folder"
[ "${espnet}" != "${root}" ] || die "$1 is the plugin itself; give the root of ESPnet"
if [ ! -f "${espnet}/espnet2/__init__.py" ] || [ ! -d "${espnet}/egs2" ]; then
    die "$1 is no ESPnet checkout: espnet2/__init__.py or egs2/ is missing there"
fi

parts=(espnet2/gen_audio egs2/audioldm2 test/espnet2/gen_audio)
for part in "${parts[@]}"; do  # check all links before making any
    if [ -e "${espnet}/${part}" ] && [ ! -L "${espnet}/${part}" ]; then
        die "${espnet}/${part} is in the way and is no link; move it elsewhere first"
    fi
done
for part in "${parts[@]}"; do
    if [ ! -e "${root}/${part}" ]; then
        echo "link_into_espnet: ${part} is not part of this copy of the plugin"
        continue
    fi
    mkdir -p "$(dirname "${espnet}/${part}")"
    ln -sfn "${root}/${part}" "${espnet}/${part}"
    echo "link_into_espnet: ${espnet}/${part} -> ${root}/${part}"
done
echo "link_into_espnet: in the environment of the checkout," \
    "python -m espnet2.gen_audio.bin.doctor names packages that it lacks"
