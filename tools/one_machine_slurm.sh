#!/usr/bin/env bash
# Run a Slurm of two nodes on this machine, to try the recipe's back end 'slurm':
#
#   tools/one_machine_slurm.sh start FOLDER    # then: export SLURM_CONF=FOLDER/slurm.conf
#   tools/one_machine_slurm.sh stop FOLDER
#
# FOLDER gets configuration, state and logs of the daemons; its path may have no spaces. No
# service of the system is started or changed. Needs the Debian packages slurm-wlm and munge:
#   apt-get install -y --no-install-recommends slurm-wlm munge
# Each node says that it has two GPUs, so that requests for them can be tried without any.
# Environment variables: SLURM_PORT (default 16817; the two ports after it are used too), and
# SLURM_CPUS (processors that each node offers; default: those of the machine).
set -euo pipefail

die() { echo "one_machine_slurm: error: $*" >&2; exit 1; }
[ $# -eq 2 ] || die "give 'start FOLDER' or 'stop FOLDER'; $# words were given"
mkdir -p "$2"
folder=$(cd "$2" && pwd)
case ${folder} in
    *[[:space:]]*) die "the folder '${folder}' has a space in its path; slurm.conf takes none" ;;
esac
port=${SLURM_PORT:-16817}

write_configuration() {
    local host user
    host=$(hostname -s) user=$(id -un)
    cat > "${folder}/slurm.conf" << CONF
ClusterName=one_machine
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=5
MinJobAge=10
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool.%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.%n.log
GresTypes=gpu
NodeName=one Gres=gpu:2 NodeHostname=${host} NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=${SLURM_CPUS:-$(nproc)} State=UNKNOWN
NodeName=two Gres=gpu:2 NodeHostname=${host} NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=${SLURM_CPUS:-$(nproc)} State=UNKNOWN
PartitionName=all Nodes=one,two Default=YES MaxTime=INFINITE State=UP
CONF
    # any devices serve, since nothing is restricted to them
    echo "Name=gpu File=/dev/null" > "${folder}/gres.conf"
    echo "Name=gpu File=/dev/zero" >> "${folder}/gres.conf"
}

start() {
    local program
    for program in munged slurmctld slurmd sbatch; do
        PATH=${PATH}:/usr/sbin command -v "${program}" > /dev/null ||
            die "${program} is missing: apt-get install -y --no-install-recommends slurm-wlm munge"
    done
    mkdir -p "${folder}/state" "${folder}/spool.one" "${folder}/spool.two"
    chmod 700 "${folder}"
    write_configuration
    export SLURM_CONF=${folder}/slurm.conf PATH=${PATH}:/usr/sbin
    (umask 077 && head -c 128 /dev/urandom > "${folder}/munge.key")
    munged --force --key-file "${folder}/munge.key" --socket "${folder}/munge.socket" \
        --pid-file "${folder}/munged.pid" --log-file "${folder}/munged.log" \
        --seed-file "${folder}/munged.seed"
    slurmctld -c
    slurmd -N one
    slurmd -N two
    for _ in $(seq 100); do
        [ "$(sinfo --noheader --Node --states=idle 2> /dev/null | wc -l)" -lt 2 ] || return 0
        sleep 0.2
    done
    sinfo >&2 || true
    die "the nodes are not idle after 20 s; see the logs in ${folder}"
}

# end_process FILE: end the process whose number is in a file, if it runs.
end_process() {
    local number
    number=$(cat "$1" 2> /dev/null) && kill "${number}" 2> /dev/null || return 0
    for _ in $(seq 50); do
        kill -0 "${number}" 2> /dev/null || return 0
        sleep 0.1
    done
    kill -9 "${number}" 2> /dev/null || true
}

stop() {
    local file
    export SLURM_CONF=${folder}/slurm.conf
    scancel --user "$(id -un)" 2> /dev/null || true
    for file in slurmd.one slurmd.two slurmctld munged; do
        end_process "${folder}/${file}.pid"
    done
}

case $1 in
    start | stop) "$1" ;;
    *) die "'$1' is neither start nor stop" ;;
esac
