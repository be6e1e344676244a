"""The commands and configurations that the documentation has are ones that the program takes."""

import re
import secrets
import shlex

import pytest
import yaml

from harness import ROOT
from harness.bridge import hookferry
from harness.certificates import certify

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SECTIONS = {"http", "admin", "delivery", "kafka", "sources", "dedupe", "spool", "log", "shutdown"}


def blocks(language: str) -> list[tuple[str, str]]:
    """(page and place, text) of each block of code in that language."""
    return [(f"{page.name}-{text.count(chr(10), 0, found.start())}", found[1])
            for page in PAGES for text in [page.read_text()]
            for found in re.finditer(rf"^```{language}\n(.*?)^```", text, re.M | re.S)]


def command_lines() -> list[list[str]]:
    """Of hookferry's own, wherever they stand: in blocks, and in a line of text."""
    lines = [line for _, text in blocks("sh") for line in text.splitlines()]
    lines += [code for page in PAGES for code in re.findall(r"`(hookferry [^`]+)`", page.read_text())]
    found = [re.search(r"(?:^|[\s/])hookferry ([a-z]+(?: [^#|&>]*)?)", line) for line in lines]
    return [shlex.split(match[1]) for match in found if match and not match[1].startswith("helm")]


@pytest.fixture(scope="module")
def help_of():
    known = {}

    def ask(command: str) -> str:
        if command not in known:
            result = hookferry(command, "--help")
            assert result.returncode == 0, f"hookferry {command}: {result.stderr}"
            known[command] = result.stdout
        return known[command]

    return ask


def test_every_command_and_option_is_there(help_of):
    lines = command_lines()
    assert len(lines) > 20
    for command, *arguments in lines:
        options = {word.split("=")[0] for word in arguments if word.startswith("-")}
        unknown = {option for option in options if not re.search(rf"(?<!\S){re.escape(option)}\b", help_of(command))}
        assert not unknown, f"hookferry {command} {arguments}: {unknown}"
        if command == "spool" and arguments:
            assert arguments[0] in ("list", "export", "verify", "retry", "drain")


def configurations() -> list[tuple[str, str]]:
    parsed = [(place, text, yaml.safe_load(text)) for place, text in blocks("yaml")]
    return [(place, text) for place, text, value in parsed if value and set(value) <= SECTIONS]


@pytest.mark.parametrize("text", [pytest.param(text, id=place) for place, text in configurations()])
def test_every_configuration_is_valid(text, tmp_path):
    """With files of this test in place of those that it names."""
    if "sources:" not in text:
        text += "sources: [{name: glossi, preset: glossi, secrets: [{file: /run/secrets/glossi}]}]\n"
    certificate = certify(tmp_path, "server")
    files = {"tls.crt": certificate.certificate, "tls.key": certificate.key, "ca.crt": certificate.certificate}
    for path in set(re.findall(r"/(?:run|etc)/[\w./-]+", text)):
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files.get(file.name, secrets.token_hex(32) + "\n"))
        text = re.sub(rf"{re.escape(path)}(?![\w./-])", str(file), text)
    file = tmp_path / "hookferry.yaml"
    file.write_text(text)
    result = hookferry("check", file, env={"GLOSSI_WEBHOOK_SECRET": secrets.token_hex(32)})
    assert result.returncode == 0, result.stdout + result.stderr


def test_there_are_configurations():
    assert len(configurations()) >= 4
