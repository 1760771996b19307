"""A wheel holds its pages and serves them outside the checkout, or is not built."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from hatch_build import missing_files
from tests.running import START_TIMEOUT_SECONDS, free_port, process_environment, wait_until_ready

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "gateway" / "web"


def checkout_files() -> list[str]:
    """The files of the checkout that git knows or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    return [name for name in files.stdout.splitlines() if (ROOT / name).is_file()]


def copy_checkout(folder: Path) -> Path:
    """A checkout as a clone has it, without the pages."""
    for name in checkout_files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def build(folder: Path, *kinds: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Build by the packages of this environment: nothing is fetched."""
    command = [sys.executable, "-m", "build", "--no-isolation", *kinds]
    environment = {"PATH": path or "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose source distribution and wheel are in ``dist``, the wheel from the former."""
    folder = copy_checkout(tmp_path_factory.mktemp("checkout"))
    # Copied last, they are as new as pages that were just built.
    shutil.copytree(PAGES, folder / "gateway" / "web", copy_function=shutil.copy)
    result = build(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def single_file(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def test_the_wheel_holds_the_code_the_pages_and_no_more(built: Path) -> None:  # R108
    code = {name for name in checkout_files() if name.startswith("gateway/")}
    pages = {str(path.relative_to(ROOT)) for path in PAGES.rglob("*") if path.is_file()}
    assert names(single_file(built / "dist", "*.whl")) == code | pages
    assert {"gateway/web/gift.html", "gateway/web/order.html", "gateway/web/graphiql.html"} <= pages


def test_the_source_distribution_holds_the_pages(built: Path) -> None:  # R108
    """A wheel is built from it without Node."""
    with tarfile.open(single_file(built / "dist", "*.tar.gz")) as archive:
        archive_names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "gateway/web/gift.html",
        "gateway/web/order.html",
        "gateway/web/operations.json",
        "hatch_build.py",
    } <= archive_names
    assert not [
        name for name in archive_names if "node_modules" in name or name.startswith(".venv")
    ]


def test_the_licence_stands_in_the_wheel(built: Path) -> None:
    with zipfile.ZipFile(single_file(built / "dist", "*.whl")) as archive:
        licences = {name.rpartition("/")[2] for name in archive.namelist() if "/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel: of this one it has the packages, not the code."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    packages = single_file(folder, "lib/python*/site-packages")
    with zipfile.ZipFile(single_file(built / "dist", "*.whl")) as archive:
        archive.extractall(packages)  # noqa: S202 - just built
    # A line here adds a place to look in; the links that stand in that place are not followed.
    (packages / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder


def test_it_serves_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:  # R108
    python, port = installed / "bin" / "python", free_port()
    where = [str(python), "-c", "import gateway; print(gateway.__file__)"]
    place = subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True)  # noqa: S603
    assert Path(place.stdout.strip()).is_relative_to(installed)
    url = f"http://127.0.0.1:{port}"
    command = [str(python), "-m", "gateway", "serve"]
    settings = process_environment(tmp_path, GATEWAY_PORT=str(port))
    with subprocess.Popen(command, cwd=tmp_path, env=settings) as process:  # noqa: S603
        try:
            wait_until_ready(url)
            gift = httpx.get(f"{url}/gift")
            assert (gift.status_code, gift.text) == (200, (PAGES / "gift.html").read_text())
            explorer = httpx.get(f"{url}/graphql", headers={"accept": "text/html"})
            assert explorer.status_code == 200
            for asset in (PAGES / "assets").iterdir():
                if asset.suffix != ".gz":
                    assert httpx.get(f"{url}/assets/{asset.name}").content == asset.read_bytes()
            asked = {"query": "{ products(first: 1) { nodes { featuredImage { url } } } }"}
            answer = httpx.post(f"{url}/graphql", json=asked).json()
            [product] = answer["data"]["products"]["nodes"]
            picture = httpx.get(product["featuredImage"]["url"])
            drawing = ROOT / "gateway" / "adapters" / "demo" / "pictures" / "stoneware-mug.svg"
            assert (picture.status_code, picture.text) == (200, drawing.read_text())
        finally:
            process.terminate()
            assert process.wait(START_TIMEOUT_SECONDS) == 0


@pytest.mark.parametrize("kind", ["--wheel", "--sdist"])
def test_without_pages_and_without_node_nothing_is_built(tmp_path: Path, kind: str) -> None:  # R108
    folder = copy_checkout(tmp_path / "checkout")
    result = build(folder, kind, path=str(tmp_path))
    assert result.returncode != 0
    last = [line for line in result.stderr.splitlines() if line.startswith("the pages")]
    assert last == [
        "the pages are not built, and here is no Node to build them with: run `make web` first"
    ]
    assert not (folder / "dist").exists() or not list((folder / "dist").iterdir())


def test_a_page_whose_parts_are_missing_is_noticed(tmp_path: Path) -> None:  # R108
    shutil.copytree(PAGES, tmp_path / "gateway" / "web")
    assert list(missing_files(tmp_path)) == []
    page = (tmp_path / "gateway" / "web" / "gift.html").read_text(encoding="utf-8")
    script_path = re.search(r"assets/gift-[\w-]+\.js", page)
    assert script_path is not None
    script = tmp_path / "gateway" / "web" / script_path.group()
    script.unlink()
    assert list(missing_files(tmp_path)) == [script.name]
    (tmp_path / "gateway" / "web" / "operations.json").unlink()
    assert list(missing_files(tmp_path)) == [script.name, "operations.json"]
