// A memory-bound loop: 16 bytes moved per item, one square root.
#include "rival.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// Kept between commands, so that only the first one pays for fresh pages.
static double *items = NULL;
static long capacity = 0;

void map(long n) {
  if (n > capacity) {
    free(items);
    items = malloc(sizeof(double) * n);
    capacity = n;
  }
  for (long i = 0; i < n; i++) items[i] = (double)i;
  warm_up();
  double start = omp_get_wtime();
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++) items[i] = sqrt(items[i]);
  double ms = (omp_get_wtime() - start) * 1e3;
  double sum = 0;
  for (long i = 0; i < n; i++) sum += items[i];
  printf("%.6f %.17g\n", ms, sum);
}
