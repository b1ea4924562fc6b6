// Recursive Fibonacci with a task at every level, and without any.
#include "rival.h"
#include <stdio.h>

static long fib_serial(int n) { return n < 2 ? n : fib_serial(n - 1) + fib_serial(n - 2); }

static long fib_tasks(int n) {
  if (n < 2) return n;
  long left, right;
#pragma omp task shared(left)
  left = fib_tasks(n - 1);
  right = fib_tasks(n - 2);
#pragma omp taskwait
  return left + right;
}

void fib(int n, int serial) {
  long answer = 0;
  if (!serial) warm_up();
  double start = omp_get_wtime();
  if (serial) answer = fib_serial(n);
  else {
#pragma omp parallel
#pragma omp single
    answer = fib_tasks(n);
  }
  printf("%.6f %ld\n", (omp_get_wtime() - start) * 1e3, answer);
}
