"""The chart's values as its README has them: a table, made of values.yaml and its comments."""

import json

import yaml

# Whose members are described elsewhere.
ELSEWHERE = {"config": "docs/configuration.md", "prometheusRule.rules": "docs/runbook.md"}


def comment_above(lines: list[str], number: int) -> str:
    """All lines of the comment that ends right above the line of that number, from 0."""
    begin = number
    while begin > 0 and lines[begin - 1].strip().startswith("#"):
        begin -= 1
    return "\n".join(line.strip() for line in lines[begin:number])


def reference(text: str) -> str:
    """The table. A comment of the form `# --` is about the whole of what is below it."""
    lines = text.splitlines()
    rows = []

    def visit(node: yaml.MappingNode, path: tuple):
        for key, value in node.value:
            here = (*path, key.value)
            name, comment = ".".join(here), comment_above(lines, key.start_mark.line)
            words = _words(comment)
            if name in ELSEWHERE:
                rows.append((name, "", f"{words} [{ELSEWHERE[name]}](../../{ELSEWHERE[name]}) has them all".strip()))
            elif isinstance(value, yaml.MappingNode) and value.value and not comment.startswith("# -- "):
                if words:
                    rows.append((name, "", words))
                visit(value, here)
            else:
                rows.append((name, _default(value), words))

    visit(yaml.compose(text), ())
    table = [f"| `{name}` | {default and f'`{default}`'} | {_in_cell(words)} |" for name, default, words in rows]
    return "\n".join(["| value | default | |", "|---|---|---|", *table]) + "\n"


def _words(comment: str) -> str:
    words = [word for line in comment.splitlines() for word in line.removeprefix("#").split()]
    return " ".join(words).removeprefix("-- ")


def _in_cell(words: str) -> str:
    return words.replace("|", "\\|")


def _default(node: yaml.Node) -> str:
    return json.dumps(yaml.safe_load(yaml.serialize(node)), ensure_ascii=False)
