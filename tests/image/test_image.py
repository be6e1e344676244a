"""What is in the image, and what it says about itself."""

import hashlib
import json
import pathlib
import re
import subprocess
import tarfile

import pytest
from spdx_tools.spdx.model import RelationshipType
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from harness import BUILD, ROOT

# Beside libraries: what a TLS client checks a server with, and what keeps those files.
_OTHER_PACKAGES = {"ca-certificates", "openssl"}


def packages(status: str) -> set[str]:
    """The names in dpkg's status file."""
    return set(re.findall(r"^Package: (\S+)$", status, re.MULTILINE))


def base_packages() -> set[str]:
    with tarfile.open(BUILD / "image" / "base.tar") as base:
        return packages(base.extractfile("./var/lib/dpkg/status").read().decode())


def test_what_it_runs(image):
    assert image.command == ["hookferry", "serve"]
    assert image.config["User"] == "10001:10001"
    assert set(image.config["ExposedPorts"]) == {"8080/tcp", "8081/tcp"}
    assert not image.config.get("Volumes")


def test_the_user_has_a_name_and_cannot_log_in(image):
    users, groups = ((image.root / "etc" / name).read_text().splitlines() for name in ("passwd", "group"))
    assert "hookferry:x:10001:10001::/nonexistent:/usr/sbin/nologin" in users
    assert "hookferry:x:10001:" in groups


def test_the_health_check(image):
    check = image.config["Healthcheck"]
    assert check["Test"] == ["CMD", "hookferry", "healthcheck"]
    assert check["Timeout"] <= check["Interval"]  # both in nanoseconds


def test_the_labels_say_what_the_program_says(image, container):
    cmake = (ROOT / "CMakeLists.txt").read_text()
    project = re.search(r'^project\(hookferry VERSION (\S+) .*DESCRIPTION "(.*)"\)', cmake, re.MULTILINE)
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in image.config["Labels"].items()}
    asked = container("version")
    assert asked.run() == 0
    version, revision = re.search(r"^hookferry (\S+) \((\S+)\)$", asked.log(), re.MULTILINE).groups()
    assert labels["version"] == version == project[1]
    assert labels["revision"] == revision
    assert labels["title"] == "hookferry"
    assert labels["description"] == project[2]
    assert labels["base.name"] == "localhost/debian:slim"
    assert image.name == f"localhost/hookferry:{version}"


