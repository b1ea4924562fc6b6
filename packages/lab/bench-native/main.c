// Reads commands, answers with numbers, until stdin ends. See README.md.
#include "rival.h"
#include <stdio.h>
#include <string.h>

// Regions until the clock says so: the pool's threads are awake and on their own cpus afterwards.
void warm_up(void) {
  double until = omp_get_wtime() + WARM_UP_SECONDS;
  while (omp_get_wtime() < until) {
#pragma omp parallel for schedule(static)
    for (long i = 0; i < 1000; i++) __asm__ volatile("" ::"r"(i));
  }
}

static int answer(const char *line) {
  char name[32] = "", word[32] = "";
  long a = 0, b = 0, c = 0;
  if (sscanf(line, "%31s %ld %ld %ld %31s", name, &a, &b, &c, word) < 1) return 0;
  if (!strcmp(name, "dispatch")) dispatch(a, b, c);
  else if (!strcmp(name, "reduce")) reduce(a, b, 0);
  else if (!strcmp(name, "reduce-serial")) reduce(a, b, 1);
  else if (!strcmp(name, "fib")) fib((int)a, 0);
  else if (!strcmp(name, "fib-serial")) fib((int)a, 1);
  else if (!strcmp(name, "map")) map(a);
  else if (!strcmp(name, "imbalanced")) imbalanced(a, b, c, word);
  else if (!strcmp(name, "threads")) printf("%d\n", omp_get_max_threads());
  else printf("error unknown command\n");
  fflush(stdout);
  return 1;
}

int main(void) {
  char line[128];
  while (fgets(line, sizeof line, stdin)) answer(line);
  return 0;
}
