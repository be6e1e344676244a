"""JSON schemas for kubeconform, offline and strict: an unknown field, of which the API server warns, is an error."""

import json
import pathlib
import zipfile

import yaml

# Validated by kubeconform without meaning anything to it.
_FORMATS = ("int32", "int64", "double", "float", "byte", "password")


def of_kubernetes(wheel: pathlib.Path, version: str, output: pathlib.Path) -> None:
    """The schemas of a Kubernetes version, from the wheel of kubernetes-validate, into OUTPUT/vVERSION."""
    folder = f"kubernetes_validate/kubernetes-json-schema/v{version}-local-strict/"
    target = output / f"v{version}"
    target.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(folder) and name.endswith(".json"):
                # They refer to each other as if a server had them, and call themselves by an address of the internet.
                text = archive.read(name).decode().replace('"/api/_definitions.json#', '"_definitions.json#')
                schema = json.loads(text)
                schema.pop("$id", None)
                (target / name.removeprefix(folder)).write_text(json.dumps(schema))
    if not (target / "_definitions.json").is_file():
        raise RuntimeError(f"{wheel.name} has no schemas of Kubernetes {version}")


def of_definitions(file: pathlib.Path, output: pathlib.Path) -> None:
    """The schemas of a file of CustomResourceDefinitions, into OUTPUT/GROUP/KIND_VERSION.json."""
    for definition in yaml.safe_load_all(file.read_text()):
        if not definition:
            continue
        spec = definition["spec"]
        target = output / spec["group"]
        target.mkdir(parents=True, exist_ok=True)
        for version in spec["versions"]:
            schema = _strict(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}  # the API machinery's, not the definition's
            name = f"{spec['names']['kind'].lower()}_{version['name']}.json"
            (target / name).write_text(json.dumps(schema))


def _strict(schema):
    """An OpenAPI 3.0 schema as a JSON schema whose objects are closed, as the API server reads it."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _strict_member(key, value) for key, value in schema.items()}
    if result.pop("nullable", False) and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    if result.pop("x-kubernetes-int-or-string", False):
        result.pop("anyOf", None)
        result["type"] = ["integer", "string"]
    open_ended = "additionalProperties" in result or result.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in result and result.get("type") == "object" and not open_ended:
        result["additionalProperties"] = False
    if result.get("format") in _FORMATS:
        del result["format"]
    return result


def _strict_member(key: str, value):
    if key in ("enum", "default", "example"):
        return value
    if key in ("properties", "patternProperties"):
        return {name: _strict(schema) for name, schema in value.items()}
    return _strict(value)
