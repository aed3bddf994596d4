"""Global descriptors: the embedded network, in floats and integers, GeM, R-MAC and other poolings, whitening."""
