"""Where a sweep is trained, chosen on the Experiments page: what is shown, what the command says, what is queued."""

import shutil

import pytest

from coreset_engine.executors import queue
from coreset_engine.pipeline.requests import SweepRequest, from_yaml
from tests.test_pages import opened


@pytest.fixture(autouse=True)
def copied(explored_once, tmp_path, monkeypatch):
    monkeypatch.setenv("CORESET_CACHE", str(shutil.copytree(explored_once, tmp_path / "copied")))
    monkeypatch.setattr("coreset_engine.executors.local._start", lambda *given, **more: 1)


def test_what_is_told_to_the_chosen_executor_is_in_command_yaml_and_job(monkeypatch):
    monkeypatch.setattr("coreset_engine.sweep.executors.slurm.is_installed", lambda package: True)
    page = opened("pages/7_Experiments.py", run="tiny", methods="aum", rates="0.3")
    assert not {"sweep_partition", "sweep_address"} & {one.key for one in page.text_input}
    page.radio(key="sweep_executor").set_value("slurm").run()
    page.checkbox(key="sweep_here").check()
    page.text_input(key="sweep_partition").set_value("gpu")
    page.number_input(key="sweep_minutes").set_value(30)
    page.number_input(key="sweep_slots").set_value(4)
    page.checkbox(key="sweep_test_every_epoch").check().run()
    assert not page.exception
    command, python, yaml = (block.value for block in page.code[:3])
    for words in ("--executor slurm --address local --slots 4 --test-every-epoch", "--slurm partition=gpu minutes=30"):
        assert words in command
    page.button(key="retrain_start").click().run()
    (job,) = queue.all_jobs()
    asked = SweepRequest.from_argv(job.arguments[1:])
    assert (asked.executor, asked.address, asked.slots) == ("slurm", "local", 4)
    assert (asked.slurm, asked.test_every_epoch) == (("partition=gpu", "minutes=30"), True)
    assert from_yaml(yaml) == asked
    assert "executor='slurm'" in python


def test_an_executor_whose_extra_is_not_installed_says_which_and_can_not_be_started(monkeypatch):
    monkeypatch.setattr("coreset_engine.sweep.executors.ray.is_installed", lambda package: False)
    page = opened("pages/7_Experiments.py", run="tiny", methods="aum", rates="0.3")
    assert not page.button(key="retrain_start").disabled
    page.radio(key="sweep_executor").set_value("ray").run()
    page.text_input(key="sweep_address").set_value("head.lab:6379").run()
    assert "--executor ray --address head.lab:6379" in page.code[0].value
    assert [one.value for one in page.caption if "pip install coreset-explorer" in one.value]
    assert page.button(key="retrain_start").disabled


def test_a_page_takes_another_machine_s_address_only_where_whoever_starts_the_app_allows_it(monkeypatch):
    monkeypatch.setattr("coreset_engine.sweep.executors.ray.is_installed", lambda package: True)
    page = opened("pages/7_Experiments.py", run="tiny", methods="aum", rates="0.3")
    page.radio(key="sweep_executor").set_value("ray").run()
    page.text_input(key="sweep_address").set_value("127.0.0.1.lab:6379").run()
    assert page.button(key="retrain_start").disabled
    page.text_input(key="sweep_address").set_value("127.0.0.1:6379").run()
    assert not page.button(key="retrain_start").disabled
    monkeypatch.setenv("CORESET_RAY", "other:1, head.lab:6379")
    page.text_input(key="sweep_address").set_value("head.lab:6379").run()
    assert not page.button(key="retrain_start").disabled
    monkeypatch.delenv("CORESET_RAY")  # the button was drawn before
    page.button(key="retrain_start").click().run()
    assert "is another machine, and what runs there could run code here" in page.error[0].value
    assert queue.all_jobs() == []