def test_it_has_only_what_the_program_needs(image):
    added = packages((image.root / "var/lib/dpkg/status").read_text()) - base_packages()
    assert {"librdkafka1", "libssl3"} <= added
    libraries = {name for name in added if name.startswith("lib") and not name.endswith("-dev")}
    assert added - libraries == _OTHER_PACKAGES
    assert (image.root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000


@pytest.fixture(scope="module")
def sbom(image):
    return parse_file(str(image.root / "usr/local/share/hookferry/sbom.spdx.json"))


def test_the_list_of_what_is_in_it_is_valid(sbom, image):
    assert validate_full_spdx_document(sbom) == []
    assert sbom.creation_info.spdx_version == "SPDX-2.3"
    assert f"{sbom.creation_info.created:%Y-%m-%dT%H:%M:%S}Z" == image.created


def related(sbom, kind: RelationshipType, end: str) -> set[str]:
    """The names of the packages at one end, `spdx_element_id` or `related_spdx_element_id`, of relationships of a kind."""
    names = {package.spdx_id: package.name for package in sbom.packages}
    return {names[getattr(relationship, end)] for relationship in sbom.relationships
            if relationship.relationship_type == kind}


def test_it_names_every_package_with_its_version(sbom, image):
    status = (image.root / "var/lib/dpkg/status").read_text()
    paragraphs = [dict(re.findall(r"^(\S+): (.*)$", paragraph, re.M)) for paragraph in status.split("\n\n") if paragraph]
    installed = {(fields["Package"], fields["Version"]) for fields in paragraphs
                 if fields["Status"] == "install ok installed"}
    listed = {(package.name, package.version) for package in sbom.packages
              if package.spdx_id.startswith("SPDXRef-installed-")}
    assert listed == installed
    assert {name for name, _ in installed} | {"hookferry"} == related(sbom, RelationshipType.CONTAINS, "related_spdx_element_id")
    for package in sbom.packages:
        if package.spdx_id.startswith("SPDXRef-installed-"):
            (reference,) = package.external_references
            assert re.fullmatch(r"pkg:deb/debian/[a-z0-9.%B-]+@[A-Za-z0-9.%~-]+\?arch=\w+&distro=debian-12", reference.locator)


def test_it_says_what_the_program_is_made_of(sbom, image):
    (program,) = (package for package in sbom.packages if package.name == "hookferry")
    content = (image.root / "usr/local/bin/hookferry").read_bytes()
    assert [checksum.value for checksum in program.checksums] == [hashlib.sha256(content).hexdigest()]
    assert program.source_info == f"revision {image.config['Labels']['org.opencontainers.image.revision']}"
    linked = related(sbom, RelationshipType.DYNAMIC_LINK, "related_spdx_element_id")
    assert linked == set((image.root / "usr/local/share/hookferry/packages").read_text().split())
    compiled = related(sbom, RelationshipType.BUILD_DEPENDENCY_OF, "spdx_element_id")
    assert {"libcli11-dev", "libcpp-httplib-dev", "librdkafka-dev", "libssl-dev"} <= compiled  # the first is headers only
    assert related(sbom, RelationshipType.BUILD_TOOL_OF, "spdx_element_id") == {"g++-12"}


def identity(archive: pathlib.Path) -> tuple[list[str], dict]:
    """An image's layers, by their digests, and its configuration without the name of the container that built it, which
    buildah makes up each time."""
    with tarfile.open(archive) as image:
        manifest, = json.load(image.extractfile("manifest.json"))
        configuration = json.load(image.extractfile(manifest["Config"]))
    for section in (configuration, configuration["config"], configuration["container_config"]):
        section.pop("container", None)
        section.pop("Hostname", None)
    return configuration["rootfs"]["diff_ids"], configuration


def test_two_builds_are_one_image(image):
    """Of the same sources and base, the second one without a cache of layers or of compilations."""
    assert identity(image.archive) == identity(BUILD / "image" / "again.tar")


def test_nothing_is_left_of_the_build(image):
    for folder in ("src", "out", "tmp", "var/lib/apt/lists", "var/log", "var/cache/apt"):
        path = image.root / folder
        assert not path.exists() or list(path.iterdir()) == [], f"left in /{folder}"
    sections = subprocess.run(["readelf", "--section-headers", "--wide", image.root / "usr/local/bin/hookferry"],
                              check=True, capture_output=True, text=True).stdout
    assert ".text" in sections and ".debug_info" not in sections and ".symtab" not in sections


def test_nothing_belongs_to_the_user_that_it_runs_as(image):
    """So even a root file system that can be written to is none that this user can change."""
    owned = [path for path in image.root.rglob("*") if 10001 in (path.lstat().st_uid, path.lstat().st_gid)]
    assert owned == []
    program = (image.root / "usr/local/bin/hookferry").stat()
    assert (program.st_uid, program.st_gid, program.st_mode & 0o7777) == (0, 0, 0o755)


def test_its_size(image, figure):
    base = (BUILD / "image" / "base.tar").stat().st_size
    size = image.archive.stat().st_size
    program = (image.root / "usr/local/bin/hookferry").stat().st_size
    figure(f"image {size / 1e6:.0f} MB uncompressed, {(size - base) / 1e6:.0f} MB of it over Debian slim, "
           f"{program / 1e6:.1f} MB the program")
    assert size - base < 40e6


def test_the_dockerfile_is_clean():
    """hadolint's rules, and shellcheck's for what RUN runs."""
    hadolint = BUILD / "venv-image" / "bin" / "hadolint"
    said = subprocess.run([hadolint, "--no-color", "--format", "json", ROOT / "deploy" / "Dockerfile"],
                          capture_output=True, text=True, timeout=60)
    assert json.loads(said.stdout) == []
    assert said.returncode == 0


def test_what_the_build_sees():
    """A file that it copies is not ignored; what it does not copy is, so that it never starts the build anew."""
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    seen = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(seen) == sorted(path for line in copied for path in line.split())
