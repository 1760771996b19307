"""R111: three product files in Shopify's form are imported whole, with their pictures."""

import asyncio
import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.cli import app
from gateway.engine.catalogue.products import Product, Stock, Variant
from tests.picture_samples import build_png

Run: TypeAlias = Callable[..., Result]
SAMPLES = Path(__file__).parent.parent / "data" / "products"
PICTURE_COLUMNS = ("Image Src", "Product image URL", "Variant Image")
FILES = [("clothes.csv", ","), ("food.csv", ";"), ("furniture.csv", "\t")]
Listings: TypeAlias = dict[str, tuple[Product, tuple[Variant, ...]]]


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a picture for each that the samples name, each of another size."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, separator in FILES:
        lines = (SAMPLES / name).read_text(encoding="utf-8-sig").splitlines(keepends=True)
        for row in csv.DictReader(lines, delimiter=separator):
            for address in filter(None, (row.get(column) for column in PICTURE_COLUMNS)):
                file = folder / address.rpartition("/")[2].partition("?")[0]
                if not file.exists():
                    file.write_bytes(build_png(640, 480 + len(list(folder.iterdir()))))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def import_samples(*options: str) -> list[str]:
    """Import the three files, and return what was told, on one line each."""
    outputs = []
    for name, _ in FILES:
        answer = run("import-products", str(SAMPLES / name), *options)
        assert (answer.exit_code, answer.exception) == (0, None), answer.output
        outputs.append(" ".join(answer.stdout.split()))
    return outputs


HANDLES = [
    "linen-shirt", "wool-socks", "tote-bag", "fashion-plate", "winter-coat", "rain-cape",
    "sewing-pattern", "highland-coffee", "heather-honey", "red-wine-2021", "bread-of-the-day",
    "creme-fraiche", "dining-set", "first-flat", "dining-table", "oak-chair", "reading-lamp",
]  # fmt: skip


async def load_all(data_folder: Path, handles: Sequence[str] = HANDLES) -> Listings:
    """These products with all their variants by handle, listed or not."""
    database = await SqliteDatabase.open(data_folder / "gateway.db")
    async with database.read() as reading:
        ids = await reading.catalogue.find_ids_by_handle(handles)
        assert set(ids) == set(handles)
        products = await reading.catalogue.load_products(list(ids.values()))
        variants = await reading.catalogue.list_all_variants(list(ids.values()))
    await database.close()
    return {product.handle: (product, variants[product.id]) for product in products.values()}


def test_samples_are_imported_whole_with_their_pictures(data_folder: Path, pictures: Path) -> None:
    outputs = import_samples("--pictures", str(pictures))
    assert [output.rpartition("┘ ")[2] for output in outputs] == [
        "Products imported: 7, with variants: 15. Products refused: 0.",
        "Products imported: 5, with variants: 9. Products refused: 0.",
        "Products imported: 5, with variants: 7. Products refused: 0.",
    ]
    listings = asyncio.run(load_all(data_folder))
    for product, variants in listings.values():
        images = [*product.images, *(each.image for each in variants if each.image)]
        assert all(image.url.startswith("/media/") and image.width == 640 for image in images)
    stored = {path.name for path in (data_folder / "media").iterdir() if path.is_file()}
    urls = {image.url for product, _ in listings.values() for image in product.images}
    assert {url.removeprefix("/media/") for url in urls} <= stored
    before = listings
    again = import_samples("--pictures", str(pictures))
    assert not [output for output in again if "Changed" in output]
    assert asyncio.run(load_all(data_folder)) == before


def test_what_the_clothes_become(data_folder: Path) -> None:
    (output, _, _) = import_samples()
    listings = asyncio.run(load_all(data_folder))
    shirt, variants = listings["linen-shirt"]
    assert (shirt.option_names, len(variants), shirt.tags) == (
        ("Colour", "Size"),
        6,
        ("linen", "summer", "Men"),
    )
    assert shirt.description_html.startswith("<h2>Cool in summer</h2>\n<p>A shirt of washed linen")
    assert "script" not in shirt.description_html
    assert shirt.description.splitlines() == [
        "Cool in summer",
        'A shirt of washed linen, "garment-dyed" & soft from the first day.',
        "100 % linen",
        "Machine wash, 30 °C",
    ]
    assert [image.alt_text for image in shirt.images] == [
        "Linen shirt in sand, from the front",
        "Linen shirt in moss",
        None,
    ]
    prices = [(each.options, each.price("USD"), each.compare_at_price("USD")) for each in variants]
    assert prices == [
        ("Sand / S", 5900, None), ("Sand / M", 5900, None), ("Sand / L", 5900, None),
        ("Moss / S", 5900, 7900), ("Moss / M", 5900, 7900), ("Moss / L", 5900, 7900),
    ]  # fmt: skip
    assert variants[0].image == shirt.images[0]
    assert listings["fashion-plate"][0].option_names == ("Title",)
    assert listings["tote-bag"][0].option_names == ()
    assert listings["tote-bag"][1][0].stock == Stock(-2, backorder=True)
    assert [listings[handle][0].listed for handle in ("winter-coat", "rain-cape", "tote-bag")] == [
        False,
        False,
        True,
    ]
    pattern, (download,) = listings["sewing-pattern"]
    assert (pattern.title, pattern.vendor, download.sku) == (
        "=Sewing pattern (PDF)",
        "@Nordwind",
        "-PDF-1",
    )
    assert not download.requires_shipping
    for column, cells in (
        ("Google Shopping / Gender │ it is for advertisements", 1),
        ("Fabric (product.metafields.custom.fabric) │ metafields are not kept", 1),
        ("Cost per item │ what goods cost the merchant is not kept", 6),
        ("Product Category │ Shopify's own category is not kept; Type is", 1),
    ):
        assert f"{column} │ {cells} " in output


