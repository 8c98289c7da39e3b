/* An agent of a device farm in C, for devices without Python (docs/guide/fleets.md):
 *
 *   cc -O2 -o agent agent.c
 *   ./agent HOST PORT TOKEN_FILE AGENT DEVICE COMMAND
 *
 * It fetches the ONNX models of an order into the current folder, runs "COMMAND MODEL.onnx"
 * for each in turn, as many rounds as the order says, and posts the smallest of the
 * milliseconds that COMMAND prints.  AGENT and DEVICE are letters, digits, "-" and "_".
 * Plain HTTP: put a proxy that speaks TLS between it and a network that others read.
 */
#define _POSIX_C_SOURCE 200809L

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  MOST_ROWS = 1024,         /* of an order */
  LARGEST_ANSWER = 1 << 30, /* bytes */
  TRIES = 100,              /* to reach the coordinator */
  PAUSE = 5                 /* seconds between them */
};

static const char *host, *port, *agent, *device, *command;
static char token[256];

/* An answer: its status, and its body with a 0 behind it. */
typedef struct {
  int status;
  char *body;
  size_t size;
  char *memory;
} answer;

static int connected(void) {
  struct addrinfo hints = {0}, *found, *each;
  int handle = -1;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host, port, &hints, &found)) return -1;
  for (each = found; each && handle < 0; each = each->ai_next) {
    handle = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
    if (handle >= 0 && connect(handle, each->ai_addr, each->ai_addrlen)) {
      close(handle);
      handle = -1;
    }
  }
  freeaddrinfo(found);
  return handle;
}

static int sent(int handle, const char *text, size_t size) {
  while (size > 0) {
    ssize_t done = write(handle, text, size);
    if (done <= 0) return 0;
    text += done;
    size -= (size_t)done;
  }
  return 1;
}

/* All that comes until the other side closes; 0 if there is no memory, or too much of it. */
static int received(int handle, answer *to) {
  size_t room = 1 << 16, size = 0;
  ssize_t got = 1;
  to->memory = malloc(room);
  while (to->memory && got > 0 && size < LARGEST_ANSWER) {
    if (room - size < 2) {
      char *larger = realloc(to->memory, room *= 2);
      if (!larger) return 0;
      to->memory = larger;
    }
    got = read(handle, to->memory + size, room - size - 1);
    if (got > 0) size += (size_t)got;
  }
  if (!to->memory || got != 0) return 0;
  to->memory[size] = 0;
  to->body = strstr(to->memory, "\r\n\r\n");
  if (!to->body || sscanf(to->memory, "HTTP/%*s %d", &to->status) != 1) return 0;
  to->body += 4;
  to->size = size - (size_t)(to->body - to->memory);
  return 1;
}

