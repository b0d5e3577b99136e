/* Time from the moment before execve(2) until the program's port takes connections, seen from outside by trying again and
 * again: launch PORT PROGRAM [ARGUMENT]... prints nanoseconds and ends the program. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS 5000000000LL

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* 1 when somebody listens. */
static int listens(int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int connected = connect(one, (struct sockaddr *)&address, sizeof address) == 0;
  close(one);
  return connected;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int port = atoi(argv[1]);
  if (listens(port)) {
    fprintf(stderr, "launch: something listens on port %d already\n", port);
    return 3;
  }
  volatile long long *begun = mmap(0, sizeof *begun, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (begun == MAP_FAILED) return 4;
  long long asked = now();
  pid_t child = fork();
  if (child < 0) return 4;
  if (child == 0) {
    *begun = now();
    execv(argv[2], argv + 2);
    _exit(127);
  }
  int seen = 0;
  int status = 0;
  long long at = 0;
  while (!seen && waitpid(child, &status, WNOHANG) == 0 && now() - asked < PATIENCE_NS) {
    seen = listens(port);
    at = now();
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  if (!seen) {
    fprintf(stderr, "launch: %s does not listen on port %d\n", argv[2], port);
    return 5;
  }
  printf("%lld\n", at - *begun);
  return 0;
}
