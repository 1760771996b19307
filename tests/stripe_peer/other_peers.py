"""Run the tests of agreement against localstripe, which is a process of its own.

``python -m tests.stripe_peer.other_peers .localstripe/bin/localstripe`` does so in the network
that it is started in: `make stripe-peer` makes one that reaches nothing, since localstripe listens
on every interface.
"""

import os
import socket
import subprocess
import sys
import time

LOCALSTRIPE_URL = "GATEWAY_TEST_LOCALSTRIPE_URL"
TEST_KEY = "STRIPE_TEST_KEY"
PORT = 8420


def main(program: str) -> int:
    """The status of the tests, which have localstripe while they run."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)  # noqa: S607
    peer = subprocess.Popen([program, "--port", str(PORT)], stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(peer)
        environment = {name: value for name, value in os.environ.items() if name != TEST_KEY}
        environment[LOCALSTRIPE_URL] = f"http://127.0.0.1:{PORT}"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "tests/stripe_peer/test_agreement.py",
            "tests/stripe_peer/test_adapter_elsewhere.py",
        ]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
    finally:
        peer.terminate()
        peer.wait(10)


def _wait(peer: "subprocess.Popen[bytes]") -> None:
    """Until it listens; at most 20 s."""
    for _ in range(200):
        if peer.poll() is not None:
            sys.exit(f"localstripe ended with {peer.returncode}")
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("localstripe does not listen")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
