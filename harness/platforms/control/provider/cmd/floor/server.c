//go:build ignore

/* The least a function can do: listen first thing, answer anything with hello. It is the floor's function, so it must
 * cost nothing to start: static, one thread, no allocation. The first line keeps the Go tool away from it.
 * Build: gcc -static -O2 -o server server.c */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 5\r\n"
    "Connection: close\r\n"
    "\r\n"
    "hello";

static void leave(int signal) {
  (void)signal;
  _exit(0);
}

/* Reads until the blank line that ends a request's head; a body is not waited for. */
static void read_head(int connection) {
  char buffer[8192];
  size_t used = 0;
  while (used < sizeof buffer - 1) {
    ssize_t n = read(connection, buffer + used, sizeof buffer - 1 - used);
    if (n <= 0) return;
    used += (size_t)n;
    buffer[used] = 0;
    if (strstr(buffer, "\r\n\r\n")) return;
  }
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) return 1;

  signal(SIGTERM, leave); /* as PID 1 the kernel would drop it otherwise */
  signal(SIGPIPE, SIG_IGN);

  for (;;) {
    int connection = accept(listener, 0, 0);
    if (connection < 0) continue;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    read_head(connection);
    ssize_t sent = write(connection, answer, sizeof answer - 1);
    (void)sent;
    shutdown(connection, SHUT_WR);
    close(connection);
  }
}
