"""The generated parts of the documentation are what the code makes them."""

import importlib.util
import json
import subprocess
import sys

import pytest

from tests.browser import ROOT

SCRIPT = ROOT / "docs" / "generate.py"


@pytest.fixture(scope="module")
def generate():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("generate_docs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_part_is_current():
    ended = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


def test_a_part_that_is_not_current_is_named_and_then_written(generate, monkeypatch, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- generated: one -->\nold\n<!-- end of one -->\nbelow\n")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "PARTS", (generate.Part("page.md", "one", lambda: "new"),))
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "page.md: one is not current: run `make docs`\n"
    assert "old" in page.read_text()
    assert generate.main([]) == 0
    assert page.read_text() == "above\n<!-- generated: one -->\n\nnew\n\n<!-- end of one -->\nbelow\n"
    assert generate.main(["--check"]) == 0


@pytest.mark.parametrize("text", ["no markers\n", "<!-- end of one -->\n<!-- generated: one -->\n"])
def test_a_file_without_the_markers_is_refused(generate, text):
    with pytest.raises(ValueError, match="There must be one <!-- generated: one -->"):
        generate.filled(text, "one", "new")


def test_the_reference_of_commands_has_every_option_and_subcommand(generate):
    text, seen = generate.command_reference(), []
    for context in generate.commands_of(generate.click.Context(generate.cli)):
        name = context.command_path.strip()
        part = text.partition(f"<code>{name}</code>")[2].partition("</details>")[0]
        options = [option for parameter in context.command.params for option in parameter.opts]
        assert [option for option in options if option.startswith("--") and option not in part] == [], name
        seen.append(name)
    assert {"record", "results", "jobs", "jobs cancel", "jobs resume"} <= set(seen)


def test_every_promise_names_a_test_that_exists_and_figures_that_are_summed(generate, monkeypatch, tmp_path):
    table = generate.reliability_table
    assert [row.test for row in table.PROMISES if not (ROOT / row.test).is_file()] == []
    monkeypatch.setattr(table, "FIGURES", tmp_path)
    assert (table.last_figure("mutations_"), table.last_figure("")) == ("not run yet", "")
    for kind, tries in (("a", 1000), ("b", 200)):
        facts = {"tries": tries, "wanted": 1000, "lost": 1, "wrong": 2, "date": f"2026-01-0{tries // 200}"}
        (tmp_path / f"mutations_{kind}.json").write_text(json.dumps(facts))
    assert table.last_figure("mutations_") == "1,200 of 2,000 tries: 2 lost, 4 wrong (2026-01-05)"
