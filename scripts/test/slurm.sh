#!/bin/bash
# Installs Debian's Slurm, whose daemons a test starts with a configuration of its own, unless it is there.
set -euo pipefail
command -v slurmctld slurmd munged > /dev/null && exit 0
echo 'Slurm is installed: apt-get install slurm-wlm munge'
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurm-wlm munge
