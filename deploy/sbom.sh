#!/bin/sh
# Writes what an image has, as an SPDX 2.3 document in JSON: each Debian package that is installed, the program, the
# libraries that it is linked with and the packages that it was compiled from. To be run in the image while it is built,
# with no more than Debian slim has; the same image gives the same document.
#
#   VERSION=… REVISION=… SOURCE_DATE_EPOCH=… sbom.sh PROGRAM LINKED COMPILED
#
# LINKED is a file with the output of runtime-packages.sh, COMPILED one with that of build-packages.sh.
set -eu

if [ $# -ne 3 ]; then
  echo 'usage: sbom.sh PROGRAM LINKED COMPILED' >&2
  exit 2
fi
# shellcheck source=/dev/null
distribution=$(. /etc/os-release && echo "$ID") # on its own: that file has a VERSION too
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_ID")
checksum=$(sha256sum "$1" | cut -d ' ' -f 1)
created=$(date --utc --date="@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
facts=$(
  dpkg-query --show --showformat='${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n'
  sed 's/^/linked /' "$2"
  cat "$3"
)
content=$(printf '%s %s\n%s\n' "$checksum" "$created" "$facts" | sha256sum | cut -c 1-32)

# Names and versions of Debian have no character that JSON would escape.
printf '%s\n' "$facts" | awk -v version="$VERSION" -v revision="$REVISION" -v checksum="$checksum" \
  -v created="$created" -v content="$content" -v distribution="$distribution" -v release="$release" '
  function id(kind, name) { # of letters, digits, "." and "-"
    gsub(/\+/, ".plus", name)
    return "SPDXRef-" kind "-" name
  }
  function escaped(text) { # for a package URL
    gsub(/\+/, "%2B", text)
    gsub(/:/, "%3A", text)
    return text
  }
  function begin_package(its_id, name, its_version) {
    printf "%s\n    {\"SPDXID\": \"%s\", \"name\": \"%s\", \"versionInfo\": \"%s\",\n", \
      packages++ ? "," : "", its_id, name, its_version
    printf "     \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"licenseConcluded\": \"NOASSERTION\""
  }
  function relate(one, how, other) {
    relations = relations sprintf("%s\n    {\"spdxElementId\": \"%s\", \"relationshipType\": \"%s\", \"relatedSpdxElement\": \"%s\"}", \
      relations == "" ? "" : ",", one, how, other)
  }
  function debian_package(its_id, name, its_version, architecture) {
    begin_package(its_id, name, its_version)
    printf ",\n     \"supplier\": \"Organization: Debian\", \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\",\n"
    printf "       \"referenceLocator\": \"pkg:deb/%s/%s@%s?arch=%s&distro=%s-%s\"}]", \
      distribution, escaped(name), escaped(its_version), architecture, distribution, release
  }
  BEGIN {
    image = "SPDXRef-image"
    program = "SPDXRef-hookferry"
    printf "{\n  \"spdxVersion\": \"SPDX-2.3\", \"dataLicense\": \"CC0-1.0\", \"SPDXID\": \"SPDXRef-DOCUMENT\",\n"
    printf "  \"name\": \"hookferry-%s\", \"documentNamespace\": \"https://spdx.org/spdxdocs/hookferry-%s-%s\",\n", version, version, content
    printf "  \"creationInfo\": {\"created\": \"%s\", \"creators\": [\"Tool: hookferry-sbom.sh-%s\"]},\n", created, version
    printf "  \"packages\": ["
    begin_package(image, "hookferry image", version)
    printf ", \"primaryPackagePurpose\": \"CONTAINER\", \"supplier\": \"NOASSERTION\"}"
    begin_package(program, "hookferry", version)
    printf ", \"primaryPackagePurpose\": \"APPLICATION\", \"supplier\": \"NOASSERTION\",\n     \"sourceInfo\": \"revision %s\", \"checksums\": [{\"algorithm\": \"SHA256\", \"checksumValue\": \"%s\"}]}", \
      revision, checksum
    relate("SPDXRef-DOCUMENT", "DESCRIBES", image)
    relate(image, "CONTAINS", program)
  }
  $1 == "installed" {
    debian_package(id("installed", $2), $2, $3, $4)
    printf ", \"sourceInfo\": \"built package from: %s %s\"}", $5, $6
    relate(image, "CONTAINS", id("installed", $2))
  }
  $1 == "linked" { relate(program, "DYNAMIC_LINK", id("installed", $2)) }
  $1 == "header" || $1 == "tool" {
    debian_package(id($1, $2), $2, $3, $4)
    printf "}"
    relate(id($1, $2), $1 == "tool" ? "BUILD_TOOL_OF" : "BUILD_DEPENDENCY_OF", program)
  }
  END { printf "\n  ],\n  \"relationships\": [%s\n  ]\n}\n", relations }
'
