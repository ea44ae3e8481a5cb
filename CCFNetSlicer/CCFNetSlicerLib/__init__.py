"""The parts of the CCF-Net module that know MRML: plain Python, free of the module's own window."""
