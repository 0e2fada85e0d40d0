#!/bin/sh
# Install the system libraries Qt needs on Debian and its kin, and packages named as arguments;
# does nothing when they are there.
set -eu
here=$(dirname "$0")
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not a Debian system: if the program does not start, install Qt 6's system libraries (packaging/debian-packages.txt names Debian's)." >&2
    exit 0
fi
missing=""
for name in $(grep -v '^#' "$here/debian-packages.txt") "$@"; do
    # Debian 13 and Ubuntu 24.04 call it libglib2.0-0t64; either will do.
    dpkg-query -W -f '${Status}\n' "$name" "${name}t64" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

by_hand() {
    echo "$1 Ask an administrator to run: apt-get install$missing" >&2
    echo "Then run make again." >&2
    exit 1
}
if [ "$(id -u)" = 0 ]; then as=""
elif command -v sudo >/dev/null 2>&1; then as="sudo"
else by_hand "Some system packages are missing, and neither root nor sudo is at hand."
fi
echo "Installing system packages:$missing"
# A source that cannot be reached need not be the one that has them: what counts is the install.
$as apt-get update -qq || true
$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    by_hand "Some system packages could not be installed."
