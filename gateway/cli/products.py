"""Commands for products."""

import asyncio
import codecs
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO, cast

import httpx
import typer
from rich.progress import Progress

from gateway.adapters.clocks import SystemClock
from gateway.adapters.picture_files import PictureFiles
from gateway.adapters.picture_sources import FetchedPictures, FolderPictures
from gateway.adapters.product_files import CsvProductFile, InvalidProductFile
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.cli.product_report import ImportReport
from gateway.cli.startup import (
    EXIT_FAULTY,
    EXIT_NOT_STARTED,
    UndecodableFile,
    UnreadableFile,
    console,
    file_encoding,
    load_settings,
    print_error,
    require_encoded_file,
    require_existing,
)
from gateway.engine.money import Currency
from gateway.preparation import open_prepared_database, prepare_database
from gateway.services.catalogue import product_import
from gateway.services.catalogue.import_report import ImportSummary
from gateway.services.catalogue.picture_copies import PictureCopier
from gateway.services.catalogue.product_import import (
    ImportDependencies,
    ProductImportOptions,
    RowsRefused,
)
from gateway.services.ports.database import DuplicateKey
from gateway.services.ports.pictures import PictureSource
from gateway.settings import Settings

FETCH = "fetch"
AGAIN = "import it again: what is saved is left as it is"


def import_products(
    file: Annotated[Path, typer.Argument(show_default=False)],
    currency: Annotated[
        str | None,
        typer.Option(help="The currency of its prices.", show_default="the merchant's own"),
    ] = None,
    *,
    set_stock: Annotated[
        bool,
        typer.Option("--set-stock", help="Set the stock of variants that are there, too."),
    ] = False,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete", help="Sell no longer what the file does not name of its products."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")
    ] = False,
    all_or_nothing: Annotated[
        bool,
        typer.Option("--all-or-nothing", help="Import nothing if a row is refused."),
    ] = False,
    pictures: Annotated[
        str | None,
        typer.Option(
            metavar="fetch|FOLDER",
            help="Copy its pictures into the gateway: fetched, or from files in FOLDER.",
            show_default="pictures stay at their addresses",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="Its encoding, such as windows-1252.", show_default="its mark's, or UTF-8"
        ),
    ] = None,
) -> None:
    """Import a product CSV with Shopify's columns, parted by commas, semicolons or tabs.

    Products are found again by Handle; variants by Variant SKU where that is theirs alone, else by
    the values of their options. The file changes what its columns name and nothing else: stock of
    variants that are there is left alone without --set-stock, and variants that the file does not
    name stay as they are without --complete. A product with a row that cannot be used is left out
    whole; all others are kept, or none with --all-or-nothing. What was changed, ignored and refused
    is told by line and column. Ends with 1 if a row was refused.
    """
    settings = load_settings()
    options = ProductImportOptions(
        _find_currency(currency, settings),
        sets_stock=set_stock,
        completes=complete,
        all_or_nothing=all_or_nothing,
        is_dry_run=dry_run,
        takes_file_names=pictures not in (None, FETCH),
    )
    folder = _require_folder(pictures)
    path, text_encoding = _require_file(file, encoding)
    asyncio.run(prepare_database(settings))
    with Progress(console=console(stderr=True)) as progress:
        product_file = CsvProductFile(lambda: _open_text(path, text_encoding))
        report = ImportReport(progress, options.currency)
        run = ImportRun(product_file, options, settings, report, pictures == FETCH, folder)
        summary = _run_import(run)
    report.print(summary, console())
    if summary.refused_products:
        raise typer.Exit(EXIT_FAULTY)


def _find_currency(code: str | None, settings: Settings) -> Currency:
    currency = IsoCurrencies().find(code.upper()) if code else settings.currency
    if currency is None:
        print_error(f"{code} is no currency of ISO 4217")
        raise typer.Exit(EXIT_NOT_STARTED)
    return currency


def _require_file(path: Path, encoding: str | None) -> tuple[Path, str]:
    """``path`` and its encoding, if all of it is text in that encoding."""
    if encoding is not None:
        try:
            encoding = codecs.lookup(encoding).name
            "".encode(encoding)
        except LookupError:
            print_error(f"{encoding} is no encoding of text")
            raise typer.Exit(EXIT_NOT_STARTED) from None
    require_existing(path)
    if not path.is_file() and not path.is_dir():
        # It is read several times from its beginning, which a pipe cannot be.
        raise UnreadableFile(f"{path}: is no file")
    try:
        require_encoded_file(path, encoding)
    except UndecodableFile as error:
        raise UndecodableFile(f"{error}, or name its encoding: --encoding windows-1252") from None
    return path, file_encoding(path, encoding)


@contextmanager
def _open_text(path: Path, encoding: str) -> Iterator[TextIO]:
    with path.open("r", encoding=encoding, newline="") as stream:
        yield cast("TextIO", stream)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run of the command: what it imports, how, and where its pictures come from."""

    product_file: CsvProductFile
    options: ProductImportOptions
    settings: Settings
    report: ImportReport
    fetches_pictures: bool
    picture_folder: Path | None


def _require_folder(pictures: str | None) -> Path | None:
    """The folder of pictures, if they are copied from one."""
    if pictures is None or pictures == FETCH:
        return None
    folder = require_existing(Path(pictures))
    if not folder.is_dir():
        raise UnreadableFile(f"{folder}: is no folder; --pictures takes one, or {FETCH}")
    return folder


def _run_import(run: ImportRun) -> ImportSummary:
    try:
        return asyncio.run(_import_into_database(run))
    except InvalidProductFile as error:
        print_error(f"{error}")
    except RowsRefused:
        print_error(f"the catalogue changed meanwhile, and nothing was imported: {AGAIN}")
    except DuplicateKey:
        print_error(f"another import changed the same products meanwhile: {AGAIN}")
    raise typer.Exit(EXIT_FAULTY)


async def _import_into_database(run: ImportRun) -> ImportSummary:
    async with (
        open_prepared_database(run.settings) as database,
        _open_picture_source(run) as source,
    ):
        store = PictureFiles(run.settings.media_folder)
        copier = (
            None if source is None else PictureCopier(source, store, not run.options.is_dry_run)
        )
        return await product_import.import_products(
            run.product_file,
            run.options,
            dependencies=ImportDependencies(
                database, RandomIds(), SystemClock(), Nh3HtmlSanitizer(), copier
            ),
            recorder=run.report,
        )


@asynccontextmanager
async def _open_picture_source(run: ImportRun) -> AsyncIterator[PictureSource | None]:
    if run.picture_folder is not None:
        yield FolderPictures(run.picture_folder)
    elif run.fetches_pictures:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield FetchedPictures(client)
    else:
        yield None
