// One block of items in ten is 100 times heavier; `spread` says whether those stand apart or come first.
#include "rival.h"
#include <stdio.h>
#include <string.h>

#define LIGHT_STEPS 40
#define HEAVY 100

// A chain of multiplications, each needing the one before; wraps at 32 bits, as the JavaScript form does.
static inline int chain(unsigned value, long steps) {
  for (long step = 0; step < steps; step++) value = value * 1664525u + 1013904223u;
  return (int)value;
}

static inline long item(long i, long blocks, long block, long spread) {
  long b = i / block;
  int heavy = spread ? b % 10 == 9 : b < blocks / 10;
  return chain((unsigned)i, heavy ? LIGHT_STEPS * HEAVY : LIGHT_STEPS);
}

static void set_schedule(const char *schedule, long block) {
  // The chunk of the dynamic schedules is one block: the finest cut that still runs a block in one piece.
  if (!strcmp(schedule, "dynamic")) omp_set_schedule(omp_sched_dynamic, (int)block);
  else if (!strcmp(schedule, "guided")) omp_set_schedule(omp_sched_guided, (int)block);
  else omp_set_schedule(omp_sched_static, 0);
}

void imbalanced(long blocks, long block, long spread, const char *schedule) {
  long n = blocks * block, sum = 0;
  int serial = !strcmp(schedule, "serial");
  set_schedule(schedule, block);
  warm_up();
  double start = omp_get_wtime();
  if (serial) {
    for (long i = 0; i < n; i++) sum += item(i, blocks, block, spread);
  } else {
#pragma omp parallel for schedule(runtime) reduction(+ : sum)
    for (long i = 0; i < n; i++) sum += item(i, blocks, block, spread);
  }
  printf("%.6f %ld\n", (omp_get_wtime() - start) * 1e3, sum);
}
