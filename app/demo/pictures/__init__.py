"""Pictures of the sample brand, drawn as SVG by code."""
