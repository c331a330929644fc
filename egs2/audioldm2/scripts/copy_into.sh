#!/usr/bin/env bash
# Copy files into a folder, each completely or not at all:
#   scripts/copy_into.sh FOLDER FILE...
set -euo pipefail

folder=$1
shift
mkdir -p "${folder}"
for file in "$@"; do
    cp "${file}" "${folder}/.new"
    mv "${folder}/.new" "${folder}/$(basename "${file}")"
done
