"""Image archives as `docker save` writes them."""

import hashlib
import io
import json
import pathlib
import subprocess
import tarfile
import tempfile

PAUSE = "localhost/pause:1"


def name(archive: pathlib.Path) -> tuple[str, str]:
    """The repository and the tag of the one image in an archive."""
    with tarfile.open(archive) as tar:
        (image,) = json.load(tar.extractfile("manifest.json"))
    (reference,) = image["RepoTags"]
    repository, _, tag = reference.rpartition(":")
    return repository, tag


def write_pause(archive: pathlib.Path) -> None:
    """An image of pause.c alone, named PAUSE."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "pause"
        source = pathlib.Path(__file__).with_name("pause.c")
        subprocess.run(["gcc", "-O2", "-static", "-o", program, source], check=True, stdin=subprocess.DEVNULL)
        layer = _tar({"pause": program.read_bytes()}, mode=0o755)
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [PAUSE], "Layers": ["layer.tar"]}]).encode()
    archive.write_bytes(_tar({"layer.tar": layer, "config.json": config, "manifest.json": manifest}))


def _tar(files: dict[str, bytes], mode: int = 0o644) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as tar:
        for file, content in files.items():
            member = tarfile.TarInfo(file)
            member.size, member.mode = len(content), mode
            tar.addfile(member, io.BytesIO(content))
    return output.getvalue()
