"""The picture: camera, tiles, loader, layers, and the widget that feeds the tools."""
