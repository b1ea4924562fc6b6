// The pieces every command shares: the clock, the warm-up, and the work of one item.
#ifndef SPILLWAY_RIVAL_H
#define SPILLWAY_RIVAL_H

#include <omp.h>

// Hot threads are what is measured; a thread woken from sleep may share its waker's cpu for some milliseconds.
#define WARM_UP_SECONDS 0.02

// Iterative Fibonacci: heavy_work(15) makes 14 additions and returns 610. The empty statement hides `n` from
// the optimizer, which would otherwise compute 610 once and multiply.
static inline long heavy_work(long n) {
  __asm__ volatile("" : "+r"(n));
  if (n < 1) return 0;
  long a = 0, b = 1;
  for (long i = 1; i < n; i++) {
    long t = a + b;
    a = b;
    b = t;
  }
  return b;
}

void warm_up(void);

void dispatch(long n, long calls, long batches);
void reduce(long n, long depth, int serial);
void map(long n);
void fib(int n, int serial);
void imbalanced(long blocks, long block, long spread, const char *schedule);

#endif
