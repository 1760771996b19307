"""Commands for pictures."""

import asyncio

from gateway.adapters.clocks import SystemClock
from gateway.adapters.picture_files import PictureFiles
from gateway.cli.startup import console, load_settings
from gateway.preparation import open_prepared_database
from gateway.services.catalogue.picture_cleanup import delete_unused_pictures
from gateway.settings import Settings


def clean_pictures() -> None:
    """Delete the stored pictures that no product, variant or collection shows any longer.

    Pictures that were stored, or shown by an import, in the last 24 hours stay. A gateway may run
    meanwhile.
    """
    count = asyncio.run(_delete_unused(load_settings()))
    console().print(f"Pictures deleted: {count}.")


async def _delete_unused(settings: Settings) -> int:
    async with open_prepared_database(settings) as database:
        return await delete_unused_pictures(
            PictureFiles(settings.media_folder), database=database, clock=SystemClock()
        )
