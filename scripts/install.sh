#!/bin/sh
# Installs `cml` for the current user, without root.
#
#   curl -fsSL https://…/install.sh | sh
#
#   CML_INSTALL_FROM   where the release's files lie: a base URL, a mirror's URL or a folder (default: the release this script came with)
#   CML_INSTALL_DIR    where to put the program (default ~/.local/bin)
#   CML_INSTALL_TARGET platform to install instead of the one found (`linux-x64-musl-baseline`, …)
#
# The file is checked against the release's SHA256SUMS and put in place in one step; when anything is wrong nothing is left behind.
set -eu

# The release workflow writes the address of its own files here.
release=

fail() {
  echo "install: $*" >&2
  exit 1
}

# Prints the platform's name as the release files carry it.
target() {
  machine=$(uname -m)
  system=$(uname -s)
  case $system in
    Darwin)
      # A shell under Rosetta says x86_64 on a machine that runs arm64 programs faster.
      if [ "$machine" = x86_64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then machine=arm64; fi
      case $machine in
        arm64 | aarch64) echo darwin-arm64 ;;
        x86_64) echo darwin-x64 ;;
        *) fail "no build for macOS on $machine" ;;
      esac
      ;;
    Linux)
      case $machine in
        x86_64 | amd64) architecture=x64 baseline=-baseline ;;
        aarch64 | arm64) architecture=arm64 baseline= ;;
        *) fail "no build for Linux on $machine" ;;
      esac
      if is_musl; then echo "linux-$architecture-musl$baseline"; else echo "linux-$architecture$baseline"; fi
      ;;
    MINGW* | MSYS* | CYGWIN*)
      # Windows on ARM tells emulated programs of x86_64; its own name of the processor is in this variable.
      case "$machine ${PROCESSOR_ARCHITEW6432:-} ${PROCESSOR_ARCHITECTURE:-}" in
        *ARM64* | *aarch64* | *arm64*) echo windows-arm64 ;;
        *) echo windows-x64-baseline ;;
      esac
      ;;
    *) fail "no build for $system" ;;
  esac
}

# Alpine and its like: the loader of musl is there and glibc's is not what `ldd` speaks of.
is_musl() {
  case $(ldd --version 2>&1 || true) in
    *musl*) return 0 ;;
    *GNU* | *GLIBC* | *glibc*) return 1 ;;
  esac
  ls /lib/ld-musl-* >/dev/null 2>&1
}

# fetch NAME FILE: one file of the release, from a folder or over HTTP.
fetch() {
  case $from in
    http://* | https://*)
      if command -v curl >/dev/null 2>&1; then
        curl -fsSL --retry 3 -o "$2" "$from/$1" || fail "could not download $from/$1"
      elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$2" "$from/$1" || fail "could not download $from/$1"
      else
        fail "curl or wget is needed"
      fi
      ;;
    *)
      [ -f "$from/$1" ] || fail "no file $from/$1"
      cp "$from/$1" "$2"
      ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  else
    fail "sha256sum, shasum or openssl is needed to check the download"
  fi
}

# Everything is inside a function, so that a script cut off while being piped into sh does nothing.
main() {
  from=${CML_INSTALL_FROM:-$release}
  [ -n "$from" ] || fail "set CML_INSTALL_FROM to the folder or address that holds the release's files"
  from=${from%/}
  from=${from#file://}
  folder=${CML_INSTALL_DIR:-${HOME:?is not set; set CML_INSTALL_DIR}/.local/bin}
  platform=${CML_INSTALL_TARGET:-$(target)}
  name=cml-$platform
  program=cml
  case $platform in windows-*) name=$name.exe program=cml.exe ;; esac

  mkdir -p "$folder" || fail "cannot make $folder; choose another by CML_INSTALL_DIR"
  # Beside its final place, so that the last step is a rename within one file system.
  work=$(mktemp -d "$folder/.cml-install.XXXXXX") || fail "cannot write to $folder; choose another by CML_INSTALL_DIR"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  fetch SHA256SUMS "$work/SHA256SUMS"
  wanted=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1; exit }' "$work/SHA256SUMS")
  [ -n "$wanted" ] || fail "$from/SHA256SUMS does not list $name"
  fetch "$name" "$work/$program"
  found=$(sha256 "$work/$program")
  [ "$found" = "$wanted" ] || fail "$name is not what SHA256SUMS promises: expected $wanted, got $found; nothing was installed"

  chmod 755 "$work/$program"
  mv -f "$work/$program" "$folder/$program"
  echo "installed $folder/$program ($platform)"
  case ":$PATH:" in
    *":$folder:"*) ;;
    *) echo "add it to your path: export PATH=\"$folder:\$PATH\"" ;;
  esac
}

main "$@"
