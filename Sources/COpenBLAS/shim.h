// OpenBLAS's C interface as Swift sees it, and the one LAPACK routine that is used (no LAPACKE).
#ifndef COPENBLAS_SHIM_H
#define COPENBLAS_SHIM_H
#include <cblas.h>

/// LAPACK: eigenvalues (ascending, in `w`) and eigenvectors (in `a`) of a real symmetric matrix.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
#endif
