"""What components fetch by themselves: a run's pack and its sheets of thumbnails, once for each state of its files."""

import hashlib
from functools import lru_cache
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from coreset_engine import paths, store
from coreset_engine.dashboard.shell import login
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import EngineError
from coreset_engine.explorer import atlas, run_pack

ROOT = "explorer"
_KEPT = {"Cache-Control": "private, max-age=86400, immutable"}  # an address stands for one state of the files


def routes() -> list[Route]:
    """Return the addresses that the server answers besides Streamlit's own."""
    base = f"/{config.get_option('server.baseUrlPath').strip('/')}/{ROOT}".replace("//", "/")
    return [
        Route(f"{base}/{{run}}/{{state}}/run.pack", _answer_pack),
        Route(f"{base}/{{run}}/{{state}}/sheet-{{number:int}}.png", _answer_sheet),
    ]


def address(run: str) -> str:
    """Return where a run's pack and sheets lie, relative to the pages, for the present state of its files."""
    return f"{ROOT}/{quote(run)}/{_state(run)}"


def _state(run: str) -> str:
    """Return a word that changes when the run's dynamics or its images do."""
    stat = (paths.run_folder(run) / store.FILE_NAME).stat()
    return hashlib.sha256(f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}".encode()).hexdigest()[:16]


def _answer_pack(request: Request) -> Response:
    """Answer with a run's pack."""
    run, refusal = _asked(request)
    if refusal:
        return refusal
    try:
        return Response(_pack(run, request.path_params["state"]), media_type="application/octet-stream", headers=_KEPT)
    except EngineError as error:
        return PlainTextResponse(str(error), 404)


def _answer_sheet(request: Request) -> Response:
    """Answer with one sheet of thumbnails."""
    run, refusal = _asked(request)
    if refusal:
        return refusal
    try:
        images, order = _images(run, request.path_params["state"])
        picture = atlas.sheet(images.images["train"], order, request.path_params["number"])
        return Response(picture, media_type="image/png", headers=_KEPT)
    except (EngineError, IndexError) as error:
        return PlainTextResponse(str(error), 404)


def _asked(request: Request) -> tuple[str, PlainTextResponse | None]:
    """Return the run that is asked for, and the refusal of a stranger or of an address that means nothing any more."""
    run = request.path_params["run"]
    if not login.may_send(request.cookies):
        return run, PlainTextResponse("Nobody is logged in. Open the app's address and log in first.", 403)
    if not paths.is_name(run) or not (paths.run_folder(run) / store.FILE_NAME).is_file():
        return run, PlainTextResponse("There is no such run here.", 404)
    if request.path_params["state"] != _state(run):
        return run, PlainTextResponse("The run has changed since. Load the page anew.", 409)
    return run, None


@lru_cache(maxsize=4)
def _pack(run: str, state: str) -> bytes:
    """Make a run's pack once for each state of its files."""
    images = _image_set(run)
    laid = atlas.layout(images.images["train"]) if images else None
    names = store.RunFile(paths.run_folder(run)).info.names
    return run_pack.run_pack(store.load_run(run), names, images.truth if images else {}, laid)


@lru_cache(maxsize=4)
def _images(run: str, state: str) -> tuple[ImageSet, NDArray[np.int64]]:
    """Open a run's images, with the order of its sheets, once for each state of its files."""
    info = store.RunFile(paths.run_folder(run)).info
    return library.cached(info.dataset, info.dataset_sha256), run_pack.atlas_order(store.load_run(run))


def _image_set(run: str) -> ImageSet | None:
    """Return a run's images, None where there are none here."""
    info = store.RunFile(paths.run_folder(run)).info
    try:
        return library.cached(info.dataset, info.dataset_sha256)
    except EngineError:
        return None  # imported, or the image cache was removed: the page says so
