"""A Slurm cluster of this machine alone, with a configuration, keys and ports of its own."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager

from tests.processes import end

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol")
SBIN = ":/usr/sbin:/sbin"
CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmdPort={d}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2
JobRequeue=1
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """Why there can be no cluster here, "" where there can."""
    without = [name for name in PROGRAMS if not shutil.which(name, path=os.environ["PATH"] + SBIN)]
    if without:
        return f"needs Slurm and munge ({without[0]} is not here): apt-get install slurmctld slurmd slurm-client munge"
    return "" if os.geteuid() == 0 else "needs root: slurmd starts jobs as their users"


@contextmanager
def cluster(folder):
    """Yield the environment in which Slurm's commands mean a cluster of one node with two CPUs."""
    for name in ("state", "spool"):
        (folder / name).mkdir()
    ports = {name: free_port() for name in ("ctld", "d")}
    host = socket.gethostname().partition(".")[0]
    (folder / "slurm.conf").write_text(
        CONF.format(host=host, user=getpass.getuser(), folder=folder, cpus=os.cpu_count(), **ports)
    )
    environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": os.environ["PATH"] + SBIN}
    with ExitStack() as stack:
        for command in (munge(folder), ["slurmctld", "-D"], ["slurmd", "-D"]):
            log = stack.enter_context(open(folder / f"{command[0]}.out", "wb"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            stack.callback(end, process)
        wait_until_idle(environment, folder)
        yield environment


def munge(folder):
    """The command that runs munge with a key of its own, which is made."""
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    files = {"key-file": key, "socket": folder / "munge.sock", "seed-file": folder / "munge.seed",
             "pid-file": folder / "munge.pid", "log-file": folder / "munge.log"}  # fmt: skip
    return ["munged", "--foreground", "--force", *(f"--{name}={path}" for name, path in files.items())]


def wait_until_idle(environment, folder):
    """Return when the node takes jobs."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        asked = subprocess.run(
            ["sinfo", "--noheader", "--format", "%T"], env=environment, capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() == "idle":
            return
        time.sleep(0.2)
    logs = {path.name: path.read_text(errors="replace")[-1000:] for path in folder.glob("*.log")}
    raise AssertionError(f"Slurm did not start: {asked} {logs}")


def free_port():
    """A port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
