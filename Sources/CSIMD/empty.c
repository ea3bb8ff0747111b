// Only a header: see include/CSIMD.h.
