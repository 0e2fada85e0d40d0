"""Networks behind one small interface; imported only in model and job processes."""
