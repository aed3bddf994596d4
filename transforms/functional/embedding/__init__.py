"""Global descriptors: the embedded network, its symmetries, R-MAC and other poolings, whitening."""
