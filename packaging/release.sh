#!/usr/bin/env bash
# Makes what is released: tenet, tenetctl and tenetutl as single files for each platform, all three as dotnet tools, the libraries as
# packages, and the checksums of it all. Needs the .NET SDK alone.
#   usage: packaging/release.sh [-o DIR] [RID ...]     (default: artifacts/release, every platform)
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
out=artifacts/release
platforms=()
while (($# > 0)); do
  case $1 in
    -o) out=${2:?release: -o needs a directory} && shift 2 ;;
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0" && exit 0 ;;
    -*) echo "release: there is no option '$1'" >&2 && exit 2 ;;
    *) platforms+=("$1") && shift ;;
  esac
done
((${#platforms[@]} > 0)) || platforms=(linux-x64 linux-arm64 win-x64 osx-arm64)
programs=(tenet tenetctl tenetutl)
# One compiler for all projects of all platforms instead of one each.
build=(-c Release -v q -clp:NoSummary -p:UseSharedCompilation=true)
# Archives hold the time of the commit, so that one commit makes the same archives.
when=$(git log -1 --format=%ct 2>/dev/null || date +%s)
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

rm -rf "$out"
mkdir -p "$out"
for platform in "${platforms[@]}"; do
  for program in "${programs[@]}"; do
    echo "== $program for $platform"
    dotnet publish "apps/$program" "${build[@]}" -r "$platform" -o "$out/$platform"
  done
  rm -f "$out/$platform"/*.pdb "$out/$platform"/*.xml
  cp LICENSE README.md "$out/$platform/"
  [[ $platform == linux-* ]] && cp packaging/systemd/tenet.service "$out/$platform/"
  [[ $platform == win-* ]] && cp packaging/windows/install-service.ps1 "$out/$platform/"
  # Windows unpacks tar.gz since Windows 10; one kind of archive serves all.
  tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$when" --transform "s:^$platform:tenet-$version-$platform:" \
    -cf - "$platform" | gzip -n -9 >"$out/tenet-$version-$platform.tar.gz"
done

echo "== packages"
for project in src/*/*.csproj apps/*/*.csproj; do
  dotnet pack "$project" "${build[@]}" -o "$out/packages"
done

(cd "$out" && find . -name '*.tar.gz' -o -name '*.nupkg' -o -name '*.snupkg' | sort | xargs sha256sum >SHA256SUMS)
echo "== $out"
(cd "$out" && ls -l ./*.tar.gz packages && cat SHA256SUMS)
