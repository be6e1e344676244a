"""Files as Kubernetes mounts them."""

import os
import pathlib


class MountedSecret:
    """A directory as Kubernetes mounts a Secret: each key is a link into ..data, which is a link to a directory of the
    current version and is replaced in one step."""

    def __init__(self, directory: pathlib.Path, **values: str):
        self._directory = directory
        self._version = 0
        directory.mkdir()
        self.replace(**values)
        for key in values:
            (directory / key).symlink_to(f"..data/{key}")

    def replace(self, **values: str) -> None:
        self._version += 1
        version = self._directory / f"..version-{self._version}"
        version.mkdir()
        for key, value in values.items():
            (version / key).write_text(value)
        new = self._directory / "..data_tmp"
        new.symlink_to(version.name)
        os.replace(new, self._directory / "..data")

    def reference(self, key: str) -> dict[str, str]:
        return {"file": str(self._directory / key)}

    def path(self, key: str) -> str:
        return str(self._directory / key)
