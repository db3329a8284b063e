"""Views saved by name: a page and its query string, one JSON file each in `<cache>/views/`."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from coreset_engine import named_json, paths
from coreset_engine.access import require_writable
from coreset_engine.dashboard.shell import pages
from coreset_engine.errors import ConfigError, UnknownNameError, newer_file, newer_version
from coreset_engine.faults import unwritable

FORMAT = "coreset-view"
VERSION = 1
LONGEST = 65_536  # characters of a query string; a lasso drawn by hand has some thousand
_LARGEST = 16 * LONGEST  # bytes of a file
SHORT = "view"  # names a saved view in an address
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,62}[A-Za-z0-9._-])?")


@dataclass(frozen=True)
class SavedView:
    """A page and its state.

    Attributes:
        name: as run names, with capitals and with spaces between words.
        page: as in its address, e.g. "Explore"; "" for the Overview.
        query: what stands behind the "?" of its address.
    """

    name: str
    page: str
    query: str

    @property
    def link(self) -> str:
        """Return its address within the app."""
        return f"/{self.page}?{self.query}"

    @property
    def short(self) -> str:
        """Return the short address that opens it as it is saved then, e.g. "?view=my%20name"."""
        return f"?{SHORT}={quote(self.name)}"

    @property
    def values(self) -> dict[str, list[str]]:
        """Return the query's values by name."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found


def of_link(name: str, link: str) -> SavedView:
    """Return the view that an address of this app shows, e.g. "http://127.0.0.1:8501/Explore?run=demo".

    Raises:
        ConfigError: it is no address of a page here.
        UnknownNameError: the name can't be a file's.
    """
    _path(name)
    try:
        parts = urlsplit(link.strip())
        view = _moved(SavedView(name, parts.path.strip("/").rpartition("/")[2], parts.query))
        known = bool(link.strip()) and pages.known(view.page)
    except ValueError:  # e.g. an unclosed bracket
        known = False
    if not known:
        raise ConfigError(
            "This is no address of a page of this app. Copy it from the address bar, such as "
            "http://127.0.0.1:8501/Explore?run=demo."
        )
    return _checked(view)


def save(view: SavedView) -> None:
    """Write a view; one of the same name is not overwritten.

    Raises:
        UnknownNameError: the name can't be a file's.
        ConfigError: the name is taken, the view is too long, or the cache can't be written to.
    """
    path = _path(_checked(view).name)
    if path.exists():
        raise ConfigError(f"There is a view {view.name!r} already. Choose another name, or delete it first.")
    try:
        paths.write_atomically(path, named_json.sealed({"format": FORMAT, "version": VERSION, **asdict(view)}))
    except OSError as error:
        raise ConfigError(unwritable(f"The view {view.name}", error)) from None


def load(name: str) -> SavedView:
    """Return a saved view.

    Raises:
        UnknownNameError: the name can't be a file's.
        ConfigError: it is missing, damaged or newer than the program.
    """
    path = _path(name)
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise ValueError(f"it has {size:,} bytes, at most {_LARGEST:,} are read")
        content, _ = named_json.unsealed(path, VERSION)
        newer = newer_version(content, FORMAT, VERSION)
        if newer:
            raise ConfigError(newer_file(path, newer, VERSION))
        given = [content[key] for key in ("name", "page", "query")]
    except FileNotFoundError:
        raise ConfigError(f"There is no saved view {name!r} here. The Overview lists those that there are.") from None
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"The view {name} can't be read ({error}). Delete it and save it again.") from None
    whole = (content.get("format"), content.get("version")) == (FORMAT, VERSION)
    if not whole or not all(isinstance(one, str) for one in given) or given[0] != name:
        raise ConfigError(f"{path.name} is no saved view {name!r} of version {VERSION}. Delete it and save it again.")
    return _checked(_moved(SavedView(*given)))


def names() -> list[str]:
    """Return the names of all saved views, in alphabetical order, damaged ones too."""
    return sorted(path.stem for path in (paths.cache_root() / "views").glob("*.json") if is_name(path.stem))


def is_name(text: str) -> bool:
    """Return whether a view can have a name."""
    return _NAME.fullmatch(text) is not None


def exists(name: str) -> bool:
    """Return whether there is a view of a name, damaged or not."""
    return is_name(name) and _path(name).exists()


def delete(name: str) -> None:
    """Delete a view; one that is gone already is no error.

    Raises:
        UnknownNameError: the name can't be a file's.
        ViewerError: this process only shows.
    """
    require_writable("delete a view")
    path = _path(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(unwritable(f"The folder of {path}", error)) from None


def _path(name: str) -> Path:
    """Return the file of a view."""
    if not is_name(name):
        raise UnknownNameError(
            f"{name!r} can't be the name of a view. Use 1 to 64 letters a-z, digits, '.', '_', '-' and spaces between them, "
            "starting with a letter or digit."
        )
    return paths.cache_root() / "views" / f"{name}.json"


def _moved(view: SavedView) -> SavedView:
    """Return a view of a former address as one of the page that has taken it over; any other as it is."""
    now = pages.moved(view.page)
    if now is None:
        return view
    added = urlencode(now.query)
    return SavedView(view.name, now.address, "&".join(text for text in (view.query, added) if text))


def _checked(view: SavedView) -> SavedView:
    """Return a view whose page exists and whose query a browser can carry."""
    if not pages.known(view.page):
        raise ConfigError(f"The view {view.name} is of a page {view.page!r}, which this app has not. Delete it.")
    if len(view.query) > LONGEST:
        raise ConfigError(f"The view's address has {len(view.query):,} characters; at most {LONGEST:,} are saved.")
    return view
