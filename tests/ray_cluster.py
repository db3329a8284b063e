"""A Ray cluster of two nodes on loopback, as a process of its own: prints its address, ends a node when a line comes."""

import os
import subprocess
import sys
from contextlib import contextmanager

QUIET = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@contextmanager
def cluster():
    """Yield the address of a cluster of two nodes with one CPU each, and a function that ends the second without grace."""
    process = subprocess.Popen(
        [sys.executable, __file__], env=os.environ | QUIET, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip

    def kill():
        process.stdin.write("kill\n")
        process.stdin.flush()
        assert process.stdout.readline() == "killed\n"

    with process:
        yield process.stdout.readline().strip(), kill
        process.stdin.close()


def main():
    from ray.cluster_utils import Cluster

    shared = {"num_cpus": 1, "node_ip_address": "127.0.0.1"}
    nodes = Cluster(initialize_head=True, head_node_args=shared | {"include_dashboard": False})
    second = nodes.add_node(**shared)
    print(nodes.address, flush=True)
    for _ in sys.stdin:
        nodes.remove_node(second, allow_graceful=False)
        print("killed", flush=True)
    nodes.shutdown()


if __name__ == "__main__":
    main()
