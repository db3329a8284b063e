"""Packages whose names are imported when they are first asked for."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

from tests.browser import ROOT

PACKAGES = ["coreset_engine", "coreset_engine.export", "coreset_engine.pipeline", "coreset_engine.results"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_that_a_package_offers_is_there(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        assert name in dir(module)
        assert getattr(module, name) is not None


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_that_a_package_offers_is_hidden_by_a_module_of_it(package):
    module = importlib.import_module(package)
    assert not {found.name for found in pkgutil.iter_modules(module.__path__)} & set(module.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_offered_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nonsense'"):
        importlib.import_module(package).nonsense  # noqa: B018


def test_a_name_is_imported_when_it_is_first_asked_for():
    code = (
        "import sys, coreset_engine\n"
        "print('numpy' in sys.modules)\n"
        "from coreset_engine import Dynamics\n"
        "print('numpy' in sys.modules, vars(coreset_engine)['Dynamics'] is Dynamics)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "True", "True"]
