// Open MPI as Swift sees it: inline accessors for the constants that are cast macros.
#ifndef COPENMPI_SHIM_H
#define COPENMPI_SHIM_H
#include <mpi.h>
#endif
