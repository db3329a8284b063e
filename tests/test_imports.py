"""The import table of the style guide: data flows one way and so do imports; nothing loads torch before it must."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "coreset_engine"

FOUNDATION = {"errors", "config", "paths", "registry", "argv", "windows", "arrays", "signals", "lazy", "named_json"}
FOUNDATION |= {"access", "alike", "faults", "memory", "names", "pieces", "rule_inputs", "spill", "stopping"}
STAGES = {
    "datasets",
    "architectures",
    "compute",
    "dynamics",
    "snapshot",
    "budgets",
    "recommended",
    "greedy",
    "methods",
    "sources",
    "store",
    "scores",
    "selection",
    "selection_costs",
    "window_map",
    "analysis",
    "data_map",
    "papers",
    "api",
    "coreset",
    "colours",
    "results",
    "export",
    "training",
    "training_modes",
}
REQUESTS = (
    "coreset_engine.pipeline.requests"  # what is asked of recordings and retrainings: all that pages know of them
)
# What a module or package directly under coreset_engine may import from the engine, besides itself.
TABLE = {
    **{module: FOUNDATION - {module} for module in FOUNDATION},
    "errors": set(),
    "tables": set(),
    "compute": FOUNDATION,
    "dynamics": FOUNDATION,
    "snapshot": FOUNDATION,
    "datasets": FOUNDATION,
    "architectures": FOUNDATION,
    "budgets": FOUNDATION | {"dynamics", "snapshot"},
    "recommended": FOUNDATION | {"budgets"},
    "selection": FOUNDATION | {"budgets", "compute", "kernels"},
    "results": FOUNDATION
    | {"budgets", "methods", "selection", "store", "datasets", "papers", "scores", "api", "training_modes"},
    "executors": FOUNDATION | {"store"},
    "loader": FOUNDATION | {"datasets"},  # whose modality turns stored values into tensors
    "store": FOUNDATION | {"dynamics", "snapshot"},
    "scores": FOUNDATION | {"compute", "dynamics", "snapshot", "kernels"},
    "greedy": FOUNDATION | {"budgets", "compute", "dynamics", "snapshot", "selection", "kernels"},
    "kernels": FOUNDATION | {"compute", "snapshot"},
    "window_map": FOUNDATION | {"compute", "dynamics", "selection", "scores"},
    "methods": {"budgets", "errors", "registry", "windows", "scores", "greedy", "selection", "training_modes"},
    "coreset": FOUNDATION | {"budgets", "methods", "recommended", "selection"},
    "colours": {"methods", "coreset"},
    "sources": FOUNDATION | {"budgets", "datasets", "dynamics", "snapshot", "scores", "greedy", "methods", "store"},
    "api": FOUNDATION
    | {"budgets", "coreset", "dynamics", "snapshot", "scores", "greedy", "methods", "recommended", "selection"}
    | {"sources", "store"},
    "papers": set(),
    "selection_costs": {"greedy", "scores"},
    "verification": FOUNDATION | {"store", "datasets", "results", "executors", "window_map", "training", "sweep"},
    "data_map": FOUNDATION | {"compute", "kernels", "dynamics", "snapshot", "scores", "selection"},
    "analysis": FOUNDATION
    | {"compute", "kernels", "dynamics", "snapshot", "scores", "selection", "sources", "store", "datasets", "coreset"}
    | {"methods"},
    "training": FOUNDATION | {"dynamics", "store", "datasets", "training_modes"},
    "training_modes": FOUNDATION | {"selection"},
    "export": FOUNDATION
    | {"tables"}
    | {"store", "methods", "selection", "sources", "api", "budgets", "coreset", "datasets", "results", "analysis"}
    | {"colours", "dynamics"},
    "pipeline": FOUNDATION | STAGES | {"requests"},
    "sweep": FOUNDATION
    | {"api", "architectures", "budgets", "coreset", "datasets", "results", "selection", "store", "training"}
    | {"training_modes", "executors", "methods", "papers", "pipeline", "requests", "sources"},
    "explorer": FOUNDATION
    | {
        "analysis",
        "budgets",
        "colours",
        "data_map",
        "datasets",
        "dynamics",
        "export",
        "kernels",
        "results",
        "scores",
        "selection",
    }
    | {"snapshot", "store"},
    "dashboard": FOUNDATION | STAGES - {"training"} | {"executors", "explorer", "tables", "requests", "sweep"},
    "__init__": {"lazy", "api", "budgets", "coreset", "dynamics", "scores", "snapshot", "store", "training"}
    | {"conversion", "datasets"},
    "conversion": FOUNDATION | {"datasets"},
    "integrations": FOUNDATION | {"coreset", "training"},
    "cli": FOUNDATION
    | STAGES
    | {"conversion", "explorer"}
    | {"verification", "pipeline", "requests", "demo", "executors", "sweep", "tables"},
    "__main__": {"cli", "errors", "faults", "training"},
}
PAGES_MAY = {
    "sweep",
    "analysis",
    "api",
    "requests",
    "dashboard",
    "executors",
    "errors",
    "store",
    "methods",
    "scores",
    "selection",
    "results",
    "export",
}
DASHBOARD = ENGINE / "dashboard"
# Rooms of the dashboard that several pages use, and which of the others each may import.
SHARED = {
    "shell": set(),
    "charts": set(),
    "widgets": {"charts"},
    "cached": set(),
    "cached_maps": {"cached"},
    "cached_comparison": {"cached"},
    "cached_duplicates": {"cached"},
    "cached_standings": {"cached"},
    "cached_sweeps": {"cached"},
    "cached_explorer": {"cached"},
    "cached_issues": {"cached"},
    "controls": {"shell", "cached"},
    "coresets": {"shell", "cached", "cached_sweeps", "controls", "charts", "widgets"},
    "sample_dialog": {"shell", "cached", "controls", "coresets", "charts", "widgets"},
}
PAGE_FOLDERS = {
    "overview",
    "record",
    "explore",
    "windows",
    "data_map",
    "label_issues",
    "compare",
    "experiments",
    "results",
    "methods",
    "sample",
}
PURE = {"data", "charts", "code"}  # names of files that never import Streamlit
# Who still breaks a rule of the rooms, by its number; to be emptied.
TORCH_AT_IMPORT = {
    "training/ranks.py",
    "training/shared_norm.py",
    "training/disk_images.py",
    "loader.py",
    "integrations/torch_data.py",
} | {
    f"training/{name}.py"
    for name in (
        "trainer",
        "sampled",
        "devices",
        "prediction",
        "timing",
        "replay",
        "batches",
        "best",
        "losses",
        "checkpoints",
        "optimizer",
    )
}

MODULES = sorted(ENGINE.rglob("*.py"))
DASHBOARD_FILES = sorted(DASHBOARD.rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py")) + sorted(ROOT.glob("app.py"))
NO_TORCH = [
    "coreset_engine",
    "coreset_engine.scores",
    "coreset_engine.selection",
    "coreset_engine.window_map",
    "coreset_engine.store",
    "coreset_engine.datasets.library",
    "coreset_engine.architectures",
    "coreset_engine.export",
    "coreset_engine.executors.local",
    "coreset_engine.results",
    "coreset_engine.sweep.driver",
    "coreset_engine.sweep.plan",
]


def name_of(path):
    """The path as it is shown, e.g. "scores/eva.py"."""
    return path.relative_to(ENGINE if path.is_relative_to(ENGINE) else ROOT).as_posix()


@cache
def imports(path, *, at_import_only=False):
    """Dotted names of all that a file imports, "a.b" for `from a import b` too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    todo, found = [tree], set()
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide what is imported"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        if not (at_import_only and (isinstance(node, inside) or is_type_checking(node))):
            todo.extend(ast.iter_child_nodes(node))
    return frozenset(found)


