#!/usr/bin/env bash
# Run jobs on a cluster (PBS), with the command line of run.pl and conf/pbs.conf
exec python3 -m espnet2.gen_audio.bin.run_cluster_jobs pbs "$@"
