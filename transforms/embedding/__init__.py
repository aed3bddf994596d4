"""The network behind the embeddings: its settings, its weights, and how it is run."""