def is_type_checking(node):
    """Whether a node is `if TYPE_CHECKING:`, which never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def engine_parts(path):
    """Modules and packages directly under coreset_engine that a file imports."""
    names = {name for name in imports(path) if name.startswith("coreset_engine.")}
    asked = {name for name in names if f"{name}.".startswith(f"{REQUESTS}.")}
    package = REQUESTS.rpartition(".")[0]
    if asked and not [name for name in names - asked if name.startswith(f"{package}.")]:
        names -= {package}  # the first half of `from package import requests`
    parts = {name.split(".")[1] for name in names - asked}
    found = {part for part in parts if (ENGINE / part).is_dir() or (ENGINE / f"{part}.py").exists()}
    return found | ({"requests"} if asked else set())


def roots(names):
    """The distributions' top names."""
    return {name.split(".")[0] for name in names}


def own_part(path):
    """The module or package directly under coreset_engine that a file belongs to."""
    return name_of(path).split("/")[0].removesuffix(".py")


def offenders(paths, unwanted):
    """What each file imports that it must not, by its name; files without a fault are left out."""
    found = {name_of(path): sorted(unwanted(path)) for path in paths}
    return {name: extra for name, extra in found.items() if extra}


def test_a_module_imports_only_what_the_table_allows():
    new = {own_part(path) for path in MODULES} - set(TABLE)
    assert new == set(), "say in TABLE what these may import"
    assert offenders(MODULES, lambda path: engine_parts(path) - TABLE[own_part(path)] - {own_part(path)}) == {}


def test_the_table_names_no_module_that_does_not_exist():
    known = {path.relative_to(ENGINE).parts[0].removesuffix(".py") for path in MODULES}
    assert set(TABLE) <= known


def test_the_foundation_has_no_cycle():
    graph = {module: engine_parts(ENGINE / f"{module}.py") & FOUNDATION for module in FOUNDATION}
    while graph:
        free = {module for module, needed in graph.items() if not needed & set(graph)}
        assert free, f"these import each other: {sorted(graph)}"
        graph = {module: needed for module, needed in graph.items() if module not in free}


def siblings_imported(path):
    """The other files of its folder that a file imports."""
    siblings = {other.stem for other in path.parent.glob("*.py")} - {path.stem, "__init__"}
    return {f"coreset_engine.{path.parent.name}.{sibling}" for sibling in siblings} & imports(path)


