#!/usr/bin/env bash
# Run a command with the option --nj: nj=4 scripts/in_jobs.sh COMMAND...
#
# The number of jobs comes from the environment, so that it is no part of the step: another
# number does not make a result out of date.
exec "$@" --nj "${nj:-1}"
