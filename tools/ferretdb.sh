#!/usr/bin/env bash
# Prints the path of a FerretDB, a server that speaks MongoDB's protocol, for the tests on machines without a mongod.
# Built with Go (1.22 or later) from the module that its authors publish, once: it is kept in
# ${XDG_CACHE_HOME:-~/.cache}/heeler. From nothing that takes 92 s of one core; HEELER_FERRETDB_SECONDS limits it.
# Ends with 1 and a reason on standard error where it cannot be had. With `--wait SECONDS` it builds nothing, but waits
# for a build that is under way.
set -euo pipefail
version=1.24.0
module=github.com/FerretDB/FerretDB
kept="${XDG_CACHE_HOME:-$HOME/.cache}/heeler/ferretdb-$version"
limit="${HEELER_FERRETDB_SECONDS:-600}"

no() {
  echo "no FerretDB ($1)" >&2
  exit 1
}
failed() {
  echo "$1" >"$kept.failed"
  no "$1"
}
found() {
  [ -x "$kept" ] && echo "$kept" && exit 0
  return 0
}

found
command -v go >/dev/null || no "Go, which builds it, is not installed"
mkdir -p "${kept%/*}"
exec 9>"$kept.lock"
if [ "${1:-}" = --wait ]; then
  flock -w "$2" 9 || no "its build is still under way"
  found
  no "$(cat "$kept.failed" 2>/dev/null || echo "tools/ferretdb.sh builds it")"
fi
flock -w "$limit" 9 || no "another build did not end within $limit s"
found

build=$(mktemp -d)
trap 'chmod -R u+w "$build"; rm -rf "$build"' EXIT
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOWORK=off
cd "$build"
printf 'module build\n\ngo 1.22\n' >go.mod
timeout "$limit" go mod download "$module@v$version" >download.log 2>&1 ||
  failed "its module cannot be downloaded: $(tail -1 download.log)"
# `go install` refuses modules with replaced dependencies; inside the module it builds. Its version is a file that
# only its own release tool writes.
cp -r "$(go list -m -f '{{.Dir}}' "$module@v$version")" source
chmod -R u+w source
cd source
echo "v$version" >build/version/version.txt
timeout "$limit" nice -n 10 go build -mod=readonly -trimpath -tags ferretdb_sqlite -o ../ferretdb ./cmd/ferretdb \
  >../build.log 2>&1 || failed "it cannot be built within $limit s: $(tail -1 ../build.log)"
cp ../ferretdb "$kept.new"
mv "$kept.new" "$kept"
rm -f "$kept.failed"
echo "$kept"
