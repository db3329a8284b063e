"""What an installation carries besides modules."""

import tomllib
from fnmatch import fnmatch

import coreset_engine
from tests.browser import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_file_that_is_no_module_is_in_the_package_data():
    data = PROJECT["tool"]["setuptools"]["package-data"]
    patterns = [f"{package.replace('.', '/')}/{glob}" for package, globs in data.items() for glob in globs]
    files = [
        path for path in (ROOT / "coreset_engine").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    others = [path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".py"]
    assert "coreset_engine/py.typed" in others
    assert not [name for name in others if not any(fnmatch(name, pattern) for pattern in patterns)]


def test_the_changelog_tells_of_the_version_that_this_is():
    assert f"\n## {coreset_engine.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_license_is_the_one_that_the_project_names():
    license_ = PROJECT["project"]
    assert (ROOT / license_["license-files"][0]).read_text().startswith(f"{license_['license']} License")
