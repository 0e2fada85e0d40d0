from tests.e2e.test_coverage import *
from tests.e2e.conftest import *
def test_dbg(w):
    w.services.settings.set("coverage_scale", 25)
    c=looking(w).coverage
    w.canvas.settle(); 
    print("scale", w.canvas.scale, c.scale, w.canvas.camera.visible, w.canvas.picture.photo.settled, c._last)
    c.look(); print(c._last); c.look(); print(c._last, c.seen.count, c.seen.cells.shape, c.seen.cells.all(0), c.seen.cells.all(1))
    w.services.settings.set("coverage_scale", 100)
