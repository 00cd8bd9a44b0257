"""The site: Sphinx, MyST and Furo, no network, no file of another host. Built by `tools/docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Weighhouse"
author = "The Weighhouse authors"
copyright = "The Weighhouse authors, Apache-2.0"
extensions = ["myst_parser", "extensions.mathml", "extensions.generated"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["extensions", "gallery/*.py", "gallery/generated/*.txt", "notebooks/*.ipynb"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# A type that an annotation names may be in several modules; its link is then left out.
suppress_warnings = ["ref.python"]
html_theme = "furo"
html_title = "Weighhouse"
html_copy_source = False
html_math_renderer = "mathml"
html_permalinks_icon = "#"
