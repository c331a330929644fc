#!/usr/bin/env bash
# Copy a data folder: copy_data_dir.sh [--validate_opts OPTIONS] SOURCE TARGET
exec python3 -m espnet2.gen_audio.bin.data_dir copy "$@"
