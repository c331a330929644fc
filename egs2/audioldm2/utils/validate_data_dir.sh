#!/usr/bin/env bash
# Check a data folder and print its faults: validate_data_dir.sh [--no-text] FOLDER
exec python3 -m espnet2.gen_audio.bin.data_dir validate "$@"
