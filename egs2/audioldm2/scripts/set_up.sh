#!/usr/bin/env bash
# Make the environment of the recipe, unless path.sh finds one: scripts/set_up.sh, run in
# the folder of the recipe. Linked into a checkout of ESPnet, that one's counts.
set -euo pipefail

# shellcheck source=/dev/null
if ! (. ./path.sh) 2> /dev/null; then
    "$(cd -P ../.. && pwd)/tools/setup_env.sh"
fi
