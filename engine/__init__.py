"""The part without a screen: masks, documents, store, formats, models, training, jobs."""
