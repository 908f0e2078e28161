/* lookup NAME: its addresses by the C library, one a line.
 * lookup NAME MS PAUSE_MS: asks for MS milliseconds, and prints how that went as JSON. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int ask(const char *name, int print) {
  struct addrinfo hints, *list = NULL, *each;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  int failed = getaddrinfo(name, NULL, &hints, &list);
  if (failed) return failed;
  for (each = list; each && print; each = each->ai_next) {
    char text[128];
    getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    puts(text);
  }
  freeaddrinfo(list);
  return 0;
}

static int by_size(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return x < y ? -1 : x > y;
}

#define MOST 200000
static long took[MOST];

int main(int count, char **words) {
  if (count < 2) return 2;
  if (count < 4) {
    int failed = ask(words[1], 1);
    if (failed) fprintf(stderr, "%s\n", gai_strerror(failed));
    return failed ? 1 : 0;
  }
  long end = now_us() + atol(words[2]) * 1000, asked = 0, failures = 0;
  const char *error = "";
  while (now_us() < end && asked < MOST) {
    long start = now_us();
    int failed = ask(words[1], 0);
    took[asked++] = now_us() - start;
    if (failed) failures++, error = gai_strerror(failed);
    usleep(atol(words[3]) * 1000);
  }
  qsort(took, asked, sizeof took[0], by_size);
  printf("{\"lookups\":%ld,\"failures\":%ld,\"error\":\"%s\",\"us\":[", asked, failures, error);
  /* Every one of them, or a thousand from the shortest to the longest. */
  long shown = asked < 1000 ? asked : 1000;
  for (long at = 0; at < shown; at++)
    printf("%s%ld", at ? "," : "", took[shown < 2 ? 0 : at * (asked - 1) / (shown - 1)]);
  puts("]}");
  return 0;
}