/* One request; a body of NULL is a GET.  1 if there is an answer, which is to be freed. */
static int asked(const char *path, const char *body, answer *to) {
  char head[1024];
  int handle = connected(), fine;
  int size = snprintf(head, sizeof head,
                      "%s /v1/%s HTTP/1.0\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                      body ? "POST" : "GET", path, host, token, body ? strlen(body) : 0);
  memset(to, 0, sizeof *to);
  if (handle < 0) return 0;
  fine = size < (int)sizeof head && sent(handle, head, (size_t)size) &&
         (!body || sent(handle, body, strlen(body))) && received(handle, to);
  close(handle);
  return fine;
}

/* The same, again and again until somebody answers. */
static answer answered(const char *path, const char *body) {
  answer found;
  int tries;
  for (tries = 0; tries < TRIES; tries++) {
    if (asked(path, body, &found)) return found;
    free(found.memory);
    fprintf(stderr, "%s:%s does not answer; trying again\n", host, port);
    sleep(PAUSE);
  }
  exit(1);
}

/* A number of a JSON object, or -1. */
static long field(const char *json, const char *name) {
  const char *place = strstr(json, name);
  return place ? strtol(place + strlen(name), NULL, 10) : -1;
}

/* What the command says about a model, in milliseconds; 0 if it fails. */
static double measured(const char *file) {
  char line[512];
  double milliseconds = 0;
  FILE *pipe;
  snprintf(line, sizeof line, "%s %s", command, file);
  pipe = popen(line, "r");
  if (!pipe) return 0;
  if (fscanf(pipe, "%lf", &milliseconds) != 1) milliseconds = 0;
  return pclose(pipe) == 0 && milliseconds > 0 ? milliseconds : 0;
}

/* Fetch a model of an order into a file; 1 if it is there. */
static int fetched(long order, long index, const char *file) {
  char path[256];
  answer model;
  FILE *target;
  int fine;
  snprintf(path, sizeof path, "model/%ld/%ld/%s", order, index, agent);
  model = answered(path, NULL);
  target = fopen(file, "wb");
  fine = model.status == 200 && target && fwrite(model.body, 1, model.size, target) == model.size;
  if (target && fclose(target)) fine = 0;
  if (!fine) fprintf(stderr, "model %ld of order %ld: status %d\n", index, order, model.status);
  free(model.memory);
  return fine;
}

/* The smallest latency of each model over all rounds; every round visits them all. */
static void measure(long order, long count, long rounds, double *best) {
  char file[128], body[256];
  long round, index;
  for (index = 0; index < count; index++) best[index] = 0;
  for (round = 0; round < rounds; round++)
    for (index = 0; index < count; index++) {
      double now;
      snprintf(file, sizeof file, "%s-%ld.onnx", agent, index);
      if (round == 0 && !fetched(order, index, file)) continue;
      now = measured(file);
      if (now > 0 && (best[index] == 0 || now < best[index])) best[index] = now;
      if (index == 0) { /* still at it */
        snprintf(body, sizeof body, "{\"agent\": \"%s\", \"order\": %ld}", agent, order);
        free(answered("beat", body).memory);
      }
    }
}

static void posted(long order, long count, const double *best) {
  static char body[64 * MOST_ROWS];
  long index;
  int size = snprintf(body, sizeof body, "{\"agent\": \"%s\", \"order\": %ld, \"latency_ms\": [",
                      agent, order);
  answer verdict;
  for (index = 0; index < count; index++) {
    const char *comma = index ? ", " : "";
    if (best[index] > 0)
      size += snprintf(body + size, sizeof body - (size_t)size, "%s%.9g", comma, best[index]);
    else
      size += snprintf(body + size, sizeof body - (size_t)size, "%snull", comma);
  }
  snprintf(body + size, sizeof body - (size_t)size, "]}");
  verdict = answered("post", body);
  printf("order %ld: %s\n", order, verdict.body);
  free(verdict.memory);
}

static void join(void) {
  char body[256];
  answer found;
  snprintf(body, sizeof body, "{\"agent\": \"%s\", \"device\": \"%s\"}", agent, device);
  found = answered("join", body);
  if (found.status != 200) {
    fprintf(stderr, "join: %s\n", found.body);
    exit(1);
  }
  free(found.memory);
}

static int read_token(const char *file) {
  FILE *source = fopen(file, "r");
  int fine = source && fscanf(source, "%255s", token) == 1;
  if (source) fclose(source);
  return fine;
}

int main(int count, char **words) {
  static double best[MOST_ROWS];
  char body[128];
  if (count != 7 || strlen(words[4]) > 64 || strlen(words[5]) > 64) {
    fprintf(stderr, "agent HOST PORT TOKEN_FILE AGENT DEVICE COMMAND\n");
    return 2;
  }
  host = words[1], port = words[2], agent = words[4], device = words[5], command = words[6];
  if (!read_token(words[3])) {
    fprintf(stderr, "%s: no token\n", words[3]);
    return 1;
  }
  join();
  snprintf(body, sizeof body, "{\"agent\": \"%s\"}", agent);
  for (;;) {
    answer next = answered("order", body);
    long order = field(next.body, "\"order\":"), rows = field(next.body, "\"count\":");
    long rounds = field(next.body, "\"rounds\":"), wait = field(next.body, "\"wait_s\":");
    int over = strstr(next.body, "\"over\":") != NULL;
    if (next.status == 404) join(); /* the coordinator began anew */
    else if (next.status != 200 || over) {
      printf("%s\n", next.body);
      free(next.memory);
      return over ? 0 : 1;
    }
    free(next.memory);
    if (wait >= 0) sleep((unsigned)wait + 1);
    else if (order >= 0 && rows > 0 && rows <= MOST_ROWS) {
      measure(order, rows, rounds, best);
      posted(order, rows, best);
    }
  }
}
