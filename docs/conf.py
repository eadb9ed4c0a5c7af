"""How Sphinx builds these pages: ``make docs`` writes them to build/docs, and every warning is an error."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "adaptor-runtime"
version = release = installed_version(project)
project_copyright = "the authors of adaptor-runtime"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["examples"]
html_theme = "alabaster"
html_theme_options = {"description": "Run an application under an Open Job Description scheduler", "page_width": "70em"}

# Links between the pages and their headings are written as GitHub resolves them.
myst_heading_anchors = 3
# Drawings are shown as their source: the pages load nothing from other hosts.
myst_fence_as_directive: set[str] = set()
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing"]

autodoc_default_options = {"members": True, "show-inheritance": True, "member-order": "bysource"}
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
