#!/usr/bin/env bash
# Say what is wrong with a data folder: [--no-text] dir
exec python3 -m espnet2.gen_audio.bin.data_dir validate "$@"
