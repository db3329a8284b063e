"""The container's recipe: what it builds from, as whom it runs, and what stays out of it; no engine is needed."""

import json
import re
import tomllib

import pytest

from tests.browser import ROOT

TEXT = (ROOT / "Dockerfile").read_text()
STEPS = [
    tuple(line.split(None, 1))
    for line in re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", TEXT)).splitlines()
    if line.strip()
]
KNOWN = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}


def of(name):
    return [rest for step, rest in STEPS if step == name]


def test_every_line_is_an_instruction_and_the_first_names_a_pinned_python():
    assert {step for step, _ in STEPS} <= KNOWN
    assert STEPS[0][0] == "FROM"
    version = re.fullmatch(r"python:(3\.\d+)-slim-\w+", STEPS[0][1])[1]
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert wanted == f">={version}"


def test_it_installs_from_the_two_files_and_from_no_registry_of_its_own():
    assert of("COPY")[0] == "requirements.txt requirements-auth.txt pyproject.toml ./"
    assert any("-r requirements.txt" in run for run in of("RUN"))
    assert not re.search(r"https?://(?!127\.0\.0\.1)|--index-url|--extra-index", TEXT)


@pytest.mark.parametrize("source", [name for copy in of("COPY") for name in copy.split()[:-1]])
def test_what_is_copied_exists_and_is_let_through(source):
    assert (ROOT / source).exists()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert any(line.lstrip("!").split("/")[0] == source for line in ignored if line.startswith("!"))


def test_it_runs_as_a_plain_user_whose_name_it_made():
    assert of("USER") == ["coreset"]
    assert any("useradd --uid 10001" in run for run in of("RUN"))
    names = [step for step, _ in STEPS]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in ("RUN", "COPY"))


def test_the_cache_is_a_volume_and_the_health_is_asked_where_the_app_answers():
    assert of("VOLUME") == ["/cache"]
    assert any("CORESET_CACHE=/cache" in env for env in of("ENV"))
    command = json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])
    compile(command[2], "healthcheck", "exec")
    assert "/_stcore/health" in command[2]
    assert json.loads(of("ENTRYPOINT")[0])[:4] == ["python", "-m", "streamlit", "run"]


def test_secrets_and_the_cache_stay_out():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ".streamlit/secrets.toml" in ignored
    assert not [line for line in ignored if "data_cache" in line and line.startswith("!")]
