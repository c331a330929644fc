#!/usr/bin/env bash
# Sort a data folder and remove clips that are not in all of its files:
#   fix_data_dir.sh [--utt_extra_files FILES] FOLDER
exec python3 -m espnet2.gen_audio.bin.data_dir fix "$@"