def test_what_the_food_becomes(data_folder: Path) -> None:
    import_samples()
    listings = asyncio.run(load_all(data_folder))
    coffee, beans = listings["highland-coffee"]
    assert [(each.sku, each.options, each.grams) for each in beans] == [
        ("", "Whole beans / 250 g", 270),
        ("", "Whole beans / 1 kg", 1040),
        ("", "Espresso / 250 g", 270),
        ("", "Espresso / 1 kg", 1040),
    ]
    assert coffee.seo.title == "Highland coffee"
    wine, (bottle,) = listings["red-wine-2021"]
    assert (wine.tags, bottle.tags) == (("age restricted", "dry"), frozenset({"AGE_RESTRICTED"}))
    assert (bottle.stock, bottle.compare_at_price("USD")) == (Stock(60, backorder=True), None)
    bread, (loaf,) = listings["bread-of-the-day"]
    assert (bread.listed, loaf.price("USD"), loaf.available) == (False, 0, None)
    assert listings["creme-fraiche"][0].description == "Für Suppen 🥣"


def test_what_the_furniture_becomes(data_folder: Path, tmp_path: Path) -> None:
    """Also in UTF-16, as spreadsheets save text with tabs."""
    import_samples()
    listings = asyncio.run(load_all(data_folder))
    tables = listings["dining-table"][1]
    assert [each.sku for each in tables] == ["TABLE-160", "TABLE-200", "TABLE-200"]
    assert tables[0].stock == Stock(2, backorder=True, ships_in_days=5, backorder_days=42)
    _, (dining_set,) = listings["dining-set"]
    assert (dining_set.price("USD"), dining_set.compare_at_price("USD")) == (107_000, 129_000)
    _, (flat,) = listings["first-flat"]
    assert flat.price("USD") == 2_900 + 107_000 + 2 * 4_500
    assert flat.days_to_ship(1) == 28
    assert len(listings["dining-table"][0].images) == 2
    file = tmp_path / "furniture.txt"
    file.write_text((SAMPLES / "furniture.csv").read_text(encoding="utf-8"), encoding="utf-16")
    again = run("import-products", str(file), "--dry-run")
    assert (again.exit_code, "Would change" in again.stdout) == (0, False), again.stdout


@pytest.mark.usefixtures("data_folder")
def test_a_picture_that_is_not_in_the_folder(tmp_path: Path) -> None:
    """At an address it stays there; the name of a file refuses its product."""
    folder, file = tmp_path / "pictures", tmp_path / "mugs.csv"
    folder.mkdir()
    file.write_text(
        "Handle,Title,Variant Price,Image Src\nmug,Mug,1,https://a.example/mug.png\n"
        "cup,Cup,1,cup.png\n"
    )
    without = run("import-products", str(file), "--dry-run")
    assert "Image Src 'cup.png' is the name of a file: --pictures FOLDER reads it" in without.stdout
    answer = run("import-products", str(file), "--pictures", str(folder))
    output = " ".join(answer.stdout.split())
    assert answer.exit_code == 1
    assert f"Image Src 'cup.png': no file is called cup.png in {folder}" in output.replace("│ ", "")
    assert "it is not copied, and shown from its own address" in output
    assert "Products imported: 1, with variants: 1. Products refused: 1." in output
    (folder / "cup.png").write_bytes(build_png(3, 4))
    assert run("import-products", str(file), "--pictures", str(folder)).exit_code == 0
    missing = run("import-products", str(file), "--pictures", str(tmp_path / "none"))
    assert (missing.exit_code, "none" in missing.stderr) == (2, True)
    no_folder = run("import-products", str(file), "--pictures", str(file))
    assert (no_folder.exit_code, no_folder.stderr.endswith("or fetch\n")) == (2, True)


def test_pictures_of_the_web_are_copied_once(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R111: what is not public is not asked, and shown from where it is."""
    picture, asked = build_png(3, 4), []

    async def answer(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["host"])
        return httpx.Response(200, stream=httpx.ByteStream(picture))

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer)
    file = tmp_path / "mugs.csv"
    file.write_text(
        "Handle,Title,Variant Price,Image Src\nmug,Mug,1,http://93.184.216.34/mug.png?v=1\n"
        "cup,Cup,1,http://127.0.0.1/cup.png\njug,Jug,1,http://[::1]:8000/jug.png\n"
        "pot,Pot,1,http://169.254.169.254/pot.png\n"
    )
    outputs = [run("import-products", str(file), "--pictures", "fetch") for _ in range(2)]
    assert [(output.exit_code, output.exception) for output in outputs] == [(0, None)] * 2
    assert asked == ["93.184.216.34"]
    listings = asyncio.run(load_all(data_folder, ["mug", "cup", "jug", "pot"]))
    addresses = {handle: product.images[0].url for handle, (product, _) in listings.items()}
    (copy,) = [path for path in (data_folder / "media").iterdir() if path.is_file()]
    assert copy.read_bytes() == picture
    assert addresses == {
        "mug": f"/media/{copy.name}",
        "cup": "http://127.0.0.1/cup.png",
        "jug": "http://[::1]:8000/jug.png",
        "pot": "http://169.254.169.254/pot.png",
    }
