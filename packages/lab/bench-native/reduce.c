// A compute-bound sum: no memory, one addition per item on top of the work.
#include "rival.h"
#include <stdio.h>

static long sum_serial(long n, long depth) {
  long sum = 0;
  for (long i = 0; i < n; i++) sum += heavy_work(depth);
  return sum;
}

static long sum_parallel(long n, long depth) {
  long sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (long i = 0; i < n; i++) sum += heavy_work(depth);
  return sum;
}

void reduce(long n, long depth, int serial) {
  warm_up();
  double start = omp_get_wtime();
  long sum = serial ? sum_serial(n, depth) : sum_parallel(n, depth);
  printf("%.6f %ld\n", (omp_get_wtime() - start) * 1e3, sum);
}
