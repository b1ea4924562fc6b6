// What an empty parallel loop costs.
#include "rival.h"
#include <stdio.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double batch_us(long n, long calls) {
  double start = omp_get_wtime();
  for (long call = 0; call < calls; call++) {
#pragma omp parallel for schedule(static)
    for (long i = 0; i < n; i++) __asm__ volatile("" ::"r"(i)); // keeps the loop, does nothing
  }
  return (omp_get_wtime() - start) * 1e6 / calls;
}

void dispatch(long n, long calls, long batches) {
  double *us = malloc(sizeof(double) * batches);
  warm_up();
  for (long batch = 0; batch < batches; batch++) us[batch] = batch_us(n, calls);
  qsort(us, batches, sizeof(double), ascending);
  double median = batches % 2 ? us[batches / 2] : (us[batches / 2 - 1] + us[batches / 2]) / 2;
  printf("%.6f %.6f\n", median, us[0]);
  free(us);
}
