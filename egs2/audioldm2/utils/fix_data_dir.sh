#!/usr/bin/env bash
# Sort a data folder and keep what all files know: [--utt_extra_files f] dir
exec python3 -m espnet2.gen_audio.bin.data_dir fix "$@"
