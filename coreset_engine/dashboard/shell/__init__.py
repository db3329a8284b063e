"""The frame around every page: set-up, menu, links, saved views, login, the list of jobs. Never imports torch."""

from coreset_engine.dashboard.shell.asked import tell_unshown
from coreset_engine.dashboard.shell.frame import beside, changing, failing_gracefully, page_setup
from coreset_engine.dashboard.shell.queue_panel import jobs_panel
from coreset_engine.dashboard.shell.texts import markdown_safe

__all__ = ["beside", "changing", "failing_gracefully", "jobs_panel", "markdown_safe", "page_setup", "tell_unshown"]
