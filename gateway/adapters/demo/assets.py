"""What the demonstration's pages are made of."""

from gateway.adapters.demo.drawings import demo_drawings
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.services.demo.products import DemoAssets


def demo_assets() -> DemoAssets:
    """The drawings that come with the package, and the sanitizer of all descriptions."""
    return DemoAssets(demo_drawings(), Nh3HtmlSanitizer())
