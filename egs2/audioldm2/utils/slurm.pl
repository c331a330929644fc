#!/usr/bin/env bash
# Run jobs on a cluster (Slurm), with the command line of run.pl and conf/slurm.conf
exec python3 -m espnet2.gen_audio.bin.run_cluster_jobs slurm "$@"
