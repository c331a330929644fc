#!/usr/bin/env bash
# Copy a data folder: [--validate_opts o] source target
exec python3 -m espnet2.gen_audio.bin.data_dir copy "$@"
