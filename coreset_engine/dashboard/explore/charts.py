"""What stands in the windows' place where a method reads none, as an ECharts option."""

from coreset_engine.analysis.trajectories import Trajectories
from coreset_engine.dashboard.charts import lines, spec
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import palette

HEIGHT = 322  # px, as the windows with their sliders and names take: so the page keeps its places from method to method


def means(course: Trajectories) -> Option:
    """Return the mean error norm of every class over the epochs, in the classes' colours."""
    shades = palette()
    each = zip(course.names, course.classes, course.means, strict=True)
    series = [lines.line(name, lines.points(values), shades[c % len(shades)]) for name, c, values in each]
    return lines.chart(series, spec.upwards("mean error norm", min=0), course.means.shape[1], first=1)
