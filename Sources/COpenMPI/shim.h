// Open MPI as Swift sees it: inline accessors for the constants that are cast macros.
// Not here: any logic; the target MPI holds it.
#ifndef COPENMPI_SHIM_H
#define COPENMPI_SHIM_H
#include <mpi.h>

static inline MPI_Comm compi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype compi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype compi_float(void) { return MPI_FLOAT; }
static inline MPI_Op compi_sum(void) { return MPI_SUM; }
static inline MPI_Errhandler compi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Request compi_request_null(void) { return MPI_REQUEST_NULL; }
static inline void *compi_in_place(void) { return MPI_IN_PLACE; }
static inline MPI_Status *compi_status_ignore(void) { return MPI_STATUS_IGNORE; }
static inline int compi_thread_funneled(void) { return MPI_THREAD_FUNNELED; }

#endif
