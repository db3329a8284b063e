"""Templates of what is exported as HTML: files in `templates/`, in which every value is escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> Markup:
    """Return a template filled in; as Markup it is not escaped again where another template takes it.

    Args:
        template: name of a file in `templates/`.
        values: by the names that the template knows; one that is missing is an error, never a gap.
    """
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(values))


@cache
def _environment() -> Environment:
    """Return what loads the templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
