#!/bin/sh
# Restores the demo repository into FOLDER (made when missing), work tree on branch BRANCH (exp-a when not given).
#   sh scripts/demo-repository.sh FOLDER [BRANCH]
set -eu
fixture=$(cd "$(dirname "$0")/../test/fixture/churn" && pwd)
folder=$1
branch=${2:-exp-a}
mkdir -p "$folder"
git clone -q "$fixture/repo.bundle" "$folder/repo"
git -C "$folder/repo" fetch -q "$fixture/repo.bundle" '+refs/heads/exp-*:refs/heads/exp-*' '+refs/exps/*:refs/exps/*'
git -C "$folder/repo" switch -q "$branch"
tar -xzf "$fixture/remote.tar.gz" -C "$folder"