def test_entries_of_a_registry_import_their_folder_and_never_each_other():
    folders = ("scores", "greedy", "selection", "architectures")
    assert offenders([path for folder in folders for path in (ENGINE / folder).glob("*.py")], siblings_imported) == {}


def test_a_page_imports_only_what_pages_may():
    assert offenders(PAGES, lambda path: engine_parts(path) - PAGES_MAY) == {}


def trains(path):
    """What a file imports of torch and of the parts that train."""
    return roots(imports(path)) & {"torch", "torchvision"} | engine_parts(path) & {"training", "pipeline", "loader"}


def outside(names, allowed):
    """Those of some dashboard modules that are none of the allowed ones nor in them."""
    return {name for name in names if not any(f"{name}.".startswith(f"{one}.") for one in allowed)}


def dashboard_imports(path):
    """The files and folders of the dashboard that a file imports, as "results.data"."""
    names = {name.removeprefix("coreset_engine.dashboard.") for name in imports(path) if ".dashboard." in name}
    return {name for name in names if (DASHBOARD / name.replace(".", "/")).is_dir() or is_file(name)}


def is_file(name):
    """Whether a dotted name is a file of the dashboard."""
    return (DASHBOARD / f"{name.replace('.', '/')}.py").exists()


def room_of(path):
    """The folder, or the file directly in the dashboard, that a file of the dashboard belongs to."""
    return path.relative_to(DASHBOARD).parts[0].removesuffix(".py")


def test_rule_1_a_page_composes_its_own_folder_and_shared_ones():
    def unwanted(path):
        own = "overview" if path.name == "app.py" else path.stem.partition("_")[2].lower()
        allowed = {own, "cached", *(room for room in SHARED if room not in ("charts", "widgets"))}
        return outside(dashboard_imports(path), allowed)

    assert offenders(PAGES, unwanted) == {}


def test_rule_2_a_page_folder_never_imports_another():
    folders = [path for path in DASHBOARD_FILES if room_of(path) in PAGE_FOLDERS]
    assert (
        offenders(folders, lambda path: {name for name in dashboard_imports(path) if other_page(name, room_of(path))})
        == {}
    )


def other_page(name, own):
    """Whether a dotted name of the dashboard lies in a page's folder that is not one's own."""
    return name.split(".")[0] in PAGE_FOLDERS - {own}


def test_rule_3_shared_folders_never_import_upwards():
    def unwanted(path):
        return outside(dashboard_imports(path), SHARED[room_of(path)] | {room_of(path)})

    assert offenders([path for path in DASHBOARD_FILES if room_of(path) in SHARED], unwanted) == {}


def test_every_folder_of_the_dashboard_is_shared_or_a_page_s():
    rooms = {room_of(path) for path in DASHBOARD_FILES} - {"__init__"}
    assert rooms == set(SHARED) | PAGE_FOLDERS


def test_rule_4_tables_charts_and_code_are_made_without_streamlit():
    pure = [path for path in DASHBOARD_FILES if path.stem in PURE]
    assert pure
    assert offenders(pure, lambda path: roots(imports(path)) & {"streamlit"}) == {}


def test_rule_5_the_engine_never_imports_the_dashboard():
    engine = [path for path in MODULES if not path.is_relative_to(DASHBOARD)]
    assert offenders(engine, lambda path: engine_parts(path) & {"dashboard"}) == {}


def renamed_modules(path):
    """The modules of ours that a file imports under another name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            found |= {f"{start}{alias.name}" for alias in node.names if alias.asname}
    files = {name: ROOT / name.replace(".", "/") for name in found if name.startswith("coreset_engine.")}
    return {name for name, file in files.items() if file.is_dir() or file.with_suffix(".py").exists()}


def test_rule_6_no_module_is_imported_under_another_name():
    assert offenders([*MODULES, *PAGES], renamed_modules) == {}


def test_what_the_server_runs_never_imports_torch_or_trains():
    assert offenders([*PAGES, *sorted((ENGINE / "dashboard").rglob("*.py"))], trains) == {}


def test_torch_is_imported_inside_functions():
    late = [path for path in MODULES if name_of(path) not in TORCH_AT_IMPORT]
    heavy = {"torch", "torchvision", "medmnist"}
    assert offenders(late, lambda path: roots(imports(path, at_import_only=True)) & heavy) == {}


def test_only_the_store_opens_hdf5_files():
    opening = {name_of(path) for path in MODULES if "h5py" in roots(imports(path))}
    assert opening
    assert {name.split("/")[0] for name in opening} == {"store"}


def test_only_dashboard_and_pages_know_streamlit():
    drawing = {name_of(path).split("/")[0] for path in MODULES if "streamlit" in roots(imports(path))}
    assert drawing <= {"dashboard"}


def test_nothing_is_imported_by_a_star():
    assert not [path for path in [*MODULES, *PAGES] if any(name.endswith(".*") for name in imports(path))]


def test_importing_the_engine_does_not_load_torch():
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, name + ' loads torch'\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *NO_TORCH], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
