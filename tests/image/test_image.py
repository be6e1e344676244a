"""What is in the image, and what it says about itself."""

import json
import re
import subprocess
import tarfile

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
    assert image.name == f"localhost/hookferry:{version}"


def test_it_has_only_what_the_program_needs(image):
    added = packages((image.root / "var/lib/dpkg/status").read_text()) - base_packages()
    assert {"librdkafka1", "libssl3"} <= added
    libraries = {name for name in added if name.startswith("lib") and not name.endswith("-dev")}
    assert added - libraries == _OTHER_PACKAGES
    assert (image.root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000


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
