"""The nginx of this machine, on the file that is deployed."""

import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.demands import skip_or_fail
from tests.deploying.places import map_folders
from tests.running import START_TIMEOUT_SECONDS, free_port

CONF = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx() -> str:
    """The program; it is often where only root's PATH leads."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return program or skip_or_fail("nginx", "it is not installed")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx."""

    folder: Path
    plain_port: int
    port: int

    def write_machines(self, *lines: str) -> None:
        """Name the machines that it passes requests to, one a line."""
        file = self.folder / "etc/nginx/gateway/machines.conf"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def reload(self) -> None:
        """Read its files anew; returns when nothing is served by what they said before."""
        master = int((self.folder / "nginx.pid").read_text(encoding="utf-8"))
        before = _workers(master)
        os.kill(master, signal.SIGHUP)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while before & _workers(master):
            assert time.monotonic() < deadline, "it did not reload"
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        """A client's, which believes this proxy's certificate and no other."""
        return ssl.create_default_context(
            cafile=self.folder / "etc/nginx/gateway/tls/certificate.pem"
        )

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A client that calls from ``address``, one of the loopback's."""
        transport = httpx.HTTPTransport(verify=self.trust, local_address=address)
        return httpx.Client(base_url=self.url, transport=transport)

    def wait_for_log(self, last: str) -> str:
        """All that it wrote, as soon as ``last`` is there: it answers before it logs."""
        logs = self.folder / "var/log/nginx"
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while last not in (text := "".join(map(Path.read_text, sorted(logs.iterdir())))):
            assert time.monotonic() < deadline, text
            time.sleep(0.02)
        return text


def substitutions(folder: Path, plain_port: int, port: int) -> Mapping[str, str]:
    """All that differs from the file as it is deployed, besides where folders are.

    Ports; and where bodies wait that are too large for memory: that is compiled in.
    """
    paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    return {
        "listen 80 default_server;": f"listen 127.0.0.1:{plain_port} default_server;",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "http {\n": f"http {{\n{paths}",
    }


def prepare(folder: Path, upstream: int) -> Proxy:
    """What it needs below ``folder``, before the gateway on the port ``upstream``."""
    proxy = Proxy(folder, free_port(), free_port())
    text = CONF.read_text(encoding="utf-8")
    for plain, instead in substitutions(folder, proxy.plain_port, proxy.port).items():
        assert text.count(plain) == 1, plain
        text = text.replace(plain, instead)
    home = folder / "etc/nginx"
    (home / "gateway/tls").mkdir(parents=True)
    (folder / "var/log/nginx").mkdir(parents=True)
    (home / "nginx.conf").write_text(map_folders(folder, text), encoding="utf-8")
    proxy.write_machines(f"server 127.0.0.1:{upstream};")
    _certify(home / "gateway/tls")
    return proxy


def nginx_command(folder: Path) -> list[str]:
    """nginx in the foreground, with its own pid file; workers stay the user who started it."""
    user = "user root; " if os.geteuid() == 0 else ""
    directives = f"daemon off; {user}pid {folder}/nginx.pid;"
    conf = folder / "etc/nginx/nginx.conf"
    return [nginx(), "-p", str(folder), "-e", "stderr", "-c", str(conf), "-g", directives]


@contextmanager
def start_proxy(folder: Path, upstream: int) -> Iterator[Proxy]:
    """A running nginx before the gateway on the port ``upstream``."""
    proxy = prepare(folder, upstream)
    with subprocess.Popen(nginx_command(folder)) as process:  # noqa: S603
        try:
            _wait_until_open(proxy, process)
            yield proxy
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_TIMEOUT_SECONDS)


def _wait_until_open(proxy: Proxy, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    with proxy.client() as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                client.get("/metrics")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
    raise AssertionError(f"nginx did not begin: {process.returncode}")


def _workers(master: int) -> set[str]:
    """The process ids of those who serve."""
    return set(Path(f"/proc/{master}/task/{master}/children").read_text().split())


def _certify(folder: Path) -> None:
    """A key, and a certificate for the loopback that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    addresses = [x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *private))
